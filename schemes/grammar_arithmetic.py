"""The arithmetic of a typed formula: numbers, functions of parameters and forms, each operation at a bounded price.

The step h is a symbol of the coefficients until the table is made: f(Y) is F/h with the increment F = h f(Y).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import prod
from typing import Any

from schemes.exact import is_zero
from schemes.grammar_tokens import Token
from schemes.numerals import ROOTS, Cells
from schemes.program import Form
from schemes.symbols import RationalFunction, parts, symbol

H = symbol("h")
HIGHEST = 40  # exponent
BITS = 6000  # of a number
TERMS = 500  # pairs of terms of a product of polynomials
DEGREE = 80  # in all parameters
DENSE = 128  # terms of a full polynomial in the parameters that a quotient is cancelled by
LARGEST = 40_000  # bits of the number that stands for one where a quotient is cancelled
WORK = 300_000  # of all operations, each about 3 µs


class Arithmetic:
    """+ - * / ^ and roots, which know the place of what they refuse and add up what they cost.

    digits   of irrational numbers
    """

    def __init__(self, digits: int) -> None:
        self.spent = 0
        self.cells = Cells(Fraction(0))
        self.cells.digits = digits

    def spend(self, pairs: Iterable[tuple[Any, Any]], at: Token) -> None:
        """Raises FormulaError where a coefficient grows too long, or the whole formula takes too much work."""
        for x, y in pairs:
            bits, degree, terms, dense = size(x, y)
            self.spent += 20 + bits // 50 + terms + dense**2
            small = bits <= BITS and degree <= DEGREE and terms <= TERMS and dense <= DENSE
            if not small or bits * dense > LARGEST or self.spent > WORK:
                raise at.wrong("the coefficients get too long here, write it with fewer parameters and shorter numbers")

    def add(self, x: Any, y: Any, at: Token) -> Any:
        if isinstance(x, Form) and isinstance(y, Form):
            self.spend(((c, y.terms[atom]) for atom, c in x.terms.items() if atom in y.terms), at)
        elif isinstance(x, Form) or isinstance(y, Form):
            if is_zero(x) or is_zero(y):
                return y if is_zero(x) else x
            raise at.wrong(
                f"a state is added to the number {shown(y if isinstance(x, Form) else x)}: a scheme adds states and "
                "values of fields only, write a field for a constant, or u[n+1] with its brackets"
            )
        else:
            self.spend([(x, y)], at)
        return x + y

    def multiply(self, x: Any, y: Any, at: Token) -> Any:
        if isinstance(x, Form) and isinstance(y, Form):
            raise at.wrong(
                "a state or a field is multiplied by another: a scheme is linear in them, write a field for their "
                "product"
            )
        form, factor = (x, y) if isinstance(x, Form) else (y, x)
        if isinstance(form, Form):
            self.spend(((c, factor) for c in form.terms.values()), at)
        else:
            self.spend([(x, y)], at)
        return form * factor

    def divide(self, x: Any, y: Any, at: Token) -> Any:
        if isinstance(y, Form):
            raise at.wrong("something is divided by a state: a scheme is linear in its states, write a field for it")
        if is_zero(y):
            raise at.wrong("this divides by zero, write another denominator")
        return self.multiply(x, 1 / y, at)

    def power(self, x: Any, n: Any, at: Token) -> Any:
        if isinstance(x, Form):
            raise at.wrong("a state has no powers: a scheme is linear in its states, write a field for it")
        if not isinstance(n, Fraction) or n.denominator != 1 or abs(n) > HIGHEST:
            raise at.wrong(f"this exponent is no whole number between -{HIGHEST} and {HIGHEST}, write the product")
        if is_zero(x) and n < 0:
            raise at.wrong("this divides by zero, write another denominator")
        factor = 1 / x if n < 0 else x
        value: Any = Fraction(1)
        for _ in range(abs(int(n))):
            value = self.multiply(value, factor, at)
        return value

    def root(self, name: str, x: Any, at: Token) -> Fraction:
        """√x to so many digits, exact where it is rational."""
        if not isinstance(x, Fraction) or (x < 0 and ROOTS[name] == 2):
            raise at.wrong(f"{name} is taken of numbers that have one, not of {shown(x)}: name it by a parameter")
        return self.cells.root(x, ROOTS[name])


def size(x: Any, y: Any) -> tuple[int, int, int, int]:
    """What an operation on two coefficients may give: bits, degree, pairs of terms, terms of a full common divisor."""
    degrees: dict[str, int] = {}
    divides: set[str] = set()
    bits, terms = 0, 1
    for num, den in (parts(c) or ({}, {}) for c in (x, y)):
        bits += max(map(abs, (1, *num.values(), *den.values()))).bit_length()
        terms *= max(len(num), len(den), 1)
        own: dict[str, int] = {}
        for name, exponent in (power for monomial in (*num, *den) for power in monomial):
            own[name] = max(own.get(name, 0), exponent)
        for name, exponent in own.items():
            degrees[name] = degrees.get(name, 0) + exponent
        divides |= {name for monomial in den for name, _ in monomial}
    return bits, sum(degrees.values()), terms, prod(degrees[name] + 1 for name in divides)


def shown(x: Any) -> str:
    """A number, or a state, in the words of an error."""
    text = "a state" if isinstance(x, Form) else str(x)
    return text if len(text) < 40 else f"{text[:36]} …"


def power_of_h(c: Any) -> int | None:
    """n of a coefficient c = hⁿ c' where c' is without h; None where there is none."""
    if not isinstance(c, RationalFunction):
        return 0
    up, down = ({dict(m).get("h", 0) for m in p} for p in (c.num, c.den))
    return max(up) - max(down) if len(up) == len(down) == 1 else None
