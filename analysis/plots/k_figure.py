"""The figure this project is named for: the coefficients k_n that LM-ResNet learned, against theory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.k_theory import LearnedK
from analysis.plots.k_axes import mark_stages
from analysis.plots.k_panels import draw_effective_step, draw_ellipses, draw_k, draw_parasite
from analysis.plots.k_words import caption
from analysis.plots.style import BLUE, GREY, INK, ORANGE, VERMILLION, captioned, styled

NO_STEP: dict[str, Any] = {"color": VERMILLION, "marker": "^", "ms": 7}


@styled()
def learned_k(
    k: npt.ArrayLike,
    stages: Sequence[int],
    *,
    epochs: Sequence[int] | None = None,
    title: str = "Learned $k_n$ against theory",
) -> Figure:
    """Learned k_n by step, epoch by epoch, against theory, in four panels with a caption; k has no unit.

    k: (epochs, steps) or (seeds, epochs, steps), NaN where a step has none; stages: steps a stage; epochs: their
    numbers, 1, 2, … unless said. Raises AnalysisError where shapes do not fit and where no k is given.
    """
    data = LearnedK.read(k, stages, epochs)
    figure, panels = captioned(11, 7.8, caption(data), title)
    left, right = np.ravel(np.asarray(panels.subfigures(1, 2, width_ratios=[1.9, 1])))
    a, b, c = left.subplots(3, 1, sharex=True, height_ratios=[1.6, 1, 1])
    d, key = right.subplots(2, 1, height_ratios=[1.25, 1])
    draw_k(a, data)
    draw_ellipses(d, data)
    draw_effective_step(b, data)
    draw_parasite(c, data)
    for axes in (a, b, c):
        mark_stages(axes, data, named=axes is a)
    c.set_xlabel("step n (residual block)")
    key.set_axis_off()
    add_legend(key, data)
    return figure


def add_legend(axes: Axes, data: LearnedK) -> None:
    """The marks that the figure contains."""
    several, absent = data.seeds > 1, bool(data.absent.any())
    dot: dict[str, Any] = {"color": INK, "marker": "o", "ms": 5}
    keys: list[tuple[bool, str, Artist]] = [
        (not several, f"(a), (b) last epoch ({data.epochs[-1]})", Line2D([], [], lw=1.8, **dot)),
        (
            several,
            f"(a), (b) last epoch ({data.epochs[-1]}), mean of {data.seeds} seeds",
            Line2D([], [], lw=1.8, **dot),
        ),
        (several, "(a), (b) a seed's last epoch", Line2D([], [], color=BLUE, lw=0.6)),
        (several, "(a) smallest to largest of the seeds", Patch(color=BLUE, alpha=0.2, lw=0)),
        (absent, "no k: a stage's first step is plain Euler", Patch(fc="white", ec=GREY, hatch="xxxx", lw=0)),
        (absent, "(b) that Euler step, of size 1", Line2D([], [], ls="", mfc="white", **dot)),
        (bool((data.final <= -1).any()), "(b) k ≤ -1: no effective step", Line2D([], [], ls="", **NO_STEP)),
        (bool((data.final < 0).any()), "(c) size of a root -k > 0, keeps its sign", Line2D([], [], ls="", **dot)),
        (
            bool((data.final > 0).any()),
            "(c) size of a root -k < 0, alternates",
            Line2D([], [], ls="", mfc="white", **dot),
        ),
        (not several, "(c) running product in the stage", Line2D([], [], color=ORANGE, lw=2)),
        (several, "(c) running product: geometric mean", Line2D([], [], color=ORANGE, lw=2)),
        (several, "(c) running product: a seed", Line2D([], [], color=ORANGE, lw=0.6)),
        (True, "(d) Euler's disc (k = 0)", Line2D([], [], color=INK, ls="--", lw=1.2)),
    ]
    handles, labels = zip(*((artist, text) for present, text, artist in keys if present), strict=True)
    axes.legend(handles, labels, loc="center left", borderaxespad=0)
