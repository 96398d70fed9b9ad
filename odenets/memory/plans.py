"""The order of work in a step's backward pass, and the rows that it combines."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from odenets.rows import Terms, rows, running, terms, whole
from schemes import RationalFunction, Scheme, SchemeError, inverse, transposed
from schemes.exact import is_zero
from schemes.scheme import Row

Solved = tuple[Terms, Any]  # a sum, and what it is divided by


@dataclass(frozen=True)
class Plan:
    """How states and gradients go back through a step, in rows over next states, increments, states before, in this
    order.

    order           ("state", i): find u_i;  ("point", i): find Y_i and evaluate its block;  ("pull", i): take the
                    gradient through it
    states, points  rows of u_i and Y_i, each with its divisor
    pulls, pulled   rows of the gradients of increments and of states before, over those of next states and of points
    same            of states and points those that are another one found before
    trained         entries with learned coefficients, as (row, operand, entry): next states, then points, over states
                    before, then increments
    """

    order: tuple[tuple[str, int], ...]
    states: dict[int, Solved]
    points: dict[int, Solved]
    pulls: tuple[Terms, ...]
    pulled: tuple[Terms, ...]
    same: dict[tuple[str, int], tuple[str, int]]
    trained: tuple[tuple[int, int, RationalFunction], ...]


@lru_cache(maxsize=512)
def from_behind(scheme: Scheme, training: bool) -> Plan | None:
    """The plan that knows the states behind the step; None where the step cannot be undone explicitly."""
    table, _ = running(scheme, training)
    try:
        back = inverse(table)
    except SchemeError:
        return None
    return planned(table, Search(table, back, set(range(len(table.states)))))


@lru_cache(maxsize=512)
def from_before(scheme: Scheme, training: bool) -> Plan:
    """The plan that knows the states before the step, as they have been kept."""
    table, _ = running(scheme, training)
    plan = planned(table, Search(table, None, set()))
    assert plan is not None  # the step is explicit
    return plan


def planned(table: Scheme, search: Search) -> Plan | None:
    if not search.complete():
        return None
    gradient = transposed(table)
    return Plan(
        tuple(search.order),
        search.states,
        search.points,
        rows(gradient.U, gradient.A),
        rows(gradient.V, gradient.B),
        repeated(search),
        tuple(trained(table)),
    )


def repeated(search: Search) -> dict[tuple[str, int], tuple[str, int]]:
    """The states and points whose rows have come before: RevNet's y is the point of its first stage."""
    found: dict[Solved, tuple[str, int]] = {}
    same: dict[tuple[str, int], tuple[str, int]] = {}
    for kind, i in search.order:
        if kind != "pull":
            first = found.setdefault((search.states if kind == "state" else search.points)[i], (kind, i))
            same |= {(kind, i): first} if first != (kind, i) else {}
    return same


def trained(table: Scheme) -> Iterator[tuple[int, int, RationalFunction]]:
    names = {p.name for p in table.parameters if p.kind == "learned"}
    pairs = [*zip(table.V, table.B, strict=True), *zip(table.U, table.A, strict=True)]
    for i, (states, stages) in enumerate(pairs):
        for j, x in enumerate((*states, *stages)):
            if isinstance(x, RationalFunction) and x.symbols & names:
                yield i, j, x


@dataclass
class Search:
    """An order in which every state, point and gradient needs only what is known.

    Gradients are taken as soon as they can be, so that few blocks hold their graphs at a time. Of the ways to a state
    or point the one that rounds least is first: sums and differences; the step's own row solved for it, with the
    coefficients as the forward pass has rounded them (LM with k = -0.99: ten times nearer than V⁻¹ after 100 steps);
    the row of the inverse table.
    """

    table: Scheme
    back: Scheme | None  # its inverse, where the states behind the step are known
    unknown: set[int]  # states before the step
    order: list[tuple[str, int]] = field(default_factory=list)
    states: dict[int, Solved] = field(default_factory=dict)
    points: dict[int, Solved] = field(default_factory=dict)
    taken: set[int] = field(default_factory=set)

    def complete(self) -> bool:
        """Whether there is such an order, which is then found."""
        while len(self.taken) < self.table.stages or self.unknown:
            if not self.pull() and not self.find():
                return False
        return True

    def pull(self) -> bool:
        for i in self.points:
            later = (row[i] for row in self.table.A)
            if i not in self.taken and reads(later, self.taken):
                self.taken.add(i)
                self.order.append(("pull", i))
                return True
        return False

    def find(self) -> bool:
        points = [i for i in range(self.table.stages) if i not in self.points]
        for way in (self.by_sum, self.by_row, self.by_inverse):
            for kind, places, known in (("state", sorted(self.unknown), self.states), ("point", points, self.points)):
                for i in places:
                    if (row := way(kind, i)) is not None:
                        known[i] = row
                        self.unknown -= {i} if kind == "state" else set()
                        self.order.append((kind, i))
                        return True
        return False

    def by_sum(self, kind: str, i: int) -> Solved | None:
        row = self.of_inverse(kind, i)
        return None if row is None or not whole((*row[0], *row[1])) else self.by_inverse(kind, i)

    def by_inverse(self, kind: str, i: int) -> Solved | None:
        row = self.of_inverse(kind, i)
        return None if row is None or not reads(row[1], self.points) else (terms((*row[0], *row[1])), 1.0)

    def of_inverse(self, kind: str, i: int) -> tuple[Row, Row] | None:
        if self.back is None:
            return None
        states, stages = (self.back.V, self.back.B) if kind == "state" else (self.back.U, self.back.A)
        return states[i], stages[i]

    def by_row(self, kind: str, i: int) -> Solved | None:
        return self.solved_for(i) if kind == "state" else self.forwards(i)

    def forwards(self, i: int) -> Solved | None:
        """The row of a point itself."""
        u, a = self.table.U[i], self.table.A[i]
        if any(not is_zero(u[j]) for j in self.unknown) or not reads(a, self.points):
            return None
        return (*self.before(u), *terms(a, len(u))), 1.0

    def solved_for(self, i: int) -> Solved | None:
        """A row of a next state in which u_i is the one unknown."""
        for j, (v, b) in enumerate(zip(self.table.V, self.table.B, strict=True)):
            if [m for m in sorted(self.unknown) if not is_zero(v[m])] == [i] and reads(b, self.points):
                others = tuple(-x if m != i else 0 * x for m, x in enumerate(v))
                row = ((j, 1.0), *self.before(others), *terms((-x for x in b), len(v)))
                return row, terms((v[i],))[0][1]
        return None

    def before(self, row: Row) -> Terms:
        return terms(row, len(self.table.states) + self.table.stages)


def reads(row: Any, known: Collection[int]) -> bool:
    return all(is_zero(x) or j in known for j, x in enumerate(row))
