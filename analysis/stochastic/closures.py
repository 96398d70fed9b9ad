"""Linear maps on monomials: what a step, or the generator of an equation, makes of the mean of each.

Linear fields keep the degree, triangular ones such as u1' = 1, u2' = u1² a weight: finitely many monomials are enough,
and n steps are the n-th power of a matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from math import prod
from typing import Any

from analysis.errors import AnalysisError
from analysis.stochastic.expectations import Exponents, Polynomials, own_draws, scaled
from analysis.stochastic.limits import Differential, SDELimit
from analysis.stochastic.polynomial_fields import Rows, variables
from schemes import RationalFunction, Scheme, step

MOST = 300  # monomials: those of degree 4 in 8 unknowns are 330
Images = dict[Exponents, dict[Exponents, Any]]


class Componentwise(tuple[Any, ...]):
    """Values of the components of a state, added and multiplied one by one."""

    def __add__(self, other: Any) -> Componentwise:
        return Componentwise(x + y for x, y in zip(self, other, strict=True))

    def __mul__(self, other: Any) -> Componentwise:
        return Componentwise(x * y for x, y in zip(self, other, strict=True))


def closed(wanted: Iterable[Exponents], image: Callable[[Exponents], dict[Exponents, Any]], name: str) -> Images:
    """{monomial: its image} of the wanted ones and all that come up. Raises AnalysisError where they do not end."""
    found: Images = {}
    left = list(wanted)
    while left:
        m = left.pop()
        if m not in found:
            found[m] = image(m)
            left += found[m]
        if len(found) > MOST:
            raise AnalysisError(
                f"the moments of {name} do not close on these fields, there are more than {MOST}: take linear fields, "
                "or triangular ones such as u1' = 1, u2' = u1**2"
            )
    return found


def step_images(table: Scheme, fields: Mapping[str, Rows], wanted: Iterable[Exponents]) -> Images:
    """{monomial of all states: E of it after a step}, coefficients in √h and the parameters."""
    table = scaled(table)
    d, states = len(next(iter(fields.values()))), range(len(table.states))
    names = [f"{name}_{i}" for i in states for name in variables(d)]
    entries = chain(*table.A, *table.U, *table.B, *table.V)
    ring = Polynomials(entries, table.parameters, own_draws(table), d, names)

    def lifted(x: Any) -> Any:
        return x if x in (0, 1) else Componentwise(ring.lift(x, label) for label in range(d))

    own = fields_on(ring, fields)
    gens = ring.generators
    now = [Componentwise(gens[i * d : (i + 1) * d]) for i in states]
    # the symbols of entries are variables of the ring now, and a scheme declares only its own
    after = step(replace(table.mapped(lifted), start=None), own, now, 1)
    new = list(chain(*(x if isinstance(x, Componentwise) else (ring.lift(Fraction(0)),) * d for x in after)))
    return closed(wanted, lambda m: ring.means(product(new, m, ring)), table.name)


def fields_on(ring: Polynomials, fields: Mapping[str, Rows]) -> dict[str, Callable[[Any], Componentwise]]:
    """The fields as functions of componentwise polynomials."""

    def field(rows: Rows) -> Callable[[Any], Componentwise]:
        names = variables(len(rows))
        return lambda u: Componentwise(on(ring, row, dict(zip(names, u, strict=True))) for row in rows)

    return {name: field(rows) for name, rows in fields.items()}


def on(ring: Polynomials, x: Any, values: Mapping[str, Any]) -> Any:
    """A polynomial of some variables at polynomials of the ring."""
    return x(**values) + ring.lift(Fraction(0)) if isinstance(x, RationalFunction) else ring.lift(x)


def product(new: list[Any], m: Exponents, ring: Polynomials) -> Any:
    return prod((x**e for x, e in zip(new, m, strict=True) if e), start=ring.context.constant(1))


def generator_images(limit: SDELimit, table: Scheme, fields: Mapping[str, Rows], wanted: Iterable[Exponents]) -> Images:
    """{monomial: L of it}, L = Σ μ_i ∂_i + ½ Σ a_ij ∂_i ∂_j of the Itô equation, coefficients in the parameters.

    Noise per channel or element is each component's own: a_ij = 0 for i ≠ j, and of F'G the diagonal counts alone.
    Source: Kloeden, Platen, Numerical Solution of Stochastic Differential Equations, (2.4.3), (4.8.11).
    """
    d = len(next(iter(fields.values())))
    numbers = [*limit.drift.values(), *(n.variance for n in limit.noises),
               *(x for n in limit.noises for x in n.weights.values())]  # fmt: skip
    ring = Polynomials(numbers, [p for p in table.parameters if p.kind != "random"], variables=variables(d))
    first = ring.variables.start
    values = {name: tuple(on(ring, x, dict(zip(variables(d), ring.generators, strict=True))) for x in rows)
              for name, rows in fields.items()}  # fmt: skip

    def slope(edge: str) -> tuple[Any, ...]:
        return values[limit.edges[edge].field]

    def directed(key: Differential) -> list[Any]:
        if key.inner is None:
            return list(slope(key.outer))
        pairs = [[(j, v) for j, v in enumerate(slope(key.inner)) if key.within == "sample" or i == j]
                 for i in range(d)]  # fmt: skip
        rows = zip(slope(key.outer), pairs, strict=True)
        return [sum((x.derivative(first + j) * v for j, v in row), ring.lift(0)) for x, row in rows]

    drift = total([[ring.lift(c) * x for x in directed(key)] for key, c in limit.drift.items()], d, ring)
    noises = [
        (ring.lift(n.variance), n.own,
         total([[ring.lift(w) * x for x in slope(edge)] for edge, w in n.weights.items()], d, ring))
        for n in limit.noises
    ]  # fmt: skip

    def image(m: Exponents) -> dict[Exponents, Any]:
        x = product(list(ring.generators), m, ring)
        first_order = [x.derivative(first + i) for i in range(d)]
        found = sum((mu * dx for mu, dx in zip(drift, first_order, strict=True)), ring.lift(0))
        for variance, own, weights in noises:
            for i in range(d):
                for j in range(d):
                    if i == j or not own:
                        found += variance * weights[i] * weights[j] * first_order[i].derivative(first + j) / 2
        return ring.means(found)

    return closed(wanted, image, limit.scheme)


def total(rows: list[list[Any]], d: int, ring: Polynomials) -> list[Any]:
    return [sum((row[i] for row in rows), ring.lift(0)) for i in range(d)]
