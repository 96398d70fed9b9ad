"""The B-series of any scheme and its modified equation, by one bordered linear system a tree.

    B(a, y) = y + Σ_t h^|t|/σ(t) a(t) F(t)(y)                the one-step map
    y' = Σ_t h^(|t|-1)/σ(t) b(t) F(t)(y)                     its modified equation

A Runge–Kutta scheme is its own one-step map; any other follows its underlying one-step method.
Source: numerics.md section 5; Hairer, Lubich, Wanner, Geometric Numerical Integration, IX.9, XV.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache, reduce
from operator import mul
from typing import Any

from analysis.structure import Structure, dot, structure
from analysis.trees import Key, Tree, children, colour, cuts, gamma, key, order, rooted
from analysis.weights import rounded_order
from schemes import Scheme


def bseries(scheme: Scheme, order: int) -> dict[Key, Any]:
    """{tree: a(t)} to this order of the (underlying) one-step map of u[n]; random coefficients at their means.

    A key is a level sequence, or a pair of levels and fields where the scheme has several fields (trees.key).
    Raises AnalysisError for an operator scheme, a scheme without start vector, and a multiple principal root.
    """
    return underlying(scheme).upto(order, "map")


def modified_equation(scheme: Scheme, order: int) -> dict[Key, Any]:
    """{tree: b(t)} to this order: u' = Σ_t h^(|t|-1)/σ(t) b(t) F(t)(u) passes through the scheme's steps.

    Exact in the arithmetic of the table, symbolic in its parameters; b of the single node is the effective step.
    Raises AnalysisError for an operator scheme, a scheme without start vector, and a multiple principal root.
    Source: numerics.md section 5; Hairer, Lubich, Wanner, IX.1, XV.3.
    """
    return underlying(scheme).upto(order, "field")


class Underlying:
    """The underlying one-step method Φ of a scheme, tree by tree: Φ = exp(b), and S starts it, S∘Φ = h B f(η) + V S.

    map      Φ(t)
    field    b(t)
    taylor   (D_b^i S)(t)/i! for i = 0 … |t|, over the component's states
    stages   {stage: η_i(t)}, for the stages that read the component that the tree feeds

    A rounded table (tolerance > 0) stands for one that meets its order conditions: so far Φ and b are exact.
    """

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.done = 0
        self.met = rounded_order(structure.scheme)
        self.map: dict[Tree, Any] = {}
        self.field: dict[Tree, Any] = {}
        self.taylor: dict[Tree, list[list[Any]]] = {}
        self.stages: dict[Tree, dict[int, Any]] = {}

    def upto(self, order: int, what: str) -> dict[Key, Any]:
        names = self.structure.names
        values = getattr(self, what)
        return {key(t, names): values[t] for n in range(1, order + 1) for t in self.trees(n)}

    def trees(self, n: int) -> list[Tree]:
        """The trees of order n, root colour by root colour, bushy ones first; their coefficients are known then."""
        while self.done < n:
            self.done += 1
            for t in self.of_order(self.done):
                self.add(t)
        return self.of_order(n)

    def of_order(self, n: int) -> list[Tree]:
        names, grammar = self.structure.names, self.structure.grammar
        return [t for c in range(len(names)) for t in sorted(rooted(n, c, grammar), key=lambda t: key(t, names))]

    def add(self, t: Tree) -> None:
        scheme, node = self.structure.scheme, self.structure.colours[colour(t)]
        part = self.structure.components[node.feeds]
        slopes = [reduce(mul, (self.stages[c][i] for c in children(t)), Fraction(1)) for i in node.stages]
        fed = [dot([scheme.B[j][i] for i in node.stages], slopes) for j in part.states]
        taylor = self.derivatives(t, len(part.states))
        right = [x - sum(row, Fraction(0)) for x, row in zip(fed, zip(*taylor, strict=True), strict=True)]
        *start, b = (dot(row[:-1], right) for row in part.inverse)
        kept = [dot([scheme.V[j][i] for i in part.states], start) for j in part.states[:1]]
        a = fed[0] + kept[0]
        if order(t) <= self.met:
            a, b = Fraction(1, gamma(t)), Fraction(order(t) == 1)
        self.map[t], self.field[t] = a, b
        self.taylor[t] = [start, [x + u * b for x, u in zip(taylor[0], part.fixed, strict=True)], *taylor[1:]]
        self.stages[t] = {
            i: dot([scheme.A[i][j] for j in node.stages], slopes) + dot([scheme.U[i][j] for j in part.states], start)
            for i in part.readers
        }

    def derivatives(self, t: Tree, states: int) -> list[list[Any]]:
        """(D_b^i S)(t)/i! for i = 1 … |t|, as far as smaller trees tell: i = 1 lacks the term S(∅) b(t)."""
        rows = [[Fraction(0)] * states for _ in range(order(t))]
        for theta, delta, m in cuts(t):
            if (b := self.field[delta]) != 0:
                for row, before in zip(rows, self.taylor[theta], strict=False):
                    for j, x in enumerate(before):
                        if x != 0:
                            row[j] = row[j] + m * b * x
        return [[x / i for x in row] for i, row in enumerate(rows, start=1)]


@lru_cache(maxsize=64)
def underlying(scheme: Scheme) -> Underlying:
    """The series of a scheme, kept: order, map and modified equation share what is known."""
    return Underlying(structure(scheme))
