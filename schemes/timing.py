"""When a scheme evaluates its field: the times of its states and stages, of a field that depends on time."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from schemes.consistency import connected, principal, weight, weights
from schemes.errors import SchemeError
from schemes.linear import solve
from schemes.scheme import Scheme


def abscissae(scheme: Scheme) -> tuple[Any, ...]:
    """c, the times of the stages in effective steps: 0 that of u[n], 1 that of u[n+1].

        c_i = (Σ_j U_ij τ_j + Σ_j A_ij) / ψ,    V τ + B 1 = τ + ψ q,   τ_1 = 0

    The step applied to t' = 1: τ are the times of the states once they move alike, q is pre-consistency, ψ the
    effective step. u[n-1] is at -ψ, a kept slope carries the time that it adds; of several fields in one sum, f + g,
    each carries its share. Random coefficients count at their means.
    Raises SchemeError where there is no effective step, and for a field that is applied to a slope, which has no time.
    Source: Butcher, Numerical Methods for ODEs, 230 (c = A 1), 531 (c of general linear methods).
    """
    mean = scheme.mean()
    if mean.operator:
        raise SchemeError(
            f"{scheme.name} applies a field to a slope, which is at no time: its stages have no abscissae"
        )
    psi = weight(mean)
    shares = shares_of(mean)
    parts = connected(mean)
    times: list[Any] = [Fraction(0)] * len(mean.states)
    for states, share in zip(parts, shares, strict=True):
        for j, x in zip(states, state_times(mean, states, share), strict=True):
            times[j] = x
    found = []
    for a, u in zip(mean.A, mean.U, strict=True):
        reads = next(k for k, states in enumerate(parts) if any(u[j] != 0 for j in states))
        found.append((dot(u, times) + dot(a, shares[reads])) / psi)
    return tuple(found)


def shares_of(scheme: Scheme) -> list[list[Fraction]]:
    """For each component the time that the slope of each stage adds to it: 1, or 1/m of m fields that feed it."""
    feeding: dict[int, set[str]] = {}
    for (field, _, feeds), x in weights(scheme).items():
        if x != 0 and field != "one":
            feeding.setdefault(feeds, set()).add(field)
    own = [feeding.get(k, set()) for k in range(len(connected(scheme)))]
    return [[Fraction(field in fields, len(fields) or 1) for field in scheme.fields] for fields in own]


def state_times(scheme: Scheme, states: Sequence[int], share: Sequence[Fraction]) -> list[Any]:
    """τ of the states of one component: (V - I) τ - ψ q = -B 1, τ of the first 0."""
    q, _ = principal(scheme, states)
    if not any(q):
        return [Fraction(0)] * len(states)
    rows = [[scheme.V[i][j] - (i == j) for j in states] + [-x] for i, x in zip(states, q, strict=True)]
    rows.append([Fraction(k == 0) for k in range(len(states) + 1)])
    added = [[-dot(scheme.B[i], share)] for i in states]
    solution = solve(rows, [*added, [Fraction(0)]])
    if solution is None:
        raise SchemeError(f"{scheme.name} has states that move at no common speed: its stages have no abscissae")
    return [x for (x,) in solution[:-1]]


def dot(row: Sequence[Any], column: Sequence[Any]) -> Any:
    return sum((x * y for x, y in zip(row, column, strict=True)), Fraction(0))
