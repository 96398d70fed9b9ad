"""Stability in the left half plane: A-stable, L-stable, and the angle of A(α)-stability.

By the maximum principle a sector |arg(-z)| < α is stable if and only if its two rays are, M(z) has no pole inside, and
one point inside is: for |ζ| > 1 the roots z of det(ζI - M(z)) cannot leave the sector, not over its rays and not over
0 or ∞, and for ζ → ∞ they are poles. Source: Hairer, Wanner, Solving ODEs II, IV.3, V.1; Widlund, BIT 7 (1967).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import inf, radians, tan
from typing import Any

import numpy as np

from analysis.algebraic import between, rational
from analysis.critical import boundary, critical_values
from analysis.errors import AnalysisError
from analysis.intervals import imaginary_interval, real_interval
from analysis.power_bounded import power_bounded
from analysis.stability import Matrix, ascending, characteristic, fixed, reflected, stability_matrix
from analysis.structure import mended
from schemes import Scheme


def a_stable(scheme: Scheme) -> bool:
    """Whether the powers of M(z) are bounded wherever Re z ≤ 0, decided exactly. Random coefficients at their means.

    Raises AnalysisError where parameters are left free. Source: Dahlquist 1963; Hairer, Wanner II, IV.3, V.1.
    """
    scheme = fixed(scheme)
    if scheme.explicit or imaginary_interval(scheme).high != inf:
        return False
    M = stability_matrix(scheme)
    return all(hurwitz(reflected(q)) for q in poles(M)) and power_bounded(M, rational(-1), z=Fraction(-1))


def l_stable(scheme: Scheme) -> bool:
    """Whether the scheme is A-stable and all eigenvalues of M(z) tend to 0 for z → ∞.

    Raises AnalysisError where parameters are left free. Source: Ehle 1969; Hairer, Wanner II, definition IV.3.7.
    """
    scheme = fixed(scheme)
    if scheme.tolerance:
        from analysis.boundaries import vanishing_at_infinity

        return a_stable(scheme) and vanishing_at_infinity(scheme)
    return a_stable(scheme) and all(
        len(ascending(c)[0]) < len(ascending(c)[1]) for c in characteristic(stability_matrix(scheme))[:-1]
    )


def poles(matrix: Matrix) -> list[list[int]]:
    """The denominators of the entries, in lowest terms."""
    return [list(den) for den in {tuple(ascending(x)[1]) for row in matrix for x in row} if len(den) > 1]


def hurwitz(p: Sequence[Any]) -> bool:
    """Whether all roots have a negative real part; ascending coefficients. Source: Routh 1877; Gantmacher, XV.3."""
    upper, lower = ([Fraction(c) for c in p[::-1][start::2]] for start in (0, 1))
    while lower:
        if lower[0] * upper[0] <= 0:
            return False
        ratio = upper[0] / lower[0]
        rest = [u - ratio * c for u, c in zip(upper[1:], [*lower[1:], Fraction(0)], strict=False)]
        upper, lower = lower, rest
    return True


# ---- the angle -----------------------------------------------------------------------------------------------------


def a_alpha(scheme: Scheme) -> Fraction | float:
    """The largest α in degrees such that the scheme is stable at all z ≠ 0 with |arg(-z)| < α.

    90 and 0 are exact Fractions. Other angles are floats of 12 digits: the least |arg(-z)| on the curve
    φ(e^(iθ), z) = 0, from a grid, refined where Im (dz/dθ)/z = 0, then checked in exact arithmetic: on a ray 10⁻⁹
    degrees inside no eigenvalue leaves the unit disc, at a point as far outside one has.
    Raises AnalysisError where parameters are left free, and where refinement or check fail.
    Source: Widlund 1967; Hairer, Wanner, Solving ODEs II, V.2.
    """
    scheme = fixed(scheme)
    if scheme.explicit or (scheme.tolerance and real_interval(scheme).low != -inf):
        return Fraction(0)
    if scheme.tolerance and a_stable(scheme):
        return Fraction(90)
    M = stability_matrix(scheme)
    if not power_bounded(mended(scheme), rational(0)) or not ray_stable(M, Fraction(0)):
        return Fraction(0)
    if all(hurwitz(reflected(q)) for q in poles(M)) and ray_stable(M, Fraction(1), Fraction(0)):
        return Fraction(90)
    alpha, z = least_angle(scheme.name, M)
    inside, outside = (tan(radians(alpha + d)) for d in (-MARGIN, MARGIN))
    if not ray_stable(M, simplest(inside, MARGIN / 100)) or inside_disc(M, z.real, outside):
        raise AnalysisError(f"{scheme.name}: A(α) near α = {alpha:.6f}° fails its exact check: see its region")
    return alpha


def ray_stable(matrix: Matrix, imaginary: Fraction, real: Fraction = Fraction(-1)) -> bool:
    """Whether the powers of M(x (real + i imaginary)) are bounded for all x > 0 but single ones."""
    from sympy import I, Rational

    turn = Rational(*real.as_integer_ratio()) + I * Rational(*imaginary.as_integer_ratio())
    points = [rational(0), *(x for x in critical_values(matrix, "z", turn) if x.value > 0)]
    gaps = [between(low, high) for low, high in pairwise(points)]
    gaps.append(rational(int(float(points[-1].value)) + 2))
    return all(power_bounded(matrix, x, z=x.number(real, imaginary) * x.value) for x in gaps)


def inside_disc(matrix: Matrix, x: float, slope: float) -> bool:
    """Whether the powers of M are bounded at x (1 - i slope), both numbers to 13 digits."""
    at, real = rational(0), simplest(x, 1e-13)
    return power_bounded(matrix, at, z=at.number(real, -real * simplest(slope, 1e-13)))


def simplest(x: float, error: float) -> Fraction:
    """A fraction of few digits within the relative error."""
    bits = 1
    while abs((close := Fraction(x).limit_denominator(2**bits)) - Fraction(x)) > error * abs(x):
        bits += 1
    return close


def least_angle(name: str, matrix: Matrix) -> tuple[float, complex]:
    """The least |arg(-z)| in degrees on the curve φ(e^(iθ), z) = 0 and at poles, and its z."""
    from mpmath import degrees, mp, mpc, polyroots

    phi = boundary(matrix)
    thetas = np.linspace(0, np.pi, GRID + 1)[1:]
    rows = np.exp(1j * np.outer(thetas, np.arange(len(phi)))) @ np.array(phi, dtype=float)
    nearest = [min(np.roots(row[::-1]), key=angle, default=1) for row in rows]
    angles = np.array([angle(z) for z in nearest])
    padded = np.concatenate([[np.inf], angles, [np.inf]])
    minima = np.flatnonzero((angles <= padded[:-2]) & (angles <= padded[2:]))
    with mp.workdps(30):
        found = [refined(phi, thetas[i], nearest[i]) for i in sorted(minima, key=lambda i: angles[i])[:5]]
        found += [mpc(z) for q in poles(matrix) for z in polyroots(q[::-1], maxsteps=500, extraprec=200)]
        z = min((z for z in found if z is not None), key=angle, default=1)
        if angle(z) > angles.min() + 1e-9:
            raise AnalysisError(f"{name}: the least angle of its boundary curve was not found: see its region")
        return float(degrees(angle(z))), complex(z)


def angle(z: Any) -> Any:
    """|arg(-z)|; a double by numpy, a number of mpmath by mpmath."""
    from mpmath import arg, mpc

    return abs(arg(-z)) if isinstance(z, mpc) else abs(np.angle(-z))


def refined(phi: list[list[int]], theta: float, z: complex) -> Any:
    """The z on the curve near a given one where |arg(-z)| is stationary along it; None where Newton's method fails."""
    from mpmath import expj, findroot, mpc

    terms = [(j, k, c) for j, row in enumerate(phi) for k, c in enumerate(row) if c]

    def equations(theta: Any, x: Any, y: Any) -> list[Any]:
        zeta, z = expj(theta), mpc(x, y)
        value = sum((c * zeta**j * z**k for j, k, c in terms), mpc(0))
        by_zeta = sum((j * c * zeta ** (j - 1) * z**k for j, k, c in terms), mpc(0))
        by_z = sum((k * c * zeta**j * z ** (k - 1) for j, k, c in terms), mpc(0))
        error = value / (by_z * z)
        return [error.real, error.imag, (zeta * by_zeta / (by_z * z)).real]  # dz/dθ = -iζ φ_ζ / φ_z

    try:
        solution = findroot(equations, (theta, z.real, z.imag), maxsteps=50)
    except (ValueError, ZeroDivisionError):
        return None
    return mpc(solution[1], solution[2])


MARGIN, GRID = 1e-9, 1500
