"""Rooted trees with coloured nodes, interned as whole numbers: equal trees are the same number.

A node's colour is the field that it stands for; one colour is the ordinary case. A grammar says which colours may hang
on which. Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, III.1 (III.2 for colours).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import combinations_with_replacement, pairwise
from math import factorial, prod
from threading import RLock
from typing import Any

Tree = int
Grammar = tuple[tuple[int, ...], ...]  # grammar[c]: the colours that a child of a node of colour c may have
Levels = tuple[int, ...]
Key = Levels | tuple[Levels, tuple[str, ...]]

PLAIN: Grammar = ((0,),)
NODES: list[tuple[int, tuple[Tree, ...]]] = []  # colour of the root, children in ascending order
NUMBERS: dict[tuple[int, tuple[Tree, ...]], Tree] = {}
ORDERS: list[int] = []
LOCK = RLock()  # of what is kept between calls: trees, and the passes over them


def tree(children: Sequence[Tree] = (), colour: int = 0) -> Tree:
    """The tree with these subtrees on its root: tree() is the single node, tree([tree(), tree()]) the bushy one."""
    node = colour, tuple(sorted(children))
    if node not in NUMBERS:
        with LOCK:
            if node not in NUMBERS:
                ORDERS.append(1 + sum(map(order, children)))
                NODES.append(node)
                NUMBERS[node] = len(NODES) - 1  # last: then it is complete for other threads
    return NUMBERS[node]


def colour(t: Tree) -> int:
    """The colour of the root."""
    return NODES[t][0]


def children(t: Tree) -> tuple[Tree, ...]:
    """The subtrees on the root."""
    return NODES[t][1]


def order(t: Tree) -> int:
    """|t|, the number of nodes."""
    return ORDERS[t]


@cache
def sigma(t: Tree) -> int:
    """σ(t) = Π m! σ(c)^m over the distinct children c of multiplicity m: the number of symmetries."""
    return prod(factorial(m) * sigma(c) ** m for c, m in Counter(children(t)).items())


@cache
def gamma(t: Tree) -> int:
    """γ(t) = |t| Π γ(children): the density."""
    return order(t) * prod(map(gamma, children(t)))


def alpha(t: Tree) -> int:
    """α(t) = |t|! / (σ(t) γ(t)): the number of monotonic labellings."""
    return factorial(order(t)) // (sigma(t) * gamma(t))


@cache
def cuts(t: Tree) -> tuple[tuple[Tree, Tree, int], ...]:
    """All (θ, δ, m): m of the |t| - 1 edges split t into θ, which keeps the root, and δ.

    Source: numerics.md section 1; Chartier, Hairer, Vilmart, FoCM 10 (2010), doi:10.1007/s10208-010-9065-1.
    """
    found: Counter[tuple[Tree, Tree]] = Counter()
    for child, m in Counter(children(t)).items():
        rest = list(children(t))
        rest.remove(child)
        found[tree(rest, colour(t)), child] += m
        for theta, delta, n in cuts(child):
            found[tree([*rest, theta], colour(t)), delta] += m * n
    return tuple((theta, delta, m) for (theta, delta), m in found.items())


# ---- all trees of an order -----------------------------------------------------------------------------------------


@cache
def rooted(n: int, root: int = 0, grammar: Grammar = PLAIN) -> tuple[Tree, ...]:
    """The trees with n nodes whose root has the colour `root`; 1, 1, 2, 4, 9, 20, … of one colour (OEIS A000081)."""
    return tuple(tree(f, root) for f in forests(n - 1, n - 1, grammar[root], grammar))


@cache
def forests(total: int, largest: int, colours: tuple[int, ...], grammar: Grammar) -> tuple[tuple[Tree, ...], ...]:
    """The multisets of trees with `total` nodes together and at most `largest` each, their roots of these colours."""
    if total == 0:
        return ((),)
    if largest == 0:
        return ()
    candidates = [t for c in colours for t in rooted(largest, c, grammar)]
    return tuple(
        (*few, *large)
        for m in range(total // largest + 1)
        for large in combinations_with_replacement(candidates, m)
        for few in forests(total - m * largest, largest - 1, colours, grammar)
    )


# ---- names of trees ------------------------------------------------------------------------------------------------


@cache
def sequences(t: Tree, names: tuple[str, ...] = ("",)) -> tuple[Levels, tuple[str, ...]]:
    """The canonical level sequence, the lexicographically largest one, and the colours in the same order of nodes.

    Source: Beyer, Hedetniemi, SIAM J. Comput. 9 (1980), doi:10.1137/0209055. Among equal shapes the colours are sorted.
    """
    branches = sorted((sequences(c, names) for c in children(t)), key=lambda branch: branch[1])
    branches.sort(key=lambda branch: branch[0], reverse=True)
    levels = (1, *(1 + level for branch, _ in branches for level in branch))
    return levels, (names[colour(t)], *(name for _, branch in branches for name in branch))


def key(t: Tree, names: tuple[str, ...] = ("",)) -> Key:
    """The public name of a tree: (1, 2, 2) is the bushy tree of order 3.

    With several colours it is a pair, levels and colours: ((1, 2, 2), ("f", "g", "g")) is f''(g, g).
    """
    levels, colours = sequences(t, names)
    return levels if len(names) == 1 else (levels, colours)


def from_key(name: Any, names: tuple[str, ...] = ("",)) -> Tree:
    """The tree of a public name, the inverse of `key`; the branches may come in any order."""
    levels, colours = (name, names * len(name)) if len(names) == 1 else name
    starts = [i for i, level in enumerate(levels) if level == levels[0] + 1]
    branches = [slice(i, j) for i, j in pairwise([*starts, len(levels)])]
    parts = [(levels[b], colours[b]) if len(names) > 1 else levels[b] for b in branches]
    return tree([from_key(part, names) for part in parts], names.index(colours[0]))
