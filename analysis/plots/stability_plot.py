"""Regions of absolute stability in the plane of hλ."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.ndimage import binary_dilation, binary_opening

from analysis.plots.plane import Array, Given, draw_edge, looks, read, window
from analysis.plots.style import styled

Mask = npt.NDArray[np.bool_]
ROUNDING = 1e-9  # growth of exactly 1, as on the leapfrog's segment, is computed to about this
CAPTION = (
    "Shaded: the steps hλ for which every solution of the scheme on u' = λu stays bounded, that is, the spectral "
    "radius of its stability matrix M(hλ) is at most 1. The line is its edge. To the left of the vertical axis the "
    "exact solution decays. A mode of the network whose hλ lies outside the shading grows from step to step."
)
SIDES = " The short ticks on an edge point into that scheme's region; where regions overlap, the shading is darker."
DOTS = " A row of dots is a part of a region that has no inside, such as a segment of the axis."


@styled()
def stability_region(
    x: npt.ArrayLike, y: npt.ArrayLike, growth: Given, *, title: str, caption: str | None = None
) -> Figure:
    """Where |growth| ≤ 1 over Re hλ = x, Im hλ = y (both without unit): filled, with its edge.

    growth: (len(y), len(x)), the spectral radius of M(x + iy), or R itself; several schemes as {name: growth}.
    Raises AnalysisError where shapes do not fit and for more than six schemes.
    """
    x, y, regions = read(x, y, growth, "growth")
    several = len(regions) > 1
    dotted = any(thin(region).any() for region in regions.values())
    keys = [(remark(name, regions[name]), colour, dash) for name, colour, dash in looks(regions)]
    figure, axes = window(x, y, keys, title, caption or CAPTION + SIDES * several + DOTS * dotted)
    for name, colour, dash in looks(regions):
        draw_region(axes, x, y, regions[name], colour, dash, name, several)
    return figure


def draw_region(axes: Axes, x: Array, y: Array, growth: Array, colour: str, dash: str, name: str, ticked: bool) -> None:
    """Fill and edge, and dots where the region is thinner than the grid (the leapfrog's is a segment)."""
    if thick(growth).any():
        alpha = 0.1 if ticked else 0.22
        axes.contourf(x, y, growth, levels=[-1, 1 + ROUNDING], colors=[colour], alpha=alpha).set_gid(f"region {name}")
    if thick(growth).any() and not stable(growth).all():
        draw_edge(axes, x, y, growth - 1 - ROUNDING, colour, dash, ticked, f"edge {name}")
    rows, columns = np.nonzero(thin(growth))
    axes.plot(x[columns], y[rows], ".", color=colour, ms=5, zorder=3, gid=f"thin {name}")


def remark(name: str, growth: Array) -> str:
    """The name in the key, and what the picture cannot show of the region."""
    if stable(growth).all():
        return f"{name} (stable everywhere here)".strip()
    return name if stable(growth).any() else f"{name} (no stable hλ here)".strip()


def stable(growth: Array) -> Mask:
    return growth <= 1 + ROUNDING


def thick(growth: Array) -> Mask:
    """Points of squares that are stable at all four corners: what a contour can show."""
    return np.asarray(binary_opening(stable(growth), np.ones((2, 2))))


def thin(growth: Array) -> Mask:
    """Stable points off the thick part."""
    return np.asarray(stable(growth) & ~binary_dilation(thick(growth), np.ones((3, 3))))
