"""Whether two samples have one law: moments with their errors, energy distance with the p-value of permutations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt

import torch
from torch import Tensor

from odenets.errors import OdenetsError
from odenets.noise.averages import Moments, Sums

ROWS = 2**22  # distances in memory at a time
SLACK = 1e-12  # what a permutation that changes nothing may change by rounding


@dataclass(frozen=True)
class Energy:
    """A test of two samples: the distance, and how often a random split of the pooled samples has one as large."""

    distance: float
    p: float
    permutations: int


@dataclass(frozen=True)
class Gaps:
    """Differences of moments of two samples, and their standard errors, of shape (steps, orders, …)."""

    orders: tuple[int, ...]
    values: Tensor
    errors: Tensor

    @property
    def p(self) -> float:
        """The least two-sided normal p-value of them all, times how many they are (Bonferroni), at most 1."""
        sizes = (self.values.abs() / self.errors.clamp_min(torch.finfo(self.errors.dtype).tiny)).flatten()
        return min(1.0, len(sizes) * erfc(float(sizes.max()) / sqrt(2)))


def energy_test(x: Tensor, y: Tensor, permutations: int = 199) -> Energy:
    """Whether x and y, one sample a row, have one law: 2 E|X - Y| - E|X - X'| - E|Y - Y'|, 0 for one law alone.

    With a_i = 1/n on x and -1/m on y it is -aᵀ D a of the distances D: each permutation is another a. p is exact, at
    least 1/(permutations + 1): uniform where the laws are one. Draws follow torch.manual_seed.
    Raises OdenetsError for samples of different shapes, too few of them, or none that is finite.
    Source: Székely, Rizzo, J. Statist. Plann. Inference 143 (2013) 1249–1272.
    """
    pooled, n = together(x, y)
    if permutations < 1:
        raise OdenetsError(f"permutations = {permutations}: take at least 1, such as 199")
    orders = torch.rand(permutations, len(pooled)).argsort(1).to(pooled.device)
    own = torch.arange(len(pooled), device=pooled.device)
    weights = split(torch.cat([own[None], orders]), n)
    first, *others = negative_quadratics(pooled, weights).tolist()
    as_large = sum(other >= first * (1 - SLACK) for other in others)
    return Energy(first, (1 + as_large) / (1 + permutations), permutations)


def energy_distance(x: Tensor, y: Tensor) -> float:
    """2 E|X - Y| - E|X - X'| - E|Y - Y'| of two samples, one a row, over all pairs. Raises as `energy_test` does."""
    pooled, n = together(x, y)
    own = torch.arange(len(pooled), device=pooled.device)
    return float(negative_quadratics(pooled, split(own[None], n))[0])


def moment_gaps(x: Tensor | Moments, y: Tensor | Moments, orders: Sequence[int] = (1, 2, 3, 4)) -> Gaps:
    """E x^n - E y^n of each number of two independent samples, one a row, or of their `Moments`."""
    a, b = (u if isinstance(u, Moments) else moments_of(u, orders) for u in (x, y))
    if (a.orders, a.values.shape) != (b.orders, b.values.shape):
        raise OdenetsError(
            f"moments {a.orders} of shape {tuple(a.values.shape)} and {b.orders} of {tuple(b.values.shape)} differ "
            "in what they are of: take the same for both"
        )
    return Gaps(a.orders, a.values - b.values, torch.hypot(a.errors, b.errors))


def moments_of(x: Tensor, orders: Sequence[int] = (1, 2, 3, 4)) -> Moments:
    """The moments of a sample, one a row."""
    sums = Sums(tuple(orders))
    sums.add(0, x)
    return sums.moments()


def together(x: Tensor, y: Tensor) -> tuple[Tensor, int]:
    """Both samples, flat rows in double precision, and the number of the first."""
    if x.shape[1:] != y.shape[1:] or min(len(x), len(y)) < 2:
        raise OdenetsError(
            f"samples of shapes {tuple(x.shape)} and {tuple(y.shape)}: give rows of one shape, at least two of each"
        )
    pooled = torch.cat([x.detach().reshape(len(x), -1), y.detach().reshape(len(y), -1)]).double()
    if not torch.isfinite(pooled).all():
        raise OdenetsError("a sample is not finite, and has no distance: take smaller steps")
    return pooled, len(x)


def split(orders: Tensor, n: int) -> Tensor:
    """1/n for the first n places of each order, -1/m for the others, of shape (orders, places)."""
    m = orders.shape[1] - n
    return (orders < n).double() * (1 / n + 1 / m) - 1 / m


def negative_quadratics(points: Tensor, weights: Tensor) -> Tensor:
    """-aᵀ D a of each row a of weights, D the distances of points, some rows of it at a time."""
    total = points.new_zeros(len(weights))
    rows = max(1, ROWS // len(points))
    for low in range(0, len(points), rows):
        here = slice(low, low + rows)
        distances = torch.cdist(points[here], points, compute_mode="donot_use_mm_for_euclid_dist")
        total -= ((weights @ distances.T) * weights[:, here]).sum(1)
    return total
