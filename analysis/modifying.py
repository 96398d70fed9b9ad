"""Modifying integrators: the field h f̃ = B(m) with which a scheme follows the exact flow of f.

The stages' fields c_i = log η_i carry m to the stages, φ_i = exp(D_{c_i}) m = h f̃(Y_i); the states follow the exact
flow e = exp(D_δ), δ the single node. With P_i(t) = (D_δ^i S)(t)/i! and φ = m + φ°, φ° what smaller trees tell,

    R = B φ° - Σ_i P_i,    [I - V, -B 1; dᵀ, 0] (S; m) = (R; 0),    η = A φ + U S,

so it is single cut edges again, where a substitution of series would partition the trees.
Source: Chartier, Hairer, Vilmart, Numerical integrators based on modified differential equations, Math. Comp. 76
(2007); the recursion by single edges is ours (docs/decisions/0007).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from analysis.bordered import derivatives
from analysis.errors import AnalysisError
from analysis.levels import level
from analysis.numerators import Array, Number, Numerators, ring_of
from analysis.series import bushy_first
from analysis.structure import Structure, dot, structure
from analysis.trees import LOCK, Key, key
from analysis.weights import rounded_order
from schemes import Scheme
from schemes.linear import solve


def modifying_integrator(scheme: Scheme, order: int, number: Number | None = None) -> dict[Key, Any]:
    """{tree: m(t)} to this order: the scheme applied to f̃ = Σ_t h^(|t|-1)/σ(t) m(t) F(t) solves u' = f(u) exactly.

    The inverse of `modified_equation` under `substitute`; of a multistep scheme m(t) = μ_|t| |t|!/γ(t) with
    ρ(e^x)/σ(e^x) = Σ μ_n x^n. A rounded table stands for one that meets its order conditions.
    Keys and arithmetic as of `modified_equation`. Raises AnalysisError as that does, for a scheme of several components
    (a stage of RevNet knows half of u only) and where the weights of a field sum to 0.
    Source: Chartier, Hairer, Vilmart, Math. Comp. 76 (2007) 1941–1953; numerics.md sections 3 and 4.
    """
    found = modifying(scheme, number) if number in (None, float, complex) else Modifying(structure(scheme), number)
    names, grammar = found.structure.names, found.structure.grammar
    coefficients = {}
    for n in range(1, order + 1):
        values = dict(zip(level(n, grammar).trees, found.upto(n).m, strict=True))
        for t in bushy_first(n, grammar, names):
            coefficients[key(t, names)] = found.numbers.drop(values[t], 2 * n - 2, 3 * n - 2, n)
    return coefficients


@dataclass(frozen=True)
class Pass:
    """Numerators of one order, a column a tree: over d^(2n-2) e^(3n-2) c(n), of c over d^(2n-1) e^(3n-1) c(n).

    m        by tree
    states   power × state × tree: (D_δ^i S)(t)/i!
    phi      power × stage × tree: (D_{c_i}^j m)(t)/j!
    c        power × stage × tree: (D_{c_i}^j id)(t)/j!, so its row 1 is c_i
    """

    m: Array
    states: Array
    phi: Array
    c: Array


class Modifying:
    """A scheme's table in the ring of its numerators, and the passes so far."""

    def __init__(self, structure: Structure, number: Number | None = None) -> None:
        scheme, colours = structure.scheme, range(len(structure.colours))
        if len(structure.components) > 1:
            raise AnalysisError(
                f"{scheme.name} has {len(structure.components)} components and a stage knows one of them, but a "
                "modified field reads all: it has no modifying integrator, ask for its modified_equation"
            )
        self.structure, self.passes, self.exact = structure, list[Pass](), rounded_order(structure.scheme)
        if not structure.colours:
            raise AnalysisError(f"{scheme.name} lets no field act on u: no field in its place follows the exact flow")
        (part,) = structure.components
        A, B, U = scheme.A, [scheme.B[i] for i in part.states], [[row[i] for i in part.states] for row in scheme.U]
        solutions = [solution(structure, c) for c in colours]
        bordered = [U, [[u] for u in part.fixed], *(m for pair in solutions for m in pair)]
        ring = ring_of((x for m in (A, B, *bordered) for row in m for x in row), number)
        self.numbers = numbers = Numerators(ring, (A, B), bordered)
        self.A, self.B = (numbers.lift(m, numbers.d) for m in (A, B))
        self.U, self.u, *rest = (numbers.lift(m, numbers.e) for m in bordered)
        self.first, self.solve = [list(rest[i::2]) for i in (0, 1)]
        self.evaluates = np.array([[i in c.stages for c in structure.colours] for i in range(scheme.stages)])

    def upto(self, n: int) -> Pass:
        """The pass over the trees of order n, those before it first."""
        with LOCK:
            while len(self.passes) < n:
                self.passes.append(self.advance(len(self.passes) + 1))
        return self.passes[n - 1]

    def advance(self, n: int) -> Pass:
        numbers, grammar, times = self.numbers, self.structure.grammar, self.numbers.times
        d, e, colours = numbers.d, numbers.e, level(n, grammar).colours
        if n == 1:
            found = np.hstack(self.first)
            states, phi, c = (self.nothing(rows) for rows in (len(self.u), len(self.A), len(self.A)))
            states[0] += self.u
        else:
            before, fields = self.passes, np.hstack([p.c[1] for p in self.passes])
            nodes = (np.arange(fields.shape[1]) < len(self.first)).astype(int).astype(numbers.ring.dtype)
            raw = derivatives(n, grammar, numbers, [p.states for p in before], nodes)
            phi = derivatives(n, grammar, numbers, [p.phi for p in before], fields)
            c = times(derivatives(n, grammar, numbers, [p.c for p in before], fields), d * e)
            right = self.B @ phi.sum(axis=0) - times(raw.sum(axis=0), d * d * e * e)
            found = np.hstack([m @ right[:, colours == i] for i, m in enumerate(self.solve)])
            states, phi = times(raw, d * d * e * e * e), times(phi, d * e)
        if n <= self.exact:
            found = np.full_like(found, 0)
            found[-1] += e if n == 1 else 0
        start, m = found[:-1], found[-1]
        phi = np.concatenate([np.where(self.evaluates[:, colours], m, 0)[None], phi])
        eta = times(self.A @ phi.sum(axis=0), e) + times(self.U @ start, d)
        c[0] = eta - c.sum(axis=0)
        return Pass(m, np.concatenate([start[None], states]), phi, np.concatenate([0 * c[:1], c]))

    def nothing(self, rows: int) -> Array:
        return np.zeros((1, rows, len(self.first)), dtype=self.numbers.ring.dtype)


def solution(structure: Structure, colour: int) -> tuple[list[list[Any]], list[list[Any]]]:
    """What gives (S; m) of a tree with this root colour: for the single node, where R = -u, and from R."""
    scheme, (part,) = structure.scheme, structure.components
    stages, size = structure.colours[colour].stages, len(part.states) + 1
    bordered = [
        [*(Fraction(i == j) - scheme.V[i][j] for j in part.states), -sum((scheme.B[i][j] for j in stages), Fraction(0))]
        for i in part.states
    ]
    bordered.append([Fraction(j == 0) for j in range(size)])
    inverse = solve(bordered, [[Fraction(i == j) for j in range(size)] for i in range(size)])
    if inverse is None:
        raise AnalysisError(
            f"{scheme.name} has weights on {structure.names[colour]} that sum to 0: no field in its place follows the "
            "exact flow"
        )
    return [[-dot(row[:-1], part.fixed)] for row in inverse], [row[:-1] for row in inverse]


@lru_cache(maxsize=64)
def modifying(scheme: Scheme, number: Number | None = None) -> Modifying:
    return Modifying(structure(scheme), number)
