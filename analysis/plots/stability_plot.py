"""Regions of absolute stability in the plane of hλ."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.errors import AnalysisError
from analysis.plots.style import DASHES, GREY, SERIES, captioned, styled

Array = npt.NDArray[np.float64]
ROUNDING = 1e-9  # growth of exactly 1, as on the leapfrog's segment, is computed to about this
CAPTION = (
    "Shaded: the steps hλ for which every solution of the scheme on u' = λu stays bounded, that is, the spectral "
    "radius of its stability matrix M(hλ) is at most 1. The line is its edge. To the left of the vertical axis the "
    "exact solution decays. A mode of the network whose hλ lies outside the shading grows from step to step."
)


@styled()
def stability_region(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    growth: npt.ArrayLike | Mapping[str, npt.ArrayLike],
    *,
    title: str,
    caption: str = CAPTION,
) -> Figure:
    """Where |growth| ≤ 1 over Re hλ = x, Im hλ = y (both without unit): filled, with its edge.

    growth: (len(y), len(x)), the spectral radius of M(x + iy), or R itself; several schemes as {name: growth}.
    Raises AnalysisError where shapes do not fit and for more than six schemes.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    regions = {k: np.abs(np.asarray(g)) for k, g in (growth if isinstance(growth, Mapping) else {"": growth}).items()}
    check(x, y, regions)
    # the panel has the shape of the window, at most 7 by 5 inches
    scale = min(5.8 / np.ptp(x), 4.4 / np.ptp(y))
    width = max(scale * np.ptp(x) + 1.2, 4.6)
    figure, panels = captioned(width, scale * np.ptp(y) + 0.9, caption, title)
    axes = panels.subplots()
    for (name, region), colour, dash in zip(regions.items(), SERIES, DASHES, strict=False):
        draw_region(axes, x, y, region, colour, dash, name)
    axes.axhline(0, color=GREY, lw=0.7, zorder=0.5)
    axes.axvline(0, color=GREY, lw=0.7, zorder=0.5)
    axes.set(xlabel="Re(hλ)", ylabel="Im(hλ)", aspect="equal", xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    keys = [
        Line2D([], [], color=colour, ls=dash, label=name + ("" if stable(region).any() else " (no stable hλ here)"))
        for (name, region), colour, dash in zip(regions.items(), SERIES, DASHES, strict=False)
        if name or not stable(region).any()
    ]
    if keys:
        axes.legend(handles=keys, loc="upper left")
    return figure


def draw_region(axes: Axes, x: Array, y: Array, growth: Array, colour: str, dash: str, name: str) -> None:
    """Fill and edge, and dots where the region is thinner than the grid (the leapfrog's is a segment)."""
    bounded = np.minimum(np.nan_to_num(growth, nan=np.inf), 1e6)  # poles
    if bounded.min() < 1 < bounded.max():
        axes.contourf(x, y, bounded, levels=[-1, 1], colors=[colour], alpha=0.22)
        axes.contour(x, y, bounded, levels=[1], colors=[colour], linestyles=[dash], linewidths=1.6)
    inside = np.pad(stable(growth), 1)
    centre = inside[1:-1, 1:-1]
    thin_x = centre & ~inside[1:-1, :-2] & ~inside[1:-1, 2:]
    thin_y = centre & ~inside[:-2, 1:-1] & ~inside[2:, 1:-1]
    rows, columns = np.nonzero(thin_x | thin_y)
    axes.plot(x[columns], y[rows], ".", color=colour, ms=3, gid=f"thin {name}")


def stable(growth: Array) -> npt.NDArray[np.bool_]:
    return growth <= 1 + ROUNDING


def check(x: Array, y: Array, regions: Mapping[str, Array]) -> None:
    if not 1 <= len(regions) <= len(SERIES):
        raise AnalysisError(
            f"{len(regions)} regions were given, one figure shows 1 to {len(SERIES)}: draw the rest in another"
        )
    for name, region in regions.items():
        if region.shape != (len(y), len(x)):
            raise AnalysisError(
                f"growth of {name or 'the scheme'} has the shape {region.shape}, "
                f"it must be (len(y), len(x)) = {(len(y), len(x))}"
            )
