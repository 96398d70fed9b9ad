"""The figure of a network beside its modified flows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.plots.style import DASHES, GREY, SERIES, captioned, styled

if TYPE_CHECKING:
    from odenets.obeys.measures import Obedience

MARKS = "osD^vP"


@styled()
def obedience(found: Obedience, title: str) -> Figure:
    """Left: distance of every layer from the modified flows; right: the largest one against h, with slopes."""
    figure, panels = captioned(9.0, 3.6, caption(found), title)
    left, right = panels.subplots(1, 2)
    for i, q in enumerate(found.halvings):
        look: dict[str, Any] = {"color": SERIES[i % len(SERIES)], "marker": MARKS[i % len(MARKS)], "markersize": 4}
        dash, name = DASHES[i % len(DASHES)], f"{q} term{'s' if q > 1 else ''}"
        shown = [(found.first + n, d) for n, d in enumerate(found.layers.get(q, [])) if 0 < d < math.inf]
        if shown:
            left.plot(*zip(*shown, strict=True), linestyle=dash, label=name, **look)
        falls = [(h, d) for h, d in zip(found.steps, found.halvings[q], strict=True) if d < math.inf]
        slope = f"slope {found.slopes[q][-1]:.2f}, " if found.slopes[q] else ""
        right.plot(*zip(*falls, strict=True) if falls else ([], []), linestyle=dash,
                   label=f"{name}: {slope}theory {found.expected[q]}", **look)  # fmt: skip
        if falls:
            h, d = falls[-1]
            right.plot(found.steps, [d * (x / h) ** found.expected[q] for x in found.steps], color=GREY, linewidth=0.6)
    if found.unsmooth:
        left.text(0.5, 0.5, "no smooth state belongs\nto the network's start", ha="center", transform=left.transAxes)
    left.set(xlabel="layer of the stage (step n)", yscale="log", title="The network as it runs",
             ylabel=r"$\|u_n - y(t_n)\| \, / \, \|u_n\|$")  # fmt: skip
    right.set(xlabel="step h (1: the network's own)", xscale="log", yscale="log", title="The same block, smaller steps",
              ylabel="largest distance over the layers")  # fmt: skip
    right.set_xticks(found.steps, [f"1/{round(1 / h)}" if h < 1 else "1" for h in found.steps])
    right.minorticks_off()
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (left, right):
        axes.grid(alpha=0.25, linewidth=0.5)
        if axes.get_legend_handles_labels()[0]:
            axes.legend()
    return figure


def caption(found: Obedience) -> str:
    start = (
        "Left: nothing to compare, no smooth state belongs to the network's start at h = 1."
        if found.unsmooth
        else "Left: the flow starts at the smooth part of the states with which the steps begin; the first layers hold "
        "the parasitic part of their history as well."
        if found.parasitic
        else "Left: both start at the same state, so that the distance there is 0 and not shown."
    )
    weights = "one block in all layers" if found.shared else "the weights of the layers joined by a curve in depth"
    kinks = " The block has relu, so it has no second derivative and no rate beyond 1 is promised." * found.kinked
    return (
        f"Relative distance of the layers u of stage {found.stage + 1} from the flow of the modified equation of "
        f"{found.scheme} for their own block ({weights}), cut after 1, 2, … terms, over a batch of images, without "
        f"unit. {start} Right: states that begin on the smooth manifold, steps of h, h/2, …; grey lines have the "
        f"slopes of theory.{kinks}"
    )
