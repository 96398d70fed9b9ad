"""Which stages of a table are solved together, and in which order."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from schemes import Scheme
from schemes.exact import is_zero
from schemes.rewriting import only


def together(scheme: Scheme) -> list[list[int]]:
    """The stages in groups that depend on each other, each group behind those it reads.

    They are the strongly connected components of A, diagonal blocks of a permutation of it: one stage after another of
    a diagonally implicit scheme, all at once of a Gauss scheme. The field `one` is constant and reads nothing.
    """
    reads = [
        {j for j, x in enumerate(row) if not is_zero(x)} if field != "one" else set()
        for row, field in zip(scheme.A, scheme.fields, strict=True)
    ]
    for k in range(scheme.stages):  # Warshall: ways through stage k
        for row in reads:
            if k in row:
                row |= reads[k]
    groups = {tuple(j for j in range(scheme.stages) if j == i or (j in reads[i] and i in reads[j]))
              for i in range(scheme.stages)}  # fmt: skip
    return sorted(map(list, groups), key=lambda group: (len(reads[group[0]] | {*group}), group))


def is_system(scheme: Scheme, group: list[int]) -> bool:
    """Whether the stages of a group are the solution of a system: more than one, or one that reads itself."""
    return len(group) > 1 or not (is_zero(scheme.A[group[0]][group[0]]) or scheme.fields[group[0]] == "one")


def recorded(scheme: Scheme) -> tuple[Scheme, tuple[int, ...]]:
    """The explicit table of one evaluation of each stage, in the order of the groups, and its stages' numbers before.

    Coupled stages read what is known without them: it is what backward sees of a step, and what counts as its depth.
    """
    groups = together(scheme)
    beside = {i: group for group in groups for i in group}
    A = tuple(tuple(Fraction(0) if j in beside[i] else x for j, x in enumerate(row)) for i, row in enumerate(scheme.A))
    order = tuple(i for group in groups for i in group)
    return only(replace(scheme, A=A), order), order
