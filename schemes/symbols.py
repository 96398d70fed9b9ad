"""Exact rational functions of named symbols: the coefficients of a parametric scheme.

Enough algebra to hold a table such as ((3λ+3)/(4λ), …) exactly, to test it for 0, 1 and equality, and to evaluate it in
any other arithmetic (a Fraction, a tensor, a sympy symbol). Quotients are kept in lowest terms, so `==` and `hash` are
those of the function, not of the way it was written.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from math import gcd
from typing import Any

from schemes.errors import SchemeError

Monomial = tuple[tuple[str, int], ...]  # sorted ((name, exponent > 0), …); () is the constant
Polynomial = dict[Monomial, int]  # no zero coefficients; {} is zero

ONE: Polynomial = {(): 1}


class RationalFunction:
    """p/q with integer polynomials in lowest terms; made by `symbol`; a constant result is a Fraction."""

    __slots__ = ("den", "num")

    def __init__(self, num: Polynomial, den: Polynomial) -> None:
        self.num, self.den = num, den

    def __call__(self, /, **values: Any) -> Any:
        """The value with symbols replaced, in the values' own arithmetic; symbols that are not named stay."""
        num, den = evaluate(self.num, values), evaluate(self.den, values)
        if isinstance(num, int) and isinstance(den, int):
            return Fraction(num, den)
        return num if isinstance(den, int) and den == 1 else num / den

    @property
    def symbols(self) -> frozenset[str]:
        return frozenset(name for p in (self.num, self.den) for monomial in p for name, _ in monomial)

    def __add__(self, other: Any) -> Any:
        p = parts(other)
        return (
            NotImplemented
            if p is None
            else quotient(add(mul(self.num, p[1]), mul(p[0], self.den)), mul(self.den, p[1]))
        )

    def __mul__(self, other: Any) -> Any:
        p = parts(other)
        return NotImplemented if p is None else quotient(mul(self.num, p[0]), mul(self.den, p[1]))

    def __truediv__(self, other: Any) -> Any:
        p = parts(other)
        return NotImplemented if p is None else quotient(mul(self.num, p[1]), mul(self.den, p[0]))

    def __rtruediv__(self, other: Any) -> Any:
        p = parts(other)
        return NotImplemented if p is None else quotient(mul(p[0], self.den), mul(p[1], self.num))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> RationalFunction:
        return RationalFunction({m: -c for m, c in self.num.items()}, self.den)

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if parts(other) is None else self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __pow__(self, n: int) -> Any:
        base = self if n >= 0 else 1 / self
        return reduce(lambda product, _: product * base, range(abs(n)), Fraction(1))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RationalFunction) and self.num == other.num and self.den == other.den

    def __hash__(self) -> int:
        return hash((frozenset(self.num.items()), frozenset(self.den.items())))

    def __str__(self) -> str:
        return render(self, polynomial_text, "{}/{}")

    def __repr__(self) -> str:
        return render(self, lambda p: polynomial_text(p, "symbol('{}')"), "{}/{}")


def symbol(name: str) -> RationalFunction:
    """The symbol of this name: symbol("k")(k=Fraction(1, 3)) == Fraction(1, 3)."""
    if not name.isidentifier():
        raise SchemeError(f"symbol {name!r} is no name, write one like 'k' or 'lam'")
    return RationalFunction({((name, 1),): 1}, ONE)


def parts(x: Any) -> tuple[Polynomial, Polynomial] | None:
    """Numerator and denominator of what counts as exact here, or None."""
    if isinstance(x, RationalFunction):
        return x.num, x.den
    if isinstance(x, int | Fraction):
        return ({(): x.numerator} if x else {}), {(): x.denominator}
    return None


def quotient(num: Polynomial, den: Polynomial) -> RationalFunction | Fraction:
    """num/den, cancelled."""
    if not den:
        raise ZeroDivisionError("a rational function is divided by zero")
    common = polynomial_gcd(num, den)
    return lowest(exact_division(num, common), exact_division(den, common))


def lowest(num: Polynomial, den: Polynomial) -> RationalFunction | Fraction:
    """num/den that have no common factor, the coefficient of den of lowest degree made positive: 1/(1 - z)."""
    if not num:
        return Fraction(0)
    if den[min(den, key=lambda m: (total_degree(m), m))] < 0:
        num, den = {m: -c for m, c in num.items()}, {m: -c for m, c in den.items()}
    if set(num) == set(den) == {()}:
        return Fraction(num[()], den[()])
    return RationalFunction(num, den)


def evaluate(p: Polynomial, values: dict[str, Any]) -> Any:
    total: Any = 0
    for monomial, c in ordered(p):
        term: Any = c
        for name, exponent in monomial:
            factor = values.get(name, symbol(name))
            for _ in range(exponent):
                term = factor if isinstance(term, int) and term == 1 else term * factor
        total = term if isinstance(total, int) and total == 0 else total + term
    return total


# ---- integer polynomials -------------------------------------------------------------------------------------------


def add(p: Polynomial, q: Polynomial, sign: int = 1) -> Polynomial:
    total = dict(p)
    for m, c in q.items():
        total[m] = total.get(m, 0) + sign * c
    return {m: c for m, c in total.items() if c}


def mul(p: Polynomial, q: Polynomial) -> Polynomial:
    product: Polynomial = {}
    for m, c in p.items():
        for n, d in q.items():
            powers = dict(m)
            for name, exponent in n:
                powers[name] = powers.get(name, 0) + exponent
            key = tuple(sorted(powers.items()))
            product[key] = product.get(key, 0) + c * d
    return {m: c for m, c in product.items() if c}


def total_degree(m: Monomial) -> int:
    return sum(exponent for _, exponent in m)


def by_powers(p: Polynomial, name: str) -> dict[int, Polynomial]:
    """p as a polynomial in one symbol, its coefficients polynomials in the others."""
    rows: dict[int, Polynomial] = {}
    for m, c in p.items():
        rest = tuple(pair for pair in m if pair[0] != name)
        rows.setdefault(dict(m).get(name, 0), {})[rest] = c
    return rows


def polynomial_gcd(p: Polynomial, q: Polynomial) -> Polynomial:
    """The greatest common divisor over the integers.

    At a large whole number instead of a symbol a polynomial is a number whose digits are its coefficients; the gcd is
    taken there and read back, and counts if it divides. From some number on it does.
    Source: Char, Geddes, Gonnet, GCDHEU, J. Symbolic Comput. 7 (1989) 31–48; the constants are theirs.
    """
    if not p or not q:
        return p or q
    scale = gcd(*p.values(), *q.values())
    names = symbols_of(p) & symbols_of(q)
    if not names:
        return {(): scale}
    x, p, q = min(names), primitive(p), primitive(q)
    point = 2 * min(max(map(abs, p.values())), max(map(abs, q.values()))) + 29
    while True:
        found = primitive(digits(polynomial_gcd(at(p, x, point), at(q, x, point)), x, point))
        if division(p, found) is not None and division(q, found) is not None:
            return {m: scale * c for m, c in found.items()}
        point = point * 73794 // 27011


def symbols_of(p: Polynomial) -> set[str]:
    return {name for m in p for name, _ in m}


def primitive(p: Polynomial) -> Polynomial:
    """p without the common factor of its coefficients."""
    scale = gcd(*p.values())
    return {m: c // scale for m, c in p.items()}


def at(p: Polynomial, name: str, point: int) -> Polynomial:
    """p with a whole number for a symbol."""
    total: Polynomial = {}
    for n, row in by_powers(p, name).items():
        total = add(total, row, point**n)
    return total


def digits(p: Polynomial, name: str, point: int) -> Polynomial:
    """The polynomial in a symbol whose value at `point` is p, its coefficients at most point/2."""
    total: Polynomial = {}
    power = 0
    while p:
        rest = {}
        for m, c in p.items():
            digit = (c + point // 2) % point - point // 2
            if digit:
                total[tuple(sorted((*m, (name, power)))) if power else m] = digit
            if c != digit:
                rest[m] = (c - digit) // point
        p, power = rest, power + 1
    return total


def exact_division(p: Polynomial, q: Polynomial) -> Polynomial:
    """p/q where q divides p."""
    result = division(p, q)
    assert result is not None
    return result


def division(p: Polynomial, q: Polynomial) -> Polynomial | None:
    """p/q, or None where q does not divide p; term by term in lexicographic order."""
    if q == ONE:
        return p
    names = sorted(symbols_of(p) | symbols_of(q))
    rest, divisor = ({tuple(dict(m).get(n, 0) for n in names): c for m, c in f.items()} for f in (p, q))
    head = max(divisor)
    tail = [(m, c) for m, c in divisor.items() if m != head]
    result: Polynomial = {}
    while rest:
        top = max(rest)
        factor, remainder = divmod(rest.pop(top), divisor[head])
        shift = tuple(a - b for a, b in zip(top, head, strict=True))
        if remainder or min(shift, default=0) < 0:
            return None
        result[tuple((n, e) for n, e in zip(names, shift, strict=True) if e)] = factor
        for m, c in tail:
            place = tuple(a + b for a, b in zip(m, shift, strict=True))
            value = rest.get(place, 0) - factor * c
            if value:
                rest[place] = value
            else:
                rest.pop(place, None)
    return result


# ---- text ----------------------------------------------------------------------------------------------------------


def ordered(p: Polynomial) -> list[tuple[Monomial, int]]:
    """Terms by descending degree, or ascending where that begins with a plus: k² - 10k + 1, but 1 - k."""
    terms = sorted(p.items(), key=lambda term: (-total_degree(term[0]), term[0]))
    if terms and terms[0][1] < 0:
        terms.sort(key=lambda term: total_degree(term[0]))
    return terms


def polynomial_text(p: Polynomial, name: str = "{}", times: str = "*", power: str = "**{}") -> str:
    """`name` formats a symbol, `power` an exponent."""
    text = ""
    for m, c in ordered(p):
        factors = [name.format(s) + (power.format(e) if e > 1 else "") for s, e in m]
        if abs(c) != 1 or not factors:
            factors.insert(0, str(abs(c)))
        sign = ("-" if c < 0 else "") if not text else (" - " if c < 0 else " + ")
        text += sign + times.join(factors)
    return text or "0"


def render(x: RationalFunction, text: Callable[[Polynomial], str], fraction: str, brackets: str = "({})") -> str:
    """num, or num over den as `fraction` has it; in line ("{}/{}") a part that is no atom stands in brackets."""
    num, den = text(x.num), text(x.den)
    if x.den == ONE:
        return str(num)
    if "/" in fraction:
        num = brackets.format(num) if len(x.num) > 1 else num
        den = den if den.replace("_", "").isalnum() else brackets.format(den)
    return fraction.format(num, den)
