"""The roots at h = 0 in the unit circle, and whether they leave the scheme stable."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from analysis import AnalysisError, Root, zero_stability
from analysis.certificates import Unknown, ask
from analysis.roots import StableRange
from odenets.explorer.designs import shown
from odenets.explorer.views.numbers import real, text
from odenets.explorer.views.parameters_view import stable_range
from schemes import Scheme

ON = 1e-12  # irrational roots are known to double precision


def roots(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """{"roots": [{"value", "re", "im", "multiplicity", "kind", "growth"}], "stable", "strict", "says", "range", "at"}.

    kind   principal (1), inside, circle or outside of the unit circle
    range  the sentence on the parameter values for which a family is zero-stable, null for a table of numbers
    at     the values at which free parameters are drawn
    Raises AnalysisError where the roots are not found.
    """
    fixed, at = shown(scheme)
    found = ask(zero_stability, fixed)
    if isinstance(found, Unknown):
        raise AnalysisError(found.reason)
    return {
        "roots": [told(root) for root in found.roots],
        "stable": found.stable,
        "strict": found.strictly_stable,
        "says": found.verdict,
        "range": sentence(scheme),
        "at": at,
    }


def told(root: Root) -> dict[str, Any]:
    value = complex(root.value)
    exact = text(root.value) if isinstance(root.value, Fraction) else None
    growth = None if root.growth is None else complex(root.growth)
    return {
        "value": exact or (f"{value.real:.6g}" + (f"{value.imag:+.6g}i" if value.imag else "")),
        "re": real(value.real),
        "im": real(value.imag),
        "multiplicity": root.multiplicity,
        "kind": kind(root.value),
        "growth": None if growth is None else [real(growth.real), real(growth.imag)],
    }


def kind(value: Any) -> str:
    if value == 1:
        return "principal"
    size = abs(complex(value))
    return "circle" if abs(size - 1) <= ON else "inside" if size < 1 else "outside"


def sentence(scheme: Scheme) -> str | None:
    """zero-stable for k in (-1, 1], of each parameter on which it depends, the others at their usual values."""
    found = {p.name: stable_range(scheme, p.name) for p in scheme.coefficients}
    ranges = [str(StableRange(name, intervals)) for name, intervals in found.items() if intervals]
    return f"zero-stable {', '.join(ranges)}" if ranges else None
