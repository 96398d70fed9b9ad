"""Elementary weights of a Runge–Kutta table for all trees at once: one product of arrays a level, in any arithmetic.

A tree t of more than one node is (left) ∘ (right): its last subtree `right` grafted on the root of the rest, `left`.
The stage weights multiply, g(t) = g(left) · A g(right), so a level of trees is two gathers and a product.
Source: Butcher, Numerical Methods for ODEs, section 312; Hairer, Lubich, Wanner, III.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import count
from math import factorial, lcm
from typing import Any

import numpy as np

from analysis.enumeration import refuse_too_many
from analysis.levels import Array, level
from analysis.structure import certain_table, dot
from analysis.trees import gamma, rooted
from schemes import Scheme


@cache
def densities(n: int) -> Array:
    """γ of the trees of order n."""
    return np.array([gamma(t) for t in rooted(n)], dtype=object)


def elementary_weights(A: Array, b: Array) -> Iterator[Array]:
    """a(t) = Σ_i b_i g_i(t) of all trees of order 1, then of order 2, …, each in the order of `analysis.trees.rooted`.

    A (stages × stages) and b (stages) have one dtype: float, or object for exact numbers.
    """
    new = g = np.ones((len(b), 1), dtype=A.dtype)
    inner = np.empty((len(b), 0), dtype=A.dtype)
    for n in count(2):
        yield b @ new
        inner = np.hstack([inner, A @ new])
        new = g[:, level(n).left] * inner[:, level(n).right]
        g = np.hstack([g, new])


def runge_kutta_order(scheme: Scheme) -> int:
    """The largest p with a(t) = 1/γ(t) for |t| ≤ p, of a one-state scheme of numbers; 0 where Σ b ≠ 1.

    From B(p), C(η), D(ζ) where they decide, else tree by tree. Of a rounded table the largest p for which some table
    within its tolerance may have a(t) = w^|t|/γ(t), w = Σ b. Raises AnalysisError where more than 10⁻⁸ is rounded, and
    where too many trees of an order would have to be asked.
    """
    scheme = scheme.mean()
    least, most = order_bounds(scheme)
    if least == most:
        return most
    return next(n - 1 for n, met in enumerate(conditions(scheme), start=1) if not met or n > most)


def order_bounds(scheme: Scheme) -> tuple[int, int]:
    """min(p, η + ζ + 1, 2η + 2) ≤ order ≤ p for the largest p, η, ζ ≤ p ≤ 2s of the simplifying assumptions, c = A 1:

        B(p)  Σ_i b_i c_i^(k-1) = w^k/k,    C(η)  Σ_j a_ij c_j^(k-1) = c_i^k/k,
        D(ζ)  Σ_i b_i c_i^(k-1) a_ij = b_j (w^k - c_j^k)/k    for k up to p, η, ζ.

    Source: Butcher 1964; Hairer, Nørsett, Wanner, Solving ODEs I, theorem II.7.4.
    """
    A, b, w = certain_weights(scheme)
    c = [sum(row, Fraction(0)) for row in A]
    columns = list(zip(*A, strict=True))

    def largest(holds: Callable[[int], bool], most: int) -> int:
        return next((k - 1 for k in range(1, most + 1) if not holds(k)), most)

    def B(k: int) -> bool:
        return bool(w != 0 and k * dot(b, [x ** (k - 1) for x in c]) == w**k)

    def C(k: int) -> bool:
        powers = [x ** (k - 1) for x in c]
        return all(k * dot(row, powers) == x**k for row, x in zip(A, c, strict=True))

    def D(k: int) -> bool:
        left = [y * x ** (k - 1) for x, y in zip(c, b, strict=True)]
        return all(k * dot(left, a) == y * (w**k - x**k) for a, x, y in zip(columns, c, b, strict=True))

    p = largest(B, 2 * scheme.stages)
    eta = largest(C, p)
    return min(p, eta + largest(D, p) + 1, 2 * eta + 2), p


def certain_weights(scheme: Scheme) -> tuple[Sequence[Sequence[Any]], Sequence[Any], Any]:
    """A, b and the weight w that is meant: 1 for an exact table, of a rounded one the simplest number in Σ b."""
    table = certain_table(scheme)
    if not scheme.tolerance:
        return table.A, table.B[0], Fraction(1)
    from analysis.balls import plain

    return table.A, table.B[0], plain(sum(table.B[0], Fraction(0)))


def conditions(scheme: Scheme) -> Iterator[bool]:
    """Whether the order conditions on the trees of order 1, 2, … are met, or may be met by a rounded table."""
    if not scheme.tolerance:
        A, b, d, e = whole(scheme)
        return met(scheme.name, A, b, lambda n: e * d ** (n - 1))
    from analysis.balls import raw

    rows, weights, w = certain_weights(scheme)
    A, b = (np.array([[raw(x) for x in row] for row in m], dtype=object) for m in (rows, [weights]))
    return met(scheme.name, A, b[0], lambda n: raw(w) ** n)


def met(name: str, A: Array, b: Array, unit: Callable[[int], Any]) -> Iterator[bool]:
    """Whether a(t) γ(t) = unit(n) for all trees of order n = 1, 2, …; the tall and the bushy tree are asked first."""
    one, weights = np.ones(len(b), dtype=A.dtype), elementary_weights(A, b)
    tall, bushy, c = one, one, A @ one
    for n in count(1):
        if any(x != unit(n) for x in (b @ tall * factorial(n), b @ bushy * n)):
            yield False
        refuse_too_many(name, n)
        yield not any(x != unit(n) for x in next(weights) * densities(n))
        tall, bushy = A @ tall, bushy * c


def whole(scheme: Scheme) -> tuple[Array, Array, int, int]:
    """d·A and e·b in whole numbers, and the common denominators d and e."""
    (b,) = scheme.B
    d = lcm(*(x.denominator for row in scheme.A for x in row))
    e = lcm(*(x.denominator for x in b))
    A = [[int(x * d) for x in row] for row in scheme.A]
    return np.array(A, dtype=object), np.array([int(x * e) for x in b], dtype=object), d, e


def classical(scheme: Scheme) -> bool:
    """Whether it is a Runge–Kutta table of numbers with one field: all trees are plain."""
    return scheme.kind == "runge_kutta" and not scheme.mean().symbols and len(set(scheme.fields)) == 1


def rounded_order(scheme: Scheme) -> int:
    """The order that a rounded Runge–Kutta table is meant to have, of weight 1; 0 for any other table."""
    if not scheme.tolerance or not classical(scheme):
        return 0
    from analysis.balls import plain, widened

    return runge_kutta_order(scheme) if plain(sum(widened(scheme).B[0], Fraction(0))) == 1 else 0
