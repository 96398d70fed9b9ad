"""Exact numbers in factors, and their square roots, as they are written: -p*(1 - p)/2, √(p*(1 - p))/(k + 1), 1/√12.

Sums begin with what is positive at 0: (1 - p), (k + 1); signs stand before the product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Any

from analysis.differentials import coefficient_latex, coefficient_text
from schemes import RationalFunction
from schemes.symbols import Polynomial, evaluate, polynomial_text, total_degree
from schemes.writing import latex_name

Power = tuple[Polynomial, int]


@dataclass(frozen=True)
class Writing:
    """How products, powers, brackets, roots and fractions are written, as formats."""

    times: str
    power: str
    brackets: str
    root: str
    over: str
    number: Any
    name: Any


TEXT = Writing("*", "^{}", "({})", "√{}", "{}/{}", coefficient_text, str)
LATEX = Writing(
    " ", "^{{{}}}", "\\left({}\\right)", "\\sqrt{{{}}}", "\\frac{{{}}}{{{}}}", coefficient_latex, latex_name
)


def product_text(x: Any, writing: Writing = TEXT) -> str:
    """A coefficient in factors, to stand before a word; numbers as ever."""
    if not isinstance(x, RationalFunction):
        return str(writing.number(x))
    (c, over), (d, under) = factored(x.num), factored(x.den)
    above, below = atoms(abs(c), over, writing), atoms(d, under, writing)
    return "-" * (c < 0) + fraction(above, below, writing)


def root_text(x: Any, writing: Writing = TEXT) -> str:
    """√x of a number or a rational function that is at least 0, to stand before a word; "" for 1."""
    if not isinstance(x, RationalFunction):
        c, d = Fraction(x).as_integer_ratio()
        return fraction(rooted(c, [], writing), rooted(d, [], writing), writing)
    (c, over), (d, under) = factored(x.num), factored(x.den)
    if c < 0 and not any(n % 2 and len(p) > 1 for p, n in over) and any(n % 2 for _, n in under):
        under = turned(under)  # √nu/√(nu - 2), no sign under the root of a letter
    elif c < 0:
        over = turned(over)
    return fraction(rooted(abs(c), over, writing), rooted(d, under, writing), writing)


def factored(polynomial: Polynomial) -> tuple[int, list[Power]]:
    """Its content with the sign, and its factors with their powers, sums last, each positive in its lowest term."""
    from sympy import Poly, Symbol, factor_list

    symbols = {name: Symbol(name) for name in sorted({name for monomial in polynomial for name, _ in monomial})}
    content, found = factor_list(evaluate(polynomial, symbols), *symbols.values())
    content, factors = int(content), list[Power]()
    for factor, n in found:
        terms = Poly(factor, *symbols.values()).terms()
        p = {tuple((s, e) for s, e in zip(symbols, exponents, strict=True) if e): int(c) for exponents, c in terms}
        if p[min(p, key=lambda m: (total_degree(m), m))] < 0:
            p, content = negative(p), content * (-1) ** int(n)
        factors.append((p, int(n)))
    return content, sorted(factors, key=lambda factor: len(factor[0]) > 1)


def negative(p: Polynomial) -> Polynomial:
    return {m: -c for m, c in p.items()}


def turned(factors: Sequence[Power]) -> list[Power]:
    """The product with the other sign: its last factor of an odd power, k - 1 for 1 - k."""
    odd = [i for i, (_, n) in enumerate(factors) if n % 2]
    return [(negative(p), n) if odd and i == odd[-1] else (p, n) for i, (p, n) in enumerate(factors)]


def atoms(c: int, factors: Sequence[Power], writing: Writing) -> list[str]:
    """A number that is not 1 and factors, sums in brackets, as what can be multiplied."""
    return [str(c)] * (c != 1) + [atom(p, writing) + writing.power.format(n) * (n > 1) for p, n in factors]


def atom(p: Polynomial, writing: Writing) -> str:
    named = {tuple((writing.name(s), e) for s, e in m): c for m, c in p.items()}
    text = polynomial_text(named, "{}", writing.times, writing.power)
    return writing.brackets.format(text) if len(p) > 1 else text


def rooted(c: int, factors: Sequence[Power], writing: Writing) -> list[str]:
    """The root of c Π factorsⁿ as what can be multiplied: squares outside."""
    whole = isqrt(c) ** 2 == c
    outside = atoms(isqrt(c) if whole else 1, [(p, n // 2) for p, n in factors if n > 1], writing)
    inside = atoms(1 if whole else c, [(p, 1) for p, n in factors if n % 2], writing)
    return [*outside, *([writing.root.format(within(inside, writing))] * bool(inside))]


def within(inside: list[str], writing: Writing) -> str:
    """What stands under a root: √ needs brackets, \\sqrt has its own."""
    text = writing.times.join(inside)
    if writing is LATEX:
        return bare(inside)
    return f"({text})" if len(inside) > 1 else text


def fraction(above: list[str], below: list[str], writing: Writing) -> str:
    over, under = writing.times.join(above), writing.times.join(below)
    if not below:
        return over
    if writing is LATEX:
        over, under = bare(above), bare(below)
    elif len(below) > 1:
        under = f"({under})"
    return writing.over.format(over or "1", under)


def bare(parts: list[str]) -> str:
    """A product in LaTeX; a sum alone without its brackets."""
    alone = len(parts) == 1 and parts[0].endswith("\\right)")
    return parts[0].removeprefix("\\left(").removesuffix("\\right)") if alone else " ".join(parts)
