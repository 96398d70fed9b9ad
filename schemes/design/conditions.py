"""The order conditions Φ(t) = 1/γ(t) of a Runge–Kutta scheme, for any entries that have + and *.

A tree is the sorted tuple of the subtrees on its root: () is the single node, ((), ()) the bushy tree of order 3.
Source: Butcher, Numerical Methods for ODEs, 3rd ed., theorem 315A; Hairer, Nørsett, Wanner I, theorem II.2.13.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction
from functools import cache
from math import prod
from typing import Any

Tree = tuple[Any, ...]
Entries = Sequence[Any]


def order_conditions(A: Sequence[Entries], b: Entries, c: Entries, order: int) -> list[Any]:
    """Σ_i b_i Φ_i(t) - 1/γ(t) for the trees of up to `order` nodes, all 0 for a scheme of this order."""
    found = (t for n in range(1, order + 1) for t in trees(n))
    return [dot(b, stage_weights(A, c, t)) - Fraction(1, gamma(t)) for t in found]


def stage_weights(A: Sequence[Entries], c: Entries, t: Tree) -> list[Any]:
    """Φ_i([t_1 … t_m]) = Π_k Σ_j a_ij Φ_j(t_k), the factor of a single node is c_i."""
    parts = [[dot(row, stage_weights(A, c, child)) for row in A] if child else c for child in t]
    return [prod((part[i] for part in parts), start=Fraction(1)) for i in range(len(c))]


def simplifying(A: Sequence[Entries], b: Entries, c: Entries, which: Collection[str], explicit: bool) -> list[Any]:
    """The simplifying assumptions, 0 where they hold.

    C2  Σ_j a_ij c_j = c_i²/2; an explicit scheme can not have it in its second stage, so b_2 = 0 stands there
    D1  Σ_i b_i a_ij = b_j (1 - c_j); of an explicit scheme for j = 2 … s - 1, and c_s = 1
    Source: Butcher 1964; Hairer, Nørsett, Wanner I, (II.5.5), (II.5.6).
    """
    inner = slice(1, -1) if explicit else slice(None)
    found: list[Any] = []
    if "C2" in which:
        found += [*b[1:2]] if explicit else []
        found += [dot(row, c) - x * x / 2 for row, x in list(zip(A, c, strict=True))[2 * explicit :]]
    if "D1" in which:
        columns = list(zip(zip(*A, strict=True), b, c, strict=True))[inner]
        found += [dot(b, column) - weight * (1 - x) for column, weight, x in columns]
        found += [c[-1] - 1] if explicit else []
    return found


def dot(x: Entries, y: Entries) -> Any:
    return sum((a * b for a, b in zip(x, y, strict=True) if a != 0 and b != 0), Fraction(0))


@cache
def trees(n: int) -> tuple[Tree, ...]:
    """The rooted trees with n nodes, 1, 1, 2, 4, 9, 20, …: a leaf is grown on each node of the smaller ones."""
    return tuple(dict.fromkeys(g for t in trees(n - 1) for g in grown(t))) if n > 1 else ((),)


def grown(t: Tree) -> Iterator[Tree]:
    yield tuple(sorted((*t, ())))
    for i, child in enumerate(t):
        for larger in grown(child):
            yield tuple(sorted((*t[:i], larger, *t[i + 1 :])))


def nodes(t: Tree) -> int:
    return 1 + sum(map(nodes, t))


def gamma(t: Tree) -> int:
    """γ(t) = |t| Π γ(children)."""
    return nodes(t) * prod(map(gamma, t))
