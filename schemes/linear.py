"""Matrices over any exact field: products, and linear systems by Gauss–Jordan elimination."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from numbers import Rational
from typing import Any


def solve(matrix: Sequence[Sequence[Any]], right: Sequence[Sequence[Any]]) -> list[list[Any]] | None:
    """A solution X of matrix · X = right (columns are right-hand sides), free unknowns 0; None where there is none.

    The pivot is in the row with the fewest symbols.
    """
    width = len(matrix[0])
    rows = [[*m, *r] for m, r in zip(matrix, right, strict=True)]
    pivots: list[int] = []
    for column in range(width):
        at = len(pivots)
        possible = [i for i in range(at, len(rows)) if rows[i][column] != 0]
        pivot = min(possible, key=lambda i: sum(not isinstance(x, Rational) for x in rows[i]), default=None)
        if pivot is None:
            continue
        rows[at], rows[pivot] = rows[pivot], rows[at]
        head = rows[at][column]
        rows[at] = [x / head if x != 0 else x for x in rows[at]]
        for i, row in enumerate(rows):
            if i != at and (factor := row[column]) != 0:
                rows[i] = [x - factor * y if y != 0 else x for x, y in zip(row, rows[at], strict=True)]
        pivots.append(column)
    if any(x != 0 for row in rows[len(pivots) :] for x in row):
        return None
    solution: list[list[Any]] = [[Fraction(0)] * len(right[0]) for _ in range(width)]
    for row, column in zip(rows, pivots, strict=False):
        solution[column] = row[width:]
    return solution


def product(left: Sequence[Sequence[Any]], right: Sequence[Sequence[Any]]) -> tuple[tuple[Any, ...], ...]:
    """The product of two matrices."""
    columns = list(zip(*right, strict=True))
    return tuple(
        tuple(sum((x * y for x, y in zip(row, c, strict=True) if x != 0 and y != 0), Fraction(0)) for c in columns)
        for row in left
    )
