"""Effective order: how accurate a scheme is after a change of variables, χ∘Φ∘χ⁻¹.

Both are fields: Φ = exp(b) and χ = exp(c), hence χ∘Φ∘χ⁻¹ = exp(b + [b, c] + ½[[b, c], c] + …), the bracket
[b, c] = c'b - b'c. With F the limit field, an error d of order n goes where [F, c] = -d has a solution c of order n-1.
Source: Butcher, The effective order of Runge–Kutta methods, LNM 109 (1969) 133–139; Butcher, Sanz-Serna,
Appl. Numer. Math. 22 (1996) 103–111; brackets of trees: Hairer, Lubich, Wanner, Geometric Numerical Integration, IX.9.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from analysis.errors import AnalysisError
from analysis.orders import highest_order, linear_order, order
from analysis.series import certain_series
from analysis.trees import Tree, cuts
from analysis.trees import order as size
from schemes import Scheme
from schemes.linear import solve

Field = Mapping[Tree, Any]
Equation = tuple[dict[Tree, Any], Any]  # Σ row[s] c(s) = value
ZERO = Fraction(0)


def effective_order(scheme: Scheme) -> int:
    """The largest q such that some conjugate χ∘Φ∘χ⁻¹ of the step has order q towards the limit equation.

    Over N steps χ is applied once before and χ⁻¹ once after: (χΦχ⁻¹)^N = χ Φ^N χ⁻¹. At least the order; found order by
    order, since every χ that reaches order n differs from any other by a map that commutes with the exact flow.
    Raises AnalysisError as `order` does, and where no order shows a difference.
    Source: Butcher, The effective order of Runge–Kutta methods, LNM 109 (1969) 133–139.
    """
    p, series = order(scheme), certain_series(scheme)
    if linear(scheme) == p:
        return p
    limit = {t: series.field[t] for t in series.trees(1)}
    generators: list[Field] = []
    for n in range(p + 1, highest_order(scheme) + 2):
        trees = [t for m in range(1, n + 1) for t in series.trees(m)]
        b: Field = {t: series.field[t] for t in trees if series.field[t] != 0}
        for c in generators:
            b = conjugate(b, c, trees)
        found = generator(limit, {t: b.get(t, ZERO) for t in series.trees(n)})
        if found is None:
            return n - 1
        generators.append(found)
    raise AnalysisError(
        f"{scheme.name} has no finite effective order: it is conjugate to the exact flow as far as seen"
    )


def linear(scheme: Scheme) -> int | None:
    """The order on u' = λu, which no conjugation changes: there maps are numbers. None for a partitioned scheme."""
    try:
        return linear_order(scheme)
    except AnalysisError:
        return None


def generator(limit: Field, defect: Field) -> Field | None:
    """c of one order less with [F, c] = -d, d the homogeneous defect; or None."""
    return solution([(bracket_row(limit, t), -d) for t, d in defect.items()])


def bracket_row(limit: Field, t: Tree) -> dict[Tree, Any]:
    """[F, c](t) as a linear form in c: F lives on single nodes, so one side of the cut is a node."""
    row: dict[Tree, Any] = {}
    for theta, delta, m in cuts(t):
        if size(delta) == 1:
            row[theta] = row.get(theta, ZERO) + m * limit[delta]
        if size(theta) == 1:
            row[delta] = row.get(delta, ZERO) - m * limit[theta]
    return {s: x for s, x in row.items() if x != 0}


def conjugate(b: Field, c: Field, trees: Sequence[Tree]) -> Field:
    """exp(ad) b = b + [b, c] + ½[[b, c], c] + …, the field of exp(c)∘exp(b)∘exp(-c), on these trees."""
    total, term, i = dict(b), b, 0
    while term:
        i += 1
        term = {t: x / i for t, x in bracket(term, c, trees).items()}
        for t, x in term.items():
            total[t] = total.get(t, ZERO) + x
    return total


def bracket(b: Field, c: Field, trees: Iterable[Tree]) -> Field:
    """[b, c](t) = Σ c(θ) b(δ) - b(θ) c(δ) over the cut edges of t, where it is not 0."""
    values: dict[Tree, Any] = {}
    for t in trees:
        for theta, delta, m in cuts(t):
            if theta in c and delta in b:
                values[t] = values.get(t, ZERO) + m * (c[theta] * b[delta])
            if theta in b and delta in c:
                values[t] = values.get(t, ZERO) - m * (b[theta] * c[delta])
    return {t: x for t, x in values.items() if x != 0}


def solution(equations: Sequence[Equation]) -> Field | None:
    """The unknowns of a sparse system, free ones left out; None where it has no solution.

    Equations with one unknown go first. For one field that is all of them: the tree s with a leaf more on its root
    gives c(s) from trees with more root leaves.
    """
    known: dict[Tree, Any] = {}
    left, before = list(equations), len(equations) + 1
    while len(left) < before:
        before, waiting = len(left), []
        for row, value in left:
            unknown = [s for s in row if s not in known]
            if len(unknown) > 1:
                waiting.append((row, value))
                continue
            rest = value - sum((x * known[s] for s, x in row.items() if s in known), ZERO)
            if unknown:
                known[unknown[0]] = rest / row[unknown[0]]
            elif rest != 0:
                return None
        left = waiting
    return together(left, known)


def together(equations: Sequence[Equation], known: dict[Tree, Any]) -> Field | None:
    """What is left, by elimination."""
    unknown = list(dict.fromkeys(s for row, _ in equations for s in row if s not in known))
    if not unknown:
        return known
    right = [[value - sum((x * known[s] for s, x in row.items() if s in known), ZERO)] for row, value in equations]
    found = solve([[row.get(s, ZERO) for s in unknown] for row, _ in equations], right)
    return None if found is None else {**known, **{s: x for s, (x,) in zip(unknown, found, strict=True)}}
