"""Table cells as a person types them: fractions, decimals, and arithmetic with roots and parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from fractions import Fraction
from math import isqrt
from typing import Any

from schemes.errors import SchemeError
from schemes.symbols import RationalFunction, symbol

DIGITS = 55  # of an irrational number; its table's tolerance is 1e-50
IRRATIONAL = Fraction(1, 10**50)
DECIMAL = re.compile(r"[+-]?(\d+\.\d*|\.\d+)([eE][+-]?\d+)?|[+-]?\d+[eE][+-]?\d+")
FRACTION = re.compile(r"[+-]?\d+(/0*[1-9]\d*)?")
LONGEST = 4000  # characters of a cell: Python reads and writes no whole numbers beyond 4300 digits
BITS = 4000  # of a power


class Cells:
    """A reader of cells that remembers how far its numbers may be off.

    approximate   decimals are taken as numbers known to half a unit of their last digit, but for 0.5, 0.25, 0.2, …
    tolerance     how far decimals, and what is made of them, may be off; None: they are refused; 0: exact
    """

    def __init__(self, tolerance: Fraction | None = None, approximate: bool = False) -> None:
        self.given, self.approximate = tolerance, approximate
        self.off = tolerance or Fraction(0)
        self.rooted, self.digits = False, DIGITS

    def __call__(self, text: Any, where: str) -> Any:
        """The number of a cell. Raises SchemeError for what is no number, and for a decimal that nobody vouches for."""
        cell = str(text).strip().replace("−", "-")
        if len(cell) > LONGEST:
            raise SchemeError(f"{where} has {len(cell)} characters, a cell has at most {LONGEST}")
        if FRACTION.fullmatch(cell):
            return Fraction(cell)
        if DECIMAL.fullmatch(cell):
            return self.decimal(cell, where)
        source = cell.replace("^", "**")
        self.rooted, self.digits = False, 2 * DIGITS
        try:
            tree = ast.parse(source, mode="eval").body
            value = self.value(tree, source, where)
            self.digits = DIGITS
            coarse = self.value(tree, source, where) if self.rooted else value
        except SchemeError:
            raise
        except (SyntaxError, ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError):
            raise SchemeError(
                f"{where} = {cell!r} is no number: write it as 1/3, -2, (3-sqrt(3))/6, or in terms of parameters"
            ) from None
        except ZeroDivisionError:
            raise SchemeError(f"{where} = {cell!r} divides by zero") from None
        if self.rooted and isinstance(value, Fraction):
            if abs(value - coarse) > IRRATIONAL:
                raise SchemeError(
                    f"{where} = {cell!r} needs more than {DIGITS} digits on the way, write it as a decimal"
                )
            value = Fraction(round(value * 10**DIGITS), 10**DIGITS)
        return value

    def decimal(self, cell: str, where: str, alone: bool = True) -> Fraction:
        if len(cell.lower().partition("e")[2]) > 4:
            raise SchemeError(f"{where} = {cell} is no number of a sensible size, write it as a fraction")
        x, last = Fraction(cell), last_digit(cell)
        if self.given is not None:
            return x
        near = meant(x, last)
        if not self.approximate:
            raise SchemeError(
                f"{where} = {cell} is a decimal, write it exactly: '{near}'; or say that it is rounded, "
                "by a tolerance or by --approximate"
            )
        if not alone:
            raise SchemeError(f"{where}: {cell} is a rounded number inside arithmetic, write the result or a fraction")
        if near != x:
            self.off = max(self.off, last / 2)
        return x

    def value(self, node: ast.AST, source: str, where: str) -> Any:
        match node:
            case ast.Constant(value=int() as n) if not isinstance(n, bool):
                return Fraction(n)
            case ast.Constant(value=float()):
                return self.decimal(ast.get_source_segment(source, node) or "", where, alone=False)
            case ast.Name(id=name) if name.lower() not in ("nan", "inf", "infinity"):
                return symbol(name)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=x):
                return self.value(x, source, where) * (-1 if isinstance(op, ast.USub) else 1)
            case ast.BinOp(left=x, op=ast.Pow(), right=n):
                return power(self.value(x, source, where), self.value(n, source, where))
            case ast.BinOp(left=x, op=op, right=y):
                return OPERATIONS[type(op)](self.value(x, source, where), self.value(y, source, where))
            case ast.Call(func=ast.Name(id=name), args=[x], keywords=[]):
                return self.root(self.value(x, source, where), ROOTS[name])
        raise ValueError

    def root(self, x: Any, n: int) -> Fraction:
        """The nth root to `self.digits` digits, exact where it is rational."""
        if not isinstance(x, Fraction) or (x < 0 and n == 2):
            raise ValueError
        exact = [whole_root(abs(p), n) for p in (x.numerator, x.denominator)]
        sign = -1 if x < 0 else 1
        if exact[0] ** n == abs(x.numerator) and exact[1] ** n == x.denominator:
            return Fraction(sign * exact[0], exact[1])
        self.off, self.rooted = max(self.off, IRRATIONAL), True
        scale: int = 10**self.digits
        return Fraction(sign * whole_root(abs(x.numerator) * scale**n // x.denominator, n), scale)


OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda x, y: x + y,
    ast.Sub: lambda x, y: x - y,
    ast.Mult: lambda x, y: x * y,
    ast.Div: lambda x, y: x / y,
}
ROOTS = {"sqrt": 2, "cbrt": 3}


def power(x: Any, n: Any) -> Any:
    """x^n with a whole n, of a size that somebody may mean. Raises ValueError for others."""
    if not isinstance(n, Fraction) or n.denominator != 1:
        raise ValueError
    terms = max(len(x.num), len(x.den)) if isinstance(x, RationalFunction) else 1
    bits = x.numerator.bit_length() + x.denominator.bit_length() if isinstance(x, Fraction) else 1
    if abs(n) * bits > BITS or (terms > 1 and abs(n) > 64 // terms) or abs(n) > BITS:
        raise ValueError
    return x ** int(n)


def whole_root(x: int, n: int) -> int:
    """⌊x^(1/n)⌋ by Newton's iteration from above."""
    if n == 2 or x < 2:
        return isqrt(x) if n == 2 else x
    guess = 1 << -(-x.bit_length() // n)
    while (better := ((n - 1) * guess + x // guess ** (n - 1)) // n) < guess:
        guess = better
    return guess


def last_digit(cell: str) -> Fraction:
    """The unit of a decimal's last digit: 1/1000 of 0.333, 10 of 12e1."""
    mantissa, _, power = cell.lower().partition("e")
    return Fraction(10) ** (int(power or 0) - len(mantissa.partition(".")[2]))


def meant(x: Fraction, last: Fraction) -> Fraction:
    """The fraction that a decimal stands for: itself if as simple as 3/20, else the simplest within its last digit."""
    if x.denominator <= 20:
        return x
    near = (x.limit_denominator(d) for d in range(1, 1001))
    return next((f for f in near if abs(f - x) <= last / 2 and f), x)
