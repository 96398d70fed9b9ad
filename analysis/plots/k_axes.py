"""What the panels of learned k share: the axis of steps, logarithmic axes, colour scales."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from analysis.k_theory import Array, LearnedK
from analysis.plots.style import GREY, INK


def line(data: LearnedK, values: Array) -> tuple[Array, Array]:
    """Values by step, broken between stages."""
    cuts = data.starts[1:]
    return np.insert(data.number, cuts, np.nan), np.insert(values, cuts, np.nan)


def draw_scale(axes: Axes, colours: Colormap, first: int, last: int, label: str) -> ScalarMappable:
    """A slim colour bar above the panel's right half, where there is more than one value."""
    scale = ScalarMappable(Normalize(first, max(last, first + 1)), colours)
    if last > first:
        bar = axes.inset_axes((0.66, 1.105, 0.3, 0.025))
        axes.figure.colorbar(scale, cax=bar, orientation="horizontal", ticks=[])
        for text, x, side in ((f"{label} {first} ", 0, "right"), (f" {last}", 1, "left")):
            bar.text(x, 0.5, text, transform=bar.transAxes, ha=side, va="center", size=8)
    return scale


def marker(data: LearnedK) -> float:
    return float(np.clip(120 / data.steps, 2, 5))


def log_axis(axes: Axes, low: float, high: float) -> None:
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 200 else (1,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}" if y > 1e-3 else f"$10^{{{np.log10(y):.0f}}}$"))
    axes.yaxis.set_minor_locator(NullLocator())


def mark_stages(axes: Axes, data: LearnedK, named: bool) -> None:
    """Stage boundaries, hatched columns where a step has no k, and the steps' axis."""
    for i, (start, size) in enumerate(zip(data.starts, data.stages, strict=True)):
        if start:
            axes.axvline(start + 0.5, color=INK, lw=0.8, ls=":")
        if named:
            where = (start + (size + 1) / 2, 1.01)
            axes.annotate(f"stage {i + 1}", where, xycoords=("data", "axes fraction"), ha="center", va="bottom", size=8)
    for n in np.flatnonzero(data.absent):
        axes.axvspan(n + 0.5, n + 1.5, facecolor="white", edgecolor=GREY, hatch="xx", lw=0, alpha=0.55, gid="absent")
    axes.set_xlim(0.5, data.steps + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
