"""All trees of an order side by side, as arrays of numbers: a pass over a level is a few gathers and products.

A tree of more than one node is left ∘ right: `right`, its last subtree, grafted on the root of the rest, `left`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from analysis.trees import PLAIN, Grammar, Tree, children, colour, cuts, order, rooted, tree

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Cuts:
    """The cuts of a level's trees whose θ has one order: m of the edges split `tree` into `theta` and `delta`.

    tree, theta stand for places in their levels, delta for a place among all trees of lower order.
    """

    order: int
    tree: Array
    theta: Array
    delta: Array
    m: Array


@dataclass(frozen=True)
class Level:
    """The trees of one order, root colour by root colour; left and right are places among all trees of lower order."""

    trees: tuple[Tree, ...]
    colours: Array
    left: Array
    right: Array


def of_order(n: int, grammar: Grammar) -> Iterator[Tree]:
    for root in range(len(grammar)):
        yield from rooted(n, root, grammar)


@cache
def places(n: int, grammar: Grammar) -> dict[Tree, int]:
    """Where each tree of less than n nodes stands among all of them."""
    return {t: i for i, t in enumerate(t for m in range(1, n) for t in of_order(m, grammar))}


@cache
def level(n: int, grammar: Grammar = PLAIN) -> Level:
    """The level of all trees with n nodes."""
    place, trees = places(n, grammar), tuple(of_order(n, grammar))
    pairs = [(place[tree(children(t)[:-1], colour(t))], place[children(t)[-1]]) for t in trees if n > 1]
    return Level(trees, *columns([(colour(t),) for t in trees], 1), *columns(pairs, 2))


@cache
def level_cuts(n: int, grammar: Grammar = PLAIN) -> tuple[Cuts, ...]:
    """The cuts of all trees with n nodes, by the order of θ."""
    place = places(n, grammar)
    rows: list[list[tuple[int, int, int, int]]] = [[] for _ in range(n)]
    for i, t in enumerate(of_order(n, grammar)):
        for theta, delta, m in cuts(t):
            rows[order(theta)].append((i, place[theta] - len(places(order(theta), grammar)), place[delta], m))
    return tuple(Cuts(k, *columns(rows[k], 4)) for k in range(1, n))


def columns(rows: Sequence[tuple[int, ...]], width: int) -> Array:
    return np.array(rows, dtype=np.intp).reshape(-1, width).T
