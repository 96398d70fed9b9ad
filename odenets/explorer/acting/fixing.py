"""A scheme with numbers for all its coefficients: what nobody fixed stands at its usual value, as on the whole page."""

from __future__ import annotations

from fractions import Fraction

from odenets.explorer.designs import usual
from schemes import Scheme


def fixed(scheme: Scheme) -> tuple[Scheme, dict[str, str]]:
    """The scheme with its chosen and learned parameters at their usual values, and {parameter: value}.

    Random coefficients stay random. Raises SchemeError where no value that is tried gives a table.
    """
    at: dict[str, Fraction] = {}
    for p in scheme.parameters:
        if p.kind != "random":
            at[p.name] = usual(p, scheme)
            scheme = scheme.at(**{p.name: at[p.name]})
    return scheme, {name: str(x) for name, x in at.items()}
