"""Fields that are polynomials, as numbers, matrices or text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from analysis.errors import AnalysisError, refusing
from schemes import RationalFunction, symbol
from schemes.exact import parameter_value
from schemes.numerals import Cells

Rows = tuple[Any, ...]  # a polynomial a component
ONE = "one"  # the field that is 1 everywhere


def variables(dimension: int) -> tuple[str, ...]:
    """u, or u1, u2, …"""
    return ("u",) if dimension == 1 else tuple(f"u{i + 1}" for i in range(dimension))


def polynomial_fields(fields: Mapping[str, Any], needed: Sequence[str]) -> dict[str, Rows]:
    """The components of each field: of a number a the field a u, of rows of numbers A u, of text what it says.

    {"f": "-1/2"} is a number, {"f": "u - u**2"} a polynomial, {"f": ["u2", "-u1"]} one of two components; the field
    `one` is 1 in each. Raises AnalysisError for a field that is missing, no polynomial, or of another dimension.
    """
    given = {name: rows(name, value) for name, value in fields.items()}
    sizes = {len(found) for found in given.values()} or {1}
    if len(sizes) > 1:
        raise AnalysisError(
            f"the fields have {', '.join(map(str, sorted(sizes)))} components: give all the same number"
        )
    given = {ONE: (Fraction(1),) * max(sizes), **given}
    if missing := [name for name in dict.fromkeys(needed) if name not in given]:
        raise AnalysisError(f"the field {missing[0]} is not given: the table needs {', '.join(dict.fromkeys(needed))}")
    known = set(variables(max(sizes)))
    for name, found in given.items():
        for x in found:
            if isinstance(x, RationalFunction) and not (set(x.den) == {()} and x.symbols <= known):
                raise AnalysisError(f"{name} = {x} is no polynomial in {', '.join(sorted(known))}")
    return {name: given[name] for name in given if name in needed}


def rows(name: str, value: Any) -> Rows:
    """The components of one field."""
    single = not isinstance(value, Sequence) or isinstance(value, str)
    entries = [value] if single else list(value)
    if all(isinstance(x, Sequence) and not isinstance(x, str) for x in entries):
        names = variables(len(entries))
        if any(len(row) != len(entries) for row in entries):
            raise AnalysisError(f"{name} is no square matrix: give {len(entries)} numbers a row")
        return tuple(
            sum((number(name, a) * symbol(u) for a, u in zip(row, names, strict=True)), Fraction(0)) for row in entries
        )
    found = tuple(number(name, x) for x in entries)
    return (found[0] * symbol("u"),) if single and isinstance(found[0], Fraction) else found


@refusing()
def number(name: str, x: Any) -> Any:
    return Cells()(x, name) if isinstance(x, str) else parameter_value(x)
