"""A scheme beside its modified equations: its points on their flows, the distance against h, the parasitic modes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from analysis.errors import AnalysisError
from analysis.plots.style import DASHES, GREY, INK, SERIES, captioned, styled

Array = Any
WIDTH, HEIGHT = 4.1, 4.6  # inches of a panel
EXACT: dict[str, Any] = {"color": GREY, "linewidth": 3.2, "alpha": 0.55, "zorder": 1}
POINTS: dict[str, Any] = {
    "color": INK,
    "marker": "o",
    "ms": 5.5,
    "mfc": "white",
    "mew": 1.0,
    "ls": "none",
    "zorder": 1.5,
}  # lines above
ASYMPTOTIC = 0.25  # how far a fitted slope may be from the expected one
MOST = 40  # points that are drawn, every one or every second, third …


@dataclass(frozen=True)
class Curve:
    """A solution in the plane: of the modified equation, or the exact one (drawn broad and grey)."""

    label: str
    x: Array
    y: Array
    exact: bool = False


@dataclass(frozen=True)
class RateLine:
    """Distances by step size, which of them the fit takes, the fitted slope and the expected one; None: not known."""

    label: str
    distances: Array
    used: Array
    fitted: float | None
    expected: int | None
    exact: bool = False


@dataclass(frozen=True)
class ParasiticLine:
    """The size of a parasitic component step by step, and what theory predicts; None: no prediction."""

    label: str
    sizes: Array
    predicted: Array | None = None


@styled()
def modified_flows(
    points: tuple[Array, Array], curves: Sequence[Curve], steps: Array, rates: Sequence[RateLine],
    parasites: Sequence[ParasiticLine] = (), *, labels: tuple[str, str] = ("u₁", "u₂"), time: str = "",
    title: str = "", caption: str = "",
) -> Figure:  # fmt: skip
    """The numerical points on the flows of the modified equations; their distance against h; the parasitic components.

    points, curves  what the first panel shows, labels its axes
    steps, rates    the step sizes h and, for each modified equation, the distance at the time `time`
    parasites       the third panel, left out where there are none
    Raises AnalysisError where nothing is to be drawn and where a line has another length than `steps`.
    Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, IX.1 figure 1.1, XV.5.
    """
    check(curves, steps, rates)
    count = 2 + bool(parasites)
    figure, panels = captioned(count * WIDTH, HEIGHT, caption, title)
    plane, distance, *rest = np.ravel(np.asarray(panels.subplots(1, count)))
    draw_plane(plane, points, curves, labels)
    draw_rates(distance, steps, rates, time)
    for axes in rest:
        draw_parasites(axes, parasites)
    return figure


def check(curves: Sequence[Curve], steps: Array, rates: Sequence[RateLine]) -> None:
    if not curves or not rates:
        raise AnalysisError("no flow of a modified equation was given, the figure shows at least one")
    for rate in rates:
        if len(rate.distances) != len(steps):
            raise AnalysisError(
                f"{rate.label} has {len(rate.distances)} distances for {len(steps)} step sizes, give one each"
            )


def draw_plane(axes: Axes, points: tuple[Array, Array], curves: Sequence[Curve], labels: tuple[str, str]) -> None:
    for curve, look in zip(curves, looks([curve.exact for curve in curves]), strict=True):
        axes.plot(curve.x, curve.y, label=curve.label, gid=f"flow {curve.label}", **look)
    every = -(-len(points[0]) // MOST)
    which = "points of the scheme" + f", one in {every}" * (every > 1)
    axes.plot(points[0][::every], points[1][::every], label=which, gid="points", **POINTS)
    axes.set(xlabel=labels[0], ylabel=labels[1], title="Points of the scheme and flows")
    axes.set(xlim=around(points[0]), ylim=around(points[1]))  # a bad flow may run far away
    legend(axes)


def around(values: Array) -> tuple[float, float]:
    room = 0.25 * (float(np.ptp(values)) or 1.0)
    return float(np.min(values)) - room, float(np.max(values)) + room


def draw_rates(axes: Axes, steps: Array, rates: Sequence[RateLine], time: str) -> None:
    h = np.asarray(steps, float)
    for rate, look in zip(rates, looks([rate.exact for rate in rates]), strict=True):
        d, used = np.asarray(rate.distances, float), np.asarray(rate.used, bool)
        colour = look["color"]
        axes.loglog(h[used], d[used], "o", color=colour, ms=4.5, gid=f"used {rate.label}")
        axes.loglog(h[~used], d[~used], "o", mfc="none", color=colour, ms=4.5)
        if rate.fitted is not None:
            line = np.exp(np.polyval(np.polyfit(np.log(h[used]), np.log(d[used]), 1), np.log(h)))
            axes.loglog(h, line, lw=1.2, color=colour, ls=look.get("linestyle", "-"))
        axes.plot([], [], "o", ls=look.get("linestyle", "-"), color=colour, ms=4.5, label=slopes(rate))
    axes.set(
        xlabel="step size h",
        ylabel=f"distance of point and flow at {time}" if time else "distance of point and flow",
        title="Distance against step size",
    )
    axes.xaxis.set_major_locator(FixedLocator(list(h)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:.2g}"))
    axes.grid(alpha=0.25, lw=0.5)
    legend(axes)


def slopes(rate: RateLine) -> str:
    """order 2: slope 2.01, expected 2."""
    fitted = "no fit, at rounding" if rate.fitted is None else f"slope {rate.fitted:.2f}"
    if rate.expected is None:
        return f"{rate.label}: {fitted}"
    early = rate.fitted is not None and abs(rate.fitted - rate.expected) > ASYMPTOTIC
    return f"{rate.label}: {fitted}, expected {rate.expected}" + ", not yet asymptotic" * early


def draw_parasites(axes: Axes, parasites: Sequence[ParasiticLine]) -> None:
    for line, colour, dash in zip(parasites, cycle(SERIES), cycle(DASHES), strict=False):
        n = np.arange(len(line.sizes))
        axes.semilogy(n, line.sizes, "o", color=colour, ms=3.8, label=line.label, gid=f"parasite {line.label}")
        if line.predicted is not None:
            axes.semilogy(n, line.predicted, color=colour, ls=dash, lw=1.2, label=f"{line.label}, theory")
    seen = [np.asarray(line.sizes)[np.asarray(line.sizes) > 0] for line in parasites]
    values = np.concatenate(seen)
    if len(values):
        axes.set_ylim(values.min() / 5, values.max() * 5)
    axes.set(xlabel="step n", ylabel="size of the parasitic component |z|", title="Parasitic component, usual start")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.25, lw=0.5)
    legend(axes)


def looks(exact: Sequence[bool]) -> list[dict[str, Any]]:
    """The exact flow broad and grey, the others in the colours and dashes of the series."""
    series = zip(cycle(SERIES), cycle(DASHES), strict=False)
    return [EXACT if e else {"color": c, "linestyle": d, "zorder": 2} for e, (c, d) in zip(exact, series)]  # noqa: B905


def legend(axes: Axes) -> None:
    """Under the panel, where it covers nothing."""
    axes.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.14), borderaxespad=0, handlelength=2.6)
