"""How many evaluations make a step: the shortest description of a segment as steps that repeat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from odenets.identification.blocks import identity
from odenets.identification.steps import Cuts, Table, basis_of, coordinates
from odenets.identification.values import atom_form
from schemes import Form


@dataclass(frozen=True)
class Plan:
    """`start` evaluations that differ, then `count` steps of `length` evaluations each, then `tail` that differ."""

    start: int
    length: int
    count: int
    tail: int

    @property
    def cost(self) -> tuple[int, int, int]:
        return self.start + self.length + self.tail, self.tail, self.length

    @property
    def places(self) -> list[int]:
        """The cut before each step."""
        return [self.start + i * self.length for i in range(self.count)]

    @property
    def ends(self) -> list[int]:
        """The cut behind each step."""
        return [t + self.length for t in self.places]


def plan(cuts: Cuts, kinds: Sequence[Any]) -> Plan | None:
    """The plan of least cost: steps of one table, else steps whose entries are 0 at the same places. None: no step."""
    best = min(plans(cuts, kinds), key=lambda p: p.cost, default=None)
    loose = min(alike_plans(cuts, kinds), key=lambda p: p.cost, default=None)
    if loose is None or (best is not None and best.count > 1 and not better(loose, best, cuts)):
        return best
    return loose


def better(loose: Plan, exact: Plan, cuts: Cuts) -> bool:
    """Whether steps with other numbers say more: they are shorter, and equal ones leave something over or are several.

    Several are such whose blocks differ: a block that is asked again belongs to the step that has asked it first.
    """
    step = [identity(a) for a in cuts.segment.evaluations[exact.start : exact.start + exact.length]]
    parts = [set(step[i : i + loose.length]) for i in range(0, len(step), loose.length)]
    several = len(parts) > 1 and sum(map(len, parts)) == len(set().union(*parts))
    return (exact.tail > 0 or several) and loose.cost < exact.cost


def without_average(cuts: Cuts, kinds: Sequence[Any]) -> Cuts:
    """The cuts without what is read behind the last evaluation, where that is a sum over the states of steps.

    An average of a trajectory, or a sum of two last values, is no state of which a step would have to know.
    """
    first, end = plan(cuts, kinds), len(kinds)
    if first is not None and first.count > 1 and not first.start + first.tail:
        return cuts
    exports = tuple(export for export in cuts.segment.exports if export[0] < end)
    other = Cuts(replace(cuts.segment, exports=exports), cuts.versions)
    second = plan(other, kinds)
    if second is None or (first is not None and first.cost <= second.cost):
        return cuts
    if (usual := other.table(second.start, second.length)) is None:
        return cuts
    follow(other, second, usual)
    held = basis_of([s.form for states in other.states for s in states])
    return other if coordinates([form for _, form, _ in cuts.segment.exports], held) is not None else cuts


def as_usual(cuts: Cuts, kinds: Sequence[Any], usual: Table, names: Sequence[Any]) -> Plan | None:
    """The plan of a segment whose steps are those of another one; None where it has none of them."""
    m, r = len(usual.A), len(usual.V)
    for start in range(len(kinds) - m + 1):
        if len(cuts.states[start]) == r and (count := repeats(cuts, kinds, start, usual, names)):
            return Plan(start, m, count, len(kinds) - start - count * m)
    return None


def plans(cuts: Cuts, kinds: Sequence[Any]) -> list[Plan]:
    """For each length and start the steps that repeat the first one, if they cost no more than what was found."""
    n = len(kinds)
    found: list[Plan] = []
    for cost in range(1, n + 1):
        for length in range(1, cost + 1):
            start = cost - length
            first = cuts.table(start, length) if start + length <= n else None
            if first is None or not first.square:
                continue
            count = repeats(cuts, kinds, start, first, kinds[start : start + length])
            if count > 1 or (count and length == n):
                found.append(Plan(start, length, count, n - start - count * length))
        if found and min(p.cost for p in found)[0] <= cost:
            break
    return found


def repeats(cuts: Cuts, kinds: Sequence[Any], start: int, usual: Table, names: Sequence[Any]) -> int:
    """How many steps in a row have this table, from a cut on: their blocks read what it says.

    The states go on as the table says, also those that the last steps have no use for.
    """
    m, count = len(usual.A), 0
    states = [s.form for s in cuts.states[start]]
    while (t := start + count * m) + m <= len(kinds) and tuple(kinds[t : t + m]) == tuple(names):
        inner = cuts.segment.evaluations[t : t + m]
        basis = [*states, *(atom_form(a.name) for a in inner)]
        reads = [combined((*u, *a), basis) for u, a in zip(usual.U, usual.A, strict=True)]
        states = [combined((*v, *b), basis) for v, b in zip(usual.V, usual.B, strict=True)]
        if reads != [a.reads[cuts.own(a)] for a in inner] or coordinates(cuts.spans[t + m], states) is None:
            break
        count += 1
    return count


def follow(cuts: Cuts, found: Plan, usual: Table) -> None:
    """Put the states that the table says at each cut of a plan in the place of those that are needed there."""
    for t in found.places:
        basis = [s.form for s in cuts.states[t]] + [
            atom_form(a.name) for a in cuts.segment.evaluations[t : t + found.length]
        ]
        cuts.states[t + found.length] = [
            cuts.state(combined((*v, *b), basis), t + found.length) for v, b in zip(usual.V, usual.B, strict=True)
        ]


def combined(row: Sequence[Any], basis: Sequence[Form]) -> Form:
    return sum((form * c for c, form in zip(row, basis, strict=True) if c != 0), Form({}))


# ---- steps with other numbers --------------------------------------------------------------------------------------


def alike_plans(cuts: Cuts, kinds: Sequence[Any]) -> list[Plan]:
    """Plans of steps whose tables have entries that are 0 at the same places, up to the end."""
    n = len(kinds)
    table = cache(cuts.table)
    found: list[Plan] = []
    for length in range(1, n // 2 + 1):
        count, end = 0, n
        while end >= length:
            own = table(end - length, length)
            first = table(n - 2 * length, length)
            if own is None or first is None or kinds[end - length : end] != kinds[n - length :]:
                break
            if not alike(first, own, end == n):
                break
            count, end = count + 1, end - length
        if count > 1:
            found.append(Plan(end, length, count, 0))
            break
    return found


def alike(usual: Table, own: Table, last: bool) -> bool:
    """Whether entries are 0 at the same places; the last step has only the states that are read behind it."""
    if not usual.square or not (last or own.square):
        return False
    first, second = usual.pattern, own.pattern
    rows = list(zip(*first[2:], strict=True))
    return bool(first[:2] == second[:2]) and all(row in rows for row in zip(*second[2:], strict=True))
