"""A scheme on the linear equation u' = λu, z = hλ: its matrix M(z), its function R(z), its spectral radius.

All fields stand for the same λu; for one field that is the classical linear stability theory.
Source: Butcher, Numerical Methods for ODEs, section 520; Hairer, Wanner, Solving ODEs II, IV.2, V.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb, factorial, lcm
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.orders import order
from analysis.structure import dot
from schemes import RationalFunction, Scheme, step, symbol
from schemes.linear import solve
from schemes.symbols import by_powers

Matrix = tuple[tuple[Any, ...], ...]


def stability_matrix(scheme: Scheme) -> Matrix:
    """M(z) = V + z B (I - z A)⁻¹ U exactly, in the symbol z and the scheme's parameters: u' = M(z) u on u' = λu.

    Random coefficients at their means; where the table is rounded, R(z) of a one-state scheme as `pencil` says.
    Raises AnalysisError where a parameter has the name z. Source: Butcher, Numerical Methods for ODEs, (520b).
    """
    N, Q = pencil(free_of(scheme.mean(), "z"))
    denominator = polynomial(Q)
    return tuple(tuple(polynomial(entry) / denominator for entry in row) for row in N)


def polynomial(coefficients: Sequence[Any]) -> Any:
    """Σ c_j z^j, ascending coefficients."""
    z = symbol("z")
    return sum((c * z**j for j, c in enumerate(coefficients) if c != 0), Fraction(0))


def pencil(scheme: Scheme) -> tuple[list[list[list[Any]]], list[Any]]:
    """N and Q, coefficients ascending, of M(z) = N(z)/Q(z) with Q(z) = det(I - zA); not in lowest terms.

    N is Q times the power series V + Σ z^(k+1) B A^k U, which ends at z^s. Where the table is rounded and has one
    state, the order conditions hold exactly for the method that is meant, and `meant` puts them in.
    Source: Cayley–Hamilton; Hairer, Wanner, Solving ODEs II, (IV.3.3).
    """
    scale = lcm(*(x.denominator for row in scheme.A for x in row if isinstance(x, Fraction)))
    A = tuple(tuple(scale * x for x in row) for row in scheme.A)  # whole numbers need no gcd at every step
    Q = [Fraction(1)] if scheme.explicit else [c / Fraction(scale) ** j for j, c in enumerate(characteristic(A)[::-1])]
    moments, inner = [scheme.V], scheme.U
    for k in range(scheme.stages):
        moments.append(tuple(tuple(x / Fraction(scale) ** k for x in row) for row in multiply(scheme.B, inner)))
        inner = multiply(A, inner)
    r = range(len(scheme.V))
    N = [[trimmed(convolve(Q, [m[i][j] for m in moments])) for j in r] for i in r]
    Q = trimmed(Q)
    if scheme.tolerance and len(r) == 1 and not scheme.symbols:
        P, Q = meant(scheme, N[0][0], Q)
        return [[P]], Q
    return N, Q


def ascending(x: Any) -> tuple[list[int], list[int]]:
    """Numerator and denominator of a rational function of z as lists of coefficients; 0 has an empty numerator."""
    if not isinstance(x, RationalFunction):
        return trimmed([x.numerator]), [x.denominator]
    rows = [by_powers(p, "z") for p in (x.num, x.den)]
    num, den = ([row.get(n, {}).get((), 0) for n in range(max(row) + 1)] for row in rows)
    return num, den


def reflected(p: Sequence[Any]) -> list[Any]:
    """p(-z)."""
    return [c * (-1) ** j for j, c in enumerate(p)]


def convolve(p: Sequence[Any], q: Sequence[Any]) -> list[Any]:
    """The product of a polynomial and a power series, to as many terms as the series has."""
    return [sum((p[i] * q[n - i] for i in range(min(n + 1, len(p)))), Fraction(0)) for n in range(len(q))]


def trimmed(p: list[Any], noise: Any = 0) -> list[Any]:
    """p without its leading coefficients that are 0, or at most `noise`."""
    while p and (p[-1] == 0 or (noise and abs(p[-1]) <= noise)):
        p = p[:-1]
    return p


def meant(scheme: Scheme, P: list[Any], Q: list[Any]) -> tuple[list[Any], list[Any]]:
    """R = P/Q of a rounded table with what is known of the exact one: R(z) = e^z + O(z^(p+1)), p the order.

    If p ≥ deg P + deg Q, R is the Padé approximation of these degrees; else the first p + 1 coefficients of P are
    those of Q(z) e^z, for an explicit scheme 1/j!. Source: Hairer, Wanner, Solving ODEs II, theorem IV.3.11.
    """
    noise = 1000 * scheme.tolerance
    p, P, Q = order(scheme), trimmed(P, noise), trimmed(Q, noise)
    m, n = len(P) - 1, len(Q) - 1
    if p >= m + n:
        P, Q = (
            [Fraction(sign**j * comb(a, j) * factorial(m + n - j), factorial(m + n)) for j in range(a + 1)]
            for a, sign in ((m, 1), (n, -1))
        )
        return P, Q
    exponential = [Fraction(1, factorial(j)) for j in range(p + 1)]
    return [*convolve(Q, exponential)[: m + 1], *P[p + 1 :]], Q


def stability_function(scheme: Scheme) -> Any:
    """R(z) of a scheme with one state; with more, the characteristic polynomial det(ζI - M(z)) in `zeta` and `z`.

    A schemes.RationalFunction of those symbols and the scheme's parameters; R(z=…) evaluates it.
    Raises AnalysisError where a parameter has the name z or zeta.
    """
    M = stability_matrix(free_of(scheme, "zeta"))
    if len(M) == 1:
        return M[0][0]
    return sum((c * symbol("zeta") ** j for j, c in enumerate(characteristic(M))), Fraction(0))


def characteristic(matrix: Matrix) -> list[Any]:
    """The coefficients, ascending, of det(ζI - matrix) in any field of characteristic 0.

    Source: Faddeev–LeVerrier; Gantmacher, The Theory of Matrices, IV.5.
    """
    size = range(len(matrix))
    product: list[list[Any]] = [[Fraction(0)] * len(matrix) for _ in size]
    coefficients: list[Any] = [Fraction(1)]
    for n in range(1, len(matrix) + 1):
        shifted = [[product[i][j] + (coefficients[-1] if i == j else 0) for j in size] for i in size]
        by_column = list(zip(*shifted, strict=True))
        product = [[dot(row, column) for column in by_column] for row in matrix]
        coefficients.append(-sum((product[i][i] for i in size), Fraction(0)) / n)
    return coefficients[::-1]


def spectral_radius(scheme: Scheme, z: Any) -> np.ndarray[Any, Any]:
    """max |eigenvalue of M(z)| for every z of an array, in floating point; the largest float at a pole.

    Raises AnalysisError where the scheme has parameters left free.
    """
    z = np.asarray(z, dtype=complex)
    M = numerical_matrix(fixed(scheme), z)
    size = np.maximum(np.abs(M).max((-2, -1)), 1)  # LAPACK's iteration fails on the entries near a pole
    largest = np.abs(np.linalg.eigvals(M / size[..., None, None])).max(-1)
    return np.asarray(size * np.minimum(largest, np.finfo(float).max / size))


def numerical_matrix(scheme: Scheme, z: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """M(z), its two axes behind those of z; at a pole the largest float times the identity."""
    r = len(scheme.V)
    if scheme.explicit:
        states = [np.broadcast_to(row, (*z.shape, r)) for row in np.eye(r)]
        rows = step(scheme, lambda Y: z[..., None] * Y, states)
        return np.stack([np.broadcast_to(row, (*z.shape, r)) for row in rows], axis=-2)
    A, U, B, V = (np.array(m, dtype=float) for m in (scheme.A, scheme.U, scheme.B, scheme.V))
    system = np.eye(scheme.stages) - z[..., None, None] * A
    pole = np.linalg.det(system) == 0
    system[pole] = np.eye(scheme.stages)
    M = V + z[..., None, None] * (B @ np.linalg.solve(system, np.broadcast_to(U, (*z.shape, *U.shape))))
    M[pole] = np.eye(r) * np.finfo(float).max
    return np.asarray(M)


def fixed(scheme: Scheme) -> Scheme:
    """The scheme of evaluation, if it is a table of numbers."""
    scheme = scheme.mean()
    if scheme.symbols:
        free = sorted(scheme.symbols)
        values = ", ".join(f"{name}=…" for name in free)
        raise AnalysisError(f"{scheme.name} has free parameters: fix {' and '.join(free)} first, scheme.at({values})")
    return scheme


def free_of(scheme: Scheme, name: str) -> Scheme:
    if name in scheme.symbols:
        raise AnalysisError(f"{scheme.name} has a parameter called {name}, which stability needs: give it another name")
    return scheme


def identity(size: int) -> Matrix:
    return tuple(tuple(Fraction(i == j) for j in range(size)) for i in range(size))


def multiply(left: Matrix, right: Matrix) -> Matrix:
    columns = list(zip(*right, strict=True))
    return tuple(tuple(dot(row, column) for column in columns) for row in left)


def minimal_polynomial(matrix: Matrix) -> Sequence[Any]:
    """The monic polynomial of least degree that annihilates the matrix, ascending, in any field."""
    powers = [identity(len(matrix))]
    while True:
        following = multiply(matrix, powers[-1])
        entries = [[power[i][j] for power in powers] for i in range(len(matrix)) for j in range(len(matrix))]
        relation = solve(entries, [[x] for row in following for x in row])
        if relation is not None:
            return [*(-x for (x,) in relation), Fraction(1)]
        powers.append(following)
