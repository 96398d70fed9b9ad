"""What lies between the passes of a chain: states that are kept, marks of draws, lost bits, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import torch
from torch import Tensor, nn

from odenets.errors import OdenetsError
from odenets.memory.conditioning import Kept, kept_states
from odenets.memory.lost_bits import Lost, lost, restored
from odenets.memory.passes import Recording, States, Tape, blocks, repeated, values
from odenets.memory.plans import from_before, from_behind
from odenets.memory.policy import HALF, Memory, trusted
from odenets.memory.replay import uncached
from odenets.memory.undoing import Gradients, Mend, solved, undone
from odenets.wiring import Step

PROBE = 256  # numbers of each state by which a rebuilt one is compared with what it was
WRONG = 1e-3  # of the largest of them: beyond it gradients would be wrong, and nobody would see
COARSE = 3e-2  # the same where blocks are in half precision: increments that round otherwise


def trained(steps: Sequence[Step]) -> list[nn.Parameter]:
    return list(dict.fromkeys(p for step in steps for p in step.parameters() if p.requires_grad))


@dataclass
class Work:
    """What a forward pass leaves to its backward pass.

    kept    states before some steps;  tapes  of each step;  bits  lost at each place of a step
    probes  a few numbers of the states before a step, to compare rebuilt ones with
    inputs, versions, training  what must not change until the backward pass
    """

    steps: Sequence[Step]
    memory: Memory
    dtype: torch.dtype | None
    parameters: list[nn.Parameter]
    keep: Kept = field(default_factory=Kept)
    inputs: States = ()
    versions: list[int] = field(default_factory=list)
    training: list[bool] = field(default_factory=list)
    tapes: list[Tape] = field(default_factory=list)
    kept: dict[int, States] = field(default_factory=dict)
    bits: dict[tuple[int, Any], Lost | None] = field(default_factory=dict)
    probes: dict[int, States] = field(default_factory=dict)

    def run(self, states: States) -> States:
        self.keep = kept_states(self.steps, self.memory, trusted(states[0].dtype, self.dtype or states[0].dtype))
        self.inputs = states if 0 in self.keep.kept else ()
        self.versions, self.training = self.moved(), [step.training for step in self.steps]
        record = Recording(self.dtype)
        for i, step in enumerate(self.steps):
            if i in self.keep.kept:
                self.kept[i] = states
            if self.rebuilds(i) and not (i and self.rebuilds(i - 1)):
                self.probes[i] = probe(states)
            nexts, tape, seen = record(step, states)
            if self.rebuilds(i) and self.memory.fallback == "exact":
                self.keep_bits(i, step, tape, states, nexts, seen)
            self.tapes.append(tape)
            states = nexts
        return states

    def keep_bits(self, i: int, step: Step, tape: Tape, states: States, nexts: States, seen: dict[int, Any]) -> None:
        """Undo the step with its true increments, and keep what each result is off."""
        plan = from_behind(step.scheme, step.training)
        assert plan is not None  # else its states are kept
        given = values(step, tape, nexts[0], self.dtype)
        slopes = [seen[j][1] if j in seen else None for j in range(len(blocks(step)))]
        operands: list[Tensor | None] = [*nexts, *slopes, *states]
        for place in (place for place in plan.order if place[0] != "pull" and place not in plan.same):
            kind, j = place
            if kind == "point" and j not in seen:
                continue
            row, true = (plan.states[j], states[j]) if kind == "state" else (plan.points[j], seen[j][0])
            self.bits[i, place] = lost(true, solved(row, operands, given, nexts[0]))

    def back(self, states: States, grads: States) -> tuple[States, Gradients]:
        """The gradients of the first states, and of the parameters."""
        self.check()
        sums, found = Gradients(), dict(self.kept)
        for i in reversed(range(len(self.steps))):
            step = self.steps[i]
            plan = from_behind(step.scheme, step.training) if self.rebuilds(i) else None
            if plan is None:
                self.compute(i, found)
                states, plan = found.pop(i), from_before(step.scheme, step.training)
            states, grads = undone(step, plan, self.tapes[i], states, grads, sums, self.dtype, self.mend(i))
            if i in self.probes:
                self.compare(i, states)
        return grads, sums

    def mend(self, i: int) -> Mend:
        """What gives a result of step i, undone, the bits that it has lost."""
        return lambda place, x: restored(x, self.bits.get((i, place)))

    def rebuilds(self, i: int) -> bool:
        return i not in self.keep.computed

    def compute(self, i: int, found: dict[int, States]) -> None:
        """The states before step i, forward from the last that were kept."""
        j = max(k for k in found if k <= i)
        for k in range(j, i):
            found[k + 1] = repeated(self.steps[k], found[k], self.tapes[k], self.dtype)

    def moved(self) -> list[int]:
        """Changes when a parameter or an input that is kept is written in place."""
        return [x._version for x in (*self.parameters, *self.inputs)]

    def check(self) -> None:
        """Raise OdenetsError where the blocks would not do again what they did."""
        others = [*map(id, self.parameters)] != [*map(id, trained(self.steps))]  # functional_call puts its own there
        if others or self.versions != self.moved() or self.training != [x.training for x in self.steps]:
            raise OdenetsError(
                f"the parameters, the mode or the input of {len(self.steps)} steps of {self.steps[0].scheme.name} were "
                "changed between the forward and the backward pass, which evaluates their blocks again: change them "
                "after it, or take reversible = False and checkpoint = 0"
            )

    def forget(self) -> None:
        self.inputs = ()
        for held in (self.kept, self.bits, self.probes, self.tapes):
            held.clear()

    def compare(self, i: int, states: States) -> None:
        if not states[0].numel():
            return
        size = max(float(x.abs().max()) for x in self.probes[i]) or 1.0
        most = COARSE if self.dtype in HALF or torch.is_autocast_enabled(states[0].device.type) else WRONG
        for kept, now in zip(self.probes[i], probe(states), strict=True):
            off = float((kept - now).abs().max())
            if not off <= most * size and isfinite(size):
                raise OdenetsError(
                    f"the states before step {i + 1} of {len(self.steps)} ({self.steps[i].scheme.name}) came back "
                    f"{off / size:.1e} off: undoing these blocks loses too much, take fallback = 'exact' or "
                    "checkpoint = 1 in place of reversible"
                )


def probe(states: States) -> States:
    """A few numbers of each state, spread over it."""
    return tuple(x.detach().flatten()[:: max(1, x.numel() // PROBE)].clone() for x in states)


class Carried(torch.autograd.Function):
    """All steps as one function: its backward pass is Work.back."""

    @staticmethod
    def forward(ctx: Any, work: Work, count: int, *tensors: Tensor) -> States:
        ctx.work, ctx.count, ctx.casting = work, count, casting(tensors[0])
        with uncached():
            states = work.run(tuple(x.detach() for x in tensors[:count]))
        ctx.save_for_backward(*states)
        return states

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Any, ...]:
        if torch.is_grad_enabled():  # create_graph=True
            raise OdenetsError(
                "a chain whose states are rebuilt has no second derivatives: take reversible = False, checkpoint = 0"
            )
        with torch.no_grad(), cast_as(ctx.casting):
            found, sums = ctx.work.back(ctx.saved_tensors, tuple(narrowed(g, ctx.work.dtype) for g in grads))
        if not torch._C._autograd._get_current_graph_task_keep_graph():
            ctx.work.forget()  # else all that is kept lives as long as the loss, through the next forward pass
        return None, None, *found, *(sums.by.get(p) for p in ctx.work.parameters)


def narrowed(gradient: Tensor, blocks: torch.dtype | None) -> Tensor:
    """Gradients are not undone: under sums in double precision those of blocks in single stay single."""
    return gradient.float() if gradient.dtype == torch.float64 and blocks is not None else gradient


def casting(like: Tensor) -> tuple[Any, ...]:
    kind = like.device.type
    return kind, torch.get_autocast_dtype(kind), torch.is_autocast_enabled(kind), torch.is_autocast_cache_enabled()


def cast_as(state: tuple[Any, ...]) -> AbstractContextManager[Any]:
    """Autocast as it was in the forward pass; the backward pass runs outside of it."""
    kind, dtype, enabled, cache = state
    return torch.autocast(kind, dtype, enabled, cache_enabled=cache)
