"""Moments of a step on the tree system against those of the equation that it tends to, by the equation's generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import factorial
from typing import Any

from analysis.errors import AnalysisError
from analysis.stochastic.coloured import Colour, Forest, Weights
from analysis.stochastic.expanding import coefficients
from analysis.trees import Tree, children, colour, tree
from analysis.trees import order as size
from schemes import RationalFunction
from schemes.diffusion import ROOT
from schemes.symbols import symbol


class Comparison:
    """The moments of a step and those of the equation that it tends to."""

    def __init__(self, weights: Weights, values: Mapping[str, Any]) -> None:
        self.weights, self.values = weights, values
        self.colours: tuple[Colour, ...] = weights.colours
        self.taylor: Callable[[int, Forest], Any] = cache(self.derivative)
        self.limit: Callable[[Forest], Any] = cache(self.at_h)
        self.error_series: Callable[[Forest, int], Any] = cache(self.series)

    def at_h(self, forest: Forest) -> Any:
        """The coefficient of h in E Π Φ(t): drift and covariance where a forest has at most two nodes."""
        return coefficients(self.weights.mean(forest), 2)[2]

    def derivative(self, n: int, forest: Forest) -> Any:
        """dⁿ/dhⁿ E Π y_t(h) at h = 0 by the generator L = Σ a_c D_c + Σ b_cd (D_d g_c)·∂ + ½ Σ C_cd g_c g_d·∂∂.

        On Π y_t, D_c takes off a root of colour c, the second term a root and one of its children, the third two roots.
        """
        if n == 0 or not forest:
            return Fraction(n == 0 and not forest)
        return sum((x * self.taylor(n - 1, rest) for part, rest in cut(forest)
                    if (x := self.limit(part)) != 0), Fraction(0))  # fmt: skip

    def exact(self, forest: Forest, m: int) -> Any:
        """E Π y_t(h) to h^(m/2)."""
        h = symbol(ROOT) ** 2
        terms = (self.taylor(n, forest) * h**n / factorial(n) for n in range(m // 2 + 1))
        return sum(terms, Fraction(0))

    def series(self, forest: Forest, m: int) -> list[Any]:
        x = self.weights.mean(forest) - self.exact(forest, m)
        return coefficients(x(**self.values) if isinstance(x, RationalFunction) else x, m)

    def error(self, forest: Forest, m: int) -> Any:
        """The coefficient of h^(m/2) in E Π Φ(t) - E Π y_t(h)."""
        return self.error_series(forest, m)[m]

    def check(self, failing: Mapping[Forest, Any], m: int) -> None:
        """Raises AnalysisError where the mean of a step is of size √h."""
        if m == 1:
            (t, *_), x = next(iter(failing.items()))
            raise AnalysisError(
                f"{self.weights.scheme.name} weighs the noise {self.weights.named(t)[0].field} by {x} on average, a "
                "drift of size 1/√h: name fields of mean 0 as noise"
            )


def cut(forest: Forest) -> list[tuple[Forest, Forest]]:
    """What the generator takes off Π y_t, as a forest of at most two nodes, and what it leaves.

    A drift takes a root, a drift g'g a root and a child on it, a covariance two roots.
    """
    found: list[tuple[Forest, Forest]] = []
    for i, t in enumerate(forest):
        rest = forest[:i] + forest[i + 1 :]
        found.append(((single(t),), joined(rest, children(t))))
        for j, child in enumerate(children(t)):
            others = children(t)[:j] + children(t)[j + 1 :]
            found.append(((tree([single(child)], colour(t)),), joined(rest, others, children(child))))
    for i, j in combinations(range(len(forest)), 2):
        pair = tuple(sorted((single(forest[i]), single(forest[j]))))
        rest = tuple(t for k, t in enumerate(forest) if k not in (i, j))
        found.append((pair, joined(rest, children(forest[i]), children(forest[j]))))
    return found


def nodes(forest: Forest) -> tuple[int, int]:
    """How many nodes and trees a forest has: the simplest comes first."""
    return sum(map(size, forest)), len(forest)


def single(t: Tree) -> Tree:
    return tree((), colour(t))


def joined(*parts: Forest) -> Forest:
    return tuple(sorted(sum(parts, ())))
