"""The equation of a chain solved by a scheme of the registry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import torch

from odenets.continuous.intervals import Interval, parted
from odenets.continuous.slopes import leg
from odenets.continuous.tables import edges
from odenets.errors import OdenetsError
from odenets.memory import stepped
from odenets.stages import AXES, Stage, Start, States
from odenets.tables import filling, first_steps, scheme_of
from schemes import Scheme, components
from schemes.consistency import weight
from schemes.rewriting import without_idle


class Stepping:
    """`count` steps of a scheme over the intervals of a chain, as many on each; called with states, it gives states.

    The history begins with that of the network where scheme and steps are the network's own, else it starts anew.
    Raises OdenetsError where the scheme does not fit the equation.
    """

    def __init__(self, stage: Stage, course: Sequence[Interval], scheme: Scheme, count: int) -> None:
        check(scheme)
        self.scheme, self.own, self.where = scheme, stage.start, f"stage {stage.number + 1}"
        self.split = is_split(scheme, course)
        self.start = Start(scheme, AXES[stage.spec.kind])
        spec = stage.spec
        own = scheme_of(spec, stage.number, 0)
        self.same = count == len(stage.behind()) and (own.table, own.states) == (scheme.table, scheme.states)
        if spec.start not in ("", "repeat") and scheme.history:
            scheme = replace(scheme, start=first_steps(spec.start, scheme))
        known = stage.known if self.same else 0
        tables = [without_idle(filling(spec, scheme, known + n)) for n in range(count)]
        each = share(count, len(course))
        psi = Fraction(weight(scheme))
        self.legs = [leg(part, tables[i * each : (i + 1) * each], psi, self.split) for i, part in enumerate(course)]
        self.evaluations = sum(step.scheme.stages for part in self.legs for step in part.steps)

    @property
    def time(self) -> Fraction:
        return sum((part.interval.span for part in self.legs), Fraction(0))

    def __call__(self, states: States) -> States:
        if not self.same:
            states = self.start(self.own.joined(states))
        if len(states) > self.start.parts and len(sizes := {part.size for part in self.legs}) > 1:
            raise OdenetsError(
                f"{self.scheme.name} keeps a history, and the steps of the network take {len(sizes)} different times, "
                f"{min(sizes)} and {max(sizes)} among them: take a scheme without history"
            )
        for part in self.legs:
            part.resize()
            states = stepped(part.steps, states)
        if not torch.compiler.is_compiling() and not all(torch.isfinite(u).all() for u in states[: self.start.parts]):
            raise OdenetsError(f"the state is not finite behind {self.where}: take more steps of {self.scheme.name}")
        return states if self.same else parted(self.own, self.start.joined(states))


def check(scheme: Scheme) -> None:
    """Raises OdenetsError for what steps along no field, or has coefficients that are not fixed."""
    if scheme.coefficients:
        name = scheme.coefficients[0].name
        raise OdenetsError(f"{scheme.name} solves an equation with numbers: fix {name} by scheme.at({name}=…)")
    if not scheme.explicit:
        raise OdenetsError(f"{scheme.name} is implicit and its steps cannot be wired: take one of names(explicit=True)")


def is_split(scheme: Scheme, course: Sequence[Interval]) -> bool:
    """Whether the scheme steps field by field as the network does; else it has one field, the sum of all.

    Raises OdenetsError for a scheme of several fields whose equation is another one.
    """
    own, given = edges(scheme), set[tuple[str, int, int]]().union(*(part.edges for part in course))
    if len({field for field, *_ in own}) == 1 and len(components(scheme)) == 1:
        return False
    if own == given and len({field for field, *_ in given}) == len(given):
        return True
    raise OdenetsError(
        f"{scheme.name} solves {told(own)}, and the network follows {told(given)}: take a scheme of one field"
    )


def told(edges: set[tuple[str, int, int]]) -> str:
    """x' = f(y) as "f: 2 → 1", components counted from 1."""
    return ", ".join(f"{field}: {reads + 1} → {feeds + 1}" for field, reads, feeds in sorted(edges))


def share(count: int, parts: int) -> int:
    """The steps of each interval. Raises OdenetsError where steps would reach over the breaks of the field."""
    if count < 1 or count % parts:
        raise OdenetsError(
            f"steps = {count} do not meet the breaks of {parts} blocks in depth, and no scheme keeps its order over "
            f"a jump: take a multiple of {parts}"
        )
    return count // parts
