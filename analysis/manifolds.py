"""The smooth manifold of a scheme, u -> S(u): the states that move on it as the underlying one-step map moves u."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from analysis.elementary import elementary_differentials, expression
from analysis.errors import AnalysisError
from analysis.series import underlying_map
from analysis.structure import structure
from analysis.systems import Array, States, parts, symbolic_jets
from analysis.trees import from_key, sigma
from analysis.trees import order as size
from schemes import Scheme


@lru_cache(maxsize=32)
def smooth_manifold(scheme: Scheme, f: Any, order: int) -> Callable[[Array, float], States]:
    """(u, h) -> the states S(u), compiled from the elementary differentials of symbolic f."""
    from sympy import Matrix, Symbol, lambdify

    if free := sorted(scheme.mean().symbols):
        raise AnalysisError(f"{scheme.name} has the free parameter {free[0]}: fix it by scheme.at({free[0]}=…)")
    if not hasattr(f, "expressions"):
        raise AnalysisError("the smooth manifold is compiled from formulas: give f as a VectorField")
    layout, S = structure(scheme), underlying_map(scheme, order)[1]
    halves = parts(scheme, f)
    home = [next((n for n, c in enumerate(layout.components) if i in c.states), 0) for i in range(len(scheme.V))]
    h = Symbol("_h")
    trees = {from_key(key, layout.names): c for key, c in S.items() if key != ()}
    F = elementary_differentials(
        layout, symbolic_jets(layout, f, halves), halves, [t for t, c in trees.items() if any(c)]
    )
    vectors = []
    for i, n in enumerate(home):
        total = Matrix([expression(S[()][i]) * f.variables[j] for j in halves[n]])
        for t, c in trees.items():
            if c[i] != 0:
                total += h ** size(t) * expression(c[i]) / sigma(t) * Matrix(F[t])
        vectors.append(total)
    compiled = lambdify([list(f.variables), h], vectors, modules="numpy", cse=True)

    def states(u: Array, step: float) -> States:
        return tuple(np.asarray(x, float).reshape(-1) for x in compiled(u, step))

    return states
