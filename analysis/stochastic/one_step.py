"""One step of a table in √h scaling to order h: u' = u + √h Σ b F + h (Σ c F + Σ d F'G), from its entries.

F = f(x) is a slope that reads one component and feeds one: an edge. With B = B₋₁/s + B₀ + …, A = A₋₁/s + …, s = √h, and
w the slow motion of each component (schemes.flux),

    b = wᵀB₋₁,   E c = E[wᵀB₀],   E d = E[(wᵀB₋₁)_i (A₋₁)_ij] + E[wᵀB₋₁]_i (U R E[B₋₁])_ij,

where R = (I - V + q wᵀ)⁻¹ - q wᵀ: what the fast modes hold on average of the steps before.
Source: Milstein, Tretyakov, Stochastic Numerics for Mathematical Physics, 2.1 (moments of one step); R is ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from analysis.errors import AnalysisError
from analysis.stochastic.roundoff import meant
from schemes import Scheme
from schemes.brownian import PER, mean, random_parameters, shared
from schemes.diffusion import ROOT
from schemes.equivalence import NOISE
from schemes.exact import is_zero
from schemes.flux import Part, fluxes, parts, placed, powers
from schemes.linear import product, solve
from schemes.scheme import Matrix, letter

CONSTANT = "one"  # the field that is 1 everywhere, whose derivative is 0
LEVELS = PER[1:]  # what two elements of one sample have in common


class Edge(NamedTuple):
    """A field, the component that it reads, and the one that it feeds."""

    field: str
    reads: int
    feeds: int


@dataclass(frozen=True)
class OneStep:
    """The coefficients of a step to order h, by edges; sums over the stages of a field.

    noise  b, random coefficients in it
    mean   E c
    pairs  E d by (outer edge, inner edge, what the two elements have in common): F'G, or blocks of F' where their
           coefficients are drawn per channel, its diagonal where they are per element
    """

    table: Scheme

    @cached_property
    def components(self) -> tuple[str, ...]:
        return tuple(letter(self.table.states[part.states[0]]) for part in parts(self.table))

    @cached_property
    def random(self) -> Mapping[str, Any]:
        return random_parameters(self.table)

    @cached_property
    def given(self) -> list[tuple[Edge, int, dict[int, Any]]]:
        """Each stage, the edge along which it feeds a component, and its weight there in powers of s."""
        return [
            (Edge(self.table.fields[flux.stage], flux.reads, c), flux.stage, in_powers(self.table, x))
            for flux in fluxes(self.table)
            for c, x in enumerate(flux.weights)
            if not is_zero(x)
        ]

    @cached_property
    def noise(self) -> dict[Edge, Any]:
        found: dict[Edge, Any] = {}
        for edge, _, weight in self.given:
            found[edge] = found.get(edge, Fraction(0)) + weight.get(-1, Fraction(0))
        for edge, x in found.items():
            if not is_zero(x := self.tidy(mean(x, self.random))):
                raise AnalysisError(
                    f"{self.table.name} weighs the noise {edge.field} by {x} on average, a "
                    "drift of size 1/√h: name fields of mean 0 as noise"
                )
        return {edge: x for edge, x in found.items() if not is_zero(x)}

    @cached_property
    def mean(self) -> dict[Edge, Any]:
        found: dict[Edge, Any] = {}
        for edge, _, weight in self.given:
            found[edge] = found.get(edge, Fraction(0)) + mean(weight.get(0, Fraction(0)), self.random)
        return self.kept(found)

    @cached_property
    def pairs(self) -> dict[tuple[Edge, Edge, str], Any]:
        found: dict[tuple[Edge, Edge, str], Any] = {}
        reads, remembered = {flux.stage: flux.reads for flux in fluxes(self.table)}, self.remembered
        for outer, i, weight in self.given:
            b = weight.get(-1, Fraction(0))
            if is_zero(b) or outer.field == CONSTANT:
                continue
            for j, entry in enumerate(self.table.A[i]):
                inner = Edge(self.table.fields[j], reads[j], outer.reads)
                now = shared(b, in_powers(self.table, entry).get(-1, Fraction(0)), self.random, LEVELS)
                now[LEVELS[0]] = now.get(LEVELS[0], Fraction(0)) + mean(b, self.random) * remembered[i][j]
                for level, c in now.items():
                    key = outer, inner, level
                    found[key] = found.get(key, Fraction(0)) + c
        return self.kept(found)

    @cached_property
    def remembered(self) -> Matrix:
        """U R E[B₋₁]: what stages read of the noise of steps before, on average."""
        table, own = self.table, parts(self.table)
        before = [[mean(in_powers(table, x).get(-1, Fraction(0)), self.random) for x in row] for row in table.B]
        if all(is_zero(x) for row in before for x in row):
            return tuple((Fraction(0),) * table.stages for _ in range(table.stages))
        return product(product(table.U, fast(table, own)), before)

    def kept(self, found: Mapping[Any, Any]) -> dict[Any, Any]:
        """Coefficients as they are meant, without zeros."""
        tidied = {key: self.tidy(x) for key, x in found.items()}
        return {key: x for key, x in tidied.items() if not is_zero(x)}

    def tidy(self, x: Any) -> Any:
        """x, or the simple number that a rounded table means by it."""
        return meant(x, NOISE * self.table.tolerance * max(1, self.table.stages))


def in_powers(table: Scheme, x: Any) -> dict[int, Any]:
    """The powers of s of an entry. Raises AnalysisError where its noise does not vanish with h."""
    found = powers(x, ROOT)
    if found and min(found) < -1:
        raise AnalysisError(
            f"{table.name} multiplies random deviations, {found[min(found)]} of size 1 "
            "whatever h is, and has no limit: take weights that are linear in the random coefficients"
        )
    return found


def fast(table: Scheme, own: Sequence[Part]) -> list[list[Any]]:
    """R = (I - V + q wᵀ)⁻¹ - q wᵀ, the sum of Vⁿ - q wᵀ; states that nothing reads or keeps have q = 0."""
    size = range(len(table.states))
    slow = [[Fraction(0) for _ in size] for _ in size]
    for part in own:
        w = placed(part, table)
        for i, q in zip(part.states, part.q, strict=True):
            slow[i] = [x + q * y for x, y in zip(slow[i], w, strict=True)]
    unit = [[Fraction(i == j) for j in size] for i in size]
    V = table.mean().V
    bordered = [[unit[i][j] - V[i][j] + slow[i][j] for j in size] for i in size]
    inverse = solve(bordered, unit)
    assert inverse is not None  # 1 is a simple eigenvalue of V on each part
    return [[x - y for x, y in zip(row, other, strict=True)] for row, other in zip(inverse, slow, strict=True)]
