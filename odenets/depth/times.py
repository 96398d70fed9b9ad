"""The time of a chain of steps: how long each one takes, and at which depth its stages are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import accumulate
from typing import Any

from torch import Tensor, nn

from odenets.coefficients import learned, live, value
from odenets.spec import Spec
from odenets.tables import scheme_of
from odenets.wiring import Step
from schemes import RationalFunction, Scheme
from schemes.consistency import weights
from schemes.rewriting import without_idle
from schemes.timing import abscissae

Holders = Mapping[str, nn.Module]  # the module that holds each learned coefficient, by its name


@dataclass(frozen=True)
class Span:
    """h ψ, the time that a step takes, with learned coefficients as they are.

    weights  those of the fields in a step of h = 1; ψ is the largest, and each of them where a table has one ψ
    """

    h: Any
    weights: tuple[Any, ...]
    holders: Holders

    @property
    def fixed(self) -> bool:
        """Whether nothing that is trained stands in it."""
        return not any(isinstance(x, RationalFunction) for x in (self.h, *self.weights))

    @property
    def now(self) -> Fraction:
        return number(self.h * self.psi, self.holders)

    @property
    def psi(self) -> Any:
        found = [(number(x, self.holders), x) for x in self.weights]
        return max(found, key=lambda pair: (abs(pair[0]), pair[0]))[1]

    @property
    def speed(self) -> Any:
        """ψ by what it is now, so 1, in the graph of the coefficients that set it."""
        return factor(self.psi, self.holders, number(self.psi, self.holders))


def spans(lows: Sequence[Scheme], whole: Sequence[bool], h: Any, held: Sequence[Holders]) -> list[Span]:
    """The time of each step: its h and ψ of its table, of one that fills a history ψ of the first whole step behind it.

    What a first step adds is carried on by the steps behind: Euler's start of LM-ResNet takes its slow component
    (u[n] + k u[n-1]) / (1 + k) from u[0] to u[0] + h f / (1 + k).
    Raises SchemeError where 1 is no simple eigenvalue of V.
    """
    found: list[Span] = []
    for low, full, own in reversed(list(zip(lows, whole, held, strict=True))):
        span = Span(h, effective(low), own)
        paced = span if full or not found else found[-1]
        kept = {name: own[name] for name in own if name == "h"}  # each step has an h of its own
        found.append(Span(h, paced.weights, {**paced.holders, **kept}))
    return found[::-1]


@cache
def effective(scheme: Scheme) -> tuple[Any, ...]:
    """The weights of the fields in a step, at the means of random coefficients, without those that are 0."""
    return tuple(x for x in weights(scheme.mean()).values() if x != 0)


def filled(spec: Spec, number: int, lows: Sequence[Scheme]) -> list[bool]:
    """Of the last steps of a stage, whether each has its history: before that its table is not that of its scheme."""
    first = spec.steps[number] - len(lows)
    return [low.table == without_idle(scheme_of(spec, number, first + n)).table for n, low in enumerate(lows)]


# ---- where the stages are ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Schedule:
    """The tables of a chain at numbers, and the time that each step takes."""

    tables: tuple[Scheme, ...]
    spans: tuple[Fraction, ...]

    @property
    def time(self) -> Fraction:
        return sum(self.spans, Fraction(0))

    @property
    def starts(self) -> list[Fraction]:
        """Where each step begins in [0, 1]."""
        total = self.time
        return [at / total for at in accumulate(self.spans[:-1], initial=Fraction(0))]

    @property
    def depths(self) -> list[list[tuple[Any, bool]]]:
        """(s, whether it ends the step) of every stage of every step, s its place in [0, 1].

        Raises SchemeError for fields that are weighed differently, or applied to slopes.
        """
        total, own = self.time, {table: abscissae(table) for table in set(self.tables)}
        rows = zip(self.tables, self.starts, self.spans, strict=True)
        return [[(at + c * span / total, c > 1 - 1e-9) for c in own[table]] for table, at, span in rows]


def schedule(lows: Sequence[Scheme], whole: Sequence[bool], h: Any, held: Sequence[Holders]) -> Schedule:
    """That of tables at these learned coefficients, all others at their starts."""
    tables = tuple(at_values(low, own) for low, own in zip(lows, held, strict=True))
    known = [at_starts(low, own) for low, own in zip(lows, held, strict=True)]
    return Schedule(tables, tuple(span.now for span in spans(known, whole, h, held)))


def begun(spec: Spec, number: int, lows: Sequence[Scheme]) -> Schedule:
    """That of the last steps of a stage as training starts it, in steps of h = 1."""
    return schedule(lows, filled(spec, number, lows), Fraction(1), [{}] * len(lows))


def at_starts(scheme: Scheme, but: Holders | None = None) -> Scheme:
    """The scheme with its learned coefficients at the numbers, or means, where training starts them."""
    starts = {p.name: p.mean for p in scheme.parameters if p.kind == "learned" and p.mean is not None}
    starts = {name: x for name, x in starts.items() if name not in (but or {})}
    return scheme.at(**starts) if starts else scheme


def at_values(low: Scheme, held: Holders) -> Scheme:
    """The table at coefficients as they are, a mean where there is one a channel, all others at their starts."""
    known = {p.name for p in low.parameters}
    values = {name: Fraction(value(own, name).double().mean().item()) for name, own in held.items() if name in known}
    return at_starts(low.at(**values))


# ---- learned coefficients ------------------------------------------------------------------------------------------


def holders(step: Step) -> Holders:
    """The step itself, for each of its learned coefficients."""
    return dict.fromkeys(learned(step.scheme), step)


def number(x: Any, held: Holders) -> Fraction:
    """A number as it is now: exact, or at the learned coefficients; its mean over channels where they have one each."""
    if not isinstance(x, RationalFunction):
        return Fraction(x)
    values = {name: k.detach() for name, k in at(x, held).items()}
    if all(k.numel() == 1 for k in values.values()):
        return Fraction(x(**{name: Fraction(k.item()) for name, k in values.items()}))
    return Fraction(x(**values).mean().item())


def factor(x: Any, held: Holders, span: Fraction) -> Any:
    """A weight a unit of time, exact, or a tensor with the gradient of the learned coefficients."""
    if not isinstance(x, RationalFunction):
        return x / span
    weight = x(**at(x, held))
    if weight.numel() > 1:
        return weight / float(span)
    # the value is that of exact numbers, so that 1 is 1: in single precision 1 / (1 + k) is not what span says
    return float(number(x, held) / span) + (weight - weight.detach()) / float(span)


def at(x: RationalFunction, held: Holders) -> dict[str, Tensor]:
    """The learned coefficients that a number depends on, in the graph."""
    return {name: live(held[name], name) for name in sorted(x.symbols)}
