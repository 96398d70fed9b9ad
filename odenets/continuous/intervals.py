"""A chain of steps as intervals of time, each with an equation of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import torch
from torch import Tensor, nn

from odenets.continuous.flows import Flow, Rates, drift, equal, together
from odenets.depth.chains import lows, spans
from odenets.depth.courses import Course
from odenets.depth.fields import ChainField, chain_field
from odenets.depth.times import filled
from odenets.errors import OdenetsError
from odenets.stages import Stage, Start, States
from schemes.exact import is_one, is_zero

HOW = ("constant", "linear")


@dataclass(frozen=True)
class Interval:
    """A stretch of depth with one equation, of its blocks, or of fields that move with the part s that has gone by.

    flows   those of the steps of the network that it stands for, of one equation
    axis    of the channels, which the components share
    fields  {field: f(t, u)} of odenets.depth, where blocks are functions of depth
    """

    flows: tuple[Flow, ...]
    axis: int
    fields: Mapping[str, ChainField] | None = None

    @property
    def span(self) -> Fraction:
        """The time that it takes now."""
        return sum((flow.span for flow in self.flows), Fraction(0))

    @property
    def fixed(self) -> bool:
        """Whether nothing that is trained sets the span."""
        return all(flow.fixed for flow in self.flows)

    @property
    def edges(self) -> set[tuple[str, int, int]]:
        """(field, component that it reads, component that it feeds)."""
        weighed = ((term, c) for term in self.flows[0].terms for c, x in enumerate(term.weights) if not is_zero(x))
        return {(term.field, term.reads, c) for term, c in weighed}

    @property
    def parts(self) -> int:
        return self.flows[0].parts

    @property
    def blocks(self) -> list[nn.Module]:
        return [*self.fields.values()] if self.fields else [term.block for term in self.flows[0].terms]

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What the equation depends on: of its blocks, and learned coefficients of its steps."""
        own = () if self.fields else self.flows[0].coefficients
        return list(dict.fromkeys([*(p for block in self.blocks for p in block.parameters()), *own]))

    def alone(self, field: str | None) -> nn.Module | None:
        """The block whose value is the rate itself, where the equation, or its part of one field, is no more."""
        flow = self.flows[0]
        if self.fields is not None or not flow.fixed or (field is None and self.parts > 1):
            return None
        pairs = zip(flow.terms, flow.exact[1], strict=True)
        found = [(term.block, [x for x in row if not is_zero(x)]) for term, row in pairs if field in (None, term.field)]
        return found[0][0] if len(found) == 1 and all(map(is_one, found[0][1])) else None

    def rates(self, parts: Sequence[Tensor], s: float | Tensor = 0.0, field: str | None = None) -> Rates:
        """The rate of each component, of all fields or of one; None where nothing feeds it."""
        if self.fields is None:
            return self.flows[0].rates(parts, field)
        fields = self.fields
        return self.flows[0].rates(parts, field, lambda term, u: of_depth(fields[term.field], s, u))

    def slope(self, z: Tensor, s: float | Tensor = 0.0) -> Tensor:
        """The rate of all components in one state, which share the channels out among them."""
        parts = pieces(z, self.parts, self.axis)
        return joined(self.rates(parts, s), parts, self.axis)


def joined(rates: Rates, parts: States, axis: int) -> Tensor:
    """The rates of all components in one tensor."""
    found = [torch.zeros_like(u) if rate is None else rate.expand_as(u) for rate, u in zip(rates, parts, strict=True)]
    return torch.cat(found, axis) if len(found) > 1 else found[0]


def of_depth(field: ChainField, s: float | Tensor, u: Tensor) -> Tensor:
    slope: Tensor = field(s * field.time, u)
    return slope


def pieces(u: Tensor, count: int, axis: int) -> States:
    return u.chunk(count, axis) if count > 1 else (u,)


def parted(start: Start, u: Tensor) -> States:
    """The components of a joined state."""
    return pieces(u, start.parts, start.axis)


def intervals(stage: Stage, how: str) -> list[Interval]:
    """The equation of a stage's chain: one interval a step, or one in all where its blocks are shared or move.

    how  "constant": the blocks of a step on its interval; "linear": their weights move on to those of the next, as
         odenets.depth has them, and learned coefficients set the time but get no gradient
    Raises OdenetsError where no equation is behind a step.
    """
    if how not in HOW:
        raise OdenetsError(f"how = {how!r}: take {' or '.join(map(repr, HOW))}")
    found, axis = flows(stage), stage.start.axis
    if found and moves(stage, how):
        last = together(found[-1])
        names = {term.field: chain_field(stage, term.field, how) for term in last.terms}
        return [Interval(tuple(replace(last, time=own.time, starter=False) for own in found), axis, names)]
    if found and equal(found):
        return [Interval(tuple(found), axis)]
    return [Interval((own,), axis) for own in found]


def flows(stage: Stage) -> list[Flow]:
    """The equation of each step of a chain. Raises OdenetsError where none is behind it."""
    steps, parts = stage.behind(), stage.start.parts
    found = [drift(step) for step in steps]
    if odd := next((step for step, terms in zip(steps, found, strict=True) if len(terms[0].weights) != parts), None):
        raise OdenetsError(
            f"{odd.scheme.name} has states that start at 0 and keep what is added to them, {parts} of them "
            "start from a value: no equation of these components is behind it"
        )
    whole = filled(stage.spec, stage.number, lows(stage))
    rows = zip(steps, found, spans(stage), whole, strict=True)
    return [Flow(step, terms, parts, time, starter=not full) for step, terms, time, full in rows]


def moves(stage: Stage, how: str) -> bool:
    """Whether the weights of a stage change within its steps."""
    weights = stage.spec.weights
    return how == "linear" if not weights else Course.of(stage.spec, stage.number).basis.kind != "constant"
