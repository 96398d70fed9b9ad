r"""Elementary differentials and their coefficients as text and as LaTeX: f''(f, f'f), (k - 1)/(2*(k + 1)^3).

The LaTeX needs the package amsmath (\tfrac).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any

from analysis.errors import AnalysisError
from analysis.trees import Key, Tree, children, colour, from_key, key
from analysis.trees import order as order_of
from schemes import RationalFunction
from schemes.symbols import Polynomial
from schemes.writing import latex_name

PRIMES = 3  # more derivatives than these are numbered: f''' but f^(4)
EXACT_DIGITS = 6  # of a denominator that a rounded table may still mean


@dataclass(frozen=True)
class Style:
    """How the parts are written; `power`, `derivative`, `next` and `now` are formats."""

    name: Callable[[str], str]
    coefficient: Callable[[Any], str]
    step: str
    power: str
    derivative: str
    brackets: tuple[str, str]
    equals: str
    next: str
    now: str
    broken: tuple[str, str]  # what ends a line inside brackets, and begins the next
    line: str
    indent: str
    hang: str  # the further indent of a line that continues a power of h


def differential(t: Tree, fields: Sequence[str], style: Style) -> str:
    """F(t): f, f'f, f''(f, f'f), …; from four children on the derivative is numbered.

    Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, III.1.1, table 1.1.
    """
    ordered = sorted(children(t), key=lambda child: (order_of(child), key(child, tuple(fields))))
    arguments = [differential(child, fields, style) for child in ordered]
    m = len(arguments)
    head = style.name(fields[colour(t)]) + ("'" * m if m <= PRIMES else style.derivative.format(m))
    return head + ("".join(arguments) if m <= 1 else f"({', '.join(arguments)})")


def named_tree(name: Any, fields: Sequence[str]) -> Tree:
    """The tree of a key that a user wrote, as `trees.from_key`. Raises AnalysisError for what is no key."""
    if not fields:
        raise AnalysisError(f"{name!r} is a tree, but no field is named: write unknowns as {{'u': ('f',)}}")
    try:
        levels, colours = (name, tuple(fields) * len(name)) if len(fields) == 1 else name
        valid = levels[0] == 1 and all(2 <= b <= a + 1 for a, b in pairwise(levels)) and len(levels) == len(colours)
    except (TypeError, ValueError, IndexError):
        valid = False
    if not valid or any(type(level) is not int for level in levels):
        example = "(1, 2, 2)" if len(fields) == 1 else f"((1, 2), ({fields[0]!r}, {fields[-1]!r}))"
        raise AnalysisError(
            f"{name!r} is no key of a tree: its levels begin with 1 and rise by at most 1, write it as {example}"
        )
    if odd := [c for c in colours if c not in fields]:
        raise AnalysisError(f"{name!r} has a node of the field {odd[0]!r}, the fields are {', '.join(fields)}")
    return from_key(name, tuple(fields))


def canonical(name: Any, fields: Sequence[str]) -> Key:
    return key(named_tree(name, fields), tuple(fields))


# ---- coefficients --------------------------------------------------------------------------------------------------


def coefficient_text(c: Any) -> str:
    """A number or a factored rational function that can stand before a product."""
    if not isinstance(c, RationalFunction):
        return f"({c})" if is_sum(c) else str(c)
    text = str(factored(c)).replace("**", "^")
    return f"({text})" if is_sum(c) else text


def coefficient_latex(c: Any) -> str:
    from sympy import Expr, Symbol, latex

    if isinstance(c, Fraction) and c.denominator > 1:
        return f"{'-' if c < 0 else ''}\\tfrac{{{abs(c.numerator)}}}{{{c.denominator}}}"
    if isinstance(c, RationalFunction):
        text = latex(factored(c), symbol_names={Symbol(name): latex_name(name) for name in c.symbols})
    else:
        text = latex(c) if isinstance(c, Expr) else re.sub(r"e([+-])0*(\d+)", scientific, str(c))
    return f"\\left({text}\\right)" if is_sum(c) else str(text)


def scientific(exponent: re.Match[str]) -> str:
    return f" \\cdot 10^{{{exponent[1].replace('+', '')}{exponent[2]}}}"


@lru_cache(maxsize=4096)
def factored(c: RationalFunction) -> Any:
    """The same in factors, a sympy expression as sympy.factor gives it; FLINT finds them thirty times as fast."""
    from sympy import Add, Integer, Mul, Rational, Symbol

    names = tuple(sorted(c.symbols))
    symbols = [Symbol(name) for name in names]

    def expression(p: Any) -> Any:
        terms = p.to_dict().items()
        return Add(
            *(Mul(Integer(int(x)), *(s**e for s, e in zip(symbols, map(int, m), strict=True))) for m, x in terms)
        )

    (over, above), (under, below) = (factors(p, names) for p in (c.num, c.den))
    product = Mul(*(expression(p) ** m for p, m in above), *(expression(p) ** -m for p, m in below))
    number = Rational(over, under)
    if number == 1:
        return product
    # evaluated, 2 (k + 1) would be 2 k + 2; but -(k - 1) is 1 - k
    return Mul(number, product, evaluate=number == -1 or not product.is_Add)


def factors(p: Polynomial, names: tuple[str, ...]) -> tuple[int, list[tuple[Any, int]]]:
    """The number and the irreducible factors, with multiplicities, of a polynomial over the integers."""
    from flint import fmpz_mpoly_ctx

    terms = {tuple(dict(m).get(name, 0) for name in names): x for m, x in p.items()}
    number, found = fmpz_mpoly_ctx.get(names, "lex").from_dict(terms).factor()
    return int(number), [(factor, int(m)) for factor, m in found]


def is_sum(c: Any) -> bool:
    return bool(getattr(factored(c) if isinstance(c, RationalFunction) else c, "is_Add", False))


def shortened(c: Any, digits: int | None) -> Any:
    """A fraction of many digits as a decimal of `digits` significant ones, any other coefficient as it is."""
    if digits is None or not isinstance(c, Fraction) or len(str(c.denominator)) <= EXACT_DIGITS:
        return c
    return float(f"{float(c):.{digits}g}")


def latex_field(name: str) -> str:
    r"""f[x>y], a field that reads x and feeds y, is f_{x \to y}."""
    head, _, way = name.removesuffix("]").partition("[")
    return f"{latex_name(head)}_{{{way.replace('>', chr(92) + 'to ')}}}" if way else latex_name(name)


TEXT = Style(
    name=str, coefficient=coefficient_text, step="h", power="^{}", derivative="^({})", brackets=("[", "]"),
    equals=" = ", next="{}[n+1]", now="{}[n]", broken=("", ""), line="\n", indent="", hang=" " * 6,
)  # fmt: skip
LATEX = Style(
    name=latex_field, coefficient=coefficient_latex, step="h", power="^{{{}}}", derivative="^{{({})}}",
    brackets=("\\left[", "\\right]"), equals=" &= ", next="{}_{{n+1}}", now="{}_{{n}}",
    broken=(" \\right.", "\\left. "), line=" \\\\\n", indent="&\\quad ", hang="\\quad ",
)  # fmt: skip
