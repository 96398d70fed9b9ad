"""Figures of the page of evidence on fixed and learned k: training loss, noise on the input, gradients by depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from analysis.plots.style import DASHES, SERIES, captioned, styled

Lines = Mapping[str, tuple[npt.ArrayLike, npt.ArrayLike]]
WINDOW = 10  # values of the training loss that a point of its curve is the mean of
BEGINNING = 2  # epochs of the left panel of the training loss


@styled()
def losses(curves: Mapping[str, Sequence[float]], every: int, epochs: int, title: str) -> Figure:
    """Training loss by epoch of each network: left the beginning, right all of it."""
    text = (
        f"Cross-entropy on the training images as they were given, augmented, in nats: running mean over the last "
        f"{WINDOW * every} batches, of one training (the first seed) of each network. All saw the same images in "
        f"the same order. Left: the first {BEGINNING} epochs. Right: all {epochs}, logarithmic."
    )
    figure, panels = captioned(10, 3.8, text, title)
    begin, whole = panels.subplots(1, 2)
    smooth = {name: running(curve) for name, curve in curves.items() if len(curve) > WINDOW}
    lines = {name: ((np.arange(len(y)) + WINDOW) * epochs / len(curves[name]), y) for name, y in smooth.items()}
    draw(whole, lines, named=False)
    draw(begin, {name: (x[x <= BEGINNING], y[x <= BEGINNING]) for name, (x, y) in lines.items()})
    logarithmic(whole)
    whole.set(xlabel="epochs", title="Whole training")
    begin.set(xlabel="epochs", ylabel="training loss (nats)", title=f"The first {BEGINNING} epochs")
    return figure


def running(values: Sequence[float]) -> npt.NDArray[np.float64]:
    """Means of each WINDOW values one after another."""
    return np.asarray(np.convolve(np.asarray(values, float), np.ones(WINDOW) / WINDOW, "valid"))


@styled()
def noise(seeds: Mapping[str, Sequence[tuple[npt.ArrayLike, npt.ArrayLike]]], title: str) -> Figure:
    """Test error by level of noise on the input, as it is and over that without noise; of each network its seeds."""
    text = (
        "Test error with normal noise added to the input, of a size in standard deviations of the normalised pixels; "
        "training has not seen it. Left: the error. Right: by how much it is above that without noise, in points. "
        "Thick: the mean over the seeds of a network; thin: each seed, where there are several. The same draws of "
        "noise for all. Where thin lines of one network are as far apart as networks, the order of these says nothing."
    )
    figure, panels = captioned(10, 3.8, text, title)
    left, right = panels.subplots(1, 2)
    raised = {name: [(x, np.asarray(y) - np.asarray(y)[0]) for x, y in own] for name, own in seeds.items()}
    for axes, own in ((left, seeds), (right, raised)):
        means = {
            name: (lines[0][0], np.array([y for _, y in lines], float).mean(axis=0)) for name, lines in own.items()
        }
        draw(axes, means, named=axes is left)
        for lines, colour, dash in zip(own.values(), SERIES, DASHES, strict=False):
            for x, y in lines if len(lines) > 1 else ():
                axes.plot(x, y, color=colour, ls=dash, lw=0.5, gid="seed")
    left.set(ylabel="test error (%)", title="Error")
    right.set(ylabel="rise of the test error (points)", title="What noise adds to it")
    for axes in (left, right):
        axes.set_xlabel("noise on the input (standard deviations)")
    return figure


@styled()
def gradients(after: Lines, before: Lines, title: str) -> Figure:
    """Norm of the gradient by depth over that of the last state, after training and before."""
    text = (
        "Norm of the gradient of an image's loss in the state behind each step, the mean over test images, over that "
        "of the last state: 1 at the right by definition, above 1 at the left where gradients grow on their way to the "
        "input. Left: trained networks. Right: the same before training, when those of a fixed k have the same blocks "
        "and only k tells them apart. 0 is the state behind the stem. The first seed of each."
    )
    figure, panels = captioned(10, 3.8, text, title)
    left, right = panels.subplots(1, 2)
    for axes, lines, name in ((left, after, "Trained"), (right, before, "Before training")):
        draw(axes, lines, mark=True, end=0, named=axes is right)
        logarithmic(axes)
        axes.set(xlabel="steps passed", title=name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.set_ylabel(r"$\|dL/du_n\| \,/\, \|dL/du_N\|$")
    return figure


def logarithmic(axes: Axes) -> None:
    """A y axis that is logarithmic, with plain numbers at 1, 2, 3, 5, 10, …"""
    axes.set_yscale("log")
    axes.yaxis.set_minor_locator(LogLocator(subs=(2, 3, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_formatter("{x:g}")
    axes.tick_params(which="minor", labelsize=7)


def draw(axes: Axes, lines: Lines, *, mark: bool = False, end: int = -1, named: bool = True) -> None:
    """Lines in colours and dashes of their own, named in a legend in the order of their values at one end.

    Both panels of a figure have the same looks: the legend is in the one with room for it.
    """
    looks = list(zip(lines.items(), SERIES, DASHES, strict=False))
    for (name, (x, y)), colour, dash in sorted(looks, key=lambda look: -np.asarray(look[0][1][1])[end]):
        axes.plot(x, y, color=colour, ls=dash, marker="o" if mark else "", ms=3.5, label=name)
    axes.grid(alpha=0.25, linewidth=0.5)
    if named:
        axes.legend()
