"""The weak order of a scheme on nonlinear fields by Monte Carlo: multilevel differences, intervals, refusals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from analysis.errors import AnalysisError, refusing
from analysis.stochastic.answers import WeakSlope
from analysis.stochastic.levels import Functional
from analysis.stochastic.local import level_type
from analysis.stochastic.rounds import Study
from analysis.stochastic.sampling import Array
from analysis.stochastic.slopes import FEWEST
from analysis.stochastic.stepping import Field, at_root, step_tables
from schemes import Scheme
from schemes.exact import parameter_value


def weak_error(
    scheme: Scheme,
    fields: Mapping[str, Field],
    start: Sequence[float],
    *,
    functional: Functional | None = None,
    time: Any = 1,
    levels: Sequence[int] = (4, 8, 16, 32),
    confidence: float = 0.95,
    budget: float = 2e8,
    seed: int = 0,
    noise: Collection[str] | None = None,
    path: Mapping[str, Any] | None = None,
) -> WeakSlope:
    """The exponent of E φ(X_h) - E φ(X_h/2) in h, on nonlinear fields, with a confidence interval.

    The differences have the exponent of the weak error and need no reference solution. Both step sizes see common
    random numbers; where a step's noise has few outcomes or a quadrature, its mean over one step is taken exactly
    (`StepLevel`), elsewhere the z of a step is that of its two halves (`PathLevel`). As many samples are drawn of each
    level as make the interval decide, by variance and cost.

    fields      by name, of arrays of shape (paths, d), which they leave as they are
    start       X_0, d numbers
    functional  φ, of (paths, d) to (paths,); the first component unless said
    levels      numbers of steps to `time`, each twice the one before; each is compared with twice as many. The interval
                is right if at the coarsest that it uses the next term of the expansion is at most 3/4 of the first
    budget      evaluations of fields, one a path, that may be made at most
    noise       fields whose slopes are √h g, as in `diffusive`
    path        parameters as functions of √h, {"p": "1/2 + root_h/4"}; h and h/2 are compared at the p of h

    Raises AnalysisError for levels that are none, a budget that pays no sample, fields that return another shape, paths
    that overflow, implicit and deterministic schemes, and coefficients without a number. A slope that its interval does
    not decide is no error: the answer has none, and says why.
    Source: Giles, Oper. Res. 56 (2008) 607–617 (multilevel, sample sizes); Talay, Tubaro 1990 (expansion of the error).
    """
    phi = functional or first_component
    options = {"time": time, "levels": levels, "confidence": confidence, "budget": budget, "seed": seed}
    return weak_slopes(scheme, fields, start, {"": phi}, **options, noise=noise, path=path)[""]


def first_component(x: Array) -> Array:
    return x[:, 0]


@refusing()
def weak_slopes(
    scheme: Scheme,
    fields: Mapping[str, Field],
    start: Sequence[float],
    functionals: Mapping[str, Functional],
    *,
    time: Any = 1,
    levels: Sequence[int] = (4, 8, 16, 32),
    confidence: float = 0.95,
    budget: float = 2e8,
    seed: int = 0,
    noise: Collection[str] | None = None,
    path: Mapping[str, Any] | None = None,
) -> dict[str, WeakSlope]:
    """`weak_error` of several functionals on the same paths."""
    if len(levels) < FEWEST or levels[0] < 1 or any(2 * n != m for n, m in pairwise(levels)):
        raise AnalysisError(
            f"levels = {tuple(levels)}: give {FEWEST} or more numbers of steps, each twice the one before"
        )
    if not 0 < confidence < 1:
        raise AnalysisError(f"confidence = {confidence} is a probability below 1: take 0.95")
    x, T = np.asarray(start, dtype=float), Fraction(parameter_value(time))
    tables = step_tables(scheme, noise, path or {})
    check_fields(scheme, fields, x)
    drawn = []
    for n in levels:
        table = tables(T / n)
        kind = level_type(at_root(table, T / levels[-1]), len(x))
        drawn.append(kind(table, fields, x, T, n, [seed, n]))
    study = Study(drawn, list(functionals.values()), confidence, budget)
    study.run()
    return {name: study.slope(i) for i, name in enumerate(functionals)}


def check_fields(scheme: Scheme, fields: Mapping[str, Field], x: Array) -> None:
    """Raises AnalysisError for a field that is missing, or that is not vectorised."""
    probe = np.repeat(x[:, None], 3, axis=1).T
    for name in dict.fromkeys(scheme.fields):
        if name not in fields:
            raise AnalysisError(f"{scheme.name} evaluates the field {name!r}, which was not given")
        if (shape := np.shape(fields[name](probe))) != probe.shape:
            raise AnalysisError(f"the field {name!r} makes {shape} of {probe.shape}: it takes and gives (paths, d)")
