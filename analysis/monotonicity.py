"""Strong stability preservation: the step up to which a scheme keeps what forward Euler keeps, a norm or positivity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from math import floor, inf, log2, log10
from typing import Any

from analysis.algebraic import between, rational, real_roots
from analysis.errors import AnalysisError
from analysis.stability import characteristic, convolve, fixed, multiply, trimmed
from analysis.structure import certain_table
from schemes import Scheme, recompute, reduce
from schemes.equivalence import merged
from schemes.scheme import letter
from schemes.writing import LONG

Polynomials = list[list[Any]]


def ssp_coefficient(scheme: Scheme) -> Any:
    """The largest c such that h ≤ c h_FE preserves every convex bound that Euler preserves for steps up to h_FE.

    With all outputs y = (Y; u') = S u + h T F, S = [U; V], T = [A 0; B 0], it is the largest r at which
        det(I + rT) > 0,   (I + rT)⁻¹ S ≥ 0,   r (I + rT)⁻¹ T ≥ 0,
    for all smaller r too. h is the step of the table (a scheme of effective step w has c w in time). Exact: a Fraction,
    a sympy number where irrational, inf; of a rounded table a short Fraction, or a float of the decimals that hold.
    Random coefficients at their means. Raises AnalysisError where parameters are free, more than 10⁻⁸ is rounded, or
    states are not values of one unknown.
    Source: Spijker, SIAM J. Numer. Anal. 45 (2007), theorem 2.2; Kraaijevanger, BIT 31 (1991), for Runge–Kutta.
    """
    scheme = values_only(merged(reduce(fixed(scheme))))
    if any(x < -scheme.tolerance for m in (scheme.A, scheme.U, scheme.B, scheme.V) for row in m for x in row):
        return Fraction(0)  # S and T themselves are the conditions at r = 0
    if any(lowest(p) < 0 for p in conditions(certain_table(scheme))):
        return Fraction(0)
    polynomials = [list(p) for p in dict.fromkeys(map(tuple, conditions(scheme)))]
    return rounded_end(scheme, polynomials) if scheme.tolerance else exact_end(polynomials)


def exact_end(polynomials: Polynomials) -> Any:
    """Where the conditions of an exact table end."""

    def holds(r: Fraction) -> bool:
        return met(polynomials, r)

    if holds(high := beyond_all_roots(polynomials)):
        return inf
    low, high = bracket(holds, high)
    violated = [p for p in polynomials if horner(p, high) < 0 or (p is polynomials[0] and horner(p, high) <= 0)]
    roots = [x for x in real_roots(map(poly, violated)) if low <= x.value <= high]
    gaps = [between(a, b) for a, b in pairwise([*roots, rational(high)]) if a.value != b.value]
    return next((x.value for x, gap in zip(roots, gaps, strict=False) if not holds(gap.value)), roots[-1].value)


def rounded_end(scheme: Scheme, polynomials: Polynomials) -> Any:
    """Where the conditions of the table meant end: the simplest number, or a float of as many decimals as hold.

    While the conditions hold, the entries of (I + rT)⁻¹ S and of r (I + rT)⁻¹ T are ≥ 0 and sum to 1 in each row, so
    that ‖(I + rT)⁻¹‖ ≤ 2 and rounding by ε moves an entry by 2ε (s + 1) max(1, r) at most. So much below 0 is allowed,
    and taken back by going once and twice as far.
    """
    noise = 2 * scheme.tolerance * (scheme.stages + 1)
    most = min(beyond_all_roots(polynomials), Fraction(2 ** int(-log2(scheme.tolerance) / 2)))

    def end(times: int) -> tuple[Fraction, Fraction]:
        return bracket(lambda r: met(polynomials, r, times * noise * max(r, 1 / r)), most)

    if met(polynomials, most, noise * most):
        return inf
    from analysis.balls import simplest

    (low, high), (further, _) = end(1), end(2)
    error = further - low + high - low
    c = simplest(2 * low - further, error)
    return c if c.denominator <= LONG else round(float(c), floor(-log10(error)))


def met(polynomials: Polynomials, r: Fraction, slack: Fraction | int = 0) -> bool:
    """Whether det(I + rT) > 0 and no entry of (I + rT)⁻¹ S and (I + rT)⁻¹ T is below -slack."""
    determinant = horner(polynomials[0], r)
    return determinant > 0 and all(horner(p, r) >= -slack * determinant for p in polynomials[1:])


def values_only(scheme: Scheme) -> Scheme:
    """The scheme on states that are values of one unknown, of weight 1."""
    if scheme.operator:
        raise AnalysisError(f"{scheme.name} applies a field to a slope, which is no value: it has no SSP coefficient")
    name, scheme = scheme.name, recompute(scheme)
    first = letter(scheme.states[0])
    if odd := [state for state in scheme.states if letter(state) != first]:
        raise AnalysisError(f"{name} keeps {odd[0]}, no value of {first}: it has no SSP coefficient")
    if any(abs(sum(row, Fraction(-1))) > len(row) * scheme.tolerance for row in (*scheme.U, *scheme.V)):
        raise AnalysisError(
            f"{name}: the rows of U and V must sum to 1, else the states are no values and a bound means nothing"
        )
    return scheme


def conditions(scheme: Scheme) -> Polynomials:
    """Polynomials in r, ascending: det(I + rT) first, then it times the entries of (I + rT)⁻¹ S and (I + rT)⁻¹ T."""
    s, r = scheme.stages, len(scheme.V)
    S = (*scheme.U, *scheme.V)
    T = tuple((*row, *[Fraction(0)] * r) for row in (*scheme.A, *scheme.B))
    minus = tuple(tuple(-x for x in row) for row in T)
    determinant = [Fraction(1)] if scheme.explicit else trimmed(characteristic(minus)[::-1])
    powers = [tuple((*u, *t) for u, t in zip(S, T, strict=True))]
    for _ in range(s + r - 1):
        powers.append(multiply(minus, powers[-1]))
    columns = ([power[i][j] for power in powers] for i in range(s + r) for j in range(2 * r + s))
    entries = (trimmed(convolve(determinant, column)) for column in columns)
    return [determinant, *(entry for entry in entries if entry)]


def horner(p: Sequence[Any], r: Fraction) -> Fraction:
    total = Fraction(0)
    for c in reversed(p):
        total = total * r + c
    return total


def lowest(p: Sequence[Any]) -> Any:
    """The first coefficient that is certainly not 0: its sign is that of p(r) for small r > 0."""
    return next((c for c in p if c != 0), Fraction(0))


def beyond_all_roots(polynomials: Polynomials) -> Fraction:
    """Cauchy's bound, as a power of 2."""
    largest = max(max(map(abs, p)) / abs(p[-1]) for p in polynomials)
    return Fraction(2 ** (int(largest) + 1).bit_length())


def bracket(holds: Callable[[Fraction], bool], high: Fraction) -> tuple[Fraction, Fraction]:
    """Where a property that holds up to some r > 0 ends: between two numbers that agree to 16 digits."""
    low = high / 2
    while not holds(low):
        low, high = low / 2, low
    for _ in range(53):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low, high


def poly(p: Sequence[Any]) -> Any:
    from sympy import Poly, Rational, Symbol

    return Poly([Rational(c.numerator, c.denominator) for c in reversed(p)], Symbol("r"))
