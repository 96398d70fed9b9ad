"""Series over trees as JSON-ready data and back: exact numbers as text, keyed by the level sequence of the tree."""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from fractions import Fraction
from math import isfinite
from typing import Any

from analysis.differentials import TEXT, canonical, differential
from analysis.errors import AnalysisError
from analysis.terms import KINDS, UNKNOWN, Series, Unknowns, by_tree, fields_of
from analysis.trees import Key, Tree, key, order, sigma
from schemes import RationalFunction, symbol

CONVENTIONS = {
    "field": "u' = Σ_t h^(|t|-1)/σ(t) c(t) F(t)(u)",
    "map": "u[n+1] = c(∅) u[n] + Σ_t h^|t|/σ(t) c(t) F(t)(u[n]), c(∅) = 1 unless given under the empty key",
}
KEYS = (
    "a tree is the levels of its nodes, the root at 1, depth first; where there are several fields, level:field; "
    "|t| is its number of nodes, σ(t) its number of symmetries, F(t) its elementary differential"
)
ARITHMETIC = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
LARGEST_POWER = 1000


def series_json(series: Series, kind: str = "field", unknowns: Unknowns = UNKNOWN, about: str = "") -> dict[str, Any]:
    """A series {key: coefficient} as JSON-ready data, with what its numbers mean; `about` is kept as it is.

    coefficients   {"1,2,2": "1/6"}, of several fields {"1:f,2:g": "-1/2"}; exact text, in Python's notation
    trees          {"1,2,2": {"order": 3, "sigma": 2, "differential": "f''(f, f)"}}
    Raises AnalysisError for another kind, what is no key of a tree, and a coefficient that is not finite.
    """
    fields, found = fields_of(unknowns), by_tree(series, kind, unknowns)
    names = {t: spelled(key(t, fields)) for t in found}
    empty = {"": exact_text("", series[()])} if () in series else {}
    return {
        "about": about,
        "kind": kind,
        "convention": CONVENTIONS[kind],
        "keys": KEYS,
        "unknowns": {unknown: list(feeding) for unknown, feeding in unknowns.items()},
        "order": max(map(order, found), default=0),
        "coefficients": {**empty, **{names[t]: exact_text(names[t], c) for t, c in found.items()}},
        "trees": {names[t]: facts_of(t, fields) for t in found},
    }


def read_series(data: Any) -> dict[Key, Any]:
    """{key: coefficient} of what `series_json` gave: Fractions, rational functions, or floats where they were.

    Raises AnalysisError for what is no such data, no key of a tree, no number, and for a tree that is given twice.
    """
    kind, fields = header(data)
    series: dict[Key, Any] = {}
    for name, text in data["coefficients"].items():
        found = () if name == "" and kind == "map" else canonical(key_of(name, fields), fields)
        if found in series:
            raise AnalysisError(f"{name!r} is a tree that is given twice, keep one")
        series[found] = number(name, text)
    return series


def header(data: Any) -> tuple[str, tuple[str, ...]]:
    """The kind and the fields of a file."""
    if not isinstance(data, Mapping) or not isinstance(data.get("coefficients"), Mapping):
        raise AnalysisError("a series is a JSON object with kind, unknowns and coefficients, see series_json")
    kind, unknowns = data.get("kind"), data.get("unknowns", UNKNOWN)
    if not isinstance(kind, str) or kind not in KINDS:
        raise AnalysisError(f"{kind!r} is no kind of series, choose {' or '.join(KINDS)}")
    if not isinstance(unknowns, Mapping) or not all(isinstance(f, list | tuple) for f in unknowns.values()):
        raise AnalysisError(f"unknowns: {unknowns!r} does not list the fields of each unknown, write {{'u': ['f']}}")
    fields = fields_of(unknowns)
    if len(set(map(str, fields))) < len(fields) or not all(isinstance(f, str) for f in fields):
        raise AnalysisError("unknowns: name each field once, as text")
    if not fields and set(data["coefficients"]) - {""}:
        raise AnalysisError("unknowns: a series with trees needs at least one field, write {'u': ['f']}")
    return kind, fields


def facts_of(t: Tree, fields: tuple[str, ...]) -> dict[str, Any]:
    return {"order": order(t), "sigma": sigma(t), "differential": differential(t, fields, TEXT)}


# ---- keys ----------------------------------------------------------------------------------------------------------


def spelled(name: Any) -> str:
    """(1, 2, 2) as "1,2,2", ((1, 2), ("f", "g")) as "1:f,2:g"."""
    if name and isinstance(name[0], tuple):
        return ",".join(f"{level}:{field}" for level, field in zip(*name, strict=True))
    return ",".join(map(str, name))


def key_of(text: str, fields: tuple[str, ...]) -> Any:
    """The inverse of `spelled`."""
    nodes = [node.partition(":") for node in text.split(",")]
    if not all(level.isdecimal() and bool(colon) == (len(fields) > 1) for level, colon, _ in nodes):
        example = "1,2,2" if len(fields) == 1 else f"1:{fields[0]},2:{fields[-1]}"
        raise AnalysisError(f"{text!r} is no key of a tree, write it as {example!r}")
    levels = tuple(int(level) for level, _, _ in nodes)
    return levels if len(fields) == 1 else (levels, tuple(field for _, _, field in nodes))


# ---- numbers -------------------------------------------------------------------------------------------------------


def exact_text(name: str, c: Any) -> str:
    """A coefficient as an expression that `number` reads back."""
    if isinstance(c, float | complex) and not (isfinite(c.real) and isfinite(c.imag)):
        raise AnalysisError(f"{name!r} has the coefficient {c}: only finite numbers can be written")
    if not isinstance(c, int | Fraction | float | complex | RationalFunction):
        raise AnalysisError(
            f"{name!r} has a coefficient of the type {type(c).__name__}, make it a Fraction, float or RationalFunction"
        )
    return str(c)


def number(name: str, text: Any) -> Any:
    """The number of an expression in whole numbers, decimals, symbols and + - * / **."""
    if not isinstance(text, str):
        raise AnalysisError(f"{name!r} has the coefficient {text!r}: write it as text, '1/6'")
    try:
        return value(ast.parse(text.strip(), mode="eval").body)
    except ZeroDivisionError:
        raise AnalysisError(f"{name!r} has the coefficient {text!r}, which divides by zero") from None
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        raise AnalysisError(
            f"{name!r} has the coefficient {text[:40]!r}, write a number or a formula: '-1/6', '(k - 1)/(k + 1)**2'"
        ) from None


def value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=int(x)) if type(x) is int:
            return Fraction(x)
        case ast.Constant(value=float() | complex() as x):
            return x
        case ast.Name(id=name):
            return symbol(name)
        case ast.UnaryOp(op=ast.USub(), operand=x):
            return -value(x)
        case ast.BinOp(left=x, op=ast.Pow(), right=ast.Constant(value=int(n))) if 0 <= n <= LARGEST_POWER:
            return value(x) ** n
        case ast.BinOp(left=x, op=op, right=y) if type(op) in ARITHMETIC:
            return ARITHMETIC[type(op)](value(x), value(y))
        case _:
            raise ValueError
