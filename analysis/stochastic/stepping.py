"""Many paths of a scheme at once: tables whose random entries are arrays, one number a path or an element."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction
from itertools import chain
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.stochastic.expanding import follow
from analysis.stochastic.limits import sde_limit
from analysis.stochastic.sampling import Array, Draws
from schemes import RationalFunction, Scheme
from schemes.diffusion import ROOT, declared, diffusive
from schemes.exact import substitute
from schemes.interpreter import combine, evaluators
from schemes.starting import initial, starter

Field = Callable[[Array], Array]
Term = tuple[float, tuple[str, ...]]  # coefficient, the random factors


class Entry:
    """A random entry of a table, Σ c Π ξ, of arrays ξ."""

    def __init__(self, x: RationalFunction) -> None:
        if set(x.den) != {()}:
            raise AnalysisError(
                f"{x} divides by {min(x.symbols)}, which is random: only polynomials of draws are taken"
            )
        (den,) = x.den.values()
        self.terms: list[Term] = [
            (float(Fraction(c, den)), tuple(name for name, e in monomial for _ in range(e)))
            for monomial, c in x.num.items()
        ]

    def __call__(self, draws: Draws) -> Any:
        total: Any = 0.0
        for c, names in self.terms:
            product: Any = c
            for name in names:
                product = product * draws[name]
            total = total + product
        return total


class Table:
    """A step of a scheme with its numbers: h and √h are in it."""

    def __init__(self, scheme: Scheme, h: Fraction) -> None:
        """scheme: a diffusive table, its parameters fixed but for random ones."""
        fixed = at_root(scheme, h)
        self.random: dict[RationalFunction, Entry] = {}
        self.A, self.B = self.matrix(fixed.A, h), self.matrix(fixed.B, h)
        self.U, self.V = self.matrix(fixed.U), self.matrix(fixed.V)
        self.scheme = fixed

    def matrix(self, rows: Sequence[Sequence[Any]], h: Fraction = Fraction(1)) -> list[list[Any]]:
        return [[self.entry(x * h) for x in row] for row in rows]

    def entry(self, x: Any) -> Any:
        return self.random.setdefault(x, Entry(x)) if isinstance(x, RationalFunction) else x

    def step(self, fields: Mapping[str, Field], states: Sequence[Array], draws: Draws) -> list[Array]:
        """Y_i = Σ U u + Σ A f(Y), u' = Σ V u + Σ B f(Y); each random entry is computed once."""
        known = {id(entry): entry(draws) for entry in self.random.values()}

        def row(U: Sequence[Any], A: Sequence[Any]) -> Any:
            pairs = chain(zip(U, states, strict=False), zip(A, slopes, strict=False))
            return combine((known.get(id(c), c), x) for c, x in pairs)

        slopes: list[Array] = []
        for f, U, A in zip(evaluators(self.scheme, fields), self.U, self.A, strict=True):
            slopes.append(f(row(U, A)))
        return [row(V, B) for V, B in zip(self.V, self.B, strict=True)]


def at_root(scheme: Scheme, h: Fraction) -> Scheme:
    """The table at √h, and the laws that depend on it."""
    return scheme.at(**{ROOT: float(h) ** 0.5}) if any(p.name == ROOT for p in scheme.parameters) else scheme


class Walk:
    """N steps of a scheme to a time: the tables of its start, then its own."""

    def __init__(self, scheme: Scheme, fields: Mapping[str, Field], time: Fraction, steps: int) -> None:
        self.scheme, self.fields, self.steps = scheme, fields, steps
        h = time / steps
        self.tables = [Table(starter(scheme, n), h) for n in range(scheme.history + 1)]

    def start(self, x: Array, paths: int) -> list[Array]:
        """The states at time 0, as many paths as are asked for; memory is ordered by element."""
        part = np.repeat(x[:, None], paths, axis=1).T
        count = len(self.scheme.states)
        return [np.asarray(state) for state in initial(self.scheme, *[part] * count)]

    def step(self, n: int, states: Sequence[Array], draws: Draws) -> list[Array]:
        return self.tables[min(n, len(self.tables) - 1)].step(self.fields, states, draws)


def step_tables(scheme: Scheme, noise: Collection[str] | None, path: Mapping[str, Any]) -> Callable[[Fraction], Scheme]:
    """h ↦ the table with noise of size √h, but for √h itself; parameters on a path have their values at h.

    Raises AnalysisError for a scheme that is implicit, deterministic, or has a coefficient without a number, and as
    `sde_limit` does: what tends to no equation has no weak error.
    """
    if not scheme.explicit:
        raise AnalysisError(f"{scheme.name} is implicit: Monte Carlo steps explicit schemes only, unroll it first")
    if not any(p.kind == "random" for p in scheme.coefficients):
        raise AnalysisError(
            f"{scheme.name} draws no coefficient, it has one path and no mean of many: ask for its order"
        )
    table = diffusive(scheme, noise)
    values = follow(table, path)
    usual = {p.name: p.value for p in table.parameters if p.kind == "chosen" and isinstance(p.value, Fraction)}
    values = {name: x for name, x in usual.items() if name != ROOT} | values
    known = {ROOT, *values, *table.role("random")}
    if loose := [p.name for p in table.parameters if p.name not in known]:
        raise AnalysisError(f"{scheme.name} has no number for {loose[0]}: fix it, for instance get(…, {loose[0]}=0.5)")
    ends = {name: substitute(x, {ROOT: Fraction(0)}) for name, x in values.items()}
    sde_limit(declared(scheme).at(**ends), noise=noise)  # refuses what tends to no equation
    return lambda h: table.at(**{name: substitute(x, {ROOT: Fraction(float(h) ** 0.5)}) for name, x in values.items()})
