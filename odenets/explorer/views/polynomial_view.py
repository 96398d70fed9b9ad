"""The polynomial from which the browser draws the stability region and the order star."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from analysis import AnalysisError, effective_step
from analysis.certificates import ask
from odenets.explorer.designs import shown
from odenets.explorer.views.characteristic import Polynomials, characteristic
from odenets.explorer.views.numbers import real, text
from odenets.explorer.views.window import window
from schemes import Scheme

NEAR = 1e-9


def polynomial(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """{"coefficients": [[c_j0, c_j1, …]], "exact": the same as text, "step": w, "mirrored", "explicit", "window", …}.

    coefficients  Φ(ζ, z) = Σ_j ζ^j Σ_i c_ji z^i, whose roots ζ are the growth of the scheme on u' = λu, z = hλ
    exact         null where a number is longer than anybody reads
    step          w of the order star |ζ e^(-wz)|: the root 1 goes on as 1 + wz; null where it does not
    mirrored      whether 1 - wz is such a root as well, as of schemes that step the halves of u by turns
    at            the values at which free parameters are drawn
    says          sentences: the values at which it is drawn, and what λ is where there are several fields
    Raises AnalysisError where a coefficient is beyond the floating-point numbers.
    """
    fixed, at = shown(scheme)
    exact = rows(characteristic(fixed))
    floats = [[real_of(c) for c in row] for row in exact]
    step, mirrored = advance(exact)
    certified = real(ask(effective_step, fixed))
    if step is not None and certified is not None and abs(step - certified) < NEAR:
        step = certified  # of a rounded table the step that is meant
    return {
        "coefficients": floats,
        "exact": [[text(c) for c in row] for row in exact],
        "step": step,
        "mirrored": mirrored,
        "explicit": fixed.explicit,
        "window": window(floats),
        "at": at,
        "says": [*drawn_at(at), *meant(fixed, step, mirrored)],
    }


def advance(c: list[list[Fraction]]) -> tuple[float | None, bool]:
    """w of the root ζ = 1 + wz + … of Φ, and whether -w is another, by the terms of Φ(1 + wz, z) in z and z².

    As every field has the whole of λ, w is 2 where two of them are added.
    """
    at = [[row[i] if i < len(row) else Fraction(0) for row in c] for i in range(3)]
    slope, moved = sum(j * x for j, x in enumerate(at[0])), sum(at[1])
    if slope:
        return real(-moved / slope), False
    bend, mixed = (
        sum(Fraction(j * (j - 1), 2) * x for j, x in enumerate(at[0])),
        sum(j * x for j, x in enumerate(at[1])),
    )
    square = None if moved or mixed or not bend else real(-sum(at[2]) / bend)
    return (square**0.5, True) if square and square > 0 else (None, False)


def drawn_at(at: Mapping[str, str]) -> list[str]:
    values = ", ".join(f"{name} = {x}" for name, x in at.items()).replace("-", "−")
    return [f"Drawn at {values}."] if values else []


def meant(scheme: Scheme, step: float | None, mirrored: bool) -> list[str]:
    """What λ is to several fields that move u."""
    columns = list(zip(*scheme.A, *scheme.B, strict=True))
    used = list(dict.fromkeys(f for f, column in zip(scheme.fields, columns, strict=True) if any(column)))
    if len(used) < 2:
        return []
    names = f"{', '.join(used[:-1])} and {used[-1]}"
    if mirrored:
        return [f"{names} are λ times the other half of u: u′ = λv, v′ = λu."]
    return [f"Each of {names} is λu" + ("." if step is None else f": the steps follow u′ = {step:.6g} λu.")]


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
