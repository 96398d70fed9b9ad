"""Samples of the difference of a functional between step sizes h and h/2, with running sums."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from analysis.errors import AnalysisError
from analysis.stochastic.sampling import Array, CommonNumbers
from analysis.stochastic.stepping import Field, Walk
from schemes import Scheme

Functional = Callable[[Array], Array]

ROUNDING = 2.0**-46  # of φ, after many steps
VALUES = 8192  # rows of an array at most: it fits the cache, and Python's share is small


class Level(ABC):
    """E φ(X_h) - E φ(X_h/2) for m functionals φ: what a sample is, and the sums of those drawn so far."""

    branches = 1  # rows of arrays that a path takes
    pilot = 1000  # samples that tell the variance

    def __init__(
        self, scheme: Scheme, fields: Mapping[str, Field], start: Array, time: Fraction, steps: int, seed: list[int]
    ) -> None:
        self.h, self.start = time / steps, start
        self.walks = [Walk(scheme, fields, time, n) for n in (steps, 2 * steps)]
        self.coarse, self.fine = self.walks
        self.noises = [
            CommonNumbers({p.name: p for table in walk.tables for p in table.scheme.parameters}.values(), len(start))
            for walk in self.walks
        ]
        self.generator = np.random.Generator(np.random.SFC64(seed))
        self.sums = Sums()
        self.size: Array = np.zeros(1)  # the largest |φ|

    @property
    @abstractmethod
    def steps(self) -> int:
        """How many steps of one path, coarse or fine, a pair of paths takes."""

    @abstractmethod
    def differences(self, functionals: Sequence[Functional], paths: int) -> tuple[Array, Array]:
        """Samples, a row a path, of antithetic halves; and the largest |φ| in them."""

    @property
    def cost(self) -> int:
        """Evaluations of a field that a sample takes."""
        return self.steps * self.coarse.scheme.stages

    @property
    def estimate(self) -> tuple[Array, Array]:
        """The differences and their standard errors, which are not below the rounding of φ."""
        sums = self.sums
        return sums.mean, np.hypot(np.sqrt(sums.variance / sums.count), ROUNDING * self.size)

    def sample(self, functionals: Sequence[Functional], number: int) -> None:
        """Add pairs of paths. Raises AnalysisError where one leaves the range of floating point numbers."""
        while number > 0:
            pairs = min(number, max(1, VALUES // (2 * self.branches)))
            with np.errstate(over="ignore", invalid="ignore"):
                found, size = self.differences(functionals, 2 * pairs)
            if not np.isfinite(size).all():
                raise AnalysisError(f"paths overflow at h = {self.h}: take smaller steps, a shorter time, tamer fields")
            self.size = np.maximum(self.size, size)
            self.sums.add((found[:pairs] + found[pairs:]) / 2)
            number -= pairs


class PathLevel(Level):
    """Coarse and fine paths on the same noise, from start to end: for every scheme."""

    @property
    def steps(self) -> int:
        return 2 * (self.coarse.steps + self.fine.steps)

    def differences(self, functionals: Sequence[Functional], paths: int) -> tuple[Array, Array]:
        coarse, fine = (walk.start(self.start, paths) for walk in (self.coarse, self.fine))
        one, two = self.noises
        for n in range(self.coarse.steps):
            first, second = two.normals(self.generator, paths), two.normals(self.generator, paths)
            coarse = self.coarse.step(n, coarse, one.values(one.merged(first, second)))
            fine = self.fine.step(2 * n, fine, two.values(first))
            fine = self.fine.step(2 * n + 1, fine, two.values(second))
        ends = [at(functionals, states) for states in (coarse, fine)]
        return ends[0] - ends[1], np.maximum(*(np.abs(x).max(axis=0) for x in ends))


def at(functionals: Sequence[Functional], states: Sequence[Array]) -> Array:
    """φ(X), a column a functional; X is the first state."""
    return np.stack([phi(states[0]) for phi in functionals], axis=1)


@dataclass
class Sums:
    """Count, mean and sum of squared deviations of samples that come in batches.

    Source: Chan, Golub, LeVeque, Amer. Statist. 37 (1983) 242–247 (pairwise update).
    """

    count: int = 0
    mean: Array = field(default_factory=lambda: np.zeros(1))
    squares: Array = field(default_factory=lambda: np.zeros(1))

    def add(self, x: Array) -> None:
        n = len(x)
        mean = x.mean(axis=0)
        between = mean - self.mean
        total = self.count + n
        self.squares = self.squares + np.sum((x - mean) ** 2, axis=0) + between**2 * (self.count * n / total)
        self.mean = self.mean + between * (n / total)
        self.count = total

    @property
    def variance(self) -> Array:
        return self.squares / (self.count - 1)
