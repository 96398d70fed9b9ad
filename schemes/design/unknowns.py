"""A Butcher tableau of unknowns: the nodes c_i, the weights b_i and a_ij for j ≥ 2; a_i1 = c_i - Σ a_ij."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from schemes.exact import substitute
from schemes.symbols import symbol

Rows = tuple[tuple[Any, ...], ...]
NAME = re.compile(r"[bc]\d+|a\d\d|a\d+_\d+")


@dataclass(frozen=True)
class Tableau:
    """A, b and c, with entries that are numbers or rational functions of unknowns."""

    A: Rows
    b: tuple[Any, ...]
    c: tuple[Any, ...]

    @property
    def parts(self) -> tuple[Rows, tuple[Any, ...], tuple[Any, ...]]:
        return self.A, self.b, self.c

    @property
    def entries(self) -> dict[str, Any]:
        """All entries by their names: c2, b1, a32."""
        found = {f"c{i}": x for i, x in enumerate(self.c, 1)} | {f"b{i}": x for i, x in enumerate(self.b, 1)}
        return found | {entry(i, j): x for i, row in enumerate(self.A, 1) for j, x in enumerate(row, 1)}

    def at(self, values: Mapping[str, Any]) -> Tableau:
        A, b, c = (tuple(substitute(x, dict(values)) for x in row) for row in (sum(self.A, ()), self.b, self.c))
        s = len(b)
        return Tableau(tuple(A[i : i + s] for i in range(0, s * s, s)), b, c)


def unknown_tableau(stages: int, explicit: bool) -> Tableau:
    numbers = range(1, stages + 1)
    c = tuple(Fraction(0) if explicit and i == 1 else symbol(f"c{i}") for i in numbers)
    inner = [
        [Fraction(0) if explicit and j >= i else symbol(entry(i, j)) for j in range(2, stages + 1)] for i in numbers
    ]
    A = tuple((x - sum(row, Fraction(0)), *row) for x, row in zip(c, inner, strict=True))
    return Tableau(A, tuple(symbol(f"b{i}") for i in numbers), c)


def entry(i: int, j: int) -> str:
    """a32, but a10_2 and a2_10: a102 could be read in two ways."""
    return f"a{i}{j}" if i < 10 and j < 10 else f"a{i}_{j}"


def rank(x: str, among: frozenset[str]) -> tuple[int, ...]:
    """What is found first: weights from the quadrature conditions, late rows of A, other weights, nodes, other names.

    So nodes are what stays free, and after them entries of early stages.
    """
    if not NAME.fullmatch(x):
        return (4,)
    digits = x[1:].split("_") if "_" in x else x[1:] if x[0] == "a" else [x[1:]]
    place = tuple(map(int, digits))
    if x[0] == "b":
        return (2 if any(y[0] == "a" for y in among) else 0, *place)
    return (1 if x[0] == "a" else 3, *(-number for number in place))
