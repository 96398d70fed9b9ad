"""What a step and its stages leave out: stage order, the principal error term and its norm."""

from __future__ import annotations

from fractions import Fraction
from math import prod, sqrt
from typing import Any

from analysis.errors import AnalysisError
from analysis.orders import MOST_TREES, number_of_trees, order
from analysis.series import Underlying, certain_series, underlying
from analysis.trees import Key, Tree, children, colour, gamma, key, sigma
from analysis.trees import order as size
from schemes import Scheme, reduce

Weights = list[Any]


def stage_order(scheme: Scheme) -> int:
    """The largest q ≤ p with Y_i = u(t_n + c_i h) + O(h^(q+1)) in every stage: η_i(t) = Π w c_i^|t|/γ(t) for |t| ≤ q.

    u solves the limit equation through the smooth values of the scheme, w are its weights and c_i = η_i(•)/w; for
    Runge–Kutta that is C(q). A stage that no next state needs is not counted; 0 where a stage stands at different times
    for different fields. Raises AnalysisError as `order` does.
    Source: Butcher, Numerical Methods for ODEs, sections 321, 532; Hairer, Wanner, Solving ODEs II, IV.15.
    """
    p, needed = order(scheme), reduce(scheme)
    series = certain_series(scheme if needed.stages == scheme.stages else needed)
    c = stage_times(series)
    for q in range(1, p + 1):
        if not all(stages_agree(series, t, c) for t in series.trees(q)):
            return q - 1
    return p


def stage_times(series: Underlying) -> dict[int, Any]:
    """{stage: c_i}, read from a field with a weight that feeds the stage's component."""
    nodes = [t for t in series.trees(1) if series.field[t] != 0]
    return {i: x / series.field[t] for t in reversed(nodes) for i, x in series.stages[t].items()}


def stages_agree(series: Underlying, t: Tree, c: dict[int, Any]) -> bool:
    exact = weight(t, limit_weights(series)) / gamma(t)
    return all(x == exact * c.get(i, Fraction(0)) ** size(t) for i, x in series.stages[t].items())


def principal_error(scheme: Scheme) -> dict[Key, Any]:
    """{tree: τ(t)} with τ(t) = b(t)/(σ(t) Π w) over |t| = p+1: one step errs by Σ τ(t) F(t) + O(h^(p+2)), h = 1.

    Σ runs over the elementary differentials of the limit equation's fields w f; for one field, in the effective step.
    Exact in the arithmetic of the table; a key is a level sequence, with fields where there are several (trees.key).
    Raises AnalysisError as `order` does, where a field that acts has the weight 0, and from order 12 on.
    Source: Prince, Dormand, J. Comput. Appl. Math. 7 (1981) 67–75; Hairer, Nørsett, Wanner, Solving ODEs I, II.3.
    """
    p, series = order(scheme), underlying(scheme)
    if (terms := number_of_trees(p + 1, series.structure.grammar)) > MOST_TREES:
        raise AnalysisError(
            f"{scheme.name} errs by {terms} terms of order {p + 1}, too many to list: see error_constant"
        )
    names, weights = series.structure.names, limit_weights(series)
    if 0 in weights:
        raise AnalysisError(
            f"{scheme.name}: the weights of {names[weights.index(0)]!r} sum to 0, so its errors have no unit: "
            "read modified_equation instead"
        )
    return {key(t, names): series.field[t] / (sigma(t) * weight(t, weights)) for t in series.trees(p + 1)}


def principal_error_square(scheme: Scheme) -> Any:
    """Σ τ(t)² over |t| = p+1, exactly: a Fraction, or a rational function of the scheme's parameters.

    Raises AnalysisError as `principal_error` does.
    """
    return sum((tau * tau for tau in principal_error(scheme).values()), Fraction(0))


def principal_error_norm(scheme: Scheme) -> float:
    """‖τ^(p+1)‖₂ = sqrt(Σ τ(t)²), known as A^(p+1), by which pairs of one order are compared.

    Raises AnalysisError as `principal_error` does, and where parameters are left free.
    Source: Prince, Dormand, J. Comput. Appl. Math. 7 (1981) 67–75.
    """
    square = principal_error_square(scheme)
    if not isinstance(square, Fraction):
        values = ", ".join(f"{name}=…" for name in sorted(square.symbols))
        raise AnalysisError(
            f"{scheme.name} has an error norm that depends on its parameters: fix them first, scheme.at({values})"
        )
    return sqrt(square)


# ---- parts ---------------------------------------------------------------------------------------------------------


def limit_weights(series: Underlying) -> Weights:
    """w, one a colour."""
    return [series.field[t] for t in series.trees(1)]


def weight(t: Tree, weights: Weights) -> Any:
    """Π w over the nodes of t."""
    return prod((weight(c, weights) for c in children(t)), start=weights[colour(t)])
