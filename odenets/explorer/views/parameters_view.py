"""The parameters as sliders: what each is, its usual value and the range in which it is moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor, isfinite, log10
from typing import Any

from analysis import AnalysisError, zero_stable_range
from odenets.explorer.designs import numbers, opened, usual
from odenets.explorer.views.numbers import text
from schemes import Distribution, Parameter, Scheme, SchemeError

Range = tuple[Fraction, Fraction]

WIDEST = Fraction(2)  # either side of 0, where nothing says how far a parameter goes
MARGIN = Fraction(1, 4)  # of a range of stability, on either side: what happens beyond it is worth seeing
STATES = 6  # up to which a range of stability is found while one waits


def parameters(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """{"parameters": [{"name", "kind", "per", "value", "usual", "low", "high", "step", "says", "stable"}]}.

    value      what the design fixes it to, null where it is free
    usual      its value in the pictures while it is free
    low, high  the ends of the slider: those declared, of zero-stability and a quarter more, of its law, else [-2, 2]
    stable     the values for which the scheme is zero-stable, as text; null where they do not depend on it
    options    {"design": what the scheme was made of}, which knows what is declared and fixed; without it, all is free
    """
    design = options.get("design")
    whole, values = (opened(design), numbers(design.get("values", {}))) if design else (scheme, {})
    return {"parameters": [told(p, whole, values) for p in whole.parameters]}


def told(p: Parameter, whole: Scheme, values: Mapping[str, Fraction]) -> dict[str, Any]:
    stable = stable_range(whole, p.name)
    start = usual(p, whole)
    low, high = ends(p, whole, stable, start)
    step = Fraction(10) ** floor(log10((high - low) / 100))
    low, high = step * floor(low / step), step * ceil(high / step)
    return {
        "name": p.name,
        "kind": p.kind,
        "per": p.per,
        "value": None if p.name not in values else str(values[p.name]),
        "usual": text(start) or str(start.limit_denominator(10**6)),
        "low": str(low),
        "high": str(high),
        "step": str(step),
        "says": says(p),
        "stable": " or ".join(map(str, stable)) if stable else None,
    }


def says(p: Parameter) -> str:
    match p.kind:
        case "learned":
            return f"{p.name} is learned, one a {p.per}, and starts at {p.value}"
        case "random":
            return f"{p.name} is random, drawn per {p.per}: {p.value}"
    return f"{p.name} is chosen" + (f", usually {p.value}" if p.value is not None else "")


def ends(p: Parameter, whole: Scheme, stable: Any, start: Fraction) -> Range:
    """The ends of the slider; the usual value is between them."""
    if p.within:
        return p.within
    found = beyond(stable) or law_ends(p) or valid(p, whole)
    return min(found[0], start), max(found[1], start)


def beyond(stable: Any) -> Range | None:
    """A bounded range of stability and a quarter more on either side."""
    if not stable or not all(isfinite(x := float(end)) and abs(x) < 1e6 for end in (stable[0].low, stable[-1].high)):
        return None
    low, high = (Fraction(float(end)).limit_denominator(100) for end in (stable[0].low, stable[-1].high))
    return (low - MARGIN * (high - low), high + MARGIN * (high - low)) if low < high else None


def law_ends(p: Parameter) -> Range | None:
    """The least and the largest draw of a random coefficient, where they are numbers."""
    found = p.value.ends if p.kind == "random" and isinstance(p.value, Distribution) else None
    if found is None or not all(isinstance(x, Fraction) for x in found) or not found[0] < found[1]:
        return None
    return found


def valid(p: Parameter, whole: Scheme) -> Range:
    """[-2, 2], or what of it a law takes: a probability is moved in [0, 1]."""
    low = next(x for x in (-WIDEST, Fraction(0)) if x == 0 or takes(whole, p.name, x))
    high = next(x for x in (WIDEST, Fraction(1)) if x == 1 or takes(whole, p.name, x))
    return low, high


def takes(scheme: Scheme, name: str, value: Fraction) -> bool:
    with suppress(SchemeError):
        scheme.at(**{name: value})
        return True
    return False


@lru_cache(maxsize=256)
def stable_range(whole: Scheme, name: str) -> Any:
    """The intervals of zero-stability in one parameter, the others at their usual values; None where there are none."""
    if len(whole.V) > STATES or not any(name in symbols for symbols in symbols_of(whole)):
        return None
    try:
        others = {p.name: usual(p, whole) for p in whole.parameters if p.name != name}
        found = zero_stable_range(whole.at(**others))
    except (AnalysisError, SchemeError):
        return None
    return found or None


def symbols_of(scheme: Scheme) -> Iterator[frozenset[str]]:
    """The parameters in each entry of V, which decide on zero-stability."""
    return (x.symbols for row in scheme.V for x in row if hasattr(x, "symbols"))
