"""Numbers as JSON has them: finite, or null."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import Any

LONGEST = 60  # characters of an exact number that a page shows


def real(x: Any) -> float | None:
    """x as a float; null where it is none, infinite, or beyond the floating-point numbers."""
    try:
        value = float(x)
    except (OverflowError, TypeError, ValueError):
        return None
    return value if isfinite(value) else None


def text(x: Any) -> str | None:
    """An exact number as text; null where it is none or is longer than anybody reads."""
    if not isinstance(x, int | Fraction) or max(abs(x.numerator), x.denominator).bit_length() > 4 * LONGEST:
        return None
    return said if len(said := str(x)) <= LONGEST else None
