"""Polynomials in √h, in a table's random coefficients and in other variables, and their exact means, by FLINT.

A coefficient that is drawn per channel or element has a copy for each label, that is for each component that tells its
own draw from another's; copies are independent of each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import lcm, prod
from typing import Any

from analysis.errors import AnalysisError, refusing
from schemes import RationalFunction, Scheme, symbol
from schemes.brownian import OWN
from schemes.diffusion import ROOT
from schemes.parameters import Parameter, expectation
from schemes.symbols import lowest, parts

Exponents = tuple[int, ...]


class Polynomials:
    """The ring of a table: its symbols, copies of random ones, 1/d of each denominator d, and more variables.

    laws   of the random symbols, the copies among them
    own    the random symbols that each label draws for itself
    """

    def __init__(
        self, entries: Iterable[Any], parameters: Sequence[Parameter], own: frozenset[str] = frozenset(),
        labels: int = 1, variables: Sequence[str] = (),
    ) -> None:  # fmt: skip
        from flint import Ordering, fmpq_mpoly_ctx

        random = {p.name: p for p in parameters if p.kind == "random"}
        self.own = own
        self.laws = {copy(n, i): p.value for n, p in random.items() for i in range(labels if n in self.own else 1)}
        plain = [p.name for p in parameters if p.kind != "random"]
        self.denominators = sorted({denominator(x) for x in entries} - {1}, key=str)
        inverses = [f"1/({d})" for d in self.denominators]
        self.names = (*self.laws, ROOT, *(n for n in plain if n != ROOT), *inverses, *variables)
        self.variables = range(len(self.names) - len(variables), len(self.names))
        self.context = fmpq_mpoly_ctx.get(self.names, Ordering.lex)
        self.places = {name: i for i, name in enumerate(self.names)}
        self.moments: dict[Exponents, Any] = {}

    @property
    def generators(self) -> tuple[Any, ...]:
        """The variables."""
        return tuple(self.context.gens()[i] for i in self.variables)

    def lift(self, x: Any, label: int = 0) -> Any:
        """The polynomial of a number or a rational function whose denominator is known, as this label draws it."""
        num, den = parts(x) or ({}, {})
        found = self.context.from_dict({self.exponents(m, label): c for m, c in num.items()})
        if set(den) == {()}:
            return found / den[()]
        return found * self.context.gens()[self.places[f"1/({denominator(x)})"]]

    def exponents(self, monomial: Any, label: int) -> Exponents:
        found = [0] * len(self.names)
        for name, e in monomial:
            found[self.places[copy(name, label) if name in self.own else name]] = e
        return tuple(found)

    def mean(self, x: Any) -> Any:
        """E[x] of a polynomial without variables, a rational function of √h and the parameters."""
        return self.means(x).get((0,) * len(self.variables), Fraction(0))

    def means(self, x: Any) -> dict[Exponents, Any]:
        """{exponents of the variables: E of their coefficient}."""
        first, last = len(self.laws), self.variables.start
        split: dict[Exponents, dict[Exponents, dict[Any, Any]]] = {}
        for m, c in x.to_dict().items():
            exponents = tuple(map(int, m))
            split.setdefault(exponents[last:], {}).setdefault(exponents[:first], {})[exponents[first:last]] = c
        found = {
            kept: sum((self.plain(rest) * self.moment(drawn) for drawn, rest in rows.items()), Fraction(0))
            for kept, rows in split.items()
        }
        return {kept: value for kept, value in found.items() if value != 0}

    def plain(self, terms: Mapping[Exponents, Any]) -> Any:
        """The rational function of terms in √h, parameters and reciprocals."""
        common = lcm(*(int(c.q) for c in terms.values()))
        names = self.names[len(self.laws) : self.variables.start]
        free = len(names) - len(self.denominators)
        groups: dict[Exponents, dict[Any, int]] = {}
        for m, c in terms.items():
            monomial = tuple(sorted((name, e) for name, e in zip(names, m[:free], strict=False) if e))
            groups.setdefault(m[free:], {})[monomial] = int(c.p) * (common // int(c.q))
        inverses = {
            powers: prod((1 / d**e for d, e in zip(self.denominators, powers, strict=True)), start=Fraction(1))
            for powers in groups
        }
        return sum((lowest(num, {(): 1}) * inverses[powers] for powers, num in groups.items()), Fraction(0)) / common

    def moment(self, powers: Exponents) -> Any:
        """E of a product of powers of the random symbols. Raises AnalysisError where a law has not this moment."""
        if powers not in self.moments:
            drawn = (symbol(name) ** e for name, e in zip(self.laws, powers, strict=True) if e)
            with refusing():
                self.moments[powers] = expectation(prod(drawn, start=Fraction(1)), self.laws)
        return self.moments[powers]


def own_draws(scheme: Scheme) -> frozenset[str]:
    """The random coefficients that each component draws for itself.

    Raises AnalysisError where some are drawn per channel and others per element, and for one drawn with others.
    """
    random = [p for p in scheme.parameters if p.kind == "random" and p.per in OWN]
    if other := next((p for p in random if p.per != random[0].per), None):
        raise AnalysisError(
            f"{scheme.name} draws {random[0].name} per {random[0].per} and {other.name} per {other.per}: "
            "give both the same spread"
        )
    if odd := next((p for p in random if p.value.together is not None), None):
        raise AnalysisError(f"{scheme.name} draws {odd.name} together with others, per {odd.per}: draw it per sample")
    return frozenset(p.name for p in random)


def copy(name: str, label: int) -> str:
    return f"{name}__{label}" if label else name


def denominator(x: Any) -> Any:
    """The denominator of a rational function; 1 where it is a number."""
    if not isinstance(x, RationalFunction) or set(x.den) == {()}:
        return 1
    return lowest(x.den, {(): 1})


def valuation(x: Any) -> int:
    """The least power of √h in what √h does not divide."""
    return min(dict(m).get(ROOT, 0) for m in x.num) if isinstance(x, RationalFunction) else 0


def scaled(scheme: Scheme) -> Scheme:
    """The table in √h scaling with h A and h B for A and B, polynomials in √h: its steps are of size 1."""
    h = symbol(ROOT) ** 2
    A, B = (tuple(tuple(h * x for x in row) for row in rows) for rows in (scheme.A, scheme.B))
    return replace(scheme, A=A, B=B)
