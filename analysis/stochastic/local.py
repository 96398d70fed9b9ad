"""The difference of h and h/2 a step at a time, the noise of that step averaged exactly: variance as small as it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np

from analysis.stochastic.levels import Functional, Level, PathLevel, at
from analysis.stochastic.sampling import Array, CommonNumbers, Draws
from analysis.stochastic.stepping import Walk
from schemes import Scheme
from schemes.laws import Distribution, Normal, Uniform
from schemes.starting import origins

Rule = list[tuple[float, float]]  # nodes and weights

NODES = 7  # of a Gauss quadrature: exact to degree 13 in a random number, of which √h is a factor
BRANCHES = 100  # of a step at most; with more, coupled paths are cheaper


class StepLevel(Level):
    """Samples of the telescoping sum, P_h the mean over a step,

        P_h^N - P_h/2^2N = Σ_n P_h^n (P_h - P_h/2²) P_h/2^2(N - n - 1)

    that is n coarse steps, one step whole and in halves, and fine steps on the same noise. The middle is summed over
    the nodes of a quadrature of its random numbers. Each term is then O(h^(β+1)) on every path, as its mean is, and a
    sample has the relative error O(√h); paths that are coupled from start to end differ by O(1) with two-point noise.
    For schemes whose states mean the same at every h, and laws with a rule.

    Source: Talay, Tubaro, Stoch. Anal. Appl. 8 (1990) 483–509 (the sum).
    """

    pilot = 50

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.whole, self.half = (outcomes(walk, noise) for walk, noise in zip(self.walks, self.noises, strict=True))
        few, many = len(self.whole[1]), len(self.half[1])
        self.weights = np.concatenate([self.whole[1], -np.outer(self.half[1], self.half[1]).ravel()])
        self.branches = few + many**2

    @property
    def steps(self) -> int:
        N = self.coarse.steps
        return 2 * sum(n + self.branches * (1 + 2 * (N - n - 1)) for n in range(N))

    def differences(self, functionals: Sequence[Functional], paths: int) -> tuple[Array, Array]:
        total, size = np.zeros((paths, len(functionals))), np.zeros(len(functionals))
        for n in range(self.coarse.steps):
            ends = at(functionals, self.branched(n, paths))
            size = np.maximum(size, np.abs(ends).max(axis=0))
            total += np.einsum("b,bpm->pm", self.weights, ends.reshape(self.branches, paths, -1))
        return total, size

    def branched(self, n: int, paths: int) -> list[Array]:
        """The states at the end, branch by branch: the outcomes of the step as a whole, then those of its halves."""
        states = self.coarse.start(self.start, paths)
        one, two = self.noises
        for k in range(n):
            states = self.coarse.step(k, states, one.values(one.normals(self.generator, paths)))
        whole = split(self.coarse, states, self.whole[0])
        halves = split(self.fine, split(self.fine, states, self.half[0]), self.half[0])
        states = [np.concatenate([x.T, y.T], axis=1).T for x, y in zip(whole, halves, strict=True)]
        for k in range(2 * (n + 1), self.fine.steps):
            draws = two.values(two.normals(self.generator, paths))
            states = self.fine.step(k, states, {name: tiled(x, self.branches) for name, x in draws.items()})
        return states


def split(walk: Walk, states: Sequence[Array], draws: Draws) -> list[Array]:
    """A step of every path with every outcome; memory is by outcome, then by path."""
    rows = len(states[0])
    count = max((len(x) for x in draws.values()), default=1)
    each = {name: np.repeat(x.T, rows, axis=1).T for name, x in draws.items()}
    return walk.step(0, [tiled(x, count) for x in states], each)


def tiled(x: Array, times: int) -> Array:
    return np.tile(x.T, times).T


def outcomes(walk: Walk, noise: CommonNumbers) -> tuple[Draws, Array]:
    """The random numbers of a step, a row an outcome, and the outcomes' weights: a product of quadratures."""
    laws = {p.name: p.value for p in walk.tables[0].scheme.parameters if p.name in noise.sizes}
    places = [name for name, size in noise.sizes.items() for _ in range(size)]
    rules = [rule(laws[name]) or [] for name in places]
    rows = list(product(*rules))
    values = np.array([[x for x, _ in row] for row in rows]).T
    draws = {name: np.array([values[i] for i, place in enumerate(places) if place == name]).T for name in noise.sizes}
    return draws, np.array([prod(w for _, w in row) for row in rows])


def rule(law: Distribution) -> Rule | None:
    """The outcomes of a discrete law, the Gauss quadrature of a normal or uniform one; None: there is none here."""
    if law.points:
        return [(x, float(p)) for x, p in law.points]
    match law, [float(x) for x in vars(law).values()]:
        case Normal(), [mu, sigma]:
            x, w = np.polynomial.hermite_e.hermegauss(NODES)
            return list(zip(mu + sigma * x, w / w.sum(), strict=True))
        case Uniform(), [low, high]:
            x, w = np.polynomial.legendre.leggauss(NODES)
            return list(zip((low + high) / 2 + (high - low) / 2 * x, w / 2, strict=True))
    return None


def level_type(table: Scheme, size: int) -> type[Level]:
    """StepLevel where it can be and is cheap, else PathLevel; table: a diffusive one at its √h."""
    noise, found = CommonNumbers(table.parameters, size), origins(table)
    same = not table.history and found == tuple((i, Fraction(1)) for i in range(len(table.states)))
    rules = {p.name: rule(p.value) for p in table.parameters if p.name in noise.sizes}
    few = prod(len(rules[name] or ()) ** n for name, n in noise.sizes.items())
    return StepLevel if same and 0 < few + few**2 <= BRANCHES else PathLevel
