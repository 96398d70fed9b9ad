"""Implicit steps as they are drawn: an increment that is solved for comes in as a value, and comes out of its box."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from odenets.equilibrium.order import is_system, recorded, together
from schemes import Scheme
from schemes.exact import is_zero
from schemes.rewriting import only


def opened(scheme: Scheme) -> Scheme:
    """One evaluation of each stage as an explicit table; the increments that are solved for are its last states.

        A = L + C:   Y = (U C) (u, F) + L F',   (u', F') = ((V 0), 0) (u, F) + (B, 1) F',   and F = F'

    C: what coupled stages read of each other. The table of an explicit scheme is its own.
    """
    if scheme.explicit:
        return scheme
    table, order = recorded(scheme)
    r, zero = range(scheme.stages), Fraction(0)
    C = [
        [x if is_zero(a) else zero for x, a in zip(*rows, strict=True)]
        for rows in zip(only(scheme, order).A, table.A, strict=True)
    ]
    solved = [k for k in r if not all(is_zero(row[k]) for row in C)]
    none = (zero,) * len(solved)
    return replace(
        table,
        U=tuple((*u, *(c[k] for k in solved)) for u, c in zip(table.U, C, strict=True)),
        B=(*table.B, *(tuple(Fraction(j == k) for j in r) for k in solved)),
        V=(*((*v, *none) for v in table.V), *((zero,) * len(scheme.states) + none for _ in solved)),
        states=(*scheme.states, *(f"solved{k + 1}[n]" for k in solved)),
        start=None,
        embedded=None,
    )


def closed(scheme: Scheme, known: int) -> Scheme:
    """The table of which all states but the first `known` are increments as they come out: the inverse of `opened`."""
    stages = [next(j for j, x in enumerate(row) if not is_zero(x)) for row in scheme.B[known:]]
    A = [list(row) for row in scheme.A]
    for row, u in zip(A, scheme.U, strict=True):
        for j, x in zip(stages, u[known:], strict=True):
            row[j] = row[j] if is_zero(x) else x
    U, V = (tuple(row[:known] for row in rows) for rows in (scheme.U, scheme.V[:known]))
    return replace(
        scheme, A=tuple(map(tuple, A)), U=U, B=scheme.B[:known], V=V, states=scheme.states[:known]
    )  # fmt: skip


def solved_groups(scheme: Scheme) -> list[list[int]]:
    """The stages that are solved for, in groups, by their numbers in the opened table."""
    groups = together(scheme)
    order = [i for group in groups for i in group]
    return [[order.index(i) for i in group] for group in groups if is_system(scheme, group)]
