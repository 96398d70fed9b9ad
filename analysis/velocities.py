"""The momentum of a scheme, read off its table: heavy ball and LM-ResNet are the same recursion of differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from analysis.errors import AnalysisError
from analysis.structure import dot, structure
from schemes import Scheme


@dataclass(frozen=True)
class VelocityForm:
    """d[n+1] = β d[n] + h Σ_j now_j f(Y_j[n]) + h Σ_j before_j f(Y_j[n-1]) of the differences d[n] = u[n] - u[n-1].

    β is the momentum; `before` is zero and Y = u where the scheme is Polyak's heavy ball.
    """

    momentum: Any
    now: tuple[Any, ...]
    before: tuple[Any, ...]


def velocity_form(scheme: Scheme) -> VelocityForm:
    """The recursion of differences of a scheme with two states: β = det V, the root of V beside 1.

    By Cayley–Hamilton, w[n+1] - tr V w[n] + det V w[n-1] = h B F[n] + h (V - tr V) B F[n-1], and 1 is a root of V.
    On f = -∇g, lm2 is Polyak's heavy ball with β = -k. Exact and symbolic in the parameters.
    Raises AnalysisError unless the scheme has two states of one unknown, and as `modified_equation` does.
    Source: theory.md section 2; Polyak, USSR Comput. Math. Math. Phys. 4 (1964).
    """
    found = structure(scheme)
    if len(found.scheme.states) != 2 or len(found.components) != 1:
        raise AnalysisError(
            f"{scheme.name} has {len(found.scheme.states)} states of {len(found.components)} unknowns: "
            "the momentum of a difference needs two states of one unknown, as lm2 has"
        )
    (_, across), (_, below) = found.scheme.V
    columns = list(zip(*found.scheme.B, strict=True))
    before = tuple(dot((-below, across), column) for column in columns)
    (a, _), _ = found.scheme.V
    return VelocityForm(a + below - 1, found.scheme.B[0], before)
