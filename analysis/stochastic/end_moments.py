"""Exact moments after n steps, no Monte Carlo, and the slopes of their errors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise, takewhile
from math import isqrt, prod
from typing import Any

import analysis.balls  # noqa: F401  # sets FLINT's precision
from analysis.errors import AnalysisError
from analysis.stochastic.closures import Images, generator_images, step_images
from analysis.stochastic.expanding import declared, follow
from analysis.stochastic.limits import sde_limit
from analysis.stochastic.polynomial_fields import polynomial_fields
from analysis.stochastic.weak_orders import MANY, rounding
from schemes import RationalFunction, Scheme, SchemeError
from schemes.diffusion import ROOT, diffusive
from schemes.exact import parameter_value
from schemes.starting import origins, starter

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


def moment_slopes(
    scheme: Scheme, fields: Mapping[str, Any], start: Any = 1, *, time: int = 1, powers: Sequence[int] = ORDERS,
    component: int = 1, levels: Sequence[int] = LEVELS, noise: Collection[str] | None = None, **path: Any,
) -> MomentSlopes:  # fmt: skip
    """The errors of E u^n at a time for h = 4^-level against those of the equation, and their slopes as h → 0.

    Both are exact: powers of a matrix on monomials, and the exponential of the generator's, in balls of 400 bits. A
    slope between levels is β + c √h + …; the limit is by Richardson's extrapolation in √h. Arguments as in `moments`.
    Raises AnalysisError as `moments` does, and where the slopes have no three digits.
    """
    from flint import arb_mat

    problem = Problem(scheme, fields, start, powers, component, noise, path)
    roots = [Fraction(1, 2**level) for level in levels]
    ends = [problem.after(s, time * s.denominator**2, arb_mat) for s in roots]
    exact = [problem.limit_at(s, time) for s in roots]
    errors = {n: [a[i] - b[i] for a, b in zip(ends, exact, strict=True)] for i, n in enumerate(powers)}
    noise_level = raw(MANY * rounding(problem.table))
    found = {n: slope(scheme.name, n, e, noise_level * (1 + abs(exact[-1][i]))) for i, (n, e) in
             enumerate(errors.items())}  # fmt: skip
    return MomentSlopes(
        tuple(s * s for s in roots),
        {n: float(exact[-1][i].mid()) for i, n in enumerate(powers)},
        {n: tuple(float(x.mid()) for x in e) for n, e in errors.items()},
        {n: x for n, (x, _) in found.items()},
        {n: moved for n, (_, moved) in found.items()},
    )


class Problem:
    """A table, fields, a start and the wanted powers: matrices on monomials, for the step and for its limit."""

    def __init__(
        self, scheme: Scheme, fields: Mapping[str, Any], start: Any, powers: Sequence[int], component: int,
        noise: Collection[str] | None, path: Mapping[str, Any],
    ) -> None:  # fmt: skip
        limit = sde_limit(scheme, noise=noise)
        if len(limit.components) > 1:
            raise AnalysisError(f"{scheme.name} has the unknowns {', '.join(limit.components)}: take one of a single")
        self.table = replace(diffusive(declared(scheme), noise), name=scheme.name)
        self.path = follow(self.table, path)
        polynomials = polynomial_fields(fields, [field for field in self.table.fields])
        d = len(next(iter(polynomials.values())))
        given = start if isinstance(start, Sequence) and not isinstance(start, str) else [start] * d
        if len(given) != d or component not in range(1, d + 1):
            raise AnalysisError(f"the fields have {d} components: fit start = {start}, component = {component} to them")
        self.start = [parameter_value(x) for x in given]
        self.wanted = [(0,) * (component - 1) + (n,) + (0,) * (d - component) for n in powers]
        self.generator = generator_images(limit, self.table, polynomials, self.wanted)
        rest = (0,) * d * (len(self.table.states) - 1)
        self.steps = [step_images(self.table, polynomials, [m + rest for m in self.wanted])]
        for i in reversed(range(self.table.history)):
            self.steps.insert(0, step_images(self.starting(i), polynomials, self.steps[0]))

    def starting(self, i: int) -> Scheme:
        """The table of step i, while history fills as in the network."""
        parts = starter(self.table, i), self.table
        return replace(parts[0], parameters=tuple({p.name: p for part in parts for p in part.parameters}.values()))

    def numbers(self, s: Fraction) -> dict[str, Any]:
        """Parameters on the path at √h = s. Raises AnalysisError where a law refuses one."""
        found = {name: x(**{ROOT: s}) if isinstance(x, RationalFunction) else x for name, x in self.path.items()}
        try:
            self.table.at(**{name: x for name, x in found.items() if isinstance(x, Fraction)})
        except SchemeError as error:
            raise AnalysisError(f"h = {s * s} is too large for the path: {error}") from None
        return {ROOT: s, **found}

    def after(self, s: Fraction, steps: int, kind: Any) -> list[Any]:
        """The wanted moments after some steps of h = s²."""
        *first, last = self.steps
        if steps < len(first):
            raise AnalysisError(f"{self.table.name} has its first {len(first)} steps by another table: take more steps")
        numbers = self.numbers(s)
        held = [q * x for _, q in origins(self.table) for x in self.start]
        mean = {m: prod((x**e for x, e in zip(held, m, strict=True)), start=Fraction(1)) for m in self.steps[0]}
        for images, then in pairwise(self.steps):
            mean = {m: sum((value(x, numbers) * mean[k] for k, x in images[m].items()), Fraction(0)) for m in then}
        power = matrix(last, numbers, kind) ** (steps - len(first))
        return self.read(power, last, [mean[m] for m in last], kind)

    def limit_at(self, s: Fraction, time: int) -> list[Any]:
        """The moments of the equation, its parameters those of √h = s."""
        from flint import arb_mat

        mean = [prod((x**e for x, e in zip(self.start, m, strict=True)), start=Fraction(1)) for m in self.generator]
        rates = matrix(self.generator, self.numbers(s), arb_mat)
        return self.read((rates * time).exp(), self.generator, mean, arb_mat)

    def read(self, map_: Any, images: Images, mean: Sequence[Any], kind: Any) -> list[Any]:
        ends = map_ * kind(len(mean), 1, [raw(x) for x in mean])
        d = len(self.start)
        places = {m[:d]: i for i, m in enumerate(images) if not any(m[d:])}
        return [ends[places[m], 0] for m in self.wanted]


def matrix(images: Images, numbers: Mapping[str, Any], kind: Any) -> Any:
    """The images of monomials as rows."""
    places = {m: i for i, m in enumerate(images)}
    found = kind(len(images), len(images), [0] * len(images) ** 2)
    for m, image in images.items():
        for k, x in image.items():
            found[places[m], places[k]] = raw(value(x, numbers))
    return found


def value(x: Any, numbers: Mapping[str, Any]) -> Fraction:
    found = x(**numbers) if isinstance(x, RationalFunction) else x
    if isinstance(found, RationalFunction):
        name = sorted(found.symbols)[0]
        raise AnalysisError(f"{name} is free in the table: fix it before asking for moments, {name}=…")
    return Fraction(found)


def raw(x: Fraction) -> Any:
    from flint import fmpq

    return fmpq(x.numerator, x.denominator)


def root(h: Any) -> Fraction:
    """√h. Raises AnalysisError where it is no fraction."""
    if isinstance(h, Fraction) and h > 0:
        found = Fraction(isqrt(h.numerator), isqrt(h.denominator))
        if found**2 == h:
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
