"""Rounded tables in ball arithmetic: an entry of many digits stands for every number within the tolerance of it.

x != y and x < y say what is so for all numbers of two balls, x == y that some may be equal. So a condition is violated
only where no table within the tolerance meets it (docs/decisions/0005).
Source: Johansson, Arb: efficient arbitrary-precision midpoint-radius interval arithmetic, IEEE T. Comput. 66 (2017).
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import Any

from flint import arb, ctx, fmpq

from analysis.errors import AnalysisError
from schemes import Scheme
from schemes.equivalence import FINE
from schemes.writing import LONG

PRECISION = 400  # bits: 50 digits, and 70 that sums and products of high order may cancel
UNLIKELY = 1e-3  # denominators to D meet a number to within ε by accident with probability about D² ε

ctx.prec = max(ctx.prec, PRECISION)  # FLINT's precision is that of all threads: lent and returned, one would lose it


class Ball:
    """A number of which a midpoint and a radius are known, with other balls, whole numbers and Fractions."""

    __slots__ = ("arb",)
    __hash__ = None  # type: ignore[assignment]  # equal to numbers of other balls

    def __init__(self, x: Any) -> None:
        self.arb = x

    def __add__(self, other: Any) -> Ball:
        return Ball(self.arb + raw(other))

    def __mul__(self, other: Any) -> Ball:
        return Ball(self.arb * raw(other))

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other: Any) -> Ball:
        return Ball(self.arb - raw(other))

    def __rsub__(self, other: Any) -> Ball:
        return Ball(raw(other) - self.arb)

    def __truediv__(self, other: Any) -> Ball:
        return Ball(self.arb / raw(other))

    def __rtruediv__(self, other: Any) -> Ball:
        return Ball(raw(other) / self.arb)

    def __pow__(self, exponent: int) -> Ball:
        return Ball(self.arb**exponent)

    def __neg__(self) -> Ball:
        return Ball(-self.arb)

    def __abs__(self) -> Ball:
        return Ball(abs(self.arb))

    def __eq__(self, other: object) -> bool:
        return not self != other

    def __ne__(self, other: object) -> bool:
        return bool(self.arb != raw(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self.arb < raw(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.arb > raw(other))

    def __le__(self, other: Any) -> bool:
        return not self > other

    def __ge__(self, other: Any) -> bool:
        return not self < other

    def __float__(self) -> float:
        return float(self.arb)

    def __repr__(self) -> str:
        return f"Ball({self.arb})"


def raw(x: Any) -> Any:
    """A ball of FLINT about a Ball, a whole number or a Fraction."""
    return x.arb if isinstance(x, Ball) else arb(x) if isinstance(x, int) else arb(fmpq(x.numerator, x.denominator))


def parts(x: Ball) -> tuple[Fraction, Fraction]:
    """Midpoint and radius."""
    middle, radius = (dyadic(y) for y in (x.arb.mid(), x.arb.rad()))
    return middle, radius


def dyadic(x: Any) -> Fraction:
    mantissa, exponent = map(int, x.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent


def plain(x: Any) -> Any:
    """The number that a ball is meant to be: the simplest in it, unless that is an accident, else its digits."""
    if not isinstance(x, Ball):
        return x
    if x == 0:
        return Fraction(0)
    middle, radius = parts(x)
    found = simplest(middle, radius)
    unit = Fraction(10) ** (len(str(int(1 / radius))) + 1) if 0 < radius < 1 else Fraction(1)
    return found if found != middle or not radius else Fraction(round(middle * unit)) / unit


def simplest(x: Any, rounding: Any) -> Any:
    """The fraction of least denominator about x within the rounding, if that is no accident; else x."""
    if not rounding:
        return x
    near = Fraction(x).limit_denominator(max(int((UNLIKELY / float(rounding)) ** 0.5), 1))
    return near if abs(near - x) <= rounding else x


@lru_cache(maxsize=256)
def widened(scheme: Scheme) -> Scheme:
    """A rounded table with balls as entries, random coefficients at their means; an exact one is returned as it is.

    An entry is rounded where it needs a denominator above 10⁴: short fractions are meant as they stand.
    Raises AnalysisError where the tolerance exceeds 10⁻⁸, and where parameters are left free in a rounded table.
    """
    scheme = scheme.mean()
    if not scheme.tolerance:
        return scheme
    if scheme.tolerance > FINE:
        raise AnalysisError(
            f"{scheme.name}: entries rounded to {float(scheme.tolerance):.0e} meet conditions by accident: "
            f"give more digits, to {float(FINE):.0e} at least"
        )
    if scheme.symbols:
        values = ", ".join(f"{name}=…" for name in sorted(scheme.symbols))
        raise AnalysisError(
            f"{scheme.name} is rounded and has free parameters, so its facts cannot be told from rounding: "
            f"fix them first, scheme.at({values})"
        )
    radius = arb(0, raw(scheme.tolerance))

    def widen(x: Any) -> Any:
        return Ball(raw(x) + radius) if isinstance(x, Fraction) and x.denominator > LONG else x

    tables: dict[str, Any] = {
        m: tuple(tuple(map(widen, row)) for row in getattr(scheme, m)) for m in ("A", "U", "B", "V")
    }
    return replace(scheme, **tables, embedded=scheme.embedded and tuple(map(widen, scheme.embedded)), start=None)
