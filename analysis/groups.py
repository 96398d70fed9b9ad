"""The operations on B-series as dictionaries {tree: coefficient}, in whatever arithmetic the coefficients have.

    B(a, y) = y + Σ_t h^|t|/σ(t) a(t) F(t)(y)                a map
    y' = Σ_t h^(|t|-1)/σ(t) b(t) F(t)(y)                     a field

Each holds all trees to some order, keyed as `analysis.trees.key` has it; a result goes to the lower of two orders.
Source: numerics.md sections 1 to 3; Hairer, Lubich, Wanner, Geometric Numerical Integration, III.1, IX.9; Chartier,
Hairer, Vilmart, Found. Comput. Math. 10 (2010) 407–427, doi:10.1007/s10208-010-9065-1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from typing import Any

from analysis.errors import AnalysisError
from analysis.trees import Key, Tree, children, colour, cuts, from_key, key, tree
from analysis.trees import order as size

Series = Mapping[Key, Any]
Forest = tuple[Tree, ...]  # in ascending order
EMPTY: Key = ()


def compose(a: Series, b: Series) -> dict[Key, Any]:
    """First a, then b: (ab)(t) = Σ b(s) Π a(x) over all ways to prune subtrees x off t; what is left is s, or nothing.

    a is a map; b(∅) = 1 unless b has the key () of the empty tree, which the result has then, too: with 0 the field b
    is evaluated at B(a, y). Raises AnalysisError for keys that are no trees, for two of the same tree, where a smaller
    tree is missing, for a(∅) ≠ 1, and for series without a tree in common.
    """
    names, (first, second) = read(a, b)
    empty = b.get(EMPTY, Fraction(1))
    settled(a, 1)

    @cache
    def pruned(t: Tree) -> dict[Forest, Any]:
        """{what is left on the root: Σ Π a(x)}."""
        left: dict[Forest, Any] = {(): Fraction(1)}
        for child in children(t):
            ways = [((), first[child]), *(((tree(s, colour(child)),), w) for s, w in pruned(child).items())]
            left = merged((joined(s, x), v * w) for s, v in left.items() for x, w in ways)
        return left

    def at(t: Tree) -> Any:
        return sum((second[tree(s, colour(t))] * w for s, w in pruned(t).items()), empty * first[t])

    return passed(b) | {key(t, names): at(t) for t in first if t in second}


def flow(b: Series, time: Any = 1) -> dict[Key, Any]:
    """The map that follows the field b for some time: a = Σ_j time^j/j! D_b^j id, D_b c (t) = Σ c(θ) b(δ) + c(∅) b(t).

    θ, δ are the two sides of a cut edge, θ with the root. Of the field f alone, {(1,): 1, all others: 0}, it is 1/γ.
    Raises AnalysisError as `compose` does. Source: Hairer, Lubich, Wanner, IX.9.1; numerics.md section 2.
    """
    names, (field,) = read(b)
    settled(b, 0)
    powers: dict[Tree, list[Any]] = {}
    for t in sorted(field, key=size):
        powers[t] = [field[t], *higher(t, field, powers)]
    return {key(t, names): exponential(powers[t], time) for t in field}


def logarithm(a: Series) -> dict[Key, Any]:
    """The field whose flow for time 1 is the map a, its modified equation: flow(logarithm(a)) = a.

    b(t) = a(t) - Σ_(j≥2) (1/j!) (D_b^j id)(t): the sum knows smaller trees only.
    Raises AnalysisError as `compose` does. Source: Hairer, Lubich, Wanner, IX.9.1; numerics.md section 3.
    """
    names, (image,) = read(a)
    settled(a, 1)
    field: dict[Tree, Any] = {}
    powers: dict[Tree, list[Any]] = {}
    for t in sorted(image, key=size):
        rest = higher(t, field, powers)
        field[t] = image[t] - exponential([Fraction(0), *rest], 1)
        powers[t] = [field[t], *rest]
    return {key(t, names): field[t] for t in image}


def substitute(b: Series, a: Series) -> dict[Key, Any]:
    """b * a: the series a of the field that b is. Σ a(skeleton) Π b(block) over all ways to cut edges of t into blocks.

    The skeleton has a node for each block. With b a modified equation and a = 1/γ it is the scheme's map; with b a
    modifying integrator and a the scheme's map it is 1/γ. A block of several fields counts for the field of its root.
    Raises AnalysisError as `compose` does, and where b reads more than the fields of a do (partitioned schemes).
    Source: Chartier, Hairer, Vilmart, Found. Comput. Math. 10 (2010), theorem 3.2; numerics.md section 2.
    """
    names, (blocks, outer) = read(b, a)
    settled(b, 0)

    @cache
    def opened(t: Tree) -> dict[tuple[Forest, Forest], Any]:
        """{(what hangs on the root in its block, what hangs on the block in the skeleton): Σ Π b(other blocks)}."""
        found: dict[tuple[Forest, Forest], Any] = {((), ()): Fraction(1)}
        for child in children(t):
            kept = [((tree(r, colour(child)),), s, w) for (r, s), w in opened(child).items()]
            cut = [((), (s,), w) for s, w in closed(child).items()]
            found = merged(
                ((joined(r, x), joined(s, y)), v * w) for (r, s), v in found.items() for x, y, w in (*kept, *cut)
            )
        return found

    @cache
    def closed(t: Tree) -> dict[Tree, Any]:
        """{skeleton: Σ Π b(blocks)}."""
        c = colour(t)
        return merged((tree(s, c), w * blocks[tree(r, c)]) for (r, s), w in opened(t).items())

    def value(skeleton: Tree, t: Tree) -> Any:
        if skeleton not in outer:
            raise AnalysisError(
                f"substitute: the first series has a coefficient at {key(t, names)}, whose field reads more than it "
                "does in the second: the fields of a partitioned scheme cannot be replaced by such a series"
            )
        return outer[skeleton]

    highest = max(map(size, outer), default=0)
    return passed(a) | {
        key(t, names): sum((value(s, t) * w for s, w in closed(t).items() if w != 0), Fraction(0))
        for t in blocks
        if size(t) <= highest
    }


# ---- what they share -----------------------------------------------------------------------------------------------


def higher(t: Tree, b: Mapping[Tree, Any], powers: Mapping[Tree, list[Any]]) -> list[Any]:
    """(D_b^j id)(t) for j = 2 … |t|, from those of the smaller trees, j from 1."""
    rows = [Fraction(0)] * (size(t) - 1)
    for theta, delta, m in cuts(t):
        if (x := b[delta]) != 0:
            for i, y in enumerate(powers[theta]):
                if y != 0:
                    rows[i] = rows[i] + m * (y * x)
    return rows


def exponential(powers: Iterable[Any], time: Any) -> Any:
    """Σ_j time^j/j! powers_j, from j = 1."""
    total, factor = Fraction(0), Fraction(1)
    for j, x in enumerate(powers, start=1):
        factor = factor * time / j
        if x != 0:
            total = total + factor * x
    return total


def merged(terms: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Equal terms added, zeros left out."""
    total: dict[Any, Any] = defaultdict(Fraction)
    for name, x in terms:
        total[name] = total[name] + x
    return {name: x for name, x in total.items() if x != 0}


def joined(x: Forest, y: Forest) -> Forest:
    return tuple(sorted((*x, *y)))


def read(*series: Series) -> tuple[tuple[str, ...], list[dict[Tree, Any]]]:
    """The names of the fields and each series as {tree: coefficient}; raises AnalysisError for what is no series."""
    coloured = [
        name[1] for s in series for name in s if isinstance(name, tuple) and name and isinstance(name[0], tuple)
    ]
    names = tuple(sorted({str(c) for colours in coloured for c in colours})) if coloured else ("",)
    found = [{as_tree(name, names): x for name, x in s.items() if name != EMPTY} for s in series]
    for given, s in zip(series, found, strict=True):
        if len(s) < len(given.keys() - {EMPTY}):
            raise AnalysisError(
                "a series has two keys of the same tree, whose branches stand in another order: keep one"
            )
        for t in s:
            for part in (part for theta, delta, _ in cuts(t) for part in (theta, delta)):
                if part not in s:
                    raise AnalysisError(
                        f"the series has the tree {key(t, names)} and not {key(part, names)}, which it contains: "
                        "a series holds all trees to its order, add it, with 0 if it is none"
                    )
    if all(found) and not set.intersection(*map(set, found)):
        raise AnalysisError(f"the series have no tree in common: name their fields alike, here are {', '.join(names)}")
    return names, found


def settled(series: Series, value: int) -> None:
    """Raises AnalysisError for another coefficient of the empty tree."""
    if series.get(EMPTY, value) != value:
        kind = "map has 1" if value else "field has 0"
        raise AnalysisError(f"a {kind} at the empty tree (), not {series[EMPTY]}: leave the key out")


def passed(series: Series) -> dict[Key, Any]:
    """The coefficient of the empty tree, where it is given."""
    return {EMPTY: series[EMPTY]} if EMPTY in series else {}


def as_tree(name: Any, names: tuple[str, ...]) -> Tree:
    try:
        t = from_key(name, names)
        levels = name if names == ("",) else name[0]
        if size(t) == len(levels) and levels[0] == 1:
            return t
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        pass
    raise AnalysisError(
        f"{name!r} is no key of a tree: write level sequences such as (1, 2, 2), or of several fields pairs "
        "((1, 2, 2), ('f', 'g', 'g')), one kind in a series"
    )
