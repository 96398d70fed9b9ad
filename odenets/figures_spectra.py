"""Figures of block spectra, from the rows of results: over each step's own region, and growth by depth."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from analysis.plots.plane import draw_edge
from analysis.plots.stability_plot import draw_region
from analysis.plots.style import BLUE, DASHES, GREY, INK, SERIES, VERMILLION, captioned, styled
from analysis.stability import spectral_radius
from schemes import Scheme, loads

WIDTH = 9.0  # inches
POINTS = 161  # of a panel's grid, each way
MARGIN = 1.08
CORE = np.linspace(-4, 0.5, 46) + 1j * np.linspace(0, 3, 31)[:, None]  # of a region larger than this a part is shown
MARKS = "osD^vP"
CAPTION = (
    "Eigenvalues hλ of each block's Jacobian at {images} test images, those largest in modulus and at both ends of the "
    "real axis: before training (hollow) and after it (filled). Shaded: where the step's own scheme, with the "
    "coefficients that it has after training, does not grow, |ζ| ≤ 1; dashed: the edge of that region before training, "
    "where it was another. Right of the vertical axis the modes of u' = λu grow themselves. A row is a stage, and its "
    "panels share one window; coefficients are frozen, each panel speaks of one step alone."
)
GROWTH = (
    "The largest |ζ| over the eigenvalues found of each block, ζ the largest eigenvalue of the step's matrix M(hλ): "
    "after training (filled marks) and before it (hollow). Above the grey line at 1 a mode grows in that step. Steps "
    "that cross shapes have no eigenvalues: the line is broken there."
)


@styled()
def block_spectra(result: Mapping[str, Any], title: str) -> Figure:
    """A panel a step, a row a stage: eigenvalues hλ (no unit) over the region |ζ| ≤ 1 of that step's own scheme.

    result: a result of a study whose measures hold `spectra`; steps that could not be looked at say why in a word.
    """
    measured, steps = result["measures"]["spectra"], result["steps"]
    side = WIDTH / max(steps)
    figure, panels = captioned(WIDTH, heights(measured, steps, side), CAPTION.format(**measured), title)
    grid = panels.subplots(len(steps), max(steps), squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for stage, count in enumerate(steps):
        rows = [row for row in measured["steps"] if row["stage"] == stage]
        window = around(rows)
        for axes, row in zip(grid[stage, :count], rows, strict=True):
            draw_step(axes, row, window)
        if shown := [axes for axes in grid[stage] if axes.axison]:
            shown[0].set_ylabel("Im hλ")
    moved = any(row["table_before"] != row["table_after"] for row in measured["steps"] if "sentence" not in row)
    panels.legend(handles=keys()[: None if moved else -1], loc="outside lower left", ncols=4)
    return figure


def heights(measured: Mapping[str, Any], steps: Sequence[int], side: float) -> float:
    """Inches of all panels: each row in the shape of its window, with its titles and labels."""
    total = 0.6
    for stage in range(len(steps)):
        left, right, top = around([row for row in measured["steps"] if row["stage"] == stage])
        total += (side - 0.5) * 2 * top / (right - left) + 0.65
    return total


def around(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float, float]:
    """left, right and top of a window, even about the real axis: eigenvalues of a stage, regions as far as CORE."""
    seen = [row for row in rows if "sentence" not in row]
    regions = [CORE[spectral_radius(table_in(row), CORE) <= 1] for row in seen]
    z = np.concatenate([[0.5, 1.2j], *regions, *(points(row, when) for row in seen for when in ("after", "before"))])
    width, middle = MARGIN * np.ptp(z.real) / 2, (z.real.max() + z.real.min()) / 2
    return middle - width, middle + width, MARGIN * float(abs(z.imag).max())


def points(row: Mapping[str, Any], when: str) -> npt.NDArray[np.complex128]:
    """The eigenvalues of all images."""
    return np.array([complex(*z) for image in row.get(when, ()) for z in image], complex)


def table_in(row: Mapping[str, Any], when: str = "after") -> Scheme:
    """The scheme that a step applies, its coefficients as they are after training or before."""
    return loads(json.dumps(row[f"table_{when}"]), "json")


def draw_step(axes: Axes, row: Mapping[str, Any], window: tuple[float, float, float]) -> None:
    """One panel, or the reason why it is empty."""
    place = f"stage {row['stage'] + 1}, step {row['step'] + 1}"
    if "sentence" in row:
        axes.set_title(place)
        axes.text(0.5, 0.5, reason(row["sentence"]), ha="center", va="center", color=GREY, transform=axes.transAxes)
        return
    left, right, top = window
    axes.set_axis_on()
    axes.axhline(0, color=GREY, lw=0.6, zorder=0.5)
    axes.axvline(0, color=GREY, lw=0.6, zorder=0.5)
    x, y = np.linspace(left, right, POINTS), np.linspace(-top, top, POINTS)
    z = x + 1j * y[:, None]
    draw_region(axes, x, y, spectral_radius(table_in(row), z), BLUE, "-", place, False)
    if row["table_before"] != row["table_after"]:
        before = spectral_radius(table_in(row, "before"), z)
        if before.min() < 1 < before.max():
            draw_edge(axes, x, y, before - 1, GREY, "--", False, f"edge before {place}")
    for when, fill, edge, size in (("before", "none", INK, 3.4), ("after", VERMILLION, "white", 4.2)):
        found = points(row, when)
        axes.plot(found.real, found.imag, "o", ms=size, mfc=fill, mec=edge, mew=0.6 if when == "before" else 0.3,
                  zorder=4 if when == "after" else 3, gid=f"{when} {place}")  # fmt: skip
    axes.set(xlim=(left, right), ylim=(-top, top), aspect="equal", xlabel="Re hλ")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.set_title(f"{place}: {coefficient(row)}")


def coefficient(row: Mapping[str, Any]) -> str:
    """The k of a step, or the name of its scheme where it has none."""
    return f"k = {row['k']:.3f}" if row["k"] is not None else str(row["scheme"]).split(",")[0].split("_started_by_")[-1]


def reason(sentence: str) -> str:
    """Its first clause in short lines: "crosses shapes"."""
    words = sentence.partition(",")[0].removeprefix("it ").split()
    return "\n".join(" ".join(words[i : i + 2]) for i in range(0, min(len(words), 8), 2))


def keys() -> list[Any]:
    dot: dict[str, Any] = {"color": "none", "marker": "o"}
    return [
        Line2D([], [], **dot, ms=3.4, mfc="none", mec=INK, label="before training"),
        Line2D([], [], **dot, ms=4.2, mfc=VERMILLION, mec="white", label="after training"),
        Patch(fc=BLUE, alpha=0.22, label="|ζ| ≤ 1 of the step's scheme"),
        Line2D([], [], color=GREY, ls="--", label="its edge before training"),
    ]


@styled()
def growth_by_depth(results: Sequence[Mapping[str, Any]], labels: Sequence[str], title: str = "") -> Figure:
    """The largest |ζ| (no unit) by step over the whole depth, before and after training, of several networks.

    Networks of one depth are drawn over one axis of steps; stages of the first are parted by thin lines.
    """
    figure, panels = captioned(WIDTH, 3.4, GROWTH, title)
    axes = panels.subplots()
    for result, label, colour, dash, mark in zip(results, labels, SERIES, DASHES, MARKS, strict=False):
        rows = result["measures"]["spectra"]["steps"]
        number = np.arange(1, len(rows) + 1)
        for when in ("before", "after"):
            y = np.array([row.get(f"growth_{when}") for row in rows], float)
            after = when == "after"
            look: dict[str, Any] = {"lw": 1.4, "mfc": colour, "label": label} if after else {"lw": 0.6, "mfc": "white"}
            axes.plot(number, y, color=colour, ls=dash, marker=mark, ms=5, gid=f"{when} {label}", **look)
    for edge in np.cumsum(results[0]["steps"])[:-1] if results else ():
        axes.axvline(edge + 0.5, color=GREY, lw=0.6, ls=":")
    axes.axhline(1, color=GREY, lw=0.8)
    axes.set_ylim(bottom=0)
    axes.set(xlabel="step over the whole depth (dotted: a new stage)", ylabel="largest |ζ| of a step, no unit")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    return figure
