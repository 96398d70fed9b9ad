"""Evaluating a block again as if for the first time: the same random draws, and no trace left in its statistics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils import parametrize


@contextmanager
def quiet(module: nn.Module) -> Iterator[None]:
    """Norms use the statistics of the batch as in training, and do not track them: running means and counters stay."""
    norms = [m for m in module.modules() if isinstance(m, _BatchNorm) and m.training and m.track_running_stats]
    for norm in norms:
        norm.track_running_stats = False
    try:
        with uncached():
            yield
    finally:
        for norm in norms:
            norm.track_running_stats = True


@contextmanager
def uncached() -> Iterator[None]:
    """Weights are not looked up in, nor put into, the cache of `parametrize.cached`: they may have no graph."""
    before, parametrize._cache_enabled = parametrize._cache_enabled, 0
    try:
        yield
    finally:
        parametrize._cache_enabled = before


@contextmanager
def swapped(places: Sequence[tuple[nn.Module, str, Tensor]]) -> Iterator[None]:
    """Copies of tensors stand in the places of buffers, (module, name), for whoever writes them."""
    now = [module._buffers[name] for module, name, _ in places]
    for module, name, then in places:
        module._buffers[name] = then.clone()
    try:
        yield
    finally:
        for (module, name, _), x in zip(places, now, strict=True):
            module._buffers[name] = x


def untouched(module: nn.Module) -> AbstractContextManager[None]:
    """Copies stand in the places of buffers that training may move; `quiet` sees to those of batch norms."""
    owners = (m for m in module.modules() if m.training and not isinstance(m, _BatchNorm))
    return swapped([(m, name, x) for m in owners for name, x in m._buffers.items() if x is not None])


@dataclass(frozen=True)
class Draws:
    """The state of the random generators of the processor and, for tensors on a card, of that card."""

    processor: Tensor
    card: Tensor | None = None
    device: torch.device | None = None

    @staticmethod
    def now(device: torch.device) -> Draws:
        if device.type == "cpu":
            return Draws(torch.get_rng_state())
        return Draws(torch.get_rng_state(), getattr(torch, device.type).get_rng_state(device), device)

    def same(self, other: Draws) -> bool:
        card = self.card is other.card is None or (
            self.card is not None and other.card is not None and torch.equal(self.card, other.card)
        )
        return card and torch.equal(self.processor, other.processor)

    @contextmanager
    def again(self) -> Iterator[None]:
        """The generators begin from this state, and are afterwards as they were before."""
        before = Draws.now(self.device or torch.device("cpu"))
        self.restore()
        try:
            yield
        finally:
            before.restore()

    def restore(self) -> None:
        torch.set_rng_state(self.processor)
        if self.card is not None and self.device is not None:
            getattr(torch, self.device.type).set_rng_state(self.card, self.device)
