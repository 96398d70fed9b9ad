"""The equation of one step of a network: its blocks as a field, and the time that it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from torch import Tensor, nn

from odenets.coefficients import raw
from odenets.continuous.tables import fluxes
from odenets.depth.times import Span, factor, holders, number
from odenets.errors import OdenetsError
from odenets.wiring import Step
from schemes import Scheme
from schemes.exact import is_one, is_zero
from schemes.symbols import RationalFunction

Rates = list[Tensor | None]


@dataclass(frozen=True)
class Term:
    """weights[c] f(u_reads) for each component c, of a block that stages of a field share."""

    field: str
    block: nn.Module
    reads: int
    weights: tuple[Any, ...]


@dataclass(frozen=True)
class Flow:
    """u_c' = Σ weights_c / span · f(u_reads) over the span of time that one step of a network advances.

    Learned coefficients are those of the step now: they set the span, and get their gradient through the weights.
    time     h ψ
    starter  whether the step fills a history: what it adds is carried on by the steps behind it, which set its time
    unit     the flow by whose largest weight it is measured: a noise by the field that it is of
    """

    step: Step
    terms: tuple[Term, ...]
    parts: int
    time: Span
    starter: bool = False
    unit: Flow | None = None

    @cached_property
    def fixed(self) -> bool:
        """Whether nothing that is trained stands in the weights."""
        others = self.time.fixed and (self.unit is None or self.unit.fixed)
        return others and not any(isinstance(x, RationalFunction) for term in self.terms for x in term.weights)

    @property
    def span(self) -> Fraction:
        return self.exact[0] if self.fixed else self.time.now

    @cached_property
    def exact(self) -> tuple[Fraction, list[list[Any]]]:
        """The span and the factors of a flow that is fixed."""
        unit = largest(self.unit or self)
        return self.time.now, [[x / unit for x in term.weights] for term in self.terms]

    @property
    def coefficients(self) -> list[nn.Parameter]:
        """What is trained of the learned coefficients."""
        held = {**self.time.holders, **holders(self.step)}
        return list(dict.fromkeys(raw(step, name) for name, step in held.items()))

    def rates(self, parts: Sequence[Tensor], field: str | None = None, of: Evaluate | None = None) -> Rates:
        """The slope of each component, of all fields or of one; None where nothing feeds it. of: a term's block at u"""
        found: Rates = [None] * self.parts
        factors = self.exact[1] if self.fixed else now(self)
        for term, row in zip(self.terms, factors, strict=True):
            if field is None or field == term.field:
                u = parts[term.reads]
                slope = term.block(u) if of is None else of(term, u)
                for c, x in enumerate(row):
                    if not is_zero(x):
                        found[c] = added(found[c], scaled(x, slope))
        return found


Evaluate = Callable[[Term, Tensor], Tensor]


def drift(step: Step) -> tuple[Term, ...]:
    """What a step follows, of its mean where coefficients are random.

    Raises OdenetsError as `fluxes` does, and where the weights of each field sum to 0.
    """
    found = tuple(term for term in terms(step, step.scheme.mean()) if not all(map(is_zero, term.weights)))
    if all(is_zero(sum(row, Fraction(0))) for row in totals(found)):
        raise OdenetsError(f"{step.scheme.name} follows u' = 0: its weights on each field sum to 0, change one of B")
    return found


def terms(step: Step, scheme: Scheme) -> list[Term]:
    """The fluxes of a table with the blocks of the step; stages of one block that read one component are one term."""
    merged: dict[tuple[str, int, int], Term] = {}
    for flux in fluxes(scheme):
        block, field = getattr(step, step.block_names[flux.stage]), scheme.fields[flux.stage]
        key = field, id(block), flux.reads
        before = merged[key].weights if key in merged else (Fraction(0),) * len(flux.weights)
        weights = tuple(x + y for x, y in zip(before, flux.weights, strict=True))
        merged[key] = Term(field, block, flux.reads, weights)
    return list(merged.values())


def equal(flows: Sequence[Flow]) -> bool:
    """Whether steps follow one equation: the same blocks, weighed the same a unit of time (depth_shared)."""
    return all(flow.fixed for flow in flows) and len({in_time(flow) for flow in flows}) == 1


def together(flow: Flow) -> Flow:
    """The terms of each field and component in one, whatever their blocks, at numbers."""
    merged: dict[tuple[str, int], Term] = {}
    for term in flow.terms:
        own = tuple(number(x, holders(flow.step)) for x in term.weights)
        before = merged.get((term.field, term.reads))
        sums = own if before is None else tuple(x + y for x, y in zip(before.weights, own, strict=True))
        merged[term.field, term.reads] = replace(term, weights=sums)
    return replace(flow, terms=tuple(merged.values()))


def in_time(flow: Flow) -> tuple[Term, ...]:
    return tuple(replace(t, weights=tuple(row)) for t, row in zip(flow.terms, flow.exact[1], strict=True))


def largest(flow: Flow) -> Fraction:
    """The weight of a field on a component that is largest, in a step."""
    sums = (sum((number(x, holders(flow.step)) for x in row), Fraction(0)) for row in totals(flow.terms))
    return max(sums, key=lambda x: (abs(x), x))


def totals(terms: Sequence[Term]) -> list[list[Any]]:
    """The weights of each field, component that it reads, and component that it feeds."""
    found: dict[tuple[str, int, int], list[Any]] = {}
    for term in terms:
        for feeds, x in enumerate(term.weights):
            found.setdefault((term.field, term.reads, feeds), []).append(x)
    return list(found.values())


def now(flow: Flow) -> list[list[Any]]:
    """The factors with learned coefficients as they are, in the graph of their gradients."""
    unit, held = largest(flow.unit or flow), holders(flow.step)
    rows = [[factor(x, held, unit) for x in term.weights] for term in flow.terms]
    if not flow.starter or flow.time.fixed:
        return rows
    speed = flow.time.speed
    return [[x if is_zero(x) else speed * (float(x) if isinstance(x, Fraction) else x) for x in row] for row in rows]


def scaled(x: Any, slope: Tensor) -> Tensor:
    if is_one(x):
        return slope
    return (float(x) if isinstance(x, Fraction) else x) * slope


def added(total: Tensor | None, part: Tensor) -> Tensor:
    return part if total is None else total + part
