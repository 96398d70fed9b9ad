"""Where a rounded scheme ceases to be stable along a line: roots of the Schur–Cohn polynomials, in balls.

D(ζ, z) = det(I - zA) det(ζI - M(z)) is a polynomial. Miller's transform of D(ζ, turn·x) over the polynomials in x gives
real polynomials d_1(x), d_2(x), …: the roots ζ are bounded by 1 where all are positive. One that no ball tells from 0
is meant to be 0: two roots are 1/conjugate of each other, and the derivative decides.
Source: Miller, J. Inst. Maths Applics 8 (1971) 397–406, as in `power_bounded`.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import dropwhile, pairwise
from math import inf, sqrt
from typing import Any

from flint import acb, acb_poly, arb, arb_mat, arb_poly, fmpq, fmpz_poly

from analysis.algebraic import rational
from analysis.balls import Ball, parts, raw, simplest, widened
from analysis.errors import AnalysisError
from analysis.power_bounded import power_bounded
from analysis.structure import mended
from schemes import Scheme
from schemes.writing import LONG

NONE = Fraction(0)
SHORT = 10  # times the square root of the tolerance, relatively: the gap that rounding opens at a double root

Conditions = list[tuple[fmpz_poly, bool]]


def loss(scheme: Scheme, turn: complex) -> tuple[Any, bool]:
    """How far a rounded scheme is stable on z = turn · x from x = 0 on, and whether the end itself is stable.

    Where two roots meet on the unit circle the end is unstable. A gap as short as rounding opens at a double root is
    none. Raises AnalysisError where rounding hides the answer.
    """
    if not zero_stable(scheme):
        return Fraction(0), False
    conditions = schur_cohn(scheme, turn)
    points = sorted((x, meeting) for p, meeting in conditions for x in positive_roots(p))
    ends = [Fraction(0), *(x for x, _ in points), points[-1][0] + 2 if points else Fraction(2)]
    for i, (low, high) in enumerate(pairwise(ends)):
        x = (low + high) / 2
        if all(p(fmpq(x.numerator, x.denominator)) > 0 for p, _ in conditions):
            continue
        gap = Fraction(SHORT * sqrt(scheme.tolerance))
        if high - low > gap * high:
            end = simplest(low, 1000 * scheme.tolerance)
            return (end if end.denominator <= LONG else float(low)), not low or stable_at(scheme, turn, low, gap * low)
        if i and points[i - 1][1]:
            raise AnalysisError(
                f"{scheme.name}: two eigenvalues meet on the unit circle near |z| = {float(low):.6g}, and rounding "
                "hides whether they pass: give exact entries"
            )
    return inf, False


def zero_stable(scheme: Scheme) -> bool:
    """Whether the powers of V, or of some V within the tolerance, are bounded."""
    return power_bounded(mended(scheme), rational(0)) or stable_at(scheme, -1)


def stable_at(scheme: Scheme, turn: complex, x: Fraction = NONE, radius: Fraction = NONE) -> bool:
    """Whether the roots ζ at z = turn · x are in the closed disc and those on the circle simple, as far as balls tell.

    As `power_bounded.simple_von_neumann`; x is known but for the radius.
    """
    at, derived = acb(raw(x) + arb(0, raw(radius))), False
    f = [c(at) for c in on_line(scheme, turn)]
    while len(f) > 1:
        lower = [c(0) for c in transformed([acb_poly([c]) for c in f])]
        if all(c == 0 or c.contains(0) for c in lower):
            if derived:
                return False
            f, derived = [c * j for j, c in enumerate(f)][1:], True
            continue
        if not (f[-1] * f[-1].conjugate() - f[0] * f[0].conjugate()).real > 0:
            return False
        f = lower
    return True


def conserving(scheme: Scheme) -> bool:
    """Whether D(1/ζ, -z) ζ^r = ±D(ζ, z), as far as digits tell: then |ζ| = 1 or ζ has a partner for all z = iy.

    Roots that are 0 for all z are left out.
    """
    return all(map(hidden, transformed(list(dropwhile(hidden, on_line(scheme, 1j))))))


def schur_cohn(scheme: Scheme, turn: complex) -> Conditions:
    """Polynomials that are positive where all roots ζ are in the closed disc, and whether roots meet at their zeros.

    Powers of x that are common to all terms are left out.
    """
    f, meeting = on_line(scheme, turn), False
    found: Conditions = []
    while len(f) > 1:
        lower = transformed(f)
        if all(map(hidden, lower)):
            if meeting:
                raise AnalysisError(
                    f"{scheme.name}: its stability matrix has a double eigenvalue for every z as far as its digits "
                    "tell, so its stability cannot be told from rounding: give exact entries"
                )
            f, meeting = [c * j for j, c in enumerate(f)][1:], True
            continue
        found.append((certain(f[-1] * conjugate(f[-1]) - f[0] * conjugate(f[0])), meeting))
        f = lower
    return found


def on_line(scheme: Scheme, turn: complex) -> list[acb_poly]:
    """D(ζ, turn·x) as polynomials in x, the coefficients of ζ^0, …, ζ^r; turn is -1 or 1j."""
    powers = [acb(*map(int, ((turn**k).real, (turn**k).imag))) for k in range(scheme.stages + 1)]
    rows = characteristic(scheme)
    return [acb_poly([c * w for c, w in zip(row.coeffs(), powers, strict=False)]) for row in rows]


def transformed(f: list[acb_poly]) -> list[acb_poly]:
    """Miller's transform, as in `power_bounded.reduced`."""
    star = [conjugate(c) for c in reversed(f)]
    return [star[0] * c - f[0] * d for c, d in zip(f[1:], star[1:], strict=True)]


def characteristic(scheme: Scheme) -> list[arb_poly]:
    """D(ζ, z) as polynomials in z with balls, the coefficients of ζ^0, …, ζ^r, which end at z^s.

    By Faddeev–LeVerrier on the power series M(z) = V + Σ z^(k+1) B A^k U, times det(I - zA).
    """
    table = widened(scheme)
    A, U, B, V = ([[raw(x) for x in row] for row in m] for m in (table.A, table.U, table.B, table.V))
    r, s = len(V), len(A)
    moments, inner, step = [arb_mat(V)], arb_mat(U), arb_mat(A)
    for _ in range(s):
        moments.append(arb_mat(B) * inner)
        inner = step * inner
    M = [[arb_poly([m[i, j] for m in moments]) for j in range(r)] for i in range(r)]
    product = [[arb_poly([0]) for _ in range(r)] for _ in range(r)]
    coefficients = [arb_poly([1])]
    for n in range(1, r + 1):
        shifted = [[product[i][j] + (coefficients[-1] if i == j else 0) for j in range(r)] for i in range(r)]
        product = [
            [cut(sum((M[i][k] * shifted[k][j] for k in range(r)), arb_poly([0])), s) for j in range(r)]
            for i in range(r)
        ]
        coefficients.append(-sum((product[i][i] for i in range(r)), arb_poly([0])) * (arb(1) / n))
    Q = arb_poly(step.charpoly().coeffs()[::-1])
    return [cut(Q * c, s) for c in reversed(coefficients)]


def cut(p: arb_poly, degree: int) -> arb_poly:
    """p without the powers above."""
    return arb_poly(p.coeffs()[: degree + 1])


def conjugate(p: acb_poly) -> acb_poly:
    return acb_poly([acb(c.real, -c.imag) for c in p.coeffs()])


def hidden(p: acb_poly) -> bool:
    """Whether p may be 0 for all x."""
    return not any(c.real != 0 or c.imag != 0 for c in p.coeffs())


def certain(p: acb_poly) -> fmpz_poly:
    """The midpoints of a real polynomial as whole numbers, from its first to its last coefficient that is not 0."""
    balls = [c.real for c in p.coeffs()]
    sure = [k for k, c in enumerate(balls) if c != 0]
    if not sure:
        return fmpz_poly([0])
    middles = [parts(Ball(c))[0] for c in balls[sure[0] : sure[-1] + 1]]
    scale = max(x.denominator for x in middles)  # of powers of 2
    return fmpz_poly([int(x * scale) for x in middles])


def positive_roots(p: fmpz_poly) -> list[Fraction]:
    """To many digits, also where p does not change its sign."""
    if p.degree() < 1:
        return []
    found: Any = p.complex_roots()  # pairs of a root and its multiplicity
    real = [x.real for x, _ in found if x.imag == 0 and x.real > 0]
    return sorted(parts(Ball(x))[0] for x in real)


def vanishing_at_infinity(scheme: Scheme) -> bool:
    """Whether all roots ζ of D tend to 0 for z → ∞: the highest power of z stands with ζ^r alone."""
    degrees = [max((k for k, c in enumerate(row.coeffs()) if c != 0), default=-1) for row in characteristic(scheme)]
    return all(d < degrees[-1] for d in degrees[:-1])
