"""The four panels of the figure of learned k: each draws one view of the same numbers on axes that it is given."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import FuncFormatter

from analysis.k_theory import LearnedK, effective_depth, effective_step, ellipse, geometric_mean, running_product
from analysis.plots.k_axes import draw_scale, line, log_axis, marker
from analysis.plots.k_words import ranges
from analysis.plots.style import BLUE, DEPTH, EPOCHS, GREY, INK, ORANGE, VERMILLION

ACCELERATING, STABLE, UNSTABLE = "#CFEBDD", "#E8EFF6", "#F6CDB8"  # bands of k
SHOWN_EPOCHS = 40  # more lines than that run together
WIDE = 4.0  # |k| beyond which the axis of k turns logarithmic
FLOOR, CEILING = 1e-6, 1e12  # the sizes of a parasite that are worth an axis


def draw_k(axes: Axes, data: LearnedK) -> None:
    """(a) k by step: epochs light to dark over the bands of zero-stability."""
    if np.nanmax(np.abs(data.k)) > WIDE:
        axes.set_yscale("symlog", linthresh=2)
        axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    low, high = min(np.nanmin(data.k) * 1.1, -1.35), max(np.nanmax(data.k) * 1.1, 1.35)
    axes.set_ylim(low, high)
    for edges, colour in {(-1.0, 0.0): ACCELERATING, (0.0, 1.0): STABLE}.items():
        axes.axhspan(*edges, color=colour, lw=0, zorder=0)
    for edges in ((low, -1.0), (1.0, high)):
        axes.axhspan(*edges, facecolor="white", edgecolor=UNSTABLE, hatch="///", lw=0, zorder=0)
    for level, dash in {-1: "-", 0: "--", 1: "-"}.items():
        axes.axhline(level, color=GREY, ls=dash, lw=0.8, zorder=0.5)
    bands = {"not zero-stable": (low - 1) / 2, "zero-stable,\naccelerating": -0.5, "zero-stable": 0.5}
    for text, y in bands.items():
        axes.annotate(text, (1.01, y), xycoords=("axes fraction", "data"), va="center", size=8, color=GREY)

    scale = draw_scale(axes, EPOCHS, data.epochs[0], data.epochs[-1], "epoch")
    shown = np.unique(np.linspace(0, len(data.epochs) - 1, SHOWN_EPOCHS).round().astype(int))
    for i in shown[:-1]:
        axes.plot(
            *line(data, data.by_epoch[i]),
            "-",
            marker=".",
            ms=marker(data) * 0.6,
            lw=0.8,
            color=scale.to_rgba(data.epochs[i]),
        )
    if data.seeds > 1:
        spread = (np.fmin.reduce(data.last), np.fmax.reduce(data.last))
        (x, least), (_, most) = (line(data, side) for side in spread)
        axes.fill_between(x, least, most, color=BLUE, alpha=0.2, lw=0)
        for seed in data.last:
            axes.plot(*line(data, seed), "-", color=BLUE, lw=0.6)
    axes.plot(*line(data, data.final), "-o", color=INK, lw=1.8, ms=marker(data), zorder=4, gid="last k")
    axes.set_ylabel("$k_n$ (no unit)")
    axes.set_title("(a) Learned coefficient $k_n$", pad=17)


def draw_effective_step(axes: Axes, data: LearnedK) -> None:
    """(b) 1/(1+k) by step against Euler's 1; steps with k ≤ -1, which have none, at the upper edge."""
    size = effective_step(data.final, data.absent)
    every = effective_step(np.vstack((data.last, data.final)), data.absent)
    low, high = min(np.nanmin(every, initial=1) / 1.3, 0.5), max(np.nanmax(every, initial=1) * 1.3, 2.2)
    log_axis(axes, low, high)
    axes.axhline(1, color=GREY, lw=0.8, ls="--")
    axes.annotate("Euler's", (1.01, 1), xycoords=("axes fraction", "data"), va="center", size=8, color=GREY)
    for seed in data.last if data.seeds > 1 else ():
        axes.plot(*line(data, effective_step(seed, data.absent)), "-", color=BLUE, lw=0.6)
    axes.plot(*line(data, size), "-", color=INK)
    known, none = ~data.absent & ~np.isnan(size), data.final <= -1
    axes.plot(data.number[known], size[known], "o", color=INK, ms=marker(data))
    euler = data.number[data.absent]
    axes.plot(euler, np.ones_like(euler), "o", color=INK, mfc="white", ms=marker(data) + 1, zorder=4, gid="euler steps")
    if none.any():  # matplotlib lays out an empty unclipped line at the figure's corner
        top = np.full(none.sum(), high)
        axes.plot(
            data.number[none],
            top,
            "^",
            color=VERMILLION,
            ms=marker(data) + 2,
            clip_on=False,
            zorder=5,
            gid="no effective step",
        )
    depth = effective_depth(data)
    total = f"(b) Effective step $1/(1+k_n)$; their sum $\\Sigma\\,1/(1+k_n)={depth:.1f}$ Euler steps"
    axes.set(ylabel="effective step\n(Euler steps)", title=total)


def draw_parasite(axes: Axes, data: LearnedK) -> None:
    """(c) The parasitic root -k by step, and its running product from each stage's start, both in size."""
    root, products = np.abs(data.final), running_product(data.last, data.starts)
    product = geometric_mean(products)
    sizes = np.concatenate((root, product, [0.4, 1.0]))
    low, high = max(np.nanmin(sizes[sizes > 0]) / 2, FLOOR), min(np.nanmax(sizes) * 2.5, CEILING)
    log_axis(axes, low, high)
    axes.axhspan(1, high, facecolor="white", edgecolor=UNSTABLE, hatch="///", lw=0, zorder=0)
    axes.axhline(1, color=GREY, lw=0.8)
    axes.annotate("grows", (1.01, 1.15), xycoords=("axes fraction", "data"), va="bottom", size=8, color=GREY)
    axes.annotate("dies out", (1.01, 0.85), xycoords=("axes fraction", "data"), va="top", size=8, color=GREY)
    for seed in products if data.seeds > 1 else ():
        axes.plot(*line(data, np.clip(seed, FLOOR / 1e3, CEILING * 1e3)), "-", color=ORANGE, lw=0.6)
    axes.plot(*line(data, np.clip(product, FLOOR / 1e3, CEILING * 1e3)), "-", color=ORANGE, lw=2)
    for here, fill in ((data.final < 0, INK), (data.final > 0, "white")):
        axes.plot(data.number[here], root[here], "o", color=INK, mfc=fill, ms=marker(data))
    axes.set(ylabel="size (no unit)", title="(c) Parasitic root $-k_n$ and its running product within the stage")


def draw_ellipses(axes: Axes, data: LearnedK) -> None:
    """(d) The stability ellipse of every step with |k| < 1, and Euler's disc."""
    inside = np.abs(data.final) < 1
    scale = draw_scale(axes, DEPTH, 1, data.steps, "step n")
    curves = [np.column_stack((z.real, z.imag)) for z in map(ellipse, data.final[inside])]
    colours = scale.to_rgba(data.number[inside])
    width = 1.3 if data.steps < 20 else 0.8
    axes.add_collection(LineCollection(curves, colors=colours, linewidths=width, gid="ellipses"))
    disc = ellipse(0.0)
    axes.plot(disc.real, disc.imag, "--", color=INK, lw=1.2, zorder=4)
    axes.axhline(0, color=GREY, lw=0.6, zorder=0.5)
    axes.axvline(0, color=GREY, lw=0.6, zorder=0.5)
    axes.set(xlim=(-4.15, 0.4), ylim=(-2.1, 2.1), aspect="equal", xlabel="Re(hλ)", ylabel="Im(hλ)")
    axes.set_title("(d) Stable hλ of each step", pad=17)
    if (outside := np.abs(data.final) >= 1).any():
        text = f"no region (|k| ≥ 1): step {ranges(data.number[outside])}"
        axes.text(
            -4.1,
            -2.05,
            textwrap.fill(textwrap.shorten(text, 88, placeholder=" …"), 44),
            va="bottom",
            size=8,
            color=VERMILLION,
        )
