"""First steps that are drawn as later ones are: what differs is handed on alone, and is the same at a start."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from odenets.stages import Crossing, Stage
from schemes import Scheme
from schemes.exact import is_one, is_zero


def folded(drawn: Sequence[Sequence[Scheme]], stages: Sequence[Stage]) -> list[list[Scheme]]:
    """The drawn tables of all steps, of a stage's first step that of a later one where there is such."""
    found = [list(own) for own in drawn]
    for own, stage in zip(found, stages, strict=True):
        if (place := first_place(stage)) < len(own):
            first, origins = own[place], stage.start.origins
            others = (other for tables in drawn for other in tables if other.V != first.V)
            own[place] = next((other for other in others if is_first_of(first, other, origins)), first)
    return found


def first_place(stage: Stage) -> int:
    """The place of the step that begins with copies of one value, behind a crossing that keeps nothing; or the end."""
    first = stage.steps[0]
    if stage.keeps or (isinstance(first, Crossing) and not first.starts_anew):
        return len(stage.steps)
    return int(isinstance(first, Crossing))


def is_first_of(first: Scheme, later: Scheme, origins: Sequence[tuple[int, float]]) -> bool:
    """Whether a table is a later one at a start: all that differs hands on states that are the same there.

    origins: what each state is at a start, as (component, times what)
    """
    if first.states != later.states or (first.name, first.fields) != (later.name, later.fields):
        return False

    def at_start(row: Sequence[Any]) -> set[tuple[int, Any]]:
        return {(i, x * Fraction(q)) for x, (i, q) in zip(row, origins, strict=True) if not is_zero(x) and q}

    def alike(a: Sequence[Any], b: Sequence[Any], slopes: Sequence[Any]) -> bool:
        handed = [x for x in (*b, *slopes) if not is_zero(x)]
        return a == b or (len(handed) == 1 and is_one(handed[0]) and at_start(a) == at_start(b))

    same = (first.A, first.U, first.B, first.V[0]) == (later.A, later.U, later.B, later.V[0])
    return same and all(map(alike, first.V, later.V, later.B))
