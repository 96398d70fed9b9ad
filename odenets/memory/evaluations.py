"""One evaluation of a block, and the same evaluation again: the same draws, the same buffers, no trace left."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from odenets.memory.replay import Draws, quiet, swapped

Buffer = tuple[str, Tensor]


@dataclass(frozen=True)
class Habits:
    """What a block does besides giving its increment: overwriting what it reads, moving some of its buffers."""

    in_place: bool
    moves: tuple[str, ...]
    buffers: frozenset[str]  # all that it had: with another one, a parametrization added later, it is seen anew


HABITS: WeakKeyDictionary[nn.Module, dict[bool, Habits]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Mark:
    """Where an evaluation began: the state of the random generators, and the buffers that it has moved."""

    draws: Draws
    buffers: Sequence[Buffer] = ()


def first(block: nn.Module, Y: Tensor, last: Draws | None) -> tuple[Tensor, Mark]:
    """The increment at Y, and where it began.

    A block's habits are seen at its first evaluation, in training and in evaluation: others need no copies.
    """
    draws = marked(Y, last)
    known = HABITS.setdefault(block, {}).get(block.training)
    held = own(block)
    if known is not None and not known.buffers.issuperset(path for path, _ in held):
        known = None
    kept = [(path, x, x.clone()) for path, x in held if known is None or path in known.moves]
    given = copied(Y) if known is None or known.in_place else Y
    versions = [x._version for x in (given, *(x for _, x, _ in kept))]
    F: Tensor = block(given)
    if known is None:
        now = dict(own(block))
        moved = [
            path for (path, x, _), v in zip(kept, versions[1:], strict=True) if now[path] is not x or x._version != v
        ]
        known = HABITS[block][block.training] = Habits(
            given._version != versions[0], tuple(moved), frozenset(now) | {path for path, _ in held}
        )
    return F, Mark(draws, [(path, then) for path, _, then in kept if path in known.moves])


def again(block: nn.Module, Y: Tensor, mark: Mark) -> Tensor:
    """The same increment: norms do not track, buffers are what they were and afterwards what they are."""
    with mark.draws.again(), quiet(block), standing(block, mark.buffers):
        F: Tensor = block(copied(Y) if HABITS[block][block.training].in_place else Y)
        return F


def copied(Y: Tensor) -> Tensor:
    """A copy in the same order of memory: norms of a chunk of channels would sum a contiguous one in another order."""
    if Y.requires_grad or not is_apart(Y):
        return Y.clone()
    return torch.empty_strided(Y.shape, Y.stride(), dtype=Y.dtype, device=Y.device).copy_(Y)


def is_apart(Y: Tensor) -> bool:
    return all(stride > 0 for stride, size in zip(Y.stride(), Y.shape, strict=True) if size > 1)


def marked(like: Tensor, last: Draws | None) -> Draws:
    """The state of the generators: the object `last` where nothing has been drawn since."""
    now = Draws.now(like.device)
    return last if last is not None and last.same(now) else now


def own(block: nn.Module) -> list[tuple[str, Tensor]]:
    """The buffers of a block by their paths, but for those of batch norms, which in training do not read theirs."""
    norms = [path for path, m in block.named_modules() if isinstance(m, _BatchNorm) and m.training]
    return [(path, x) for path, x in block.named_buffers() if path.rpartition(".")[0] not in norms]


def standing(block: nn.Module, buffers: Sequence[Buffer]) -> AbstractContextManager[None]:
    """Copies of buffers as they were stand in their places, for whoever moves them again."""
    places = [(*path.rpartition(".")[::2], then) for path, then in buffers]
    return swapped([(block.get_submodule(owner), name, then) for owner, name, then in places])
