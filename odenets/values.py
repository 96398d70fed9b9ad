"""Values of scheme parameters as text, so that a spec is plain data: on the command line and in a run's record."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

from odenets.errors import OdenetsError
from schemes import Parameter, Uniform

# 60 digits and two of the exponent: 1e999999 would be an exact number of a megabyte
NUMBER = r"[-+]?(?:\d{1,60}/0{0,60}[1-9]\d{0,60}|(?:\d{1,60}|\d{0,60}\.\d{1,60})(?:[eE][-+]?\d{1,2})?)"
WITHIN, PER = rf"in\s+({NUMBER})\.\.({NUMBER})", r"(channel|step)"
LEARNED = re.compile(rf"learned\(({NUMBER})(?:\.\.({NUMBER}))?(?:,\s*{WITHIN})?(?:,\s*{PER})?(?:,\s*{WITHIN})?\)")
PAIR = re.compile(rf"({NUMBER}):({NUMBER})")


def parse(name: str, text: Any) -> Any:
    """A parameter's value from text; values that are no text pass as they are.

    "-1/2", "0.3"                  a number, exactly as written
    "1:0.5"                        linear over the depth, from the first step to the last
    "learned(-0.1..0)"             trained, one scalar a step, started uniformly between the two
    "learned(-1/2, channel)"       trained, one a channel
    "learned(-0.1..0, in -1..1)"   trained, and always between -1 and 1; "learned(0, in -1..1, channel)"

    Raises OdenetsError for anything else, SchemeError for a start that is not inside.
    """
    if not isinstance(text, str):
        return text
    if re.fullmatch(NUMBER, text):
        return whole(Fraction(text))
    if match := PAIR.fullmatch(text):
        return Fraction(match[1]), Fraction(match[2])
    if match := LEARNED.fullmatch(text):
        start: Any = Uniform(match[1], match[2]) if match[2] else Fraction(match[1])
        within = (match[3] or match[6], match[4] or match[7]) if match[3] or match[6] else None
        return replace(Parameter(name, "learned", start, match[5] or "step", within), name="")  # errors name it
    raise OdenetsError(
        f"{name} = {text[:80]!r} is not understood: write a number of 60 digits at most, first:last, or learned(start)"
    )


def whole(x: Fraction) -> Fraction | int:
    return x.numerator if x.denominator == 1 else x


def written(x: Any) -> str:
    """The text that `parse` reads as x."""
    if isinstance(x, tuple | list):
        return ":".join(str(Fraction(repr(v)) if isinstance(v, float) else v) for v in x)
    if isinstance(x, Parameter):
        start = f"{x.value.low}..{x.value.high}" if isinstance(x.value, Uniform) else str(x.value)
        inside = ", in {}..{}".format(*x.within) if x.within else ""
        return f"learned({start}{inside}, {x.per})"
    return str(Fraction(repr(x)) if isinstance(x, float) else x)
