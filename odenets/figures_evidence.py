"""Figures of the page of evidence: errors by network, and errors against parameters."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from analysis.plots.style import BLUE, GREY, INK, VERMILLION, captioned, styled


@dataclass(frozen=True)
class Measured:
    """A network on a figure: its name, trainable numbers, and test errors in % by seed; none: it has not run.

    width  half of the 95 % interval of their mean; nan: there is none
    """

    name: str
    size: float
    errors: tuple[float, ...]
    width: float = math.nan

    @property
    def mean(self) -> float:
        return statistics.fmean(self.errors)


@styled()
def errors_by_network(networks: Sequence[Measured], title: str, epochs: int) -> Figure:
    """Test error of each network: a dot a seed, mean and 95 % interval where there are several."""
    text = (
        f"Test error after the last of {epochs} epochs, in % of the test images. Small dots: one training each, from "
        "a seed of its own. Large dots with bars: the mean of several and Student's 95 % interval, with one spread "
        "for all. A network with one dot was trained once and has no interval: how far another seed would lie is not "
        "known. Two networks with intervals that overlap may still differ: the table has intervals of differences."
    )
    figure, panels = captioned(8.5, 0.8 + 0.34 * len(networks), text, title)
    axes = panels.subplots()
    for row, network in enumerate(networks):
        if not network.errors:
            axes.text(0.01, row, "not run yet", transform=axes.get_yaxis_transform(), color=GREY, size=8, va="center")
            continue
        axes.plot(network.errors, [row] * len(network.errors), "o", color=INK, ms=3.5, zorder=4)
        mean, width = network.mean, network.width
        if not math.isnan(width):
            axes.errorbar(mean, row, xerr=width, fmt="o", color=BLUE, ms=8, mec="none", alpha=0.75, capsize=4, lw=1.4)
        right = max(mean + (0 if math.isnan(width) else width), *network.errors)
        axes.annotate(f"{mean:.2f}", (right, row), (7, 0), textcoords="offset points", size=8, va="center")
    axes.set_yticks(range(len(networks)), [n.name for n in networks])
    axes.set_ylim(len(networks) - 0.5, -0.5)
    axes.margins(x=0.12)
    axes.set_xlabel("test error (%)")
    axes.grid(axis="x", alpha=0.25, linewidth=0.5)
    return figure


@styled()
def errors_by_size(
    families: Mapping[str, Sequence[Measured]], others: Mapping[str, Sequence[Measured]], title: str, epochs: int
) -> Figure:
    """Test error against parameters of two families, and in grey those of others, on logarithmic axes."""
    text = (
        "Test error in % against trainable numbers, both logarithmic. A point further left at the same height saves "
        f"parameters. Large marks: these results, {epochs} epochs; hollow ones are single trainings without an "
        "interval, filled ones means of several with Student's 95 % interval, with one spread for all. Grey: published "
        "figures after 160 epochs or more, which these results need not reach; they show which slope to expect."
    )
    figure, panels = captioned(8.5, 4.2, text, title)
    axes = panels.subplots()
    for family, colour, mark in zip(families.values(), (INK, VERMILLION), "os", strict=False):
        draw_family(axes, family, colour, mark)
    for family, dash in zip(others.values(), ("-", "--", ":"), strict=False):
        x, y = [n.size for n in family], [n.errors[0] for n in family]
        axes.plot(x, y, color="#999999", ls=dash, lw=1, marker=".", ms=4)
    ends = sorted(((family[-1], name) for name, family in others.items()), key=lambda end: -end[0].errors[0])
    for rank, (end, name) in enumerate(ends):  # under one another, in the order of the lines' ends
        where = (end.size, math.prod(e.errors[0] for e, _ in ends) ** (1 / len(ends)))
        axes.annotate(name, where, (6, 11 * ((len(ends) - 1) / 2 - rank)), textcoords="offset points", size=7.5,
                      color=GREY, va="center")  # fmt: skip
    axes.margins(y=0.12)
    axes.set(xscale="log", yscale="log", xlabel="trainable numbers (millions)", ylabel="test error (%)")
    plain(axes.xaxis, [0.25e6, 0.5e6, 1e6, 2e6], 1e6)
    plain(axes.yaxis, [5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 70, 90])
    left, right = axes.get_xlim()
    axes.set_xlim(left, right * 1.9)  # room for the names
    axes.grid(alpha=0.25, linewidth=0.5)
    return figure


def plain(axis: Axis, places: Sequence[float], unit: float = 1) -> None:
    """Ticks at these places alone, as plain numbers of this unit, on a logarithmic axis."""
    axis.set_major_locator(FixedLocator(places))
    axis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / unit:g}"))
    axis.set_minor_locator(NullLocator())


def draw_family(axes: Axes, family: Sequence[Measured], colour: str, mark: str) -> None:
    """Means joined by a line, with intervals, hollow where there is none; the name of each network beside it."""
    known = sorted((n for n in family if n.errors), key=lambda n: n.size)
    if not known:
        return
    axes.plot([n.size for n in known], [n.mean for n in known], color=colour, lw=1.4)
    for network in known:
        mean, width = network.mean, network.width
        bar = None if math.isnan(width) else [[min(width, 0.9 * mean)], [width]]  # the axis is logarithmic
        below = colour == INK  # the names of one family below its line, of the other above
        axes.errorbar(network.size, mean, bar, fmt=mark, color=colour, mfc=colour if bar else "white", ms=6,
                      capsize=5 if below else 3)  # fmt: skip
        axes.annotate(network.name, (network.size, mean), (7, -15 if below else 8), textcoords="offset points",
                      size=8, color=colour)  # fmt: skip


@styled()
def errors_by_epoch(networks: Mapping[str, Sequence[Sequence[float]]], title: str, of: str) -> Figure:
    """Error after each epoch, a line a training; networks: by name, the errors of each of its trainings, in %."""
    text = (
        f"Error in % of the {of} after each epoch, on a logarithmic axis; a line is one training, from a seed of its "
        "own. The number is the mean after the last epoch."
    )
    figure, panels = captioned(8.5, 3.2, text, title)
    axes = panels.subplots()
    for (name, runs), colour in zip(networks.items(), (INK, VERMILLION, BLUE), strict=False):
        label = f"{name}: {statistics.fmean(run[-1] for run in runs):.2f}"
        for run in runs:
            axes.plot(range(1, len(run) + 1), run, color=colour, lw=1.4, marker=".", ms=4, label=label)
            label = ""
    axes.set(yscale="log", xlabel="epoch", ylabel="error (%)")
    plain(axes.yaxis, [5, 7, 10, 15, 20, 30, 50, 70])
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(frameon=False)
    axes.grid(alpha=0.25, linewidth=0.5)
    return figure
