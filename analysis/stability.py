"""A scheme on the linear equation u' = λu, z = hλ: its matrix M(z), its function R(z), its spectral radius.

All fields stand for the same λu; for one field that is the classical linear stability theory.
Source: Butcher, Numerical Methods for ODEs, section 520; Hairer, Wanner, Solving ODEs II, IV.2, V.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, islice
from math import factorial, lcm
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.orders import linear_order, principal_root
from analysis.structure import dot
from schemes import RationalFunction, Scheme, step, symbol
from schemes.linear import solve
from schemes.symbols import by_powers

STRETCH = 1e-6  # of the entries, over which a coefficient's growth is measured; far above any tolerance and rounding

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


def trimmed(p: list[Any], roundings: Sequence[float] = ()) -> list[Any]:
    """p without its leading coefficients that are 0, or at most their rounding."""
    while p and (p[-1] == 0 or (roundings and abs(p[-1]) <= roundings[len(p) - 1])):
        p = p[:-1]
    return p


def meant(scheme: Scheme, P: list[Any], Q: list[Any]) -> tuple[list[Any], list[Any]]:
    """R = P/Q of a rounded table with what is known of the exact one: R(z) = e^(wz) + O(z^(p+1)).

    The first p + 1 coefficients of P are those of Q(z) e^(wz), so that those beyond deg P = m vanish, which fixes the
    last p - m of Q; for p = deg P + deg Q that is the Padé approximation. A coefficient that is free is the simplest
    number within its rounding. Source: Hairer, Wanner, Solving ODEs II, theorem IV.3.11.
    """
    from analysis.balls import simplest

    rounding = roundings(scheme)
    P, Q = (trimmed(c, noise) for c, noise in zip((P, Q), rounding, strict=True))
    P, Q = ([simplest(x, e) for x, e in zip(c, noise, strict=False)] for c, noise in zip((P, Q), rounding, strict=True))
    p, w = exponential(scheme)
    m, n = len(P) - 1, len(Q) - 1
    fixed = min(max(p - m, 0), n)
    conditions = [[term(w, j - i) for i in range(n + 1)] for j in range(m + 1, m + 1 + fixed)]
    free = Q[: n + 1 - fixed]
    right = [[-dot(row[: len(free)], free)] for row in conditions]
    solved = solve([row[len(free) :] for row in conditions], right) if fixed else []
    Q = [*free, *(x for (x,) in solved)] if solved is not None else Q
    series = [term(w, j) for j in range(max(p, m) + 1)]
    return [*convolve(Q, series)[: min(p, m) + 1], *P[p + 1 :]], Q


def exponential(scheme: Scheme) -> tuple[int, Fraction]:
    """p and w of R(z) = e^(wz) + O(z^(p+1)); 0 for an inconsistent scheme."""
    try:
        return linear_order(scheme), next(islice(principal_root(scheme), 1, None))
    except AnalysisError:
        return 0, Fraction(0)


def term(w: Fraction, n: int) -> Fraction:
    """The coefficient of z^n in e^(wz)."""
    return w**n / factorial(n) if n >= 0 else Fraction(0)


def roundings(scheme: Scheme) -> tuple[list[float], list[float]]:
    """How much the tolerance ε may change each coefficient of P and of Q.

    |P| and |Q| are bounded by series with coefficients ≥ 0 in |A| and |b|: 1/det(I - z|A|) = exp(Σ tr |A|^k z^k/k) for
    Q, times the moments for P; a bound is convex in the change, so the change is ≤ ε/δ (bound(δ) - bound(0)), δ ≥ ε.
    """
    A, b = (np.abs(np.array(x, dtype=float)) for x in (scheme.A, scheme.B[0]))

    def bounds(A: Any, b: Any) -> tuple[Any, Any]:
        powers = list(accumulate(range(len(b)), lambda X, _: X @ A, initial=np.eye(len(b))))
        traces = [np.trace(X @ A) for X in powers]
        below = [1.0]
        for k in range(1, len(b) + 1):
            below.append(sum(traces[i] * below[k - 1 - i] for i in range(k)) / k)
        moments = [1.0, *(b @ X.sum(1) for X in powers[:-1])]
        return np.convolve(below, moments)[: len(moments)], np.array(below)

    stretched = bounds(*(x + STRETCH * (x > 0) for x in (A, b)))
    above, below = (
        list(float(scheme.tolerance) / STRETCH * (more - less))
        for less, more in zip(bounds(A, b), stretched, strict=True)
    )
    return above, below


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
