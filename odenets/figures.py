"""Figures of training runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

Curve = tuple[Sequence[float], Sequence[float]]
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # Okabe and Ito 2008
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 3)))


def curves(losses: Mapping[str, Sequence[Curve]], errors: Mapping[str, Sequence[Curve]]) -> Figure:
    """Training loss and test error in % by epoch; a thin line a seed, one colour and dash a network."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, groups, label in (
        (left, losses, "training loss (cross-entropy, nats)"),
        (right, errors, "test error (%)"),
    ):
        for (name, seeds), colour, dash in zip(groups.items(), cycle(COLOURS), cycle(DASHES), strict=False):
            for i, (x, y) in enumerate(seeds):
                axes.plot(x, y, color=colour, linestyle=dash, linewidth=1.2, alpha=0.85, label=name if i == 0 else None)
        axes.set(xlabel="epoch", ylabel=label, yscale="log")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.25, which="both", linewidth=0.5)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    left.legend(frameon=False)
    return figure


def cycle(items: Sequence[object]) -> list[object]:
    return [items[i % len(items)] for i in range(100)]
