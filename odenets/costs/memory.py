"""The memory of a train step: what autograd keeps for the backward pass, and what a real step allocates."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.autograd.graph import saved_tensors_hooks
from torch.profiler import ProfilerActivity, profile

from odenets.costs.counting import inputs, twin
from odenets.errors import OdenetsError
from odenets.memory import Memory, Remembering
from odenets.memory.conditioning import expected


def activation_bytes(network: nn.Module, shape: Tensor | Sequence[int]) -> int:
    """Bytes an example that autograd keeps from the forward pass for the backward pass, in training on the CPU.

    Each storage counts once; parameters, buffers and the input do not. What a batch keeps once, such as the means of
    its norms, is no example's: the answer is the difference of a batch of 3 and one of 2. Of steps whose states are
    rebuilt or computed again the one that keeps most counts, and the states that are kept; not what fallback = "exact"
    keeps, which only a run can tell.
    Gradients, the workspace of kernels and the optimizer come on top: see `measure`.
    """
    return kept_bytes(network, shape, 3) - kept_bytes(network, shape, 2)


def kept_bytes(network: nn.Module, shape: Tensor | Sequence[int], examples: int) -> int:
    """Bytes that autograd keeps for a batch."""
    # not the meta device: it has no fused attention and would keep all T × T weights
    fake = FakeTensorMode(allow_non_fake_inputs=True)
    model = twin(network, fake.from_tensor).train()
    kept: dict[int, tuple[torch.UntypedStorage, nn.Module | None]] = {}
    inside: list[nn.Module | None] = [None]
    states: dict[int, tuple[torch.UntypedStorage, float]] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        kept.setdefault(storage._cdata, (storage, inside[-1]))  # held: the address of a freed one would come again
        return tensor

    def enter(step: nn.Module, given: tuple[Tensor, ...]) -> None:
        inside.append(step)
        for x in given if step in anchors else ():
            storage = x.untyped_storage()
            states.setdefault(storage._cdata, (storage, anchors[step]))

    def leave(*_: Any) -> None:
        inside.pop()

    anchors = kept_less(network, model, enter, leave)

    with fake, saved_tensors_hooks(pack, lambda tensor: tensor), torch.enable_grad():
        x = inputs(network, shape, examples, "cpu")
        model(x)
    for tensor in (x, *model.parameters(), *model.buffers()):
        kept.pop(tensor.untyped_storage()._cdata, None)
    outside = {address for address, (_, step) in kept.items() if step is None}
    own = sum(
        int(wide * storage.nbytes())
        for address, (storage, wide) in states.items()
        if wide > 1 or address not in outside
    )
    by: Counter[nn.Module | None] = Counter()
    for storage, step in kept.values():
        by[step] += storage.nbytes()
    return by.pop(None, 0) + max(by.values(), default=0) + own


def kept_less(
    network: nn.Module, model: nn.Module, enter: Callable[..., None], leave: Callable[..., Any]
) -> dict[nn.Module, float]:
    """Have a copy of a network keep everything, and tell when it enters the steps that the network would not keep.

    Gives those of them before which the network keeps the states, with how many times wider numbers those are.
    """
    anchors: dict[nn.Module, float] = {}
    for original, copied in zip(network.modules(), model.modules(), strict=True):
        if isinstance(original, Remembering) and isinstance(copied, Remembering) and original.memory:
            keep, wider = expected(original.chain(), original.memory)
            copied.memory = Memory()
            for i, step in enumerate(copied.chain()):
                step.register_forward_pre_hook(enter)
                step.register_forward_hook(leave)
                if i in keep.kept:
                    anchors[step] = wider
    return anchors


# ---- measured ------------------------------------------------------------------------------------------------------


def measure(network: nn.Module, shape: Tensor | Sequence[int], device: str = "cpu") -> int:
    """Bytes an example at the highest moment of a real train step, above what was there before it.

    The batch is that of the shape; in a small one the gradient of the largest weight tells. There before are the
    network, its gradients and the input; the loss is the sum of the outputs. On the CPU every record of torch's
    allocator is read (oneDNN's workspace is not in it), on CUDA its own peak. The step is the second of a copy: the
    network is as it was.
    Raises OdenetsError for a device that is neither.
    """
    kind = device.partition(":")[0]
    here = [name for name in PEAKS if name == "cpu" or torch.cuda.is_available()]
    if kind not in here:
        raise OdenetsError(f"memory is measured on {' or '.join(here)} here, not on {device}")
    model = copy.deepcopy(network).to(device).train()
    x = inputs(network, shape, device=device)

    def step() -> None:
        model(x).sum().backward()

    with torch.random.fork_rng(), torch.enable_grad():
        step()
        return PEAKS[kind](step) // len(x)


def cpu_peak(step: Callable[[], None]) -> int:
    """The largest sum of allocations less releases, in their order."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        step()
    results: Any = profiled.profiler
    records = [event for event in results.kineto_results.events() if event.name() == "[memory]"]
    total = peak = 0
    for event in sorted(records, key=lambda event: event.start_ns()):
        total += event.nbytes()
        peak = max(peak, total)
    return peak


def cuda_peak(step: Callable[[], None]) -> int:
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    step()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before


PEAKS: dict[str, Callable[[Callable[[], None]], int]] = {"cpu": cpu_peak, "cuda": cuda_peak}
