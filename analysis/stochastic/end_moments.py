"""Exact moments after n steps, no Monte Carlo, and the slopes of their errors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, takewhile
from typing import Any

import analysis.balls  # noqa: F401  # sets FLINT's precision
from analysis.errors import AnalysisError, refusing
from analysis.stochastic.monomial_maps import Problem, raw
from analysis.stochastic.roundoff import slack_of
from schemes import Scheme
from schemes.exact import parameter_value, square_root

LEVELS = range(2, 11)  # h = 4^-n, so that √h is rational
ORDERS = (1, 2, 3, 4)
FEWEST = 5  # levels behind a slope
HONEST = 5e-4  # how much the last extrapolation may move a slope of three digits


@dataclass(frozen=True)
class MomentSlopes:
    """Errors of moments at a fixed time against h, and their slopes as h → 0.

    h         of each level
    exact     {n: E u^n of the equation}
    errors    {n: E u_N^n less that, by level}
    slopes    {n: the limit of log(error)/log(h), None where the error is 0 at every h}
    moved     {n: by how much the last extrapolation moved the slope}
    """

    h: tuple[Fraction, ...]
    exact: Mapping[int, float]
    errors: Mapping[int, tuple[float, ...]]
    slopes: Mapping[int, float | None]
    moved: Mapping[int, float]

    @property
    def order(self) -> float | None:
        """The least of the slopes."""
        return min((x for x in self.slopes.values() if x is not None), default=None)


@refusing()
def moments(
    scheme: Scheme, fields: Mapping[str, Any], start: Any = 1, *, h: Any, steps: int, powers: Sequence[int] = ORDERS,
    component: int = 1, noise: Collection[str] | None = None, **path: Any,
) -> tuple[Fraction, ...]:  # fmt: skip
    """E u_N^n of a component after N steps of the table in √h scaling, exact, for fields whose moments close.

    fields     {name: a number a, for a u; a matrix; polynomials as text, "u - u**2" or ["1", "u1**2"]}
    start      a number, or one a component
    h          a square of a fraction, such as 1/16; numbers grow with the steps
    path       parameters, as functions of √h: p="1/2 + root_h/4"
    Raises AnalysisError for moments that do not close, another h, free parameters, and as `sde_limit` does.
    """
    problem = Problem(scheme, fields, start, powers, component, noise, path)
    from flint import fmpq_mat

    found = problem.after(root(parameter_value(h)), steps, fmpq_mat)
    return tuple(Fraction(int(x.p), int(x.q)) for x in found)


@refusing()
def moment_slopes(
    scheme: Scheme, fields: Mapping[str, Any], start: Any = 1, *, time: int = 1, powers: Sequence[int] = ORDERS,
    component: int = 1, levels: Sequence[int] = LEVELS, noise: Collection[str] | None = None, **path: Any,
) -> MomentSlopes:  # fmt: skip
    """The errors of E u^n at a time for h = 4^-level against those of the equation, and their slopes as h → 0.

    Both are exact: powers of a matrix on monomials, and the exponential of the generator's, in balls of 400 bits. A
    slope between levels is β + c √h + …; the limit is by Richardson's extrapolation in √h. Arguments as in `moments`.
    Raises AnalysisError as `moments` does, for levels with gaps, and where the slopes have no three digits.
    """
    from flint import arb_mat

    if time < 1 or min(levels, default=-1) < 0 or any(b - a != 1 for a, b in pairwise(levels)):
        raise AnalysisError(
            f"time = {time}, levels = {tuple(levels)}: give a whole time, and levels such as 2, 3, 4, …"
        )
    problem = Problem(scheme, fields, start, powers, component, noise, path)
    roots = [Fraction(1, 2**level) for level in levels]
    ends = [problem.after(s, time * s.denominator**2, arb_mat) for s in roots]
    exact = [problem.limit_at(s, time) for s in roots]
    errors = {n: [a[i] - b[i] for a, b in zip(ends, exact, strict=True)] for i, n in enumerate(powers)}
    noise_level = raw(slack_of(problem.table))
    found = {n: slope(scheme.name, n, e, noise_level * (1 + abs(exact[-1][i]))) for i, (n, e) in
             enumerate(errors.items())}  # fmt: skip
    return MomentSlopes(
        tuple(s * s for s in roots),
        {n: float(exact[-1][i].mid()) for i, n in enumerate(powers)},
        {n: tuple(float(x.mid()) for x in e) for n, e in errors.items()},
        {n: x for n, (x, _) in found.items()},
        {n: moved for n, (_, moved) in found.items()},
    )


def root(h: Any) -> Fraction:
    """√h. Raises AnalysisError where it is no fraction."""
    if isinstance(h, Fraction) and h > 0 and (found := square_root(h)) is not None:
        return found
    raise AnalysisError(f"h = {h} is no square of a fraction, and the table has √h in it: take h = 1/4, 1/16, …")


def slope(name: str, n: int, errors: Sequence[Any], noise: Any) -> tuple[float | None, float]:
    """The limit of the slopes between levels, a factor 2 in √h from one to the next, and what its last step moved.

    noise   what rounded entries of the table may leave of an error that is 0; levels too near to it are left out
    """
    from flint import arb

    if not any(abs(e) > noise for e in errors):
        return None, 0.0
    errors = list(takewhile(lambda e: abs(e) > noise, errors))
    if len(errors) < FEWEST:
        raise AnalysisError(
            f"{name}: the error of moment {n} is too near to the table's rounding at {FEWEST} levels: take coarser ones"
        )
    row = [abs(a / b).log() / arb(4).log() for a, b in pairwise(errors)]
    last = row[-1]
    for k in range(1, len(row)):
        last, row = row[-1], [(2**k * b - a) / (2**k - 1) for a, b in pairwise(row)]
    moved = float(abs(row[-1] - last).mid())
    if not moved <= HONEST:
        raise AnalysisError(
            f"{name}: the slope of moment {n} is not settled, it moved by {moved:.1g}: take finer levels"
        )
    return float(row[-1].mid()), moved
