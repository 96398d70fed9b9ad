"""The B-series of any scheme and its modified equation, exact, symbolic or in floats.

    B(a, y) = y + Σ_t h^|t|/σ(t) a(t) F(t)(y)                the one-step map
    y' = Σ_t h^(|t|-1)/σ(t) b(t) F(t)(y)                     its modified equation

A Runge–Kutta scheme is its own one-step map; any other follows its underlying one-step method.
Source: numerics.md section 5; Hairer, Lubich, Wanner, Geometric Numerical Integration, IX.9, XV.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache, lru_cache
from math import prod
from typing import Any

from analysis.bordered import Bordered, Pass
from analysis.errors import AnalysisError
from analysis.levels import of_order, places
from analysis.numerators import Number
from analysis.structure import Structure, certain_structure, structure
from analysis.trees import Grammar, Key, Tree, children, colour, gamma, key, tree
from analysis.trees import order as size
from schemes import Scheme


def bseries(scheme: Scheme, order: int, number: Number | None = None) -> dict[Key, Any]:
    """{tree: a(t)} to this order of the (underlying) one-step map of u[n]; random coefficients at their means.

    A key is a level sequence, or a pair of levels and fields where the scheme has several fields (trees.key).
    Exact and symbolic in the parameters, or in the arithmetic of `number`: float, complex, mpmath.mpf, ….
    Raises AnalysisError for an operator scheme, a scheme without start vector, and a multiple principal root.
    """
    return series_of(scheme, number).upto(order, "map")


def modified_equation(scheme: Scheme, order: int, number: Number | None = None) -> dict[Key, Any]:
    """{tree: b(t)} to this order: u' = Σ_t h^(|t|-1)/σ(t) b(t) F(t)(u) passes through the scheme's steps.

    Exact and symbolic in the parameters, or in the arithmetic of `number`; b of the single node is the effective step.
    It is a formal series; that the steps stay near it needs zero-stability as well.
    Raises AnalysisError for an operator scheme, a scheme without start vector, and a multiple principal root.
    Source: numerics.md section 5; Hairer, Lubich, Wanner, IX.1, XV.3.
    """
    return series_of(scheme, number).upto(order, "field")


def underlying_map(scheme: Scheme, order: int, number: Number | None = None) -> tuple[dict[Key, Any], dict[Key, Any]]:
    """(Φ, S) to this order: u[n+1] = Φ(u[n]) while the states are S(u[n]), S_i(u) = Σ_t h^|t|/σ(t) S_i(t) F(t)(u).

    Φ as `bseries` gives it; S is {tree: (S_1(t), …, S_r(t))} over the states, the empty tree () included: F(∅)(u) = u.
    S_1 = id: the other choices give maps conjugate to Φ. Of several components each has its own u, and a tree stands
    for the component that it feeds; a state that nothing reads and nothing keeps is left out, S = 0.
    Raises AnalysisError as `bseries` does. Source: numerics.md section 5.
    """
    series = series_of(scheme, number)
    return series.upto(order, "map"), {(): series.empty, **series.upto(order, "start")}


class Coefficients(dict[Tree, Any]):
    """Coefficients by tree, each found when it is first asked for."""

    def __init__(self, find: Callable[[Tree], Any]) -> None:
        self.find = find

    def __missing__(self, t: Tree) -> Any:
        self[t] = value = self.find(t)
        return value


class Underlying:
    """The underlying one-step method Φ of a scheme, tree by tree: Φ = exp(b), and S starts it, S∘Φ = h B f(η) + V S.

    map      Φ(t)
    field    b(t)
    start    S(t) over all states, 0 in other components than the tree feeds
    stages   {stage: η_i(t)}, for the stages that read the component that the tree feeds

    A rounded table is one of balls and stands for one that meets its order conditions: so far Φ and b are exact. Its
    coefficients are the numbers meant; with the number `Ball` they are the balls themselves.
    """

    def __init__(self, structure: Structure, number: Number | None = None) -> None:
        self.structure, self.number = structure, number
        self.rounded = bool(structure.scheme.tolerance)
        self.table = table(structure.scheme) if self.rounded else Bordered(structure, number)
        self.map, self.field, self.start, self.stages = (
            Coefficients(find) for find in (self.map_of, self.field_of, self.start_of, self.stages_of)
        )

    @property
    def empty(self) -> tuple[Any, ...]:
        """S of the empty tree: what the states are where f = 0 and u = 1."""
        fixed = {i: u for part in self.structure.components for i, u in zip(part.states, part.fixed, strict=True)}
        return tuple(fixed.get(i, Fraction(0)) for i in range(len(self.structure.scheme.V)))

    def upto(self, order: int, what: str) -> dict[Key, Any]:
        if order < 1:
            raise AnalysisError(
                f"{self.structure.scheme.name}: a series to order {order} has no term, ask for 1 or more"
            )
        names, values = self.structure.names, getattr(self, what)
        return {key(t, names): values[t] for n in range(1, order + 1) for t in self.trees(n)}

    def trees(self, n: int) -> tuple[Tree, ...]:
        """The trees of order n, root colour by root colour, bushy ones first."""
        return bushy_first(n, self.structure.grammar, self.structure.names)

    def column(self, t: Tree) -> tuple[Pass, int]:
        """The pass over the trees of the same order, and the column of this one."""
        n, grammar = size(t), self.structure.grammar
        return self.table.upto(n), places(n + 1, grammar)[t] - len(places(n, grammar))

    def drop(self, x: Any, t: Tree, more: int = 0) -> Any:
        n = size(t)
        found = self.table.numbers.drop(x, n, 2 * n - 1 + more, n)
        return meant(found, self.number) if self.rounded else found

    def field_of(self, t: Tree) -> Any:
        found, j = self.column(t)
        return self.drop(found.b[j], t)

    def map_of(self, t: Tree) -> Any:
        found, j = self.column(t)
        if size(t) > self.table.met:
            return self.drop(found.map[j], t, 1)
        return self.weight(t) / gamma(t)

    def weight(self, t: Tree) -> Any:
        """Π b over the nodes of t."""
        return prod((self.weight(c) for c in children(t)), start=self.field[tree((), colour(t))])

    def start_of(self, t: Tree) -> tuple[Any, ...]:
        found, j = self.column(t)
        return tuple(self.drop(x, t) for x in found.taylor[0, :, j])

    def stages_of(self, t: Tree) -> dict[int, Any]:
        found, j = self.column(t)
        part = self.structure.components[self.structure.colours[colour(t)].feeds]
        return {i: self.drop(found.eta[i, j], t, 1) for i in part.readers}


@lru_cache(maxsize=64)
def table(scheme: Scheme) -> Bordered:
    """The passes of a rounded scheme, of balls whatever is asked for."""
    return Bordered(certain_structure(scheme))


def meant(x: Any, number: Number | None) -> Any:
    """What a ball is meant to be, in the arithmetic of `number`."""
    from analysis.balls import Ball, plain

    if number is Ball:
        return x
    found = plain(x)
    return found if number is None else number(found.numerator) / number(found.denominator)


@cache
def bushy_first(n: int, grammar: Grammar, names: tuple[str, ...]) -> tuple[Tree, ...]:
    return tuple(sorted(of_order(n, grammar), key=lambda t: (colour(t), key(t, names))))


def series_of(scheme: Scheme, number: Number | None) -> Underlying:
    """The series, kept where `number` always means the same; of mpmath it depends on the working precision."""
    return underlying(scheme, number) if number in (None, float, complex) else Underlying(structure(scheme), number)


@lru_cache(maxsize=64)
def underlying(scheme: Scheme, number: Number | None = None) -> Underlying:
    """The series of a scheme, kept: order, map and modified equation share what is known."""
    return Underlying(structure(scheme), number)


def certain_series(scheme: Scheme) -> Underlying:
    """The series of a scheme in which x != 0 is certain: exact, or of a rounded table in balls."""
    if not scheme.tolerance:
        return underlying(scheme)
    from analysis.balls import Ball

    return underlying(scheme, Ball)
