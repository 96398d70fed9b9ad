"""The backward pass of one step: its states rebuilt by the inverse table, its gradients by the transposed one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from odenets.coefficients import learned, live, raw
from odenets.lincomb import broadcast_dot, is_one
from odenets.memory import evaluations
from odenets.memory.passes import States, Tape, blocks, read, values, widened
from odenets.memory.plans import Plan, Solved
from odenets.rows import Terms, combined, number
from odenets.wiring import Step

Mend = Callable[[Any, Tensor], Tensor]


class Gradients:
    """Sums of the gradients of parameters."""

    def __init__(self) -> None:
        self.by: dict[nn.Parameter, Tensor] = {}

    def add(self, parameters: Sequence[nn.Parameter], found: Sequence[Tensor | None]) -> None:
        for p, g in zip(parameters, found, strict=True):
            if g is not None:
                self.by[p] = self.by[p] + g if p in self.by else g


def undone(
    step: Step,
    plan: Plan,
    tape: Tape,
    known: States,
    grads: States,
    sums: Gradients,
    dtype: torch.dtype | None,
    mend: Mend,
) -> tuple[States, States]:
    """The states before a step (`known` themselves where the plan has them) and the gradients by them.

    mend(place, x)   x with the bits that rounding has lost: the place is ("point", i) or ("state", j)
    """
    known = tuple(x.detach() for x in known)  # kept ones may be among the results, which have a history by now
    given = values(step, tape, known[0], dtype)
    own, r = blocks(step), len(known)
    before: list[Tensor | None] = [*known] if not plan.states else [None] * r
    operands: list[Tensor | None] = [*(known if plan.states else before), *[None] * len(own), *before]
    pulls: list[Tensor | None] = [*grads, *[None] * len(own)]
    held: dict[int, tuple[Tensor, Tensor]] = {}
    done: dict[tuple[str, int], Tensor] = {}
    gradients: dict[Terms, Tensor | None] = {}  # RevNet's of F and of the state that F is added to are one

    def at(place: tuple[str, int], rows: Mapping[int, Solved]) -> Tensor:
        same = plan.same.get(place)
        done[place] = done[same] if same else mend(place, solved(rows[place[1]], operands, given, known[0]))
        return done[place]

    for what, i in plan.order:
        if what == "state":
            operands[r + len(own) + i] = at((what, i), plan.states)
        elif what == "point":
            Y = at((what, i), plan.points)
            if i not in tape:  # a draw has dropped it
                continue
            held[i] = evaluated(own[i], read(Y, dtype), tape, i)
            operands[r + i] = widened(held[i][1].detach(), Y)
        elif i in held:
            F = gradients[plan.pulls[i]] = combined(plan.pulls[i], pulls, given)
            pulls[r + i] = None if F is None else pulled(own[i], *held.pop(i), F, sums)
    states = tuple(found(x, known[0]) for x in operands[r + len(own) :])
    if plan.trained:
        coefficient_gradients(step, plan, [*states, *operands[r : r + len(own)]], pulls, given, sums)
    ends = (gradients[row] if row in gradients else combined(row, pulls, given) for row in plan.pulled)
    return states, tuple(found(x, g) for x, g in zip(ends, grads, strict=True))


def solved(row: Solved, operands: Sequence[Tensor | None], given: Mapping[str, Any], like: Tensor) -> Tensor:
    """A state or point by its row: Σ c x, over its divisor."""
    total, divisor = found(combined(row[0], operands, given), like), number(row[1], given)
    return total if is_one(divisor) else total / divisor


def found(x: Tensor | None, like: Tensor) -> Tensor:
    return torch.zeros_like(like) if x is None else x


def evaluated(block: nn.Module, Y: Tensor, tape: Tape, i: int) -> tuple[Tensor, Tensor]:
    """(Y, F) with the graph of the block between them."""
    Y = Y.detach().requires_grad_()
    with torch.enable_grad():
        return Y, evaluations.again(block, Y, tape[i])


def pulled(block: nn.Module, Y: Tensor, F: Tensor, gradient: Tensor, sums: Gradients) -> Tensor | None:
    """The gradient of Y from that of F = f(Y); those of the block's parameters are added up."""
    if not F.requires_grad:  # the constant 1
        return None
    own = [p for p in block.parameters() if p.requires_grad]
    if gradient.shape != F.shape:  # F is broadcast in the sums
        gradient = gradient.sum_to_size(F.shape)
    with unhooked(own):
        back, *rest = torch.autograd.grad(F, [Y, *own], gradient.to(F.dtype), allow_unused=True)
    sums.add(own, rest)
    return None if back is None else back.to(gradient.dtype)


@contextmanager
def unhooked(parameters: Sequence[Tensor]) -> Iterator[None]:
    """Hooks of parameters (register_hook) wait for the whole gradient: each part of it would go through them, too."""
    hooks = [(p, p._backward_hooks) for p in parameters if p._backward_hooks]
    for p, _ in hooks:
        p._backward_hooks = None
    try:
        yield
    finally:
        for p, own in hooks:
            p._backward_hooks = own


def coefficient_gradients(
    step: Step,
    plan: Plan,
    operands: Sequence[Tensor | None],
    pulls: Sequence[Tensor | None],
    given: Mapping[str, Any],
    sums: Gradients,
) -> None:
    """Add the gradients of the learned coefficients: Σ c'(k) <ḡ_i, x_j> over the entries c of rows i, operands x_j."""
    names = learned(step.scheme)
    own = [p for p in (raw(step, name) for name in names) if p.requires_grad]
    if not own:
        return
    entries, dots = [], []
    with torch.enable_grad():
        now = {name: live(step, name) for name in names}
        for i, j, x in plan.trained:
            g, operand = pulls[i], operands[j]
            if g is not None and operand is not None:
                entry = x(**{**given, **now})
                if entry.requires_grad:  # else all of its coefficients are frozen
                    entries.append(entry)
                    dots.append(broadcast_dot(g, operand.to(g.dtype), entry.detach()))
    if entries:
        with unhooked(own):
            sums.add(own, torch.autograd.grad(entries, own, dots, allow_unused=True))
