"""How many trees there are, without making them, and how many may be asked one by one."""

from __future__ import annotations

from functools import cache

from analysis.errors import AnalysisError
from analysis.trees import PLAIN, Grammar

MOST_CONDITIONS = 40_000  # of an order: 32973 at order 14, which take under a second in balls; 87811 at order 15


def number_of_trees(n: int, grammar: Grammar = PLAIN) -> int:
    """How many trees of order n a grammar has."""
    return sum(number_of_forests(n - 1, root, grammar) for root in range(len(grammar)))


@cache
def number_of_forests(n: int, root: int, grammar: Grammar) -> int:
    """F_n, the multisets of trees with n nodes in all that may hang on a node of this colour.

        n F_n = Σ_k Σ_(d|k) d a_d F_(n-k),   a_d the trees of d nodes that may hang there.

    Source: Pólya 1937; Hairer, Nørsett, Wanner, II.2, (2.14).
    """
    if n == 0:
        return 1

    def weighted(k: int) -> int:
        sizes = (d for d in range(1, k + 1) if k % d == 0)
        return sum(d * number_of_forests(d - 1, child, grammar) for d in sizes for child in grammar[root])

    return sum(weighted(k) * number_of_forests(n - k, root, grammar) for k in range(1, n + 1)) // n


def refuse_too_many(name: str, n: int, grammar: Grammar = PLAIN) -> None:
    """Raises AnalysisError where the trees of order n are too many to be asked one by one."""
    if (trees := number_of_trees(n, grammar)) > MOST_CONDITIONS:
        raise AnalysisError(
            f"{name} may have order {n} or more, and that has {trees} conditions, too many to ask: see linear_order"
        )
