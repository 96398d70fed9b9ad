"""The polynomial from which the browser draws the stability region and the order star."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from analysis import AnalysisError, effective_step
from analysis.certificates import Unknown, ask
from odenets.explorer.designs import shown
from odenets.explorer.views.characteristic import Polynomials, characteristic
from odenets.explorer.views.numbers import real, text
from odenets.explorer.views.window import window
from schemes import Scheme


def polynomial(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """{"coefficients": [[c_j0, c_j1, …]], "exact": the same as text, "step": w, "explicit", "window", "at"}.

    coefficients  Φ(ζ, z) = Σ_j ζ^j Σ_i c_ji z^i, whose roots ζ are the growth of the scheme on u' = λu, z = hλ
    exact         null where a number is longer than anybody reads
    step          the effective step w of the order star |ζ e^(-wz)|; null where it is not known
    at            the values at which free parameters are drawn
    Raises AnalysisError where a coefficient is beyond the floating-point numbers.
    """
    fixed, at = shown(scheme)
    exact = characteristic(fixed)
    floats = [[real_of(c) for c in row] for row in rows(exact)]
    step = ask(effective_step, fixed)
    return {
        "coefficients": floats,
        "exact": [[text(c) for c in row] for row in rows(exact)],
        "step": None if isinstance(step, Unknown) else real(step),
        "explicit": fixed.explicit,
        "window": window(floats),
        "at": at,
    }


def rows(exact: Polynomials) -> list[list[Fraction]]:
    return [[Fraction(int(c.p), int(c.q)) for c in p.coeffs()] or [Fraction(0)] for p in exact]


def real_of(c: Fraction) -> float:
    value = real(c)
    if value is None:
        raise AnalysisError(
            "the stability polynomial has coefficients beyond the floating-point numbers (1.8e308): "
            "measure time in another unit"
        )
    return value
