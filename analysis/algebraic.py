"""Exact arithmetic at a real algebraic number: the field Q(θ, i), its signs, and the real roots of a polynomial."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from schemes import RationalFunction
from schemes.symbols import evaluate


@dataclass(frozen=True)
class Point:
    """A real algebraic number θ and its field.

    value     Fraction, or a real sympy number where irrational
    equation  its irreducible polynomial over Q, coefficients descending
    """

    value: Any
    equation: tuple[Fraction, ...]

    @cached_property
    def modulus(self) -> list[Any]:
        return [gaussian(c) for c in self.equation]

    def element(self, coefficients: Sequence[Any]) -> Element:
        """The polynomial in θ with these Gaussian rationals as coefficients, descending, fewer than in the equation."""
        from sympy import QQ_I
        from sympy.polys.densebasic import dup_strip
        from sympy.polys.polyclasses import ANP

        return Element(self, ANP(dup_strip(list(coefficients)), self.modulus, QQ_I))

    def number(self, real: Fraction | int, imaginary: Fraction | int = 0) -> Element:
        return self.element([gaussian(real, imaginary)])

    @cached_property
    def theta(self) -> Element:
        if len(self.equation) == 2:
            return self.number(-self.equation[1] / self.equation[0])
        return self.element([gaussian(1), gaussian(0)])

    def at(self, x: Any, **values: Any) -> Any:
        """A Fraction or RationalFunction as an element of the field. Raises ZeroDivisionError at a pole."""
        if not isinstance(x, RationalFunction):
            return self.number(x)
        num, den = (self.number(1) * evaluate(p, values) for p in (x.num, x.den))
        return num / den


class Element:
    """A polynomial in θ modulo its equation, with Gaussian rational coefficients."""

    __slots__ = ("point", "raw")

    def __init__(self, point: Point, raw: Any) -> None:
        self.point, self.raw = point, raw

    def lift(self, other: Any) -> Any:
        return other.raw if isinstance(other, Element) else self.point.number(other).raw

    def __add__(self, other: Any) -> Element:
        return Element(self.point, self.raw + self.lift(other))

    def __mul__(self, other: Any) -> Element:
        return Element(self.point, self.raw * self.lift(other))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Element:
        return Element(self.point, -self.raw)

    def __sub__(self, other: Any) -> Element:
        return Element(self.point, self.raw - self.lift(other))

    def __rsub__(self, other: Any) -> Element:
        return Element(self.point, self.lift(other) - self.raw)

    def __truediv__(self, other: Any) -> Element:
        divisor = self.lift(other)
        if not divisor:
            raise ZeroDivisionError("division by zero in a number field")
        return Element(self.point, self.raw / divisor)

    def __eq__(self, other: object) -> bool:
        return not (self.raw - self.lift(other) if isinstance(other, Element) or other else self.raw)

    __hash__ = None  # type: ignore[assignment]  # equal to numbers of other types

    def conjugate(self) -> Element:
        return self.point.element([gaussian(c.x, -c.y) for c in self.raw.to_list()])

    def sign(self) -> int:
        """-1, 0 or 1 for a real element: zero exactly, else by as many digits as it takes."""
        if self == 0:
            return 0
        terms = [Fraction(int(c.x.numerator), int(c.x.denominator)) for c in self.raw.to_list()]
        digits = 30
        while True:
            theta = decimal(self.point.value, digits)
            parts = [c * theta**j for j, c in enumerate(reversed(terms))]
            total = sum(parts, Fraction(0))
            if abs(total) * 10 ** (digits - 10) > sum(map(abs, parts), Fraction(0)):
                return 1 if total > 0 else -1
            digits *= 2


def decimal(x: Any, digits: int) -> Fraction:
    """A Fraction itself, a sympy number to this many digits."""
    from sympy import N

    return x if isinstance(x, Fraction) else Fraction(str(N(x, digits)))


def gaussian(real: Any, imaginary: Any = 0) -> Any:
    from sympy import QQ, QQ_I

    return QQ_I(QQ(real.numerator, real.denominator), QQ(imaginary.numerator, imaginary.denominator))


def rational(x: Fraction | int) -> Point:
    """The point of a rational number."""
    return Point(Fraction(x), (Fraction(1), -Fraction(x)))


def real_roots(polynomials: Iterable[Any]) -> list[Point]:
    """The distinct real roots, ascending, of univariate sympy polynomials over Q; a zero polynomial gives none."""
    points = {}
    for polynomial in polynomials:
        if polynomial.is_zero:
            continue
        for factor, _ in polynomial.factor_list()[1]:
            equation = tuple(Fraction(int(c.p), int(c.q)) for c in factor.all_coeffs())
            for root in factor.real_roots():
                value = Fraction(int(root.p), int(root.q)) if root.is_Rational else root
                points[value] = Point(value, equation)
    return sorted(points.values(), key=lambda point: decimal(point.value, 40))


def between(low: Point, high: Point) -> Point:
    """A rational number strictly between, with a small denominator."""
    start, stop = (decimal(end.value, 40) for end in (low, high))
    bits = 0
    while not start < (short := ((start + stop) / 2).limit_denominator(2**bits)) < stop:
        bits += 1
    return rational(short)
