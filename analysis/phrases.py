"""Answers as phrases: what stands behind the label of a fact."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import inf
from typing import Any

from analysis.intervals import SHORT
from analysis.inverses import Reversal
from analysis.roots import Root, StableRange, ZeroStability
from schemes import RationalFunction

TELLING = 10**7  # a denominator that is longer tells a reader less than a decimal
LONG = 160  # characters of a function of z that a text still shows


def number(x: Any) -> str:
    """A whole number or a short fraction as it is, other numbers to 12 digits, a long function by its size only."""
    if x in (inf, -inf):
        return "∞" if x > 0 else "-∞"
    if isinstance(x, RationalFunction):
        return function(x)
    if isinstance(x, int | Fraction) and len(str(x)) <= SHORT and x.denominator < TELLING:
        return str(x)
    return decimal(x, 12)


def decimal(x: Any, digits: int) -> str:
    try:
        return f"{float(x):.{digits}g}"
    except OverflowError:  # an exact number knows no largest one
        return f"{Decimal(x.numerator) / Decimal(x.denominator):.{digits}g}"


def function(x: RationalFunction) -> str:
    """Exact where that is short enough, else a polynomial with decimal coefficients, else its beginning."""
    text = str(x).replace("**", "^")
    if len(text) > LONG and set(x.den) == {()}:
        terms = [
            (decimal(Fraction(c, x.den[()]), 8), m)
            for m, c in sorted(x.num.items(), key=lambda term: sum(e for _, e in term[0]))
        ]
        text = "≈ " + " + ".join(
            "*".join([c, *(name + (f"^{e}" if e > 1 else "") for name, e in m)]) for c, m in terms
        ).replace("+ -", "- ").replace(" 1*", " ")
    return text if len(text) <= 2 * LONG else f"{text[:LONG].rpartition(' ')[0]} … ({len(text)} characters in JSON)"


def steps(x: Any) -> str:
    return f"{x} h"


def yes_no(x: bool) -> str:
    return "yes" if x else "no"


def degrees(x: Any) -> str:
    return f"{float(x):.10g}°"


def angle(x: Any) -> str:
    return f"α = {degrees(x)}"


def counts(x: dict[str, int]) -> str:
    """Evaluations by field; a single field is not named."""
    return str(*x.values()) if len(x) == 1 else ", ".join(f"{n} of {name}" for name, n in x.items())


def undoing(x: Reversal) -> str:
    """How a step is undone, and for which parameters."""
    how = {
        "explicit": "yes, explicitly, stage by stage",
        "implicit": "yes, by solving for the stages, for a small enough step",
        "no": "no, it forgets a state",
    }[x.how]
    return f"{how}, where det V = {x.determinant} is not 0" if isinstance(x.determinant, RationalFunction) else how


def verdict(x: ZeroStability | StableRange) -> str:
    """Zero-stability in a word, or the parameter values for which it holds."""
    if isinstance(x, StableRange):
        return str(x)
    return "strictly" if x.strictly_stable else "weakly" if x.stable else "no"


def root_list(x: ZeroStability | StableRange) -> str:
    """The verdict with its reason: the roots, how often each stands, and how its mode grows."""
    if isinstance(x, StableRange):
        return str(x)
    return f"{x.verdict}; roots {', '.join(map(root_text, x.roots))}"


def root_text(root: Root) -> str:
    times = f" ({root.multiplicity}-fold)" if root.multiplicity > 1 else ""
    grows = f" (growth parameter {tidy(root.growth)})" if root.growth is not None and root.value != 1 else ""
    return f"{tidy(root.value)}{times}{grows}"


def tidy(x: Fraction | complex) -> str:
    """Exact, or complex to six digits."""
    if isinstance(x, complex):
        return f"{x.real:.6g}" if x.imag == 0 else f"{x.real:.6g}{x.imag:+.6g}i"
    return str(x)
