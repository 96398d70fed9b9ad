"""What a table says about the system it integrates: its components, and which field feeds which of them.

RevNet's table is two components, x' = f(y) and y' = g(x); momentum's two states are one. Nothing but the zeros of the
table decides. The nodes of a B-series are coloured by field, component read and component fed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from analysis.errors import AnalysisError
from analysis.trees import Grammar
from schemes import Scheme
from schemes.consistency import connected
from schemes.linear import solve
from schemes.scheme import Matrix, letter

Vector = tuple[Any, ...]


@dataclass(frozen=True)
class Component:
    """States that the table couples to each other: one unknown u of the differential equation.

    readers  the stages whose argument lies here
    fixed    u with V u = u and, on the readers, U u = 1, normalised to 1 on the first state
    inverse  of the bordered matrix [[I - V, u], [dᵀ, 0]], d the first unit vector
    """

    name: str
    states: tuple[int, ...]
    readers: tuple[int, ...]
    fixed: Vector
    inverse: tuple[Vector, ...]


@dataclass(frozen=True)
class Colour:
    """A field, the component that it reads and the one that it feeds; both are numbers of components."""

    field: str
    reads: int
    feeds: int
    stages: tuple[int, ...]


@dataclass(frozen=True)
class Structure:
    """Components and colours; names[c] is colour c's field, with its direction where the field is not unique."""

    scheme: Scheme
    components: tuple[Component, ...]
    colours: tuple[Colour, ...]
    names: tuple[str, ...]
    grammar: Grammar


@lru_cache(maxsize=256)
def structure(scheme: Scheme) -> Structure:
    """The components and colours of a scheme's table, random coefficients replaced by their means.

    Of a rounded table those that are meant: 1 is an eigenvalue of V if that of some V within the tolerance is.
    Raises AnalysisError where there is no B-series: an operator scheme, no start vector, 1 not a simple root of V.
    """
    if not scheme.tolerance:
        return built(scheme.mean())
    from analysis.balls import plain

    meant = certain_structure(scheme)
    components = tuple(
        replace(c, fixed=tuple(map(plain, c.fixed)), inverse=tuple(tuple(map(plain, row)) for row in c.inverse))
        for c in meant.components
    )
    return replace(meant, scheme=scheme.mean(), components=components)


@lru_cache(maxsize=256)
def certain_structure(scheme: Scheme) -> Structure:
    """The structure of `certain_table`; raises AnalysisError as `structure` does."""
    return built(certain_table(scheme))


def mended(scheme: Scheme) -> Matrix:
    """V with V u = u on every component: of a rounded table the V that is meant, its first columns changed."""
    V = [list(row) for row in scheme.V]
    if scheme.tolerance:
        for part in structure(scheme).components:
            for i in part.states:
                V[i][part.states[0]] += part.fixed[part.states.index(i)] - sum(
                    (V[i][j] * u for j, u in zip(part.states, part.fixed, strict=True)), Fraction(0)
                )
    return tuple(map(tuple, V))


def certain_table(scheme: Scheme) -> Scheme:
    """The table in which x != 0 is certain, random coefficients at their means: of balls where it is rounded.

    Raises AnalysisError as `balls.widened` does.
    """
    if not scheme.tolerance:
        return scheme.mean()
    from analysis.balls import widened

    return widened(scheme)


def built(scheme: Scheme) -> Structure:
    """The structure of a table in its own arithmetic."""
    if scheme.operator:
        raise AnalysisError(
            f"{scheme.name} applies a field to a slope: it has no B-series; "
            "on u' = λu it has R(z), see stability_function, linear_order and linear_equation"
        )
    blocks = [component(scheme, tuple(states)) for states in connected(scheme)]
    components = tuple(c for c in blocks if c is not None)
    home = {stage: n for n, c in enumerate(components) for stage in c.readers}
    pairs = {
        (scheme.fields[j], home[j], n)
        for n, c in enumerate(components)
        for rows, table in [(c.states, scheme.B), (c.readers, scheme.A)]
        for i in rows
        for j in range(scheme.stages)
        if table[i][j] != 0
    }
    ranked = sorted(pairs, key=lambda pair: (pair[2], scheme.fields.index(pair[0]), pair[1]))
    colours = tuple(
        Colour(f, r, n, tuple(j for j in range(scheme.stages) if scheme.fields[j] == f and home[j] == r))
        for f, r, n in ranked
    )
    grammar = tuple(tuple(i for i, child in enumerate(colours) if child.feeds == c.reads) for c in colours)
    names = directed(ranked, [c.name for c in components])
    return Structure(scheme, components, colours, names, grammar)


def directed(edges: Sequence[tuple[str, int, int]], letters: Sequence[str]) -> tuple[str, ...]:
    """Names of fields that read and feed a component: f, and f[x>y] where the field is not unique."""
    fields = [field for field, _, _ in edges]
    return tuple(f if fields.count(f) == 1 else f"{f}[{letters[reads]}>{letters[feeds]}]" for f, reads, feeds in edges)


def component(scheme: Scheme, states: tuple[int, ...]) -> Component | None:
    """The component of these states, or None for states that nothing reads and nothing keeps."""
    readers = tuple(i for i, row in enumerate(scheme.U) if any(row[j] != 0 for j in states))
    rotation = [[Fraction(i == j) - scheme.V[i][j] for j in states] for i in states]
    first = [Fraction(j == states[0]) for j in states]
    rows = [*rotation, first, *([scheme.U[i][j] for j in states] for i in readers)]
    fixed = solve(rows, [*([Fraction(0)] for _ in states), *([Fraction(1)] for _ in rows[len(states) :])])
    if fixed is None:
        if not readers and 0 not in states:
            return None
        raise AnalysisError(
            f"{scheme.name} is not pre-consistent: no q with V q = q, U q = 1 and q[1] = 1 "
            f"for {', '.join(scheme.states[j] for j in states)}"
        )
    bordered = [*([*row, *u] for row, u in zip(rotation, fixed, strict=True)), [*first, Fraction(0)]]
    size = len(bordered)
    inverse = solve(bordered, [[Fraction(i == j) for j in range(size)] for i in range(size)])
    if inverse is None:
        raise AnalysisError(
            f"{scheme.name} has a multiple principal root: 1 is not a simple eigenvalue of V on "
            f"{', '.join(scheme.states[j] for j in states)}, so together they follow no first-order equation"
        )
    name = letter(scheme.states[states[0]])
    return Component(name, states, readers, tuple(x for (x,) in fixed), tuple(map(tuple, inverse)))


def dot(row: Sequence[Any], column: Iterable[Any]) -> Any:
    """Σ c x without the terms that are zero."""
    return sum((c * x for c, x in zip(row, column, strict=True) if c != 0 and x != 0), Fraction(0))
