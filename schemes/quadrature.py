"""Nodes and weights: exact integrals of Lagrange polynomials, and real roots to seventy digits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor, prod
from typing import Any

DIGITS = 70  # of an irrational node; table entries are rounded later, to fewer
COARSE = 20  # of a root that only separates others

Polynomial = list[Any]  # ascending coefficients


def integrals(nodes: Sequence[Any], ends: Iterable[Any]) -> list[list[Any]]:
    """∫_0^end l_j(t) dt, a row an end and a column a node; l_j is 1 at node j and 0 at the others."""
    basis = [primitive(lagrange(nodes, j)) for j in range(len(nodes))]
    return [[value(p, end) for p in basis] for end in ends]


def lagrange(nodes: Sequence[Any], j: int) -> Polynomial:
    """l_j(t) = Π_{i≠j} (t - c_i) / (c_j - c_i)."""
    others = [c for i, c in enumerate(nodes) if i != j]
    scale = prod((nodes[j] - c for c in others), start=Fraction(1))
    return [x / scale for x in expanded(others)]


def gaussian(stages: int, left: int, right: int) -> tuple[list[Fraction], bool]:
    """The nodes on [0, 1] of quadrature order 2s - left - right, 0 among them if left = 1, and 1 if right = 1.

    They are the zeros of d^m/dx^m x^(m+left) (x-1)^(m+right), m = s - left - right; the second value: all are exact.
    Source: Hairer, Wanner, Solving ODEs II, IV.5, with Legendre, Radau and Lobatto polynomials.
    """
    m = stages - left - right
    p = expanded([0] * (m + left) + [1] * (m + right))
    for _ in range(m):
        p = derivative(p)
    found = [*[Fraction(0)] * left, *real_roots(p, Fraction(0), Fraction(1)), *[Fraction(1)] * right]
    return found, all(value(p, x) == 0 for x in found)


def real_roots(p: Sequence[int], low: Fraction, high: Fraction, digits: int = DIGITS) -> list[Fraction]:
    """The roots in (low, high) of a polynomial in whole numbers, exact where rational, else correctly rounded.

    By Rolle's theorem one root at most lies between neighbouring roots of the derivative. Roots must be simple.
    """
    if len(p) < 2:
        return []
    cuts = [low, *real_roots(derivative(p), low, high, min(digits, COARSE)), high]
    return [bisected(p, a, b, digits) for a, b in pairwise(cuts) if value(p, a) * value(p, b) < 0]


def bisected(p: Sequence[int], low: Fraction, high: Fraction, digits: int) -> Fraction:
    unit = 10 ** (digits + 5)
    a, b, rising = floor(low * unit), ceil(high * unit), sign(p, high.numerator, high.denominator)
    while b - a > 1:
        middle = (a + b) // 2
        a, b = (a, middle) if sign(p, middle, unit) == rising else (middle, b)
    root = Fraction(b, unit)
    rational = root.limit_denominator(abs(p[-1]))  # the denominator of a rational root divides the leading coefficient
    return rational if value(p, rational) == 0 else round(root, digits)


def sign(p: Sequence[int], numerator: int, denominator: int) -> bool:
    """Whether p > 0 at a fraction; in whole numbers, ten times as fast as `value`."""
    total, power = 0, 1
    for c in reversed(p):
        total = total * numerator + c * power
        power *= denominator
    return total > 0


def expanded(roots: Iterable[Any]) -> Polynomial:
    """Π (t - root)."""
    p: Polynomial = [1]
    for root in roots:
        p = [a - root * b for a, b in zip([0, *p], [*p, 0], strict=True)]
    return p


def value(p: Sequence[Any], x: Any) -> Any:
    total: Any = Fraction(0)
    for c in reversed(p):
        total = total * x + c
    return total


def derivative(p: Sequence[Any]) -> Polynomial:
    return [k * c for k, c in enumerate(p)][1:]


def primitive(p: Sequence[Any]) -> Polynomial:
    return [Fraction(0), *(c / (k + 1) for k, c in enumerate(p))]
