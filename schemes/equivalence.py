"""Stages that have the same value in every problem, and tables that are the same method.

Two stages are in one class where they evaluate the same field, read the same states and give each class the same total
weight: the coarsest such partition. Merging its classes is the P-reduction of Butcher, Numerical Methods for ODEs,
section 381 (Hairer, Wanner, Solving ODEs II, IV.12: S-irreducible).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from schemes.scheme import Row, Scheme

NOISE = 10  # times the tolerance: what rounded entries leave of a difference that is 0
FINE = Fraction(1, 10**8)  # the largest tolerance that tells entries apart; coarser 5(4) pairs meet false conditions


def equivalent(first: Scheme, second: Scheme) -> bool:
    """Whether two tables on the same states give the same next states, for all fields and small h.

    Sufficient for any scheme; necessary for Runge–Kutta (Butcher, Numerical Methods for ODEs, section 381). A rounded
    table is equal to another as far as its tolerance tells.
    """
    if first.states != second.states:
        return False
    none = ((Fraction(0),) * second.stages, (Fraction(0),) * first.stages)
    A = (*((*row, *none[0]) for row in first.A), *((*none[1], *row) for row in second.A))
    noise = noise_of(max(first.tolerance, second.tolerance))
    classes = stage_classes((*first.fields, *second.fields), (*first.U, *second.U), A, noise)
    pairs = [(v, w) for rows in zip(first.V, second.V, strict=True) for v, w in zip(*rows, strict=True)]
    for b, c in zip(first.B, second.B, strict=True):
        sums = class_sums((*b, *none[0]), classes), class_sums((*none[1], *c), classes)
        pairs += zip(*sums, strict=True)
    return all(same(x, y, noise) for x, y in pairs)


def merged(scheme: Scheme) -> Scheme:
    """The same method with one stage a class; its embedded weights are merged alike."""
    classes = stage_classes(scheme.fields, scheme.U, scheme.A, noise_of(scheme.tolerance))
    kept = [classes.index(k) for k in range(len(set(classes)))]
    if len(kept) == scheme.stages:
        return scheme
    A, B = (tuple(class_sums(row, classes) for row in rows) for rows in ([scheme.A[i] for i in kept], scheme.B))
    U, fields = tuple(scheme.U[i] for i in kept), tuple(scheme.fields[i] for i in kept)
    embedded = scheme.embedded and class_sums(scheme.embedded, classes)
    summed = [
        k for row in (*scheme.A, *scheme.B) for k in Counter(k for k, x in zip(classes, row, strict=True) if x).values()
    ]
    tolerance = scheme.tolerance * max(summed, default=1)
    return replace(scheme, A=A, U=U, B=B, fields=fields, embedded=embedded, tolerance=tolerance)


def stage_classes(fields: Sequence[str], U: Sequence[Row], A: Sequence[Row], noise: Any = 0) -> list[int]:
    """The class of each stage, numbered in the order of their first stages; entries within `noise` are equal."""
    if all(x == 0 for i, row in enumerate(A) for x in row[i:]):
        return in_one_pass(fields, U, A, noise)
    classes = grouped(zip(fields, U, strict=True), noise)
    while (refined := grouped(zip(classes, (class_sums(row, classes) for row in A), strict=True), noise)) != classes:
        classes = refined
    return classes


def in_one_pass(fields: Sequence[str], U: Sequence[Row], A: Sequence[Row], noise: Any) -> list[int]:
    """As `stage_classes`, where each stage reads only those before it, whose classes are known by then."""
    seen: list[tuple[str, Row]] = []
    exact: dict[tuple[str, Row], int] = {}
    classes: list[int] = []
    for field, u, row in zip(fields, U, A, strict=True):
        sums = class_sums(row[: len(classes)], classes)
        own = field, (*u, *sums, *(Fraction(0),) * (len(A) - len(sums)))
        alike = ((k for k, (f, other) in enumerate(seen) if f == field and agree(other, own[1], noise)) if noise
                 else iter([exact[own]] if own in exact else []))  # fmt: skip
        classes.append(next(alike, len(seen)))
        if classes[-1] == len(seen):
            exact[own] = len(seen)
            seen.append(own)
    return classes


def grouped(signatures: Iterable[tuple[Any, Row]], noise: Any) -> list[int]:
    seen: list[tuple[Any, Row]] = []
    numbers = []
    for name, row in signatures:
        alike = (k for k, (other, r) in enumerate(seen) if other == name and agree(r, row, noise))
        numbers.append(next(alike, len(seen)))
        if numbers[-1] == len(seen):
            seen.append((name, row))
    return numbers


def agree(first: Row, second: Row, noise: Any) -> bool:
    return all(same(x, y, noise) for x, y in zip(first, second, strict=True))


def same(x: Any, y: Any, noise: Any = 0) -> bool:
    """x = y, in every parameter; numbers may differ by `noise`."""
    if x == y or not noise:
        return bool(x == y)
    return isinstance(difference := x - y, Fraction) and abs(difference) <= noise


def noise_of(tolerance: Fraction) -> Fraction:
    return NOISE * tolerance if tolerance <= FINE else Fraction(0)


def class_sums(row: Sequence[Any], classes: Sequence[int]) -> Row:
    """The total weight of each class."""
    sums = [Fraction(0)] * (max(classes, default=-1) + 1)
    for k, x in zip(classes, row, strict=True):
        if x != 0:
            sums[k] = sums[k] + x
    return tuple(sums)
