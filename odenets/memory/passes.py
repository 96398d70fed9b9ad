"""Passes over the source of a step: the first, which marks where draws and blocks begin, and those that repeat it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import torch
from torch import Tensor, nn

from odenets.coefficients import Bounded, drawn, draws, learned, live, value
from odenets.memory import evaluations
from odenets.memory.evaluations import Mark
from odenets.memory.replay import Draws
from odenets.rows import running
from odenets.wiring import Step, called, compiled, sum_text
from schemes import Scheme
from schemes.writing import source

States = tuple[Tensor, ...]
Tape = dict[Any, Mark]  # of each stage, by its number, and of each draw, by the attribute that draws


@lru_cache(maxsize=512)
def staged(scheme: Scheme, training: bool) -> Callable[..., Any]:
    """The function of a step's source, sum for sum, in which stage i calls self.stage_i."""
    table, _ = running(scheme, training)
    text = source(table, called(table, lambda i: f"self.stage_{i}"), sum_text)
    return compiled(text, f"{scheme.name}, stage by stage")


def table(step: Step) -> Scheme:
    """The table that a step runs in its mode."""
    return running(step.scheme, step.training)[0]


def blocks(step: Step) -> list[nn.Module]:
    """The block of each stage that runs."""
    _, kept = running(step.scheme, step.training)
    return [getattr(step, step.block_names[i]) for i in kept]


class Pass:
    """Stands in for a step while its source runs: `stage` evaluates its blocks, `drawn` its random coefficients.

    Learned coefficients are the step's own, in the type of the states.
    """

    def __init__(self, step: Step, stage: Callable[[int, Tensor], Tensor], drawn: Callable[[str, Tensor], Any]) -> None:
        self._step, self._stage, self._drawn = step, stage, drawn
        self._random, self._learned = draws(table(step)), learned(step.scheme)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("stage_"):
            return partial(self._stage, int(name.removeprefix("stage_")))
        if name in self._random:
            return partial(self._drawn, name)
        found = getattr(self._step, name)
        if name not in self._learned:
            return found
        now = live(self._step, name).to(self._dtype)
        return (lambda: now) if isinstance(found, Bounded) else now

    def __call__(self, states: Sequence[Tensor]) -> States:
        self._dtype = states[0].dtype
        nexts = staged(self._step.scheme, self._step.training)(self, *states)
        return nexts if isinstance(nexts, tuple) else (nexts,)


class Recording:
    """First passes over steps, one after the other, by blocks that read the type `dtype`, None: that of the states."""

    def __init__(self, dtype: torch.dtype | None) -> None:
        self.dtype = dtype
        self.last: Draws | None = None

    def __call__(self, step: Step, states: States) -> tuple[States, Tape, dict[int, tuple[Tensor, Tensor]]]:
        """The next states, the tape, and (Y_i, F_i) of each stage."""
        tape: Tape = {}
        seen: dict[int, tuple[Tensor, Tensor]] = {}
        own = blocks(step)

        def stage(i: int, Y: Tensor) -> Tensor:
            F, tape[i] = evaluations.first(own[i], read(Y, self.dtype), self.last)
            self.last = tape[i].draws
            seen[i] = Y, widened(F, Y)
            return seen[i][1]

        def random(name: str, u: Tensor) -> Any:
            self.last = evaluations.marked(u, self.last)
            # the column of a network's joins is drawn before the pass, and may be another one by the backward pass
            tape[name] = Mark(self.last, [(path, x.clone()) for path, x in getattr(step, name).named_buffers()])
            return getattr(step, name)(read(u, self.dtype))

        return Pass(step, stage, random)(states), tape, seen


def repeated(step: Step, states: States, tape: Tape, dtype: torch.dtype | None) -> States:
    """The next states once more."""
    own = blocks(step)

    def stage(i: int, Y: Tensor) -> Tensor:
        return widened(evaluations.again(own[i], read(Y, dtype), tape[i]), Y)

    return Pass(step, stage, lambda name, u: redrawn(step, tape, name, u, dtype))(states)


def redrawn(step: Step, tape: Tape, name: str, u: Tensor, dtype: torch.dtype | None) -> Any:
    held = getattr(step, name)
    with tape[name].draws.again(), evaluations.standing(held, tape[name].buffers):
        return held(read(u, dtype))


def values(step: Step, tape: Tape, like: Tensor, dtype: torch.dtype | None) -> dict[str, Any]:
    """The coefficients that a pass had, learned and random."""
    fixed = {name: value(step, name).to(like.dtype) for name in learned(step.scheme)}
    return fixed | drawn(table(step), lambda attribute: redrawn(step, tape, attribute, like, dtype))


def read(Y: Tensor, dtype: torch.dtype | None) -> Tensor:
    """What a block, or a draw, reads, in the type that it is made for."""
    return Y if dtype is None else Y.to(dtype)


def widened(F: Tensor, Y: Tensor) -> Tensor:
    """An increment in the type of the sums: 1/3 F in half precision is not undone by 1/3 F in single."""
    return F.to(torch.promote_types(F.dtype, Y.dtype))
