"""The registered family that a table of numbers is from, and the values for which it is zero-stable."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from schemes import RationalFunction, Scheme, SchemeError
from schemes.registry import entry


def at_start(scheme: Scheme) -> Scheme:
    """The table of numbers with which training begins, laws at their means."""
    scheme = scheme.mean()
    return scheme.at(**{p.name: p.mean for p in scheme.coefficients if p.mean is not None})


def symbols(rows: Sequence[Sequence[Any]]) -> frozenset[str]:
    return frozenset().union(*(x.symbols for row in rows for x in row if isinstance(x, RationalFunction)))


def recovered(scheme: Scheme) -> tuple[Scheme, dict[str, Any]]:
    """The registered family whose V a table of numbers has, and the values at which; else the scheme itself."""
    try:
        family = entry(scheme.name).usual.mean()
        values: dict[str, Any] = {}
        for entries in zip(sum(family.V, ()), sum(scheme.V, ()), strict=True):
            values |= solved(*entries)
        if values and family.at(**values).V == scheme.V:
            known = {p.name: p.mean for p in family.coefficients if p.name not in values}
            return family.at(**known), values
    except (SchemeError, ValueError, ZeroDivisionError):  # no entry, another number of states
        pass
    return scheme, {}


def solved(x: Any, value: Any) -> dict[str, Fraction]:
    """{k: number} for an entry (a + b k)/(c + d k) that has this value; nothing for other entries."""
    if not isinstance(x, RationalFunction) or not isinstance(value, Fraction) or len(x.symbols) != 1:
        return {}
    (name,) = x.symbols
    if {*x.num, *x.den} - {(), ((name, 1),)}:
        return {}
    (a, b), (c, d) = ((p.get((), 0), p.get(((name, 1),), 0)) for p in (x.num, x.den))
    return {name: (value * c - a) / (b - value * d)}


def stable_range(family: Scheme) -> Any:
    """The values of its one free coefficient for which a family is zero-stable, or an answer that is no range."""
    from analysis import recall

    return recall(family, ["zero_stability"])["zero_stability"]


def repair(family: Scheme) -> str:
    """Which values of its one free coefficient would do; "" where none is free, or several are."""
    if len(names := symbols(family.V)) != 1:
        return ""
    intervals = getattr(stable_range(family), "intervals", None)
    return "" if not intervals else f"take {next(iter(names))} from {' or '.join(map(str, intervals))}"
