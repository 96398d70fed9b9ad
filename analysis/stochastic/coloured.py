"""Forests of coloured trees by their power of √h, and the elementary weights of a random step on them.

A node's colour is a field, the component that it reads and the one that it feeds. Where a field is multiplied by
numbers that every component draws for itself, its nodes have labels beside: which of them lie in one component.
Source: Debrabant, Kværnø, SIAM J. Numer. Anal. 47 (2008/09) 181–203, section 3; Rößler, Stochastic Anal. Appl. 24
(2006) 97–134.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations_with_replacement
from math import prod
from typing import Any

from analysis.errors import AnalysisError
from analysis.stochastic.expectations import Polynomials, own_draws, scaled, valuation
from analysis.trees import Tree, children, colour, tree
from schemes import RationalFunction, Scheme
from schemes.consistency import connected

Forest = tuple[Tree, ...]
Grammar = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Colour:
    """A field from component to component.

    weight    the least power of √h in its slopes: 1 of noise, 2 of drift
    stages    those that evaluate it
    labelled  whether each component draws its own random factor
    """

    field: str
    reads: int
    feeds: int
    weight: int
    stages: tuple[int, ...]
    labelled: bool


def colours(scheme: Scheme) -> tuple[Colour, ...]:
    """The colours of a one-step table of slopes. Raises AnalysisError for a table that keeps more than its state."""
    home = {i: n for n, (state,) in enumerate(single(scheme)) for i, row in enumerate(scheme.U) if row[state] != 0}
    own = own_draws(scheme)
    found: dict[tuple[str, int, int], list[Any]] = {}
    for row, feeds in [*zip(scheme.B, range(len(scheme.B)), strict=True), *((a, home[i]) for i, a in
                       enumerate(scheme.A))]:  # fmt: skip
        for j, x in enumerate(row):
            if x != 0:
                found.setdefault((scheme.fields[j], home[j], feeds), []).append((x, j))
    return tuple(
        Colour(
            *name,
            min(valuation(x) for x, _ in entries),
            tuple(sorted({j for _, j in entries})),
            any(own & x.symbols for x, _ in entries if isinstance(x, RationalFunction)),
        )
        for name, entries in found.items()
    )


def single(scheme: Scheme) -> list[list[int]]:
    """The components of a table with one state each. Raises AnalysisError for another table."""
    if scheme.operator:
        raise AnalysisError(
            f"{scheme.name} applies a field to a slope: it has no elementary differentials, so no trees"
        )
    parts = connected(scheme)
    ones = all(x in (0, 1) for row in (*scheme.U, *scheme.V) for x in row)
    if any(len(part) > 1 for part in parts) or not ones:
        raise AnalysisError(
            f"{scheme.name} keeps {', '.join(scheme.states)}: the trees are those of one-step tables, "
            "see moment_slopes for the exact moments of its steps"
        )
    return parts


# ---- forests -------------------------------------------------------------------------------------------------------


def forests(weight: int, found: Sequence[Colour], constant: Collection[str] = ()) -> Iterator[Forest]:
    """The forests of this least power of √h, each with every pattern of labels; no tree grows on constant fields."""
    weights = tuple(c.weight for c in found)
    grammar = tuple(
        () if c.field in constant else tuple(i for i, child in enumerate(found) if child.feeds == c.reads)
        for c in found
    )
    for forest in gathered(weight, weight, tuple(range(len(found))), weights, grammar):
        yield from sorted({tuple(sorted(f)) for f, _ in patterns(forest, 0, found)})


@cache
def grown(weight: int, root: int, weights: tuple[int, ...], grammar: Grammar) -> Forest:
    """The trees of this weight with a root of this colour."""
    rest = weight - weights[root]
    return tuple(tree(f, root) for f in gathered(rest, rest, grammar[root], weights, grammar)) if rest >= 0 else ()


@cache
def gathered(
    total: int, largest: int, roots: tuple[int, ...], weights: tuple[int, ...], grammar: Grammar
) -> tuple[Forest, ...]:
    """The multisets of trees of `total` weight together and at most `largest` each, their roots of these colours."""
    if total == 0:
        return ((),)
    if largest == 0:
        return ()
    candidates = [t for c in roots for t in grown(largest, c, weights, grammar)]
    return tuple(
        (*few, *large)
        for m in range(total // largest + 1)
        for large in combinations_with_replacement(candidates, m)
        for few in gathered(total - m * largest, largest - 1, roots, weights, grammar)
    )


def patterns(forest: Forest, used: int, found: Sequence[Colour]) -> Iterator[tuple[Forest, int]]:
    """The forest with labels 0, 1, … on its nodes, a new one after those in use; how many are in use then."""
    if not forest:
        yield (), used
        return
    first, *rest = forest
    c = colour(first)
    for label in range(used + 1 if found[c].labelled else 1):
        seen = max(used, label + 1) if found[c].labelled else used
        for below, more in patterns(children(first), seen, found):
            for others, last in patterns(tuple(rest), more, found):
                yield (tree(below, c + label * len(found)), *others), last


# ---- elementary weights --------------------------------------------------------------------------------------------


class Weights:
    """Φ(t) of a step, polynomials in √h and its random numbers, for trees with up to `labels` labels.

        Φ_i([t_1 … t_m]_c) = Σ_j h A_ij Π_k Φ_j(t_k)   over the stages j of the field of c, Φ(t) the same with B for A

    On the system with one component a tree, y_t' = Π y_c over the children c of t (of noise: dB instead of dt), Φ(t) is
    what the step gives for y_t from 0. Source: Debrabant, Kværnø 2008/09, theorem 3.1.
    """

    def __init__(self, scheme: Scheme, labels: int) -> None:
        self.scheme = table = scaled(scheme)
        self.colours = colours(table)
        self.labels = labels if any(c.labelled for c in self.colours) else 1
        entries = [x for rows in (table.A, table.B) for row in rows for x in row]
        self.ring = Polynomials(entries, table.parameters, own_draws(table), self.labels)
        self.A, self.B = (
            [[[self.ring.lift(x, label) for x in row] for row in rows] for label in range(self.labels)]
            for rows in (table.A, table.B)
        )
        self.inner: Callable[[Tree], dict[int, Any]] = cache(self.products)
        self.mean: Callable[[Forest], Any] = cache(self.mean_of)
        self.outer: Callable[[Tree], Any] = cache(self.weight)

    def named(self, t: Tree) -> tuple[Colour, int]:
        """The colour and the label of the root."""
        label, c = divmod(colour(t), len(self.colours))
        return self.colours[c], label

    def products(self, t: Tree) -> dict[int, Any]:
        """{stage j: Π_k Φ_j(t_k)} over the stages of the root's field."""
        return {
            j: prod((self.stage(j, child) for child in children(t)), start=self.ring.context.constant(1))
            for j in self.named(t)[0].stages
        }

    def stage(self, i: int, t: Tree) -> Any:
        return dot(self.A[self.named(t)[1]][i], self.inner(t), self.ring)

    def weight(self, t: Tree) -> Any:
        found, label = self.named(t)
        return dot(self.B[label][found.feeds], self.inner(t), self.ring)

    def mean_of(self, forest: Forest) -> Any:
        """E Π Φ(t) over the trees of a forest."""
        return self.ring.mean(prod(map(self.outer, forest), start=self.ring.context.constant(1)))


def dot(row: Sequence[Any], column: dict[int, Any], ring: Polynomials) -> Any:
    return sum((row[j] * x for j, x in column.items() if row[j] != 0 and x != 0), ring.lift(Fraction(0)))
