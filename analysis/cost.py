"""What a step costs: evaluations of the fields, and how many vectors must be kept between two of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from analysis.errors import AnalysisError
from analysis.structure import certain_table, dot
from schemes import RationalFunction, Scheme, reduce
from schemes.equivalence import merged


def repeated_stages(scheme: Scheme) -> tuple[int, ...]:
    """The stages (0 first) whose slope the step before has computed already: "first same as last".

    Stage j with no slope in its argument reads U_j u', which is known before the step; if that is a stage of the step
    before, row for row, the slope is the same. Source: Dormand, Prince 1980, section 3.
    """
    stages = list(zip(scheme.A, scheme.U, scheme.fields, strict=True))
    rows = [*zip(*scheme.B, strict=True)], [*zip(*scheme.V, strict=True)]

    def before(j: int) -> tuple[Any, ...]:
        slopes, states = (tuple(dot(scheme.U[j], column) for column in columns) for columns in rows)
        return slopes, states, scheme.fields[j]

    return tuple(j for j, (A, _, _) in enumerate(stages) if not any(x != 0 for x in A) and before(j) in stages)


def first_same_as_last(scheme: Scheme) -> bool:
    """Whether a step begins with a slope that the step before ends with. Source: Dormand, Prince 1980, section 3."""
    return bool(repeated_stages(scheme))


def evaluations(scheme: Scheme) -> dict[str, int]:
    """{field: evaluations a step}, without what the step before has computed; with the embedded scheme, if it has one.

    Stages that have the same value in every problem count once. Of an implicit scheme these are the stages to be solved
    for.
    """
    scheme = scheme if scheme.embedded else merged(reduce(scheme))
    known = repeated_stages(scheme)
    return dict(Counter(field for j, field in enumerate(scheme.fields) if j not in known))


def registers(scheme: Scheme) -> int:
    """The vectors of the state's size that must be kept between two evaluations, at the least, for any way to compute.

    Before stage i: the rank of what stages i, i+1, … and the next states read of u and of the slopes so far. 2 for
    Williamson's and van der Houwen's low-storage schemes, 3 for the classical Runge–Kutta scheme.
    Of a rounded table the least that rounding leaves certain. Raises AnalysisError for an implicit scheme, whose stages
    are solved for together, and for a rounded one as `balls.widened` does.
    Source: Kennedy, Carpenter, Lewis 2000, section 3, and Ketcheson 2010, section 2, for the classes; as a rank: here.
    """
    scheme = merged(reduce(scheme))
    if not scheme.explicit:
        raise AnalysisError(f"{scheme.name} is implicit: the storage is that of its solver, ask for an explicit scheme")
    scheme = certain_table(scheme)
    reads = [*zip(scheme.U, scheme.A, strict=True), *zip(scheme.V, scheme.B, strict=True)]
    return max(rank([(*u, *a[:i]) for u, a in reads[i:]]) for i in range(scheme.stages + 1))


def rank(rows: Sequence[Sequence[Any]]) -> int:
    """The rank by elimination: exact, of parametric rows that of all but special values, of balls what is certain.

    The pivot is the largest entry, which keeps balls small, a number before a symbol.
    """
    left, found = [list(row) for row in rows], 0
    while entries := [(size(x), i, j) for i, row in enumerate(left) for j, x in enumerate(row) if x != 0]:
        _, i, j = max(entries, key=lambda entry: entry[0])
        row = left.pop(i)
        head, factors = row.pop(j), [other.pop(j) for other in left]
        left = [
            [x - factor * y / head for x, y in zip(other, row, strict=True)]
            for other, factor in zip(left, factors, strict=True)
        ]
        found += 1
    return found


def size(x: Any) -> Any:
    """What pivots are chosen by."""
    return Fraction(0) if isinstance(x, RationalFunction) else abs(x)
