"""Elementary weights of a Runge–Kutta table for all trees at once: one product of arrays a level, in any arithmetic.

A tree t of more than one node is (left) ∘ (right): its last subtree `right` grafted on the root of the rest, `left`.
The stage weights multiply, g(t) = g(left) · A g(right), so a level of trees is two gathers and a product.
Source: Butcher, Numerical Methods for ODEs, section 312; Hairer, Lubich, Wanner, III.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import count
from math import lcm
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.levels import Array, level
from analysis.trees import gamma, rooted
from schemes import Scheme

STRETCH = 1e-6  # of the entries, over which a weight's growth is measured; far above any tolerance and rounding
COARSE = 1e-8  # a tolerance from which Dormand's and Prince's or Bogacki's tables meet conditions that they do not have


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

    A tolerance ε counts a condition as met where a change of the entries that are not 0 by at most ε could meet it:
    a weight of |A|, |b| is convex in the change, so |a(t) - 1/γ(t)| ≤ ε/δ (a(t; |A|+δ, |b|+δ) - a(t; |A|, |b|)), δ ≥ ε.
    Raises AnalysisError where ε > 10⁻⁸.
    """
    A, b, d, e = whole(scheme := scheme.mean())
    if scheme.tolerance > COARSE:
        raise AnalysisError(
            f"{scheme.name}: entries rounded to {float(scheme.tolerance):.0e} meet conditions by accident: "
            f"give more digits, to {COARSE:.0e} at least"
        )
    slacks = slack(scheme)
    for n, weights in enumerate(elementary_weights(A, b), start=1):
        unit = e * d ** (n - 1)
        residuals = weights * densities(n) - unit
        allowed = next(slacks) * densities(n)
        if any(r and abs(Fraction(int(r), unit)) > limit for r, limit in zip(residuals, allowed, strict=True)):
            return n - 1
        if n == (scheme.stages if scheme.explicit else 2 * scheme.stages) and scheme.tolerance:
            return n  # no scheme of s stages has more, whatever rounding would allow
    raise AssertionError("a scheme of s stages has order at most 2s")


def whole(scheme: Scheme) -> tuple[Array, Array, int, int]:
    """d·A and e·b in whole numbers, and the common denominators d and e."""
    (b,) = scheme.B
    d = lcm(*(x.denominator for row in scheme.A for x in row))
    e = lcm(*(x.denominator for x in b))
    A = [[int(x * d) for x in row] for row in scheme.A]
    return np.array(A, dtype=object), np.array([int(x * e) for x in b], dtype=object), d, e


def slack(scheme: Scheme) -> Iterator[Any]:
    """How much the tolerance may change each weight, order by order."""
    if not scheme.tolerance:
        yield from (np.zeros(len(densities(n))) for n in count(1))
    A, b = (np.abs(np.array(x, dtype=float)) for x in (scheme.A, scheme.B[0]))
    stretched = (x + STRETCH * (x > 0) for x in (A, b))
    for less, more in zip(elementary_weights(A, b), elementary_weights(*stretched), strict=True):
        yield float(scheme.tolerance) / STRETCH * (more - less)


def classical(scheme: Scheme) -> bool:
    """Whether it is a Runge–Kutta table of numbers with one field: all trees are plain."""
    return scheme.kind == "runge_kutta" and not scheme.mean().symbols and len(set(scheme.fields)) == 1


def rounded_order(scheme: Scheme) -> int:
    """The order that a rounded table is meant to have; 0 for an exact one, which speaks for itself."""
    if not scheme.tolerance:
        return 0
    if not classical(scheme):
        raise AnalysisError(
            f"{scheme.name}: its table is rounded, to {float(scheme.tolerance):.0e}, and only the order conditions of "
            "Runge–Kutta tables of numbers can be told from rounding: give exact entries"
        )
    return runge_kutta_order(scheme)
