"""What pictures in the plane of hλ share: arrays over a window, a panel in its shape, edges and their key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withTickedStroke

from analysis.errors import AnalysisError
from analysis.plots.style import DASHES, GREY, INK, SERIES, captioned, text_width

Array = npt.NDArray[np.float64]
Given = npt.ArrayLike | Mapping[str, npt.ArrayLike]
LARGE = 1e6  # stands for a pole
SOLID: dict[str, Any] = {"dash_offset": 0, "dash_list": None}


def read(x: npt.ArrayLike, y: npt.ArrayLike, values: Given, what: str) -> tuple[Array, Array, dict[str, Array]]:
    """The window's axes and |values| by scheme, poles finite; "" where there is no name.

    Raises AnalysisError where shapes do not fit and for more schemes than there are looks.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    given = values if isinstance(values, Mapping) else {"": values}
    if not 1 <= len(given) <= len(SERIES):
        raise AnalysisError(
            f"{len(given)} schemes were given, one figure shows 1 to {len(SERIES)}: draw the rest in another"
        )
    for axis, name in ((x, "x"), (y, "y")):
        if axis.ndim != 1 or len(axis) < 2 or not (np.diff(axis) > 0).all():
            raise AnalysisError(f"{name} must be a row of at least two increasing numbers, its shape is {axis.shape}")
    found = {k: np.minimum(np.nan_to_num(np.abs(np.asarray(v)), nan=LARGE), LARGE) for k, v in given.items()}
    for key, array in found.items():
        if array.shape != (len(y), len(x)):
            raise AnalysisError(
                f"{what} of {key or 'the scheme'} has the shape {array.shape}, "
                f"it must be (len(y), len(x)) = {(len(y), len(x))}"
            )
    return x, y, found


def window(x: Array, y: Array, keys: Iterable[tuple[str, str, Any]], title: str, caption: str) -> tuple[Figure, Axes]:
    """A panel in the window's shape, at most 7 by 5 inches, its key (name, colour, dash) above it."""
    scale = min(5.8 / np.ptp(x), 4.4 / np.ptp(y))
    width = max(scale * np.ptp(x) + 1.2, 4.6)
    handles = [Line2D([], [], color=colour, ls=dash, lw=1.8, label=name) for name, colour, dash in keys if name]
    columns = max(1, int((width - 0.4) / (max([0.0, *(text_width(str(h.get_label()), 8) for h in handles)]) + 0.65)))
    above = 0.2 * -(-len(handles) // columns)
    figure, panels = captioned(width, scale * np.ptp(y) + 0.9 + above, caption, title)
    axes = panels.subplots()
    axes.axhline(0, color=GREY, lw=0.7, zorder=0.5)
    axes.axvline(0, color=GREY, lw=0.7, zorder=0.5)
    axes.set(xlabel="Re(hλ), no unit", ylabel="Im(hλ), no unit", aspect="equal")
    axes.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    if handles:
        axes.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, handlelength=2.6, borderaxespad=0.3
        )
    return figure, axes


def looks(names: Iterable[str]) -> list[tuple[str, str, Any]]:
    return list(zip(names, SERIES, DASHES, strict=False))


def draw_edge(axes: Axes, x: Array, y: Array, levels: Array, colour: str, dash: Any, ticked: bool, gid: str) -> None:
    """The line where levels = 0; ticks on the side where they are negative tell which side is meant."""
    edge = axes.contour(x, y, levels, levels=[0], colors=[colour], linestyles=[dash], linewidths=1.6)
    edge.set_gid(gid)
    if ticked:
        edge.set_path_effects([withTickedStroke(spacing=7, angle=-90, length=0.5, linewidth=0.8, dashes=SOLID)])


def dot_origin(axes: Axes) -> None:
    axes.plot(0, 0, "o", color=INK, ms=4, zorder=5, gid="origin")
