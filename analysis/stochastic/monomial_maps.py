"""A table and its equation on polynomial fields, as matrices on the monomials of the states."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import prod
from typing import Any

from analysis.errors import AnalysisError
from analysis.stochastic.closures import Images, generator_images, step_images
from analysis.stochastic.expanding import follow
from analysis.stochastic.limits import sde_limit
from analysis.stochastic.polynomial_fields import polynomial_fields
from schemes import RationalFunction, Scheme, SchemeError
from schemes.diffusion import ROOT, diffusive
from schemes.exact import parameter_value
from schemes.starting import origins, starter


class Problem:
    """A table, fields, a start and the wanted powers: matrices on monomials, for the step and for its limit."""

    def __init__(
        self, scheme: Scheme, fields: Mapping[str, Any], start: Any, powers: Sequence[int], component: int,
        noise: Collection[str] | None, path: Mapping[str, Any],
    ) -> None:  # fmt: skip
        limit = sde_limit(scheme, noise=noise)
        if len(limit.components) > 1:
            raise AnalysisError(f"{scheme.name} has the unknowns {', '.join(limit.components)}: take one of a single")
        self.table = diffusive(scheme, noise)
        self.path = follow(self.table, path)
        polynomials = polynomial_fields(fields, self.table.fields)
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
