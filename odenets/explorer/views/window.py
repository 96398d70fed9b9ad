"""A part of the complex plane that holds a stability region, found from samples of the growth on rays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

NEAREST, FARTHEST = 0.02, 4000.0  # of |z|: the stability of a scheme of 36 stages reaches 2 · 36²
GRIDS = {1: (96, 33), 2: (96, 33)}  # radii and rays, by the degree in ζ
COARSE = (56, 17)  # of a higher one, whose roots are eigenvalues: 30 ms for degree 6
BOUNDED = 15.0  # of |z|: how much is shown of a region without bound
UNBOUNDED = 3.5  # at least
ROOM = 1.2  # of the extent, for the step between two radii
SMALLEST = 1.5
TOLERANCE = 1e-9

Window = dict[str, list[float]]


def window(coefficients: Sequence[Sequence[float]]) -> Window:
    """{"x": [low, high], "y": [-high, high]} with the region of |ζ| ≤ 1, or its border if it has no bound.

    coefficients  of Φ(ζ, z) = Σ_j ζ^j Σ_i c_ji z^i, real, so that the lower half plane mirrors the upper one
    """
    count, rays = GRIDS.get(len(coefficients) - 1, COARSE)
    radii = np.geomspace(NEAREST, FARTHEST, count)
    z = radii[:, None] * np.exp(1j * np.linspace(0, np.pi, rays))
    stable = growth(coefficients, z) <= 1 + TOLERANCE
    edges = np.zeros_like(stable)
    edges[:-1] |= stable[:-1] != stable[1:]
    edges[1:] |= stable[:-1] != stable[1:]
    side = 0.0
    if stable[-1].any():
        edges &= (radii <= BOUNDED)[:, None]
        side = UNBOUNDED
    x, y = z.real[edges], z.imag[edges]
    return framed(x.min(initial=-side), x.max(initial=side), y.max(initial=side))


def framed(left: float, right: float, top: float) -> Window:
    """The window of an extent, no side much longer than the other."""
    top = max(ROOM * top, SMALLEST)
    left, right = min(ROOM * left, -SMALLEST), max(ROOM * right, SMALLEST / 3)
    top = max(top, (right - left) / 4)
    if right - left < top:
        left = right - top
    return {"x": [rounded(left), rounded(right)], "y": [-rounded(top), rounded(top)]}


def rounded(x: float) -> float:
    return float(f"{x:.3g}")


def growth(coefficients: Sequence[Sequence[float]], z: Any) -> Any:
    """max |ζ| at every z, infinite at a pole."""
    with np.errstate(all="ignore"):
        c = np.stack([np.polynomial.polynomial.polyval(z, row) for row in coefficients])
        c = c[:-1] / c[-1]
    c = np.where(np.isfinite(c).all(0), c, np.inf)
    if len(c) == 1:
        return np.abs(c[0])
    with np.errstate(all="ignore"):
        if len(c) == 2:
            root = np.sqrt(c[1] ** 2 - 4 * c[0])
            return np.nan_to_num(np.maximum(np.abs(c[1] + root), np.abs(c[1] - root)) / 2, nan=np.inf)
    return largest(c)


def largest(c: Any) -> Any:
    """The largest root of monic polynomials, their coefficients along the first axis, by eigenvalues of companions.

    Where a coefficient is so large that a root must be outside of the circle it is not computed.
    """
    degree = len(c)
    found = np.full(c.shape[1:], np.inf)
    near = np.abs(c).sum(0) < 3**degree  # roots inside the circle: Σ |c_j| ≤ 2^degree - 1
    companion = np.zeros((int(near.sum()), degree, degree), dtype=complex)
    companion[:, range(1, degree), range(degree - 1)] = 1
    companion[:, :, -1] = -c[:, near].T
    found[near] = np.abs(np.linalg.eigvals(companion)).max(-1)
    return found
