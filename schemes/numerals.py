"""Table cells as a person types them: fractions, decimals, and arithmetic with roots and parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from fractions import Fraction
from math import isqrt
from typing import Any

from schemes.errors import SchemeError
from schemes.symbols import symbol

DIGITS = 55  # of an irrational number; its table's tolerance is 1e-50
IRRATIONAL = Fraction(1, 10**50)
DECIMAL = re.compile(r"[+-]?(\d+\.\d*|\.\d+)([eE][+-]?\d+)?|[+-]?\d+[eE][+-]?\d+")
WHOLE = re.compile(r"[+-]?\d+(/\d+)?")


class Cells:
    """A reader of cells that remembers how far its numbers may be off.

    approximate   decimals are taken as numbers known to half a unit of their last digit
    tolerance     how far decimals may be off; None: decimals are refused; 0: they are exact
    """

    def __init__(self, tolerance: Fraction | None = None, approximate: bool = False) -> None:
        self.given, self.approximate = tolerance, approximate
        self.off = tolerance or Fraction(0)

    def __call__(self, text: Any, where: str) -> Any:
        """The number of a cell. Raises SchemeError for what is no number, and for a decimal that nobody vouches for."""
        cell = str(text).strip().replace("−", "-")
        if WHOLE.fullmatch(cell) and not cell.endswith("/0"):
            return Fraction(cell)
        if DECIMAL.fullmatch(cell):
            return self.decimal(cell, where)
        try:
            tree = ast.parse(cell.replace("^", "**"), mode="eval").body
            value = self.value(tree, where)
        except (SyntaxError, ValueError, KeyError, TypeError, AttributeError, RecursionError, MemoryError):
            raise SchemeError(
                f"{where} = {cell!r} is no number: write it as 1/3, -2, (3-sqrt(3))/6, or in terms of parameters"
            ) from None
        except ZeroDivisionError:
            raise SchemeError(f"{where} = {cell!r} divides by zero") from None
        except OverflowError as error:
            raise SchemeError(f"{where} = {cell!r} is out of range: {error}") from None
        if isinstance(value, Fraction) and value.denominator > 10**DIGITS:
            value = Fraction(round(value * 10**DIGITS), 10**DIGITS)
        return value

    def decimal(self, cell: str, where: str) -> Fraction:
        if len(cell.lower().partition("e")[2]) > 4:
            raise SchemeError(f"{where} = {cell} is no number of a sensible size, write it as a fraction")
        x, last = Fraction(cell), last_digit(cell)
        if self.given is None and self.approximate:
            self.off = max(self.off, last / 2)
        elif self.given is None:
            raise SchemeError(
                f"{where} = {cell} is a decimal, write it exactly: '{meant(x, last)}'; or say that it is rounded, "
                "by a tolerance or by --approximate"
            )
        return x

    def value(self, node: ast.AST, where: str) -> Any:
        match node:
            case ast.Constant(value=int() as n) if not isinstance(n, bool):
                return Fraction(n)
            case ast.Constant(value=float()):
                return self.decimal(ast.unparse(node), where)
            case ast.Name(id=name):
                return symbol(name)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=x):
                return self.value(x, where) * (-1 if isinstance(op, ast.USub) else 1)
            case ast.BinOp(left=x, op=ast.Pow(), right=n):
                return self.value(x, where) ** exponent(self.value(n, where))
            case ast.BinOp(left=x, op=op, right=y):
                return OPERATIONS[type(op)](self.value(x, where), self.value(y, where))
            case ast.Call(func=ast.Name(id=name), args=[x], keywords=[]):
                return self.root(self.value(x, where), ROOTS[name])
        raise ValueError

    def root(self, x: Any, n: int) -> Fraction:
        """The nth root to DIGITS + 10 digits, exact where it is rational."""
        if not isinstance(x, Fraction) or (x < 0 and n == 2):
            raise ValueError
        exact = [whole_root(abs(p), n) for p in (x.numerator, x.denominator)]
        sign = -1 if x < 0 else 1
        if exact[0] ** n == abs(x.numerator) and exact[1] ** n == x.denominator:
            return Fraction(sign * exact[0], exact[1])
        self.off = max(self.off, IRRATIONAL)
        scale: int = 10 ** (DIGITS + 10)
        return Fraction(sign * whole_root(abs(x.numerator) * scale**n // x.denominator, n), scale)


OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda x, y: x + y,
    ast.Sub: lambda x, y: x - y,
    ast.Mult: lambda x, y: x * y,
    ast.Div: lambda x, y: x / y,
}
ROOTS = {"sqrt": 2, "cbrt": 3}


def exponent(n: Any) -> int:
    if not isinstance(n, Fraction) or n.denominator != 1 or abs(n) > 64:
        raise ValueError
    return int(n)


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
    """The fraction that a decimal stands for: the simplest within its last digit, unless its own is as simple."""
    if x.denominator <= 100 and last >= Fraction(1, 100):
        return x
    return next(f for d in range(1, 1002) if abs((f := x.limit_denominator(d)) - x) <= last / 2 or d > 1000)
