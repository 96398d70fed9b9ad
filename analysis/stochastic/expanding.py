"""Taylor coefficients in √h of rational functions, and parameters that are functions of √h."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from analysis.errors import AnalysisError
from schemes import RationalFunction, Scheme
from schemes.diffusion import ROOT
from schemes.exact import parameter_value
from schemes.numerals import Cells
from schemes.symbols import by_powers, lowest, parts


def coefficients(x: Any, last: int) -> list[Any]:
    """[x_0, …, x_last] of x = Σ x_n root_h^n, exact. Raises AnalysisError for a pole at root_h = 0."""
    rows = [{n: lowest(row, {(): 1}) for n, row in by_powers(p, ROOT).items()} for p in parts(x) or ({}, {})]
    num, den = rows
    if num and 0 not in den:
        raise AnalysisError(f"{x} has a pole at {ROOT} = 0: keep it finite as h falls")
    found: list[Any] = []
    for n in range(last + 1):
        known = sum((den[k] * found[n - k] for k in range(1, n + 1) if k in den), Fraction(0))
        found.append((num.get(n, Fraction(0)) - known) / den[0] if num else Fraction(0))
    return found


def follow(table: Scheme, path: Mapping[str, Any]) -> dict[str, Any]:
    """The values of parameters along a path: numbers, or functions of root_h as text or as rational functions.

    Raises AnalysisError for a law that names √h, which the equation's parameters would not follow, and for what is no
    free parameter; SchemeError where a law refuses the value at h = 0.
    """
    if fixed := [p for p in table.parameters if ROOT in p.symbols]:
        raise AnalysisError(
            f"{table.name}: the law of {fixed[0].name} names {ROOT}, leave its parameter free and give it as a path, "
            "as in p='1/2 + root_h/4'"
        )
    known = {p.name for p in table.parameters if p.kind != "random"} - {ROOT}
    if odd := sorted(set(path) - known):
        raise AnalysisError(
            f"{table.name} has no free parameter {odd[0]!r}: leave it free, as in get(name, {odd[0]}={odd[0]!r})"
        )
    values = {name: Cells()(x, name) if isinstance(x, str) else parameter_value(x) for name, x in path.items()}
    for name, x in values.items():
        if isinstance(x, RationalFunction) and not x.symbols <= known | {ROOT}:
            raise AnalysisError(f"{name} = {x} names {sorted(x.symbols - known)[0]}: write it in terms of {ROOT}")
    ends = {name: coefficients(x, 0)[0] for name, x in values.items()}
    table.at(**{name: x for name, x in ends.items() if isinstance(x, Fraction)})
    return values


def power(x: Fraction) -> str:
    """An exponent: 2, (3/2)."""
    return str(x) if x.denominator == 1 else f"({x})"
