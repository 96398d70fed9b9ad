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
PRIME = 2**61 - 1


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
    """The greatest common divisor over the integers, by primitive remainders in one symbol after the other."""
    if not p or not q:
        return p or q
    if set(p) == {()} or set(q) == {()}:
        return {(): gcd(*p.values(), *q.values())}
    x = min(name for m in (*p, *q) for name, _ in m)
    content_p, content_q = content(p, x), content(q, x)
    shared = polynomial_gcd(content_p, content_q)
    p, q = exact_division(p, content_p), exact_division(q, content_q)
    if coprime(p, q, x):
        return shared
    while q:
        p, q = q, pseudo_remainder(p, q, x)
        if q:
            q = exact_division(q, content(q, x))
    return mul(shared, p)


def coprime(p: Polynomial, q: Polynomial, name: str) -> bool:
    """Whether polynomials in this one symbol are known to have no common factor: they have none modulo PRIME.

    A common factor over the integers stays one modulo a prime that does not divide a leading coefficient.
    """
    if any(len(m) > 1 or (m and m[0][0] != name) for f in (p, q) for m in f):
        return False
    a, b = (
        [f.get(((name, n),) if n else (), 0) % PRIME for n in range(max(by_powers(f, name)), -1, -1)] for f in (p, q)
    )
    if not (a[0] and b[0]):
        return False
    while len(b) > 1:  # the remainder of a by b, and so on
        inverse = pow(b[0], -1, PRIME)
        while len(a) >= len(b):
            factor = a[0] * inverse
            a = [(x - factor * y) % PRIME for x, y in zip(a, b + [0] * (len(a) - len(b)), strict=True)][1:]
        while a and not a[0]:
            a = a[1:]
        if not a:
            return False
        a, b = b, a
    return True


def content(p: Polynomial, name: str) -> Polynomial:
    return reduce(polynomial_gcd, by_powers(p, name).values())


def pseudo_remainder(p: Polynomial, q: Polynomial, name: str) -> Polynomial:
    """The remainder of (a power of q's leading coefficient) · p by q, in the symbol `name`."""
    rows = by_powers(q, name)
    degree = max(rows)
    while p:
        top = by_powers(p, name)
        excess = max(top) - degree
        if excess < 0:
            break
        shift: Polynomial = {((name, excess),): 1} if excess else ONE
        p = add(mul(p, rows[degree]), mul(mul(top[excess + degree], shift), q), -1)
    return p


def exact_division(p: Polynomial, q: Polynomial) -> Polynomial:
    """p/q where q divides p."""
    if q == ONE:
        return p
    names = {name for m in q for name, _ in m}
    if not names:
        return {m: c // q[()] for m, c in p.items()}
    x = min(names)
    rows = by_powers(q, x)
    degree = max(rows)
    result: Polynomial = {}
    while p:
        top = by_powers(p, x)
        excess = max(top) - degree
        factor = exact_division(top[excess + degree], rows[degree])
        factor = mul(factor, {((x, excess),): 1}) if excess else factor
        result = add(result, factor)
        p = add(p, mul(factor, q), -1)
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
