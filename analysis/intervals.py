"""Intervals with exact ends, and how far a scheme is stable along the real and the imaginary axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from math import inf
from operator import mul
from typing import Any

from analysis.algebraic import Point, between, rational
from analysis.critical import critical_values
from analysis.power_bounded import power_bounded
from analysis.stability import ascending, fixed, reflected, stability_matrix
from schemes import Scheme

SHORT = 24  # characters of an exact number that a line of text still holds


@dataclass(frozen=True)
class Interval:
    """Real numbers between two ends: Fraction, exact sympy number where irrational (float evaluates it), or ±inf.

    A float where the table is rounded.
    """

    low: Any
    high: Any
    low_closed: bool
    high_closed: bool

    def __contains__(self, x: Any) -> bool:
        above = self.low < x or (self.low_closed and self.low == x)
        return bool(above and (x < self.high or (self.high_closed and x == self.high)))

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{{{shown(self.low)}}}" if self.low_closed else "empty"
        return (
            f"{'[' if self.low_closed else '('}{shown(self.low)}, {shown(self.high)}{']' if self.high_closed else ')'}"
        )


def shown(x: Any) -> str:
    return {inf: "∞", -inf: "-∞"}.get(x) or (
        str(x) if isinstance(x, Fraction) and len(str(x)) <= SHORT else f"{float(x):.12f}"
    )


def real_interval(scheme: Scheme) -> Interval:
    """The largest [-x, 0] of z = hλ on which the powers of M(z) are bounded; open where the end itself is unstable.

    Empty where the scheme is not zero-stable. Random coefficients at their means.
    Raises AnalysisError where parameters are left free. Source: numerics.md section 8; Miller 1971 for the test.
    """
    end, closed = reach(scheme, -1)
    return Interval(-end, Fraction(0), closed, closed or end != 0)


def imaginary_interval(scheme: Scheme) -> Interval:
    """The largest [-y, y] such that the powers of M(iy) are bounded; open where the end itself is unstable.

    Empty where the scheme is not zero-stable. Random coefficients at their means.
    Raises AnalysisError where parameters are left free. Source: numerics.md section 8; Miller 1971 for the test.
    """
    end, closed = reach(scheme, 1j)
    return Interval(-end, end, closed, closed)


def reach(scheme: Scheme, turn: complex) -> tuple[Any, bool]:
    """The end x ≥ 0 of stability along z = turn · x, and whether the end is stable."""
    scheme = fixed(scheme)
    if scheme.tolerance:
        from analysis.boundaries import loss

        return loss(scheme, turn)
    M = stability_matrix(scheme)
    if len(M) == 1:
        P, Q = (squared(p, turn) for p in ascending(M[0][0]))
        return first_loss(P, Q, turn == 1j)

    def stable(x: Point) -> bool:
        return power_bounded(M, x, z=x.theta * x.number(int(turn.real), int(turn.imag)))

    return extent([rational(0), *(x for x in critical_values(M, "z", turn) if x.value > 0)], stable)


def squared(p: list[int], turn: complex) -> Any:
    """|p(turn · x)|² for real x as a sympy Poly, in x if turn is -1, in v = x² if it is 1j."""
    from sympy import Poly, Symbol

    if turn == -1:
        return Poly(reflected(p)[::-1] or [0], Symbol("x"), domain="ZZ") ** 2
    v = Symbol("v")
    even, odd = (Poly(reflected(p[start::2])[::-1] or [0], v, domain="ZZ") for start in (0, 1))
    return even**2 + v * odd**2


def first_loss(P: Any, Q: Any, even: bool) -> tuple[Any, bool]:
    """How far |R|² = P/Q ≤ 1 holds from 0 on: to the first positive root at which Q - P changes its sign.

    There |R| = 1, so the end is stable; at a pole Q - P < 0 already. The square root of the end if `even`.
    """
    from sympy import sqrt

    margin = Q - P
    if margin.is_zero:
        return inf, False
    (zeros,), margin = margin.terms_gcd()
    if margin.eval(0) < 0:
        return Fraction(0), zeros > 0
    odd = reduce(mul, (factor for factor, multiplicity in margin.sqf_list()[1] if multiplicity % 2), margin.one)
    if not (isolated := odd.intervals(inf=0)):
        return inf, False
    (low, high), _ = isolated[0]
    roots = (x for factor, _ in odd.factor_list()[1] for x in factor.real_roots() if low < x < high)
    end = low if low == high else next(roots)
    end = sqrt(end) if even else end
    return (Fraction(int(end.p), int(end.q)) if end.is_Rational else end), True


def extent(points: list[Point], stable: Callable[[Point], bool]) -> tuple[Any, bool]:
    """How far a property holds from the first point on, which can change at the points alone."""
    if not stable(points[0]):
        return points[0].value, False
    beyond = rational(int(float(points[-1].value)) + 2)
    for low, high in pairwise([*points, beyond]):
        if not stable(between(low, high)):
            return low.value, True
        if not stable(high):
            return high.value, False
    return inf, False


def where(points: list[Point], holds: Callable[[Point], bool]) -> tuple[Interval, ...]:
    """The real numbers with a property that can change at the points alone, as disjoint ascending intervals."""
    if not points:
        return (Interval(-inf, inf, False, False),) if holds(rational(0)) else ()
    first, last = (int(float(points[i].value)) for i in (0, -1))
    gaps = [rational(first - 2), *(between(low, high) for low, high in pairwise(points)), rational(last + 2)]
    ends = [-inf, *(point.value for point in points), inf]
    cells: list[Interval] = []
    for i, gap in enumerate(gaps):
        if i and holds(points[i - 1]):
            cells.append(Interval(ends[i], ends[i], True, True))
        if holds(gap):
            cells.append(Interval(ends[i], ends[i + 1], False, False))
    joined: list[Interval] = []
    for cell in cells:
        before = joined[-1] if joined else None
        if before and before.high == cell.low and (before.high_closed or cell.low_closed):
            joined[-1] = replace(before, high=cell.high, high_closed=cell.high_closed)
        else:
            joined.append(cell)
    return tuple(joined)
