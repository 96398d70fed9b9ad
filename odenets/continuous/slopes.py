"""The right-hand side of a chain as a block, and the steps of a scheme over one interval of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

from torch import Tensor, nn

from odenets.continuous.intervals import Interval
from odenets.wiring import Step, wire
from schemes import Scheme
from schemes.algebra import stretched
from schemes.timing import abscissae


class Slope(nn.Module):
    """The right-hand side at a part s of an interval: the rate of all components, or what one field feeds to its one.

    size  the length of the step, where the table does not hold it
    """

    def __init__(self, interval: Interval, name: str | None, s: float) -> None:
        super().__init__()
        self.interval, self.name, self.s = interval, name, s
        self.size = 1.0

    def forward(self, u: Tensor) -> Tensor:
        if self.name is None:
            rate = self.interval.slope(u, self.s)
        else:
            rates = self.interval.rates([u] * self.interval.parts, self.s, self.name)
            (rate,) = (rate for rate in rates if rate is not None)
        return rate if self.size == 1 else self.size * rate


@dataclass(frozen=True)
class Leg:
    """The steps over one interval, which share its time; weight: Σ ψ, the time that they take with h = 1."""

    interval: Interval
    steps: tuple[Step, ...]
    weight: Fraction

    @property
    def size(self) -> Fraction:
        return self.interval.span / self.weight

    def resize(self) -> None:
        """The steps as long as the interval is now, where something trained sets it."""
        if not self.interval.fixed:
            slopes = (part for step in self.steps for part in step.modules() if isinstance(part, Slope))
            for slope in slopes:
                slope.size = float(self.size)


def leg(interval: Interval, tables: Sequence[Scheme], psi: Fraction, split: bool) -> Leg:
    """The steps of these tables, wired with the equation of the interval as their block, or with each of its fields.

    psi: the effective step of their scheme, which those that fill its history have too. A length that nothing trained
    sets stands in the tables, so that the steps of the network come out bit for bit.
    """
    total = psi * len(tables)
    size = interval.span / total if interval.fixed else Fraction(1)
    made: dict[Any, Step] = {}
    steps = []
    for n, table in enumerate(tables):
        places = [float(n + c) / len(tables) for c in abscissae(table)] if interval.fields else []
        key = table.table, *places
        if key not in made:
            made[key] = wire(table if size == 1 else stretched(table, size), blocks(interval, table, places, split))
        steps.append(made[key])
    return Leg(interval, tuple(steps), total)


def blocks(interval: Interval, table: Scheme, places: Sequence[float], split: bool) -> dict[str, Any]:
    """The block of each field of a table: one for all its stages, or one for each where the field depends on time."""
    given: dict[str, Any] = {}
    for field in dict.fromkeys(table.fields):
        name = field if split else None
        own = [Slope(interval, name, s) for s, other in zip(places, table.fields, strict=False) if other == field]
        given[field] = partial(next, iter(own)) if own else interval.alone(name) or Slope(interval, name, 0.0)
    return given
