"""What may stand in a table: exact numbers, symbols, and (by substitution) values of any other arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import isfinite, isqrt
from numbers import Number, Rational, Real
from typing import Any

from schemes.errors import SchemeError
from schemes.symbols import RationalFunction, symbol


def coefficient(x: Any, where: str = "coefficient") -> Any:
    """x as a table entry: whole numbers, fractions and "1/3" become Fraction, a name becomes its symbol.

    Tensors, sympy expressions and other values with their own + and * pass as they are.
    Raises SchemeError for a float, whose last digits nobody meant, with the nearest fraction.
    """
    if isinstance(x, bool):
        raise SchemeError(f"{where} = {x} is a truth value, write 0 or 1")
    if isinstance(x, Rational):
        return Fraction(int(x.numerator), int(x.denominator))  # numpy's integers would overflow in silence
    if isinstance(x, Real):
        raise SchemeError(f"{where} = {x!r} is a float, write it exactly: {nearest(float(x))}")
    if x is None or isinstance(x, Number):
        raise SchemeError(f"{where} = {x!r} is not an exact number, write it as '1/3', '-2' or the name of a parameter")
    if isinstance(x, str):
        try:
            return symbol(x) if x.isidentifier() else Fraction(x)
        except (ValueError, ZeroDivisionError):
            raise SchemeError(
                f"{where} = {x!r} is not a number, write it as '1/3', '-2' or the name of a parameter"
            ) from None
    return x


def parameter_value(x: Any) -> Any:
    """A value given to a parameter: as `coefficient`, but a typed float means its decimal digits (0.9 is 9/10)."""
    if isinstance(x, Real) and not isinstance(x, Rational):
        if not isfinite(x):
            raise SchemeError(f"parameter value {x} is not a number, give a finite one")
        return Fraction(str(x))
    return coefficient(x, "parameter value")


def nearest(x: float) -> str:
    return f"'{Fraction(x).limit_denominator(1000)}'" if isfinite(x) else "a finite fraction"


def substitute(x: Any, values: dict[str, Any]) -> Any:
    return x(**values) if isinstance(x, RationalFunction) else x


def square_root(x: Fraction) -> Fraction | None:
    """√x of x ≥ 0 where it is rational, else None."""
    found = Fraction(isqrt(x.numerator), isqrt(x.denominator))
    return found if found**2 == x else None


def is_exact(x: Any) -> bool:
    return isinstance(x, Fraction | RationalFunction)


def is_zero(x: Any) -> bool:
    """Exactly zero; a tensor never is, whatever it holds, because it may be trained away from it."""
    return isinstance(x, int | Fraction) and x == 0


def is_one(x: Any) -> bool:
    return isinstance(x, int | Fraction) and x == 1
