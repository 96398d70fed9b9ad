"""The quantiles over time of the stochastic differential equation that a scheme tends to, for a scalar problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.stochastic.limits import Differential, SDELimit, sde_limit
from analysis.stochastic.sampling import CommonNumbers
from analysis.stochastic.stepping import Walk, step_tables
from analysis.systems import Array
from odenets.explorer.acting.branches import branches, function, read
from odenets.explorer.acting.problems import ROADS
from schemes import Scheme, get

LEVELS = 0.05, 0.25, 0.5, 0.75, 0.95
TIMES, FINER = 40, 5  # of the bands, and steps of the simulation between two of them
DRAWN = 10_000  # paths of the simulation: the 5 % quantile is within 3 % of a standard deviation
SIMULATED = "platen_weak2"


@dataclass(frozen=True)
class Bands:
    """The quantiles at LEVELS over times, an array levels × times; `says` how they are known."""

    times: Array
    quantiles: Array
    says: str


@dataclass(frozen=True)
class Scalar:
    """du = drift dt + Σ_k noises_k dB_k of one unknown, as sympy expressions in it."""

    unknown: Any
    drift: Any
    noises: tuple[Any, ...]


@lru_cache(maxsize=64)
def bands(scheme: Scheme, problem: str, time: Fraction) -> Bands:
    """The bands to a time; normal or lognormal where the equation is linear, else simulated with a fixed seed.

    Raises AnalysisError and SchemeError where a scheme tends to no such equation.
    Source: Kloeden, Platen, Numerical Solution of Stochastic Differential Equations, 4.4 (linear ones), (15.1.1).
    """
    road = ROADS[problem]
    equation = scalar(sde_limit(scheme), read(road, branches(scheme, road)), road.field.variables[0])
    times, u0 = np.linspace(0, float(time), TIMES + 1), float(road.field.start[0])
    return linear(equation, u0, times) or simulated(equation, problem, time, times)


def scalar(limit: SDELimit, fields: Mapping[str, Any], u: Any) -> Scalar:
    """The limit for fields of one unknown: f'g is a product, and all spreads are those of one element."""
    if len(limit.components) > 1:
        raise AnalysisError(f"{limit.scheme} tends to an equation of several unknowns: bands are drawn of one")
    named = {name: fields[edge.field] for name, edge in limit.edges.items()}

    def value(term: Differential) -> Any:
        return named[term.outer] if term.inner is None else named[term.outer].diff(u) * named[term.inner]

    from sympy import expand, sqrt

    drift = sum((exact(c) * value(term) for term, c in limit.drift.items()), exact(0))
    noises = [
        sqrt(exact(noise.variance)) * sum((exact(c) * named[name] for name, c in noise.weights.items()), exact(0))
        for noise in limit.noises
    ]
    return Scalar(u, expand(drift), tuple(expand(x) for x in noises))


def exact(c: Any) -> Any:
    from sympy import Rational

    number = Fraction(c)
    return Rational(number.numerator, number.denominator)


# ---- what is known exactly -----------------------------------------------------------------------------------------


def linear(equation: Scalar, u0: float, times: Array) -> Bands | None:
    """The bands of du = (a u + b) dt + Σ e_k dB_k and of du = a u dt + Σ c_k u dB_k; None of any other equation."""
    u = equation.unknown
    if any(x.diff(u, 2) != 0 for x in (equation.drift, *equation.noises)):
        return None
    (a, b), *rest = [(float(x.diff(u)), float(x.subs(u, 0))) for x in (equation.drift, *equation.noises)]
    squares = sum(c * c for c, _ in rest), sum(e * e for _, e in rest)
    if squares[0] == 0:
        mean = u0 * np.exp(a * times) + b * grown(a, times)
        return Bands(times, normal(mean, np.sqrt(squares[1] * grown(2 * a, times))), "exact: a normal law")
    if squares[1] == 0 and b == 0:
        logarithm = normal((a - squares[0] / 2) * times, np.sqrt(squares[0] * times))
        found = u0 * np.exp(logarithm)
        return Bands(times, found if u0 >= 0 else found[::-1], "exact: a lognormal law")
    return None


def grown(a: float, times: Array) -> Array:
    """∫_0^t e^(as) ds."""
    return np.asarray(np.expm1(a * times) / a) if a else times


def normal(mean: Array, deviation: Array) -> Array:
    from scipy.special import ndtri

    return np.asarray(mean + np.outer(ndtri(LEVELS), deviation))


# ---- what is simulated ---------------------------------------------------------------------------------------------


def simulated(equation: Scalar, problem: str, time: Fraction, times: Array) -> Bands:
    """The bands by many paths of a scheme of weak order 2; several noises are one, as only Σ noises² is in the law."""
    from sympy import sqrt

    road, noises = ROADS[problem], equation.noises
    diffusion = noises[0] if len(noises) == 1 else sqrt(sum(x**2 for x in noises))
    fields = {"f": function(road, equation.drift), "g": function(road, diffusion)}
    steps = TIMES * FINER
    walk = Walk(step_tables(get(SIMULATED), None, {})(time / steps), fields, time, steps)
    draws = CommonNumbers(walk.tables[0].scheme.parameters, 1)
    generator = np.random.Generator(np.random.SFC64(0))
    states = walk.start(np.array(road.field.start), DRAWN)
    columns = [np.quantile(states[0][:, 0], LEVELS)]
    with np.errstate(all="ignore"):
        for n in range(steps):
            states = walk.step(n, states, draws.values(draws.normals(generator, DRAWN)))
            if (n + 1) % FINER == 0:
                columns.append(np.quantile(states[0][:, 0], LEVELS))
    return Bands(times, np.array(columns).T, f"simulated: {DRAWN:,} paths of {steps} steps of {SIMULATED}")
