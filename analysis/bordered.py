"""The pass over the trees behind `analysis.series`: all trees of an order at a time, numerators only.

For each tree, with g(t) = Π η(children), P_i(t) = (D_b^i S)(t)/i! and D_b the derivative along the field b,

    R = B g - Σ_i P_i,    [I - V, u; dᵀ, 0] (S; b) = (R; 0),    η = A g + U S.

D_b takes one cut edge at a time, θ from S and δ from b: |t| - 1 products a tree and power of D_b.
Source: numerics.md section 5; Hairer, Lubich, Wanner, Geometric Numerical Integration, IX.9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from analysis.levels import Level, level, level_cuts
from analysis.numerators import Array, Number, Numerators, balls, ring_of
from analysis.structure import Structure
from analysis.trees import LOCK, Grammar


@dataclass(frozen=True)
class Pass:
    """Numerators of one order, a column a tree: over d^n e^(2n-1) c(n), of Φ, η over d^n e^(2n) c(n).

    b, map    by tree
    taylor    power × state × tree: (D_b^i S)(t)/i! for i = 0 … n
    g, eta    stage × tree; g over d^(n-1) e^(2n-2) c(n)
    """

    b: Array
    map: Array
    taylor: Array
    g: Array
    eta: Array


class Bordered:
    """A scheme's table in the ring of its numerators, and the passes so far.

    met: to this order no ball of a rounded table excludes that b(t) = 0 for |t| ≥ 2, and then it is 0; 0 if exact.
    """

    def __init__(self, structure: Structure, number: Number | None = None) -> None:
        self.structure, self.met, self.passes = structure, 0, list[Pass]()
        scheme = structure.scheme
        matrices = scheme.A, scheme.B, scheme.U, scheme.V, *solution(structure)
        ring = balls() if scheme.tolerance else ring_of((x for m in matrices for row in m for x in row), number)
        self.numbers = numbers = Numerators(ring, matrices[:2], matrices[2:])
        self.A, self.B = (numbers.lift(m, numbers.d) for m in matrices[:2])
        self.U, self.V, self.S, self.ub, self.b = (numbers.lift(m, numbers.e) for m in matrices[2:])
        self.firsts = [part.states[0] for part in structure.components]
        self.feeds = np.array([c.feeds for c in structure.colours], dtype=np.intp)
        self.state_of, self.reader_of = (np.full(n, -1) for n in (len(scheme.V), scheme.stages))
        for i, part in enumerate(structure.components):
            self.state_of[list(part.states)] = self.reader_of[list(part.readers)] = i

    def upto(self, n: int) -> Pass:
        """The pass over the trees of order n, those before it first."""
        with LOCK:
            while len(self.passes) < n:
                self.passes.append(self.advance(len(self.passes) + 1))
        return self.passes[n - 1]

    def advance(self, n: int) -> Pass:
        trees = level(n, self.structure.grammar)
        states, readers = (of[:, None] == self.feeds[trees.colours] for of in (self.state_of, self.reader_of))
        times, e = self.numbers.times, self.numbers.e
        g, powers = self.slopes(n, trees), self.powers(n)
        fed = np.where(states, self.B @ g, 0)
        right = fed - powers.sum(axis=0)
        start, b, renewed = self.S @ right, (self.b @ right)[0], self.ub @ right
        if self.structure.scheme.tolerance and self.met == n - 1 and (n == 1 or not any(x != 0 for x in b)):
            self.met, b = n, self.meant(b, n)
            renewed = renewed if n == 1 else np.full_like(renewed, 0)
        powers = times(powers, e)
        powers[0] += renewed
        taylor = np.concatenate([start[None], powers])
        mapped = (times(fed, e * e) + self.V @ start)[self.firsts].sum(axis=0)
        eta = np.where(readers, times(self.A @ g, e * e) + self.U @ start, 0)
        return Pass(b, mapped, taylor, g, eta)

    def meant(self, b: Array, n: int) -> Array:
        """b of a rounded table that has order n: the simplest weights on single nodes, then 0."""
        from analysis.balls import Ball, plain, raw

        return np.array([raw(plain(Ball(x))) if n == 1 else raw(0) for x in b], dtype=object)

    def slopes(self, n: int, trees: Level) -> Array:
        """g(t) = g(left) η(right), 1 for a single node in the stages of its colour."""
        if n == 1:
            members = [
                [int(i in c.stages) for c in self.structure.colours] for i in range(self.structure.scheme.stages)
            ]
            return np.array(members, dtype=self.numbers.ring.dtype)
        g, eta = (np.hstack([getattr(p, name) for p in self.passes]) for name in ("g", "eta"))
        orders = np.repeat(np.arange(1, n), [len(p.b) for p in self.passes])
        c = np.array([self.numbers.extend(n, k, n - k) for k in range(1, n)], dtype=self.numbers.ring.dtype)
        product: Array = g[:, trees.left] * eta[:, trees.right] * c[orders[trees.left] - 1]
        return product

    def powers(self, n: int) -> Array:
        """P_i(t) for i = 1 … n, the first without u b(t), over d^n e^(2n-2) c(n)."""
        if n == 1:
            return np.zeros((1, len(self.state_of), len(self.feeds)), dtype=self.numbers.ring.dtype)
        b = np.concatenate([p.b for p in self.passes])
        return derivatives(n, self.structure.grammar, self.numbers, [p.taylor for p in self.passes], b)


def derivatives(n: int, grammar: Grammar, numbers: Numerators, taylor: Sequence[Array], b: Array) -> Array:
    """(D_b^i S)(t)/i! for i = 1 … n and |t| = n, as far as smaller trees tell: i = 1 lacks S(∅) b(t).

    taylor  of each smaller order, power × row × tree: (D_b^i S)(t)/i! from i = 0
    b       of all smaller trees, or row × tree: a field of its own for each row
    The numerators of a product are over the product of the denominators but for c(n), which they are brought to.
    """
    ring, trees = numbers.ring, level(n, grammar).trees
    found = np.zeros((n, taylor[0].shape[1], len(trees)), dtype=ring.dtype)
    for cuts in level_cuts(n, grammar):
        k, fields = cuts.order, b[..., cuts.delta]
        used = np.flatnonzero(np.atleast_2d(fields).any(axis=0))
        if len(used):
            at, first = np.unique(cuts.tree[used], return_index=True)
            factor = fields[..., used] * (cuts.m[used].astype(ring.dtype) * numbers.extend(n, k, n - k))
            products = taylor[k - 1][:, :, cuts.theta[used]] * factor
            found[: k + 1, :, at] += np.add.reduceat(products, first, axis=2)
    for i in range(2, n + 1):
        found[i - 1] = ring.divide(found[i - 1], i)
    return found


def solution(structure: Structure) -> list[list[list[Any]]]:
    """The matrices that give S, u b and, in one row, b from R, of all components together."""
    r = range(len(structure.scheme.V))
    start, renew, last = ([[Fraction(0)] * len(r) for _ in rows] for rows in (r, r, [0]))
    for part in structure.components:
        *inverse, bottom = part.inverse
        for state, u, row in zip(part.states, part.fixed, inverse, strict=True):
            for other, x, y in zip(part.states, row, bottom, strict=False):
                start[state][other], renew[state][other], last[0][other] = x, u * y, y
    return [start, renew, last]
