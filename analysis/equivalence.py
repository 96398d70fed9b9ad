"""Stages that have the same value in every problem, and tables that are the same method.

Two stages are in one class where they evaluate the same field, read the same states and give each class the same total
weight: the coarsest such partition. Merging its classes is the P-reduction of Butcher, Numerical Methods for ODEs,
section 381 (Hairer, Wanner, Solving ODEs II, IV.12: S-irreducible).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from analysis.local_error import vanishes
from schemes import Scheme

Row = tuple[Any, ...]


def equivalent(first: Scheme, second: Scheme) -> bool:
    """Whether two tables on the same states give the same next states, for all fields and small h.

    Sufficient for any scheme; necessary for Runge–Kutta (Butcher, Numerical Methods for ODEs, section 381).
    """
    none = ((Fraction(0),) * second.stages, (Fraction(0),) * first.stages)
    A = (*((*row, *none[0]) for row in first.A), *((*none[1], *row) for row in second.A))
    classes = stage_classes((*first.fields, *second.fields), (*first.U, *second.U), A, first)
    pairs = [(v, w) for rows in zip(first.V, second.V, strict=True) for v, w in zip(*rows, strict=True)]
    for b, c in zip(first.B, second.B, strict=True):
        sums = class_sums((*b, *none[0]), classes), class_sums((*none[1], *c), classes)
        pairs += zip(*sums, strict=True)
    return all(vanishes(x - y, first) for x, y in pairs)


def merged(scheme: Scheme) -> Scheme:
    """The same method with one stage a class."""
    classes = stage_classes(scheme.fields, scheme.U, scheme.A, scheme)
    kept = [classes.index(k) for k in range(len(set(classes)))]
    A, B = (tuple(class_sums(row, classes) for row in rows) for rows in ([scheme.A[i] for i in kept], scheme.B))
    U, fields = tuple(scheme.U[i] for i in kept), tuple(scheme.fields[i] for i in kept)
    return replace(scheme, A=A, U=U, B=B, fields=fields, embedded=None)


def stage_classes(fields: Sequence[str], U: Sequence[Row], A: Sequence[Row], scheme: Scheme) -> list[int]:
    """The class of each stage, numbered in the order of their first stages; equal as the scheme's tolerance has it."""
    classes = grouped(zip(fields, U, strict=True), scheme)
    while (refined := grouped(zip(classes, (class_sums(row, classes) for row in A), strict=True), scheme)) != classes:
        classes = refined
    return classes


def grouped(signatures: Iterable[tuple[Any, Row]], scheme: Scheme) -> list[int]:
    seen: list[tuple[Any, Row]] = []
    numbers = []
    for name, row in signatures:
        same = (k for k, (other, r) in enumerate(seen) if other == name and agree(r, row, scheme))
        numbers.append(next(same, len(seen)))
        if numbers[-1] == len(seen):
            seen.append((name, row))
    return numbers


def agree(first: Row, second: Row, scheme: Scheme) -> bool:
    return all(vanishes(x - y, scheme) for x, y in zip(first, second, strict=True))


def class_sums(row: Sequence[Any], classes: Sequence[int]) -> Row:
    """The total weight of each class."""
    sums = [Fraction(0)] * (max(classes, default=-1) + 1)
    for k, x in zip(classes, row, strict=True):
        sums[k] = sums[k] + x
    return tuple(sums)
