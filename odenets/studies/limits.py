"""How fast a device can train at most: its arithmetic and its memory, and what a training step asks of both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from odenets.costs.counting import inputs, twin


@dataclass(frozen=True)
class Demand:
    """What the training of one image asks for, of a batch of `examples`: operations, and bytes to and from memory."""

    operations: float
    bytes: float


@dataclass(frozen=True)
class Limits:
    """What a device was measured to do: operations a second of a large product, bytes a second of a large copy."""

    operations: float
    bytes: float

    def shares(self, demand: Demand, images_per_second: float) -> dict[str, float]:
        """The fraction of each limit at so many images a second; the larger one says what bounds the network."""
        return {
            "of_arithmetic": demand.operations * images_per_second / self.operations,
            "of_memory": demand.bytes * images_per_second / self.bytes,
        }


def demand(network: nn.Module, shape: Sequence[int], width: int = 2) -> Demand:
    """The demand of a training step on a batch of that shape, (N, C, H, W), by image; numbers have `width` bytes.

    operations  two a multiply-add of convolutions and matrix products, forward and backward (torch's flop_counter)
    bytes       each operation of the forward pass that is no view (convolution, norm, activation, product, sum, …)
                reads the tensors that it takes and writes those that it gives, once; the backward pass twice that.
                Nothing is fused and nothing stays in a cache, so a compiled step can need less. Optimizer: not counted
    """
    model = twin(network).train()
    given = inputs(network, shape)
    with FlopCounterMode(display=False) as counter:
        model(given).sum().backward()
    with Traffic() as traffic, torch.no_grad():
        model(given)
    return Demand(counter.get_total_flops() / shape[0], 3 * width * traffic.numbers / shape[0])


class Traffic(TorchDispatchMode):
    """Counts the numbers that operations read and write, each by itself; views move none."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        if not func.is_view:
            self.numbers += sum(x.numel() for x in tree_leaves((args, kwargs, found)) if isinstance(x, Tensor))
        return found


def measured(device: torch.device, size: int = 8192, repeats: int = 10) -> Limits:
    """Limits by a product of two bfloat16 matrices (size, size) and a copy of 32 size² bytes, the median of some.

    At the default size the matrices have 128 MiB each, and the copy 2 GiB, beyond any cache.
    """
    a, b = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    given = torch.ones(8 * size * size, device=device)
    taken = torch.empty_like(given)
    product = median_seconds(lambda: torch.matmul(a, b), device, repeats)
    copied = median_seconds(lambda: taken.copy_(given), device, repeats)
    return Limits(2 * size**3 / product, 2 * given.nbytes / copied)


def median_seconds(work: Callable[[], Any], device: torch.device, repeats: int) -> float:
    """The median over repetitions of ten calls, behind some that warm up."""
    times = []
    for i in range(3 + repeats):
        start = time.perf_counter()
        for _ in range(10):
            work()
        wait(device)
        if i >= 3:
            times.append((time.perf_counter() - start) / 10)
    return statistics.median(times)


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
