"""What theory says of learned k_n in u[n+1] = (1-k_n) u[n] + k_n u[n-1] + h f_n(u[n]); numbers and words, no drawing.

Theory: the characteristic roots are 1 and -k; the two-step scheme follows u' = f/(1+k).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.errors import AnalysisError

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class LearnedK:
    """k of shape (seeds, epochs, steps), NaN where a step has none; stages: steps a stage; epochs: their numbers.

    Raises AnalysisError where shapes do not fit or the last epoch has no k at all.
    """

    k: Array
    stages: tuple[int, ...]
    epochs: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.k.ndim != 3 or 0 in self.k.shape:
            raise AnalysisError(f"k has the shape {self.k.shape}, it must be (epochs, steps) or (seeds, epochs, steps)")
        if min(self.stages, default=0) < 1 or sum(self.stages) != self.steps:
            raise AnalysisError(f"stages = {self.stages} have {sum(self.stages)} steps, k has {self.steps}")
        if len(self.epochs) != self.k.shape[1]:
            raise AnalysisError(f"{len(self.epochs)} epoch numbers were given, k has {self.k.shape[1]} epochs")
        if np.isinf(self.k).any():
            raise AnalysisError("k holds an infinite value, record NaN where training has diverged")
        if np.isnan(self.last).all():
            raise AnalysisError("the last epoch has no k at all, give the coefficients of an LM network")

    @classmethod
    def read(cls, k: npt.ArrayLike, stages: Sequence[int], epochs: Sequence[int] | None = None) -> LearnedK:
        """k of shape (epochs, steps) or (seeds, epochs, steps); epochs are 1, 2, … unless said."""
        values = np.asarray(k, float)
        values = values[None] if values.ndim == 2 else values
        counted = range(1, values.shape[1] + 1) if values.ndim == 3 else ()
        return cls(values, tuple(stages), tuple(counted if epochs is None else epochs))

    @property
    def seeds(self) -> int:
        return len(self.k)

    @property
    def steps(self) -> int:
        return int(self.k.shape[2])

    @property
    def number(self) -> Array:
        """1 … steps."""
        return np.arange(1.0, self.steps + 1)

    @property
    def absent(self) -> Mask:
        """Steps that never had a k: the first ones of a stage, plain Euler steps."""
        return np.asarray(np.isnan(self.k).all(axis=(0, 1)))

    @property
    def last(self) -> Array:
        """(seeds, steps), the last epoch."""
        return self.k[:, -1]

    @property
    def by_epoch(self) -> Array:
        """(epochs, steps), the mean over seeds."""
        return seed_mean(self.k)

    @property
    def final(self) -> Array:
        """(steps,), the mean over seeds in the last epoch: what theory is applied to."""
        return np.asarray(self.by_epoch[-1])

    @property
    def starts(self) -> tuple[int, ...]:
        """Index of each stage's first step."""
        return tuple(int(n) for n in np.cumsum((0, *self.stages[:-1])))


def seed_mean(k: Array) -> Array:
    counts = np.sum(~np.isnan(k), axis=0)
    return np.where(counts > 0, np.nansum(k, axis=0) / np.maximum(counts, 1), np.nan)


def effective_step(k: Array, absent: Mask) -> Array:
    """1/(1+k) in units of h; 1 for a step without k (Euler); NaN at k ≤ -1, where there is none."""
    known = np.where(absent, 0.0, k)
    return np.asarray(np.divide(1.0, 1 + known, out=np.full(known.shape, np.nan), where=known > -1))


def effective_depth(data: LearnedK) -> float:
    """Σ 1/(1 + k_n) over the steps that have it, in Euler steps, after the last epoch: the mean over seeds."""
    return float(np.nansum(effective_step(data.last, data.absent), axis=1).mean())


def running_product(k: Array, starts: Sequence[int]) -> Array:
    """|∏ -k_j| from each stage's first k up to step n: how far the stage's parasitic mode has grown; k by step."""
    product = np.full(k.shape, np.nan)
    for part in np.split(np.arange(k.shape[-1]), starts[1:]):
        product[..., part] = np.where(np.isnan(k[..., part]), np.nan, np.nancumprod(np.abs(k[..., part]), axis=-1))
    return product


def geometric_mean(sizes: Array) -> Array:
    """Over seeds (the first axis) of sizes ≥ 0; 0 where one is 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.exp(seed_mean(np.log(sizes))))


def ellipse(k: float, points: int = 181) -> npt.NDArray[np.complex128]:
    """The edge of the stability region ((x+1-k)/(1-k))² + (y/(1+k))² = 1 of hλ = x + iy, |k| < 1; a closed line.

    Raises AnalysisError for |k| ≥ 1, where no region has an inside.
    """
    if not abs(k) < 1:
        raise AnalysisError(f"k = {k} has no stability ellipse, there is one for -1 < k < 1 only")
    angle = np.linspace(0, 2 * np.pi, points)
    return (1 - k) * (np.cos(angle) - 1) + 1j * (1 + k) * np.sin(angle)


def past_range(k: Array) -> Mask:
    return np.asarray((k <= -1) | (k > 1))
