"""A training step as one CUDA graph: a launch for the whole step in place of a few hundred.

Sources of the rules below: PyTorch documentation, "CUDA semantics", section "CUDA Graphs" (constraints, whole-network
capture, memory), and NVIDIA's "CUDA Graph Best Practice for PyTorch", quick checklist.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from odenets.errors import OdenetsError
from odenets.precision import arrange
from odenets.studies.lanes import Lane
from odenets.training import Trainer

WARM_UP = 3  # steps: cuDNN chooses its algorithms, cuBLAS makes its workspace, autograd its nodes on this stream

Work = Callable[[], tuple[Tensor, Tensor]]
Replay = Callable[[], None]


@dataclass(frozen=True)
class Recorded:
    """A graph of one batch size, and the tensors at fixed addresses that it reads and writes."""

    images: Tensor
    labels: Tensor
    loss: Tensor
    right: Tensor
    replay: Replay


class Captured:
    """The step of `Eager` with the optimizer fused, captured once for each batch size before training begins.

    The network, its momenta and the trainer's optimizer are left as they were, and stay current: a checkpoint is taken
    as ever. Raises OdenetsError for a network whose step asks the device for a number, which cannot be captured.
    """

    def __init__(
        self, trainer: Trainer, lane: Lane, sizes: Iterable[int], forward: Callable[[Tensor], Any] | None = None
    ) -> None:
        self.trainer, self.lane, self.forward = trainer, lane, forward
        torch.backends.cudnn.benchmark = True  # the choice is made in the warm-up: measuring cannot be captured
        # A tensor, as a captured number never changes. SGD takes it without waiting where it is fused, and only there.
        self.lr = torch.zeros((), device=trainer.device)
        self.optimizer = fused(trainer, self.lr)
        gc.collect()  # the graph of a network that has ended, destroyed during a capture, spoils it (pytorch#161037)
        self.recorded = {size: self.record(size) for size in sizes}

    def __call__(self, images: Tensor, labels: Tensor, lr: float) -> tuple[Tensor, Tensor]:
        recorded = self.recorded[len(labels)]
        self.trainer.set_rate(lr)  # what a checkpoint says
        self.lr.fill_(lr)
        recorded.images.copy_(images)
        recorded.labels.copy_(labels)
        recorded.replay()
        return recorded.loss, recorded.right

    def step(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        # Without the cache of autocast: casts made in a capture would be taken for ready outside it (pytorch#84289).
        with torch.autocast(self.trainer.device.type, enabled=False, cache_enabled=False):
            found = self.trainer.gradients(images, labels, self.forward)
        self.optimizer.step()
        return found

    def record(self, size: int) -> Recorded:
        """Warm up on this lane's stream, put everything back, capture."""
        batches = self.trainer.train_batches
        images = arrange(torch.zeros(size, *batches.images.shape[1:], device=self.lr.device), self.precision)
        labels = torch.zeros(size, dtype=torch.long, device=self.lr.device)
        self.trainer.model.train()
        before = [x.detach().clone() for x in self.state()]
        try:
            # On the stream of the capture: autograd keeps to the stream on which a parameter was first used.
            for _ in range(WARM_UP):
                self.step(images, labels)
            with torch.no_grad():
                for x, old in zip(self.state(), before, strict=True):
                    x.copy_(old)
            self.optimizer.zero_grad(set_to_none=True)  # so that the capture makes gradients in the graph's own memory
            replay, (loss, right) = capture(self.lane, lambda: self.step(images, labels))
        except RuntimeError as error:  # CUDA's, of an operation that is not permitted in a capture
            reason = str(error).partition("\n")[0]
            raise OdenetsError(
                f"the training step of {self.trainer.work.spec.name} cannot be captured as a CUDA graph ({reason}): "
                "train it by odenets train"
            ) from error
        return Recorded(images, labels, loss, right, replay)

    @property
    def precision(self) -> str:
        return self.trainer.work.precision

    def state(self) -> Iterator[Tensor]:
        """All that a step changes; num_batches_tracked of a batch norm is a tensor and counts in the graph, too."""
        yield from self.trainer.model.parameters()
        yield from self.trainer.model.buffers()
        for slots in self.optimizer.state.values():
            yield from (x for x in slots.values() if isinstance(x, Tensor))


def fused(trainer: Trainer, lr: Tensor) -> torch.optim.SGD:
    """The trainer's optimizer with a learning rate on the device; the momenta are those of both."""
    own = trainer.optimizer
    groups = [{name: group[name] for name in ("params", "weight_decay")} for group in own.param_groups]
    found = torch.optim.SGD(groups, lr=lr, momentum=trainer.work.recipe.momentum, fused=True)
    for p in trainer.model.parameters():
        # Momenta are there before the capture, which would make them anew in each replay. 0 is what a first step has.
        if trainer.work.recipe.momentum and "momentum_buffer" not in own.state[p]:
            own.state[p]["momentum_buffer"] = torch.zeros_like(p)
        found.state[p] = own.state[p]
    return found


def capture(lane: Lane, work: Work) -> tuple[Replay, tuple[Tensor, Tensor]]:
    """The work as a graph of its own memory, whose replay writes the tensors that it gives; nothing runs yet."""
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph, stream=lane.stream):
        found = work()
    return graph.replay, found
