"""Figures of a study of noise: variance by depth, differences of errors, robustness, reliability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from math import isfinite
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from analysis.plots.style import BLUE, DASHES, GREY, INK, ORANGE, SERIES, captioned, styled
from odenets.noise.pairs import Pairing

Result = Mapping[str, Any]
MARKS = "osD^vPX*"
FEW = 10  # answers below which a bin's accuracy says nothing


@styled()
def variances(results: Sequence[Result]) -> Figure:
    """Variance of the features behind each step of the network: measured, and by its stochastic equation."""
    labels = list(dict.fromkeys(r["label"] for r in results))
    columns = min(5, max(2, -(-len(labels) // 2)))
    lines = -(-len(labels) // columns)
    seeds = sorted({r["seed"] for r in results})
    text = (
        "Variance of a feature over the draws of the noise, at fixed test images: mean over images and elements, "
        f"behind each step of the network (stage.step), norms as in evaluation; seed {seeds[0]}. Dots: the network. "
        "Line: its Itô equation dX = E[w] f dt + Σ σ ∂w f dB, the blocks of each step acting for a time of 1. Dashed: "
        "the same equation by Euler–Maruyama's method with the network's own steps of h = 1; where dots are on it and "
        "not on the line, it is the length of the steps that differs, not the noise. Bars and bands: 95 % intervals of "
        "the sampling. Variance falls where the shape changes, as states go through a norm and a projection there."
    )
    figure, panels = captioned(2.1 * columns + 0.4, 2.2 * lines, text, "How noise grows with depth")
    grid = np.ravel(panels.subplots(lines, columns, sharex=True, squeeze=False))
    for axes, label in zip(grid, labels, strict=False):
        found = next(r for r in results if r["label"] == label and r["seed"] == seeds[0])
        variance_panel(axes, found["features"])
        axes.set_title(label.replace(", ", ",\n"), fontsize=8)
    for axes in grid[len(labels) :]:
        axes.set_visible(False)
    for axes in grid[::columns]:
        axes.set_ylabel("variance")
    grid[0].legend(fontsize=6.5, loc="lower right")
    return figure


def variance_panel(axes: Axes, features: Result) -> None:
    x = np.arange(len(features["steps"]))
    for name, colour, dash, label in (("predicted", BLUE, "-", "equation"), ("coarse", ORANGE, "--", "its steps of 1")):
        if features[name]:
            y, width = np.array(features[name]["variance"]).T
            axes.plot(x, y, color=colour, linestyle=dash, label=label)
            axes.fill_between(x, np.maximum(y - width, y / 10), y + width, color=colour, alpha=0.2, linewidth=0)
    y, width = np.array(features["measured"]["variance"]).T
    below = np.minimum(width, 0.9 * y)
    axes.errorbar(x, y, [below, width], fmt="o", color=INK, markersize=3, linewidth=0.8, label="network", zorder=3)
    if features["refused"]:
        axes.text(0.5, 0.05, "no equation", ha="center", fontsize=7, color=GREY, transform=axes.transAxes)
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xticks(x[::2], features["steps"][::2])
    axes.grid(alpha=0.25, linewidth=0.5)


@styled()
def differences(pairings: Mapping[str, Pairing]) -> Figure:
    """Difference in test error of each network from the one without noise, by seed, with Student's interval."""
    text = (
        "Test error minus that of the same network trained without noise, in percentage points, coefficients at their "
        "means (averaged over draws where the noise comes at the test). Small dots: one seed each; large dot and bar: "
        "mean and Student's 95 % interval over the seeds. Left of 0 noise helps; a bar across 0 does not tell the two "
        "apart."
    )
    figure, panels = captioned(7.5, 0.9 + 0.27 * len(pairings), text, "What noise does to the test error")
    axes = panels.subplots()
    for row, (found, colour) in enumerate(zip(pairings.values(), cycle(SERIES), strict=False)):
        axes.plot(found.differences, [row] * len(found.differences), "o", color=GREY, markersize=3, alpha=0.8)
        width = found.width if isfinite(found.width) else 0
        axes.errorbar(found.mean, row, xerr=width, fmt="o", color=colour, markersize=6, capsize=3)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(pairings)), list(pairings))
    axes.invert_yaxis()
    axes.set_xlabel("difference in test error (percentage points)")
    axes.grid(axis="x", alpha=0.25, linewidth=0.5)
    return figure


@styled()
def robustness(results: Sequence[Result], levels: Mapping[str, Sequence[float]]) -> Figure:
    """Accuracy against noise on the input, and on the weights; a row of panels for each base scheme."""
    bases = by_base(results)
    text = (
        "Accuracy on the test images with normal noise that training has not seen, coefficients at their means. Left: "
        "on the input, in standard deviations of the normalised pixels. Right: on every tensor of weights, in parts of "
        "its root mean square. Lines: mean over the seeds; bars: from the worst to the best seed. All networks get the "
        "same noise."
    )
    figure, panels = captioned(9.0, 2.9 * len(bases), text, "Noise on the input and on the weights")
    grid = panels.subplots(len(bases), 2, squeeze=False, sharey="row")
    for row, (base, own) in zip(grid, bases.items(), strict=True):
        for axes, key in zip(row, ("inputs", "weights"), strict=True):
            for i, (name, group) in enumerate(own.items()):
                if not (found := [r[key] for r in group if key in r]):
                    continue
                values, y = np.array(found), np.mean(found, 0)
                x = np.array(levels[key]) + (i - 2) * 0.006 * max(levels[key])
                ends = np.maximum([y - values.min(0), values.max(0) - y], 0)
                axes.errorbar(x, y, ends, linewidth=1.2, elinewidth=0.6, markersize=3.5, label=name, **look(i))
            axes.set_xlabel({"inputs": "noise on the input", "weights": "noise on the weights"}[key])
            axes.grid(alpha=0.25, linewidth=0.5)
        row[0].set(ylabel="accuracy (%)", title=base)
        named(*row[1:], loc="best")
    return figure


@styled()
def reliabilities(results: Sequence[Result]) -> Figure:
    """Accuracy against confidence in bins; a panel for each base scheme and way to evaluate."""
    bases = by_base(results)
    text = (
        "Accuracy of the answers in 15 bins of confidence (the probability of the answer), all seeds together; on the "
        f"grey diagonal a network is right as often as it says. Bins of fewer than {FEW} answers are left out. Left: "
        "coefficients at their means; right: softmax averaged over draws of the noise."
    )
    figure, panels = captioned(9.0, 3.1 * len(bases), text, "Is a network right as often as it is sure?")
    grid = panels.subplots(len(bases), 2, squeeze=False, sharey=True, sharex=True)
    for row, (base, own) in zip(grid, bases.items(), strict=True):
        for axes, how, title in zip(row, ("mean", "samples"), ("at the means", "average of draws"), strict=True):
            axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8)
            for i, (name, group) in enumerate(own.items()):
                if found := [r["reliability"][how] for r in group if how in r["reliability"]]:
                    axes.plot(*pooled(found), markersize=3.5, label=name, **look(i))
            axes.set(title=f"{base}, {title}", xlabel="confidence")
            axes.grid(alpha=0.25, linewidth=0.5)
        row[0].set_ylabel("accuracy")
        named(*row)
    return figure


def named(*panels: Axes, **how: Any) -> None:
    """Legends where there are curves."""
    for axes in panels:
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=7, **how)


def pooled(found: Sequence[Result]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Confidence and accuracy in each bin that has enough answers of all seeds."""
    counts = np.array([r["counts"] for r in found])
    total = counts.sum(0)
    x, y = ((counts * [r[name] for r in found]).sum(0) / np.maximum(total, 1) for name in ("confidence", "accuracy"))
    return x[total >= FEW], y[total >= FEW]


def by_base(results: Sequence[Result]) -> dict[str, dict[str, list[Result]]]:
    """The results by the network, those of one panel, and by the noise."""
    found: dict[str, dict[str, list[Result]]] = {}
    for r in results:
        base, _, noise = r["label"].rpartition(", ")
        found.setdefault(base or "schemes of their own", {}).setdefault(noise, []).append(r)
    return found


def look(i: int) -> dict[str, Any]:
    return {"color": SERIES[i % len(SERIES)], "linestyle": DASHES[i % len(DASHES)], "marker": MARKS[i % len(MARKS)]}
