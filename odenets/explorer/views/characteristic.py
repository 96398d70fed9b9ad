"""Φ(ζ, z) = det(ζI - M(z)) · det(I - zA), the polynomial whose roots ζ are the growth of a scheme on u' = λu, z = hλ.

Exact: M(z) is taken at s + 1 whole numbers z and Φ, of degree at most s in z, is interpolated.
Source: Butcher, Numerical Methods for ODEs, (520b); Φ is the determinant of [[I - zA, -U], [-zB, ζI - V]].
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from analysis.stability import pencil
from schemes import Scheme

Polynomials = tuple[Any, ...]  # fmpq_poly in z, by ascending powers of ζ


@lru_cache(maxsize=64)
def characteristic(scheme: Scheme) -> Polynomials:
    """The coefficients c_j(z) of Φ = Σ ζ^j c_j(z), without common factors in z or roots ζ = 0, its leading one 1 at 0.

    At least one root is left. Of a rounded table with one state as `pencil` has it. The scheme is a table of numbers.
    """
    found = one_state(scheme) if len(scheme.V) == 1 else interpolated(scheme)
    return cleared(found)


def one_state(scheme: Scheme) -> Polynomials:
    """Qζ - P of R = P/Q."""
    from flint import fmpq_poly

    N, Q = pencil(scheme)
    below, above = (fmpq_poly([rational(c) for c in p]) for p in (Q, N[0][0]))
    return -above, below


def interpolated(scheme: Scheme) -> Polynomials:
    """Q(z) det(ζI - N(z)/Q(z)) from its values at s + 1 whole numbers z, Q = det(I - zA).

    N = Q · (V + Σ z^(k+1) B A^k U) ends at z^s, so no system is solved.
    """
    from flint import fmpq_mat, fmpq_poly

    A, U, B, V = (fmpq_mat([[rational(x) for x in row] for row in m]) for m in (scheme.A, scheme.U, scheme.B, scheme.V))
    s = scheme.stages
    Q = fmpq_poly(A.charpoly().coeffs()[::-1])
    moments, inner = [V], U
    for _ in range(s):
        moments.append(B * inner)
        inner = A * inner
    N = [sum((Q[i] * moments[n - i] for i in range(n + 1) if Q[i] != 0), 0 * V) for n in range(s + 1)]
    points = [z for z in range(-s, s + 2) if Q(z) != 0][: s + 1]
    values = [[Q(z) * c for c in (horner(N, z) / Q(z)).charpoly().coeffs()] for z in points]
    return tuple(newton(points, column) for column in zip(*values, strict=True))


def horner(N: Sequence[Any], z: int) -> Any:
    """Σ N_n z^n of matrices."""
    total = N[-1]
    for matrix in N[-2::-1]:
        total = z * total + matrix
    return total


def newton(points: Sequence[int], values: Sequence[Any]) -> Any:
    """The polynomial with these values, by divided differences."""
    from flint import fmpq_poly

    table = list(values)
    for k in range(1, len(points)):
        for i in range(len(points) - 1, k - 1, -1):
            table[i] = (table[i] - table[i - 1]) / (points[i] - points[i - k])
    found = fmpq_poly([table[-1]])
    for x, c in zip(points[-2::-1], table[-2::-1], strict=True):
        found = found * fmpq_poly([-x, 1]) + fmpq_poly([c])
    return found


def cleared(found: Polynomials) -> Polynomials:
    """Without the factors that all coefficients share and without ζ, but for one where nothing else is left."""
    while len(found) > 2 and found[0] == 0:
        found = found[1:]
    common = found[-1]
    for c in found[:-1]:
        common = common.gcd(c)
    found = tuple(c / common for c in found)
    return tuple(c / found[-1][0] for c in found)


def rational(x: Any) -> Any:
    from flint import fmpq

    return fmpq(x.numerator, x.denominator)
