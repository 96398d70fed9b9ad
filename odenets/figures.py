"""Figures of training runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.plots.style import DASHES, SERIES

Curve = tuple[Sequence[float], Sequence[float]]


def curves(losses: Mapping[str, Sequence[Curve]], errors: Mapping[str, Sequence[Curve]]) -> Figure:
    """Training loss and test error in % by epoch; a thin line a seed, one colour and dash a network."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, groups, label in (
        (left, losses, "training loss (cross-entropy, nats)"),
        (right, errors, "test error (%)"),
    ):
        for (name, seeds), colour, dash in zip(groups.items(), cycle(SERIES), cycle(DASHES), strict=False):
            for i, (x, y) in enumerate(seeds):
                axes.plot(x, y, color=colour, linestyle=dash, linewidth=1.2, alpha=0.85, label=name if i == 0 else None)
        axes.set(xlabel="epoch", ylabel=label, yscale="log")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.25, which="both", linewidth=0.5)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    left.legend(frameon=False)
    return figure
