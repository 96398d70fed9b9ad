"""Stages that evaluate maps, u to the next value, where the field's increment h f(u) stood."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from schemes.errors import SchemeError
from schemes.exact import is_zero
from schemes.linear import product
from schemes.rewriting import only
from schemes.scheme import Row, Scheme


def map_form(scheme: Scheme, fields: Collection[str] | None = None) -> Scheme:
    """The same step, where the stages of some fields (all unless said) evaluate a map G instead of h f.

        explicit stage, A_ii = 0     G(Y) = Y + h f(Y), Euler's step; written for f = G - 1 a plain layer is one
        implicit stage, A_ii = a     G(W) = (1 - a h f)⁻¹ W, the resolvent, of what the stage is without itself

    With W_i = U_i u + Σ_{j≠i} A_ij h f_j the increment is h f_i = (G_i - W_i) / a_i, a_i = A_ii or 1, and the stage
    itself G_i or W_i: the table stays linear, and is explicit where every implicit stage is a map.
    Raises SchemeError where stages depend on each other, and where an implicit stage is no map.
    Source: Hairer, Wanner, Solving ODEs II, IV.8; Larsson et al. 2017, (1), has layers for increments.
    """
    order = triangular(scheme)
    moved = only(replace(scheme, embedded=None), order)
    s = moved.stages
    mapped = [fields is None or field in fields for field in moved.fields]
    inputs: list[Row] = []  # W_i over states, then what the blocks give
    increments: list[Row] = []
    for i, (a_row, u_row) in enumerate(zip(moved.A, moved.U, strict=True)):
        own = a_row[i]
        if not is_zero(own) and not mapped[i]:
            raise SchemeError(
                f"{scheme.name}: a stage of {moved.fields[i]} is implicit: give the resolvent of {moved.fields[i]} "
                "as its map, or unroll the scheme"
            )
        w = added((*u_row, *[Fraction(0)] * s), a_row[:i], increments)
        block: Row = (*[Fraction(0)] * len(u_row), *(Fraction(i == j) for j in range(s)))
        inputs.append(w)
        step = own if not is_zero(own) else Fraction(1)
        increments.append(tuple((g - x) / step for g, x in zip(block, w, strict=True)) if mapped[i] else block)
    r = len(scheme.states)
    nexts = [added((*v, *[Fraction(0)] * s), b, increments) for v, b in zip(moved.V, moved.B, strict=True)]
    return replace(
        moved,
        name=f"{scheme.name}_by_maps",
        A=tuple(row[r:] for row in inputs),
        U=tuple(row[:r] for row in inputs),
        B=tuple(row[r:] for row in nexts),
        V=tuple(row[:r] for row in nexts),
        start=None,
    )


def triangular(scheme: Scheme) -> list[int]:
    """The stages in an order in which each needs only those before it, and itself."""
    order: list[int] = []
    left = list(range(scheme.stages))
    while left:
        free = [i for i in left if all(is_zero(scheme.A[i][j]) for j in left if j != i)]
        if not free:
            raise SchemeError(
                f"{scheme.name}: stages {left[0] + 1} and {left[-1] + 1} depend on each other, which no map of one "
                "stage solves: take a diagonally implicit scheme, or unroll it"
            )
        order += free
        left = [i for i in left if i not in free]
    return order


def factor(scheme: Scheme, field: str) -> Fraction:
    """The a of the resolvents (1 - a h f)⁻¹ that the stages of a field share; 0 where all are explicit.

    Raises SchemeError where they differ: one block cannot be two maps.
    """
    found = sorted({row[i] for i, row in enumerate(scheme.A) if scheme.fields[i] == field}, key=str)
    if len(found) != 1 or not isinstance(found[0], Fraction):
        raise SchemeError(
            f"{scheme.name}: the stages of {field} have the diagonal coefficients {', '.join(map(str, found))}, and "
            "one block cannot be the resolvent of each: take a scheme with the same for all, such as imex_euler"
        )
    return found[0]


def projected(scheme: Scheme, states: Sequence[str], field: str = "after") -> Scheme:
    """The step with a map G after it: the next value of each of `states` is G of what it was.

    A stage at such a next value sees it behind G. A projection method: Hairer, Lubich, Wanner, Geometric Numerical
    Integration, IV.4; G = relu is the residual network of He et al. 2015.
    """
    s, r = scheme.stages, len(scheme.states)
    places = [i for i, state in enumerate(scheme.states) if state in states]
    count = len(places)
    new = {(scheme.B[i], scheme.V[i]): s + k for k, i in enumerate(places)}
    none = (Fraction(0),) * r

    def rows(A: Sequence[Row], U: Sequence[Row]) -> tuple[tuple[Row, Row], ...]:
        """Rows over the old stages, and those that are a next value as its map."""
        found = []
        for a, u in zip(A, U, strict=True):
            at = new.get((a, u))
            found.append(
                ((*a, *[Fraction(0)] * count), u)
                if at is None
                else (tuple(Fraction(j == at) for j in range(s + count)), none)
            )
        return tuple(found)

    ends = tuple(((*scheme.B[i], *[Fraction(0)] * count), scheme.V[i]) for i in places)
    stages, nexts = (*rows(scheme.A, scheme.U), *ends), rows(scheme.B, scheme.V)
    made = replace(
        scheme,
        name=f"{scheme.name}_projected",
        A=tuple(a for a, _ in stages),
        U=tuple(u for _, u in stages),
        B=tuple(b for b, _ in nexts),
        V=tuple(v for _, v in nexts),
        fields=(*scheme.fields, *[field] * count),
        start=None,
        embedded=None,
    )
    return only(made, triangular(made))


def added(row: Row, weights: Sequence[object], others: Sequence[Row]) -> Row:
    """row + Σ_j weights_j others_j."""
    if not others:
        return row
    (total,) = product([tuple(weights)], others)
    return tuple(x + y for x, y in zip(row, total, strict=True))
