"""Whether a step can be undone: from the states after it those before, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analysis.stability import characteristic
from analysis.structure import certain_table
from schemes import Scheme, SchemeError, adjoint, recompute


@dataclass(frozen=True)
class Reversal:
    """How a step is undone.

    how          "explicit": slope by slope, each from what is known; "implicit": by solving for the slopes, which for
                 a small enough step is a contraction; "no": the step forgets a state
    determinant  det V, which must not be 0 for the parameters' values; a step back magnifies rounding by
                 1/|μ|, μ the smallest eigenvalue of V
    step         the step back, as a scheme for -h (the adjoint), or None
    """

    how: str
    determinant: Any
    step: Scheme | None


def reversal(scheme: Scheme) -> Reversal:
    """Whether and how u is found from u' = V u + hB f(Y): by V⁻¹, and explicitly if the stages then follow in a row.

    Kept increments count as functions of kept values. Source: Hairer, Lubich, Wanner, Geometric Numerical Integration,
    V.1; for networks Gomez et al. 2017 and Sander et al. 2021.
    """
    scheme = recompute(scheme)
    sign = 1 if len(scheme.V) % 2 == 0 else -1
    determinant = sign * characteristic(scheme.V)[0]
    try:
        step = adjoint(scheme)
    except SchemeError:
        return Reversal("no", determinant, None)
    meant = adjoint(certain_table(scheme))
    return Reversal("explicit" if in_a_row(meant) else "implicit", determinant, step)


def in_a_row(scheme: Scheme) -> bool:
    """Whether the stages can be ordered so that each needs only slopes before it."""
    left = set(range(scheme.stages))
    while ready := {i for i in left if all(scheme.A[i][j] == 0 for j in left)}:
        left -= ready
    return not left
