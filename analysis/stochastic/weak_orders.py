"""The weak order of a step, exact: its moments against those of the equation it tends to, forest by forest.

On the system with one component a tree, y_t' = Π y_c over the children c of t, everything is a polynomial: a step from
0 gives the elementary weight Φ(t) for y_t, and E Π y_t(h) of the equation is a finite sum by its generator. All smooth
fields have the order β if, and only if, both agree to h^(β+1/2) for every forest, as the elementary differentials of
different forests are independent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from analysis.differentials import TEXT, coefficient_text, differential, shortened
from analysis.errors import AnalysisError, refusing
from analysis.stochastic.coloured import Forest, Weights, forests
from analysis.stochastic.comparing import Comparison, nodes
from analysis.stochastic.expanding import follow, power
from analysis.stochastic.roundoff import meant, negligible, slack_of
from analysis.structure import directed
from analysis.trees import Key, from_key, key
from schemes import Scheme
from schemes.brownian import random_parameters
from schemes.diffusion import diffusive
from schemes.scheme import letter

CONSTANT = ("one",)  # fields that depend on nothing
LAST = 3  # the highest order that is asked for: none is known above it
DIGITS = 6


@dataclass(frozen=True)
class WeakOrder:
    """β, and what is wrong with the moments of order h^(β+1).

    order      the largest β for which all moments of a step agree to h^(β+1/2)
    failing    {moment: E Π Φ(t) less the exact one, the coefficient of h^(β+1)}; a moment is a tuple of trees, keys as
               in `bseries`; empty where all that was asked for agrees, and the order is at least this
    names      of the nodes' colours: a field, with # and a number where it is one of several components
    """

    order: Fraction
    failing: Mapping[tuple[Key, ...], Any]
    names: tuple[str, ...]

    @property
    def obstruction(self) -> Any:
        """The first of the failing moments' errors, those with the fewest trees first, or None."""
        return next(iter(self.failing.values()), None)

    def moment_text(self, moment: tuple[Key, ...]) -> str:
        """A moment as the product of its differentials: f·f·f."""
        return "·".join(differential(from_key(k, self.names), self.names, TEXT) for k in moment)

    def __str__(self) -> str:
        if not self.failing:
            return f"weak order {self.order} or more"
        moment, x = next(iter(self.failing.items()))
        more = f" (and {len(self.failing) - 1} more)" if len(self.failing) > 1 else ""
        error = coefficient_text(shortened(x, DIGITS))
        return (
            f"weak order {self.order}: E[{self.moment_text(moment)}] is off by {error} h^{power(self.order + 1)}{more}"
        )


@refusing()
def weak_order(
    scheme: Scheme, *, noise: Collection[str] | None = None, constant: Collection[str] = CONSTANT,
    most: int = LAST, **path: Any,
) -> WeakOrder:  # fmt: skip
    """The weak order of one-step tables with random coefficients, for systems of equations with smooth fields, exact.

        E Π_i Φ(t_i) = E Π_i y_(t_i)(h) + O(h^(β+1))   for all forests {t_1, …} of coloured trees with a weight ≤ 2β + 1

    The equation is the one that the step itself tends to, `sde_limit`, with the same parameters; a node weighs 1 where
    its field makes noise, 2 where it does not. Symbolic in what is not fixed: stochastic depth has order 1/2, and the
    obstruction p(1-p)(1-2p). Rounded tables agree within 1000 times their rounding.

    noise      the fields whose slopes are √h g, as in `sde_limit`
    constant   fields that do not depend on the state beside `one`: constant=("g",) for additive noise
    most       β is asked for up to this number
    path       parameters as functions of √h: p="1/2 + root_h/4"; the equation has the same p

    Raises AnalysisError for tables of several steps, operator schemes, noise of mean ≠ 0, draws of a whole network and
    laws without the moments; implicit and deterministic tables have an order too.
    Source: Debrabant, Kværnø, SIAM J. Numer. Anal. 47 (2008/09) 181–203 (trees); Milstein, Tretyakov, Stochastic
    Numerics for Mathematical Physics, theorem 2.2.1 (local and global order).
    """
    if most < 1:
        raise AnalysisError(f"most = {most}: orders are asked for up to a whole number, at least 1")
    return compared(scheme, noise, constant, most, path)


def compared(
    scheme: Scheme, noise: Collection[str] | None, constant: Collection[str], most: int, path: Mapping[str, Any]
) -> WeakOrder:
    """Power by power of √h, until a moment fails."""
    random_parameters(scheme)  # refuses draws for a whole network and laws without variance
    table = diffusive(scheme, noise)
    values = follow(table, path)
    weights = Weights(table, 2 * most + 2)
    comparison = Comparison(weights, values)
    slack = slack_of(table)
    seen: list[Forest] = []
    for m in range(1, 2 * most + 2):
        seen += forests(m, weights.colours, {*constant, *CONSTANT})
        failing = {f: x for f in sorted(seen, key=nodes) if not negligible(x := comparison.error(f, m), slack)}
        if failing:
            comparison.check(failing, m)
            return found(weights, Fraction(m - 2, 2), {f: meant(x, slack) for f, x in failing.items()})
    return found(weights, Fraction(most), {})


def found(weights: Weights, order: Fraction, failing: Mapping[Forest, Any]) -> WeakOrder:
    edges = [(c.field, c.reads, c.feeds) for c in weights.colours]
    plain = directed(edges, [letter(state) for state in weights.scheme.states])
    names = tuple(
        name + f"#{label + 1}" * c.labelled
        for label in range(weights.labels)
        for name, c in zip(plain, weights.colours, strict=True)
    )
    return WeakOrder(order, {tuple(key(t, names) for t in f): x for f, x in failing.items()}, names)
