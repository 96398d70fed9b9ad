"""Errors of moments against the step size: the weak order as slopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.errors import AnalysisError
from analysis.plots.style import GREY, SERIES, captioned, styled

MARKS = "osD^vP"
LEAST, WIDTH, HEIGHT = 8.0, 4.4, 3.6  # inches
CAPTION = (
    "How far the mean of the computed end state, or of one of its powers, lies from that of the stochastic "
    "differential equation, for steps of size h. A scheme of weak order n leaves an error that falls like $h^n$, "
    "a line of slope n here; slopes without an interval are those for h → 0."
)
BANDS = " Shaded: 95 % confidence intervals; slopes with an interval are those of the steps shown."


@dataclass(frozen=True)
class Falls:
    """Errors by curve, over h; slopes as text for the legend, and for estimates lower and upper ends of |error|."""

    h: npt.ArrayLike
    errors: Mapping[str, npt.ArrayLike]
    slopes: Mapping[str, str] = field(default_factory=dict)
    bands: Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]] = field(default_factory=dict)


@styled()
def weak_errors(panels: Mapping[str, Falls], *, title: str, note: str = "") -> Figure:
    """|error| against h, doubly logarithmic, a panel a problem; a curve's slope stands in the legend.

    panels  {title of the panel: Falls}
    note    what is added to the caption
    Raises AnalysisError for no panel, and for more curves than can be told apart.
    """
    if not panels:
        raise AnalysisError("no errors were given, the picture shows at least one panel of them")
    if odd := next((name for name, falls in panels.items() if len(falls.errors) > len(SERIES)), None):
        raise AnalysisError(f"{odd} has {len(panels[odd].errors)} curves: {len(SERIES)} can be told apart, take fewer")
    caption = CAPTION + BANDS * any(falls.bands for falls in panels.values()) + f" {note}".rstrip()
    figure, frame = captioned(max(WIDTH * len(panels), LEAST), HEIGHT, caption, title)
    for axes, (name, falls) in zip(np.ravel(frame.subplots(1, len(panels))), panels.items(), strict=True):
        draw(axes, falls)
        axes.set_xscale("log", base=2)
        axes.set(yscale="log", xlabel="step size h", ylabel="|error of the mean|")
        axes.set_title(name, loc="left")
        axes.grid(alpha=0.25, linewidth=0.5)
        axes.legend(loc="best")
    return figure


def draw(axes: Axes, falls: Falls) -> None:
    h = np.asarray(falls.h, dtype=float)
    for (name, errors), colour, mark in zip(falls.errors.items(), SERIES, MARKS, strict=False):
        e = np.abs(np.asarray(errors, dtype=float))
        shown = e > 0
        label = f"{name}: slope {falls.slopes[name]}" if name in falls.slopes else name
        axes.plot(h[shown], e[shown], color=colour, marker=mark, markersize=4, label=label, gid=f"curve {name}")
        if name in falls.bands:
            low, high = (np.asarray(x, dtype=float) for x in falls.bands[name])
            axes.fill_between(h, np.where(low > 0, low, high * 1e-3), high, color=colour, alpha=0.2, linewidth=0)
    if not any(np.any(np.asarray(e) != 0) for e in falls.errors.values()):
        axes.text(0.5, 0.5, "no error", ha="center", transform=axes.transAxes, color=GREY)
