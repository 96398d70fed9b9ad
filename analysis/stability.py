"""A scheme on the linear equation u' = λu, z = hλ: its matrix M(z), its function R(z), its spectral radius.

All fields stand for the same λu; for one field that is the classical linear stability theory.
Source: Butcher, Numerical Methods for ODEs, section 520; Hairer, Wanner, Solving ODEs II, IV.2, V.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.structure import dot
from schemes import Form, Scheme, step, symbol
from schemes.linear import solve
from schemes.program import as_form

Matrix = tuple[tuple[Any, ...], ...]


def stability_matrix(scheme: Scheme) -> Matrix:
    """M(z) = V + z B (I - z A)⁻¹ U exactly, in the symbol z and the scheme's parameters: u' = M(z) u on u' = λu.

    For an explicit scheme it is `step` itself, run with z·Y as the field. Random coefficients at their means.
    Raises AnalysisError where a parameter has the name z. Source: Butcher, Numerical Methods for ODEs, (520b).
    """
    scheme = free_of(scheme.mean(), "z")
    z = symbol("z")
    if scheme.explicit:
        states = [Form({name: Fraction(1)}) for name in scheme.states]
        return tuple(as_form(form).row(scheme.states) for form in step(scheme, lambda Y: as_form(Y) * z, states))
    system = [[Fraction(i == j) - z * a for j, a in enumerate(row)] for i, row in enumerate(scheme.A)]
    slopes = solve(system, [[z * x for x in row] for row in scheme.U])
    assert slopes is not None  # I - zA is regular at z = 0
    by_state = list(zip(*slopes, strict=True))
    return tuple(
        tuple(v + dot(b, column) for v, column in zip(row, by_state, strict=True))
        for row, b in zip(scheme.V, scheme.B, strict=True)
    )


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
    return np.asarray(np.max(np.abs(np.linalg.eigvals(numerical_matrix(fixed(scheme), z))), axis=-1))


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
