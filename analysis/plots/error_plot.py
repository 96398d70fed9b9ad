"""Schemes of the same order compared by their leading error at equal work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.errors import AnalysisError
from analysis.plots.style import BLUE, GREY, INK, SKY, captioned, styled, text_width

LINE = 0.24  # inches from row to row
SIZE = 8.5  # points of a row's text
CUT = 8.0  # times the best, where a bar ends with an arrow
CAPTION = (
    "Bars and column “work”: how many evaluations of f a scheme needs for a given small error, as a multiple of the "
    "best scheme of the same order (dark). A step of size h costs s evaluations and leaves, over a fixed time, an "
    r"error proportional to $A\,h^p$, where p is the order and A the norm of its leading error terms, those of "
    r"$h^{p+1}$. With the work W fixed, h is proportional to s/W; so the error is proportional to $A\,s^p$ (column "
    r"“error”: at equal work, as a multiple of the best), and the work for a given error to $s\,A^{1/p}$. Only the "
    "leading terms count: rounding, stability and the problem's own derivatives may change the ranking."
)
ARROW = " An arrow: the bar goes on."
COLUMNS = {"s": 0.45, "A": 1.3, "work": 2.0, "error": 2.8}  # inches from the bars to each column's right edge


@dataclass(frozen=True)
class Cost:
    """A scheme in the chart; work and error are relative to the best of its order."""

    name: str
    order: int
    evaluations: int
    norm: float
    work: float = 1.0
    error: float = 1.0


@styled()
def error_chart(
    schemes: Mapping[str, tuple[int, int, float]], *, title: str = "Error at equal work", caption: str | None = None
) -> Figure:
    """Relative work for a given error, s·A^(1/p), and relative error at equal work, A·s^p, by order, best first.

    schemes: {name: (order p, evaluations a step s, norm A of the error terms of h^(p+1))}.
    Raises AnalysisError for no schemes, an order or a count of evaluations below 1, and a norm that is not positive.
    Source: Hairer, Nørsett, Wanner I, II.3 (error terms); Prince, Dormand, J. Comput. Appl. Math. 7 (1981) (norm).
    """
    groups = ranked({name: read(name, *entry) for name, entry in schemes.items()})
    rows = sum(len(group) + 1 for group in groups) + 1
    left = max(text_width(cost.name, SIZE) for group in groups for cost in group) + 0.5
    bars = 3.2  # inches of the longest
    width, height = left + bars + max(COLUMNS.values()) + 0.3, rows * LINE + 1.0
    most = max(cost.work for group in groups for cost in group)
    figure, _ = captioned(width, height, caption or CAPTION + ARROW * (most > CUT), title)
    tall = figure.get_figheight()
    axes = figure.add_axes((left / width, (tall - 0.45 - rows * LINE) / tall, bars / width, rows * LINE / tall))
    reach = CUT if most > CUT else 1.05 * most
    draw_groups(axes, groups, reach)
    axes.set(xlim=(0, max(reach, 1.5)), ylim=(rows - 0.5, -0.5), yticks=[])
    axes.set_xlabel("evaluations of f for a given error, best of the order = 1")
    axes.spines["left"].set_visible(False)
    axes.axvline(1, color=GREY, lw=0.8, ls="--", zorder=0.5)
    return figure


def read(name: str, order: int, evaluations: int, norm: float) -> Cost:
    norm = float(norm)
    if order < 1 or evaluations < 1:
        raise AnalysisError(f"{name} has order {order} and {evaluations} evaluations a step, both must be at least 1")
    if not (isfinite(norm) and norm > 0):
        raise AnalysisError(
            f"{name} has the error norm {norm}, it must be positive: where it is 0 the order is more than {order}"
        )
    return Cost(name, order, evaluations, norm)


def ranked(costs: Mapping[str, Cost]) -> list[list[Cost]]:
    """By order, each group from the best to the worst."""
    if not costs:
        raise AnalysisError("no schemes were given, the chart compares at least one")
    groups = []
    for order in sorted({cost.order for cost in costs.values()}):
        work = {c.name: c.evaluations * c.norm ** (1 / order) for c in costs.values() if c.order == order}
        best = min(work.values())
        groups.append(
            [
                Cost(name, order, costs[name].evaluations, costs[name].norm, w / best, (w / best) ** order)
                for name, w in sorted(work.items(), key=lambda item: item[1])
            ]
        )
    return groups


def draw_groups(axes: Axes, groups: list[list[Cost]], reach: float) -> None:
    """A heading an order, then a row a scheme: its name, its bar, its numbers."""
    write(axes, 0, dict(zip(COLUMNS, COLUMNS, strict=True)), GREY)
    y = 1
    for group in groups:
        axes.annotate(
            f"order {group[0].order}", (0, y), (-6, 0), textcoords="offset points", size=SIZE, va="center",
            fontweight="bold", ha="right",
        )  # fmt: skip
        for cost in group:
            y += 1
            colour = BLUE if cost.work == 1 else SKY
            axes.barh(y, min(cost.work, reach), 0.62, color=colour, gid=f"bar {cost.name}")
            if cost.work > reach:
                axes.plot(reach, y, ">", color=INK, ms=6, clip_on=False, gid=f"cut {cost.name}")
            axes.annotate(cost.name, (0, y), (-6, 0), textcoords="offset points", size=SIZE, va="center", ha="right")
            write(axes, y, numbers(cost), INK)
        y += 1


def numbers(cost: Cost) -> dict[str, str]:
    return {
        "s": str(cost.evaluations),
        "A": f"{cost.norm:.2e}",
        "work": times(cost.work),
        "error": times(cost.error),
    }


def times(ratio: float) -> str:
    """×1.17, ×123, ×3.0e+07."""
    return f"×{ratio:.2f}" if ratio < 100 else f"×{ratio:.0f}" if ratio < 1e5 else f"×{ratio:.1e}"


def write(axes: Axes, y: int, entries: Mapping[str, str], colour: str) -> None:
    for column, entry in entries.items():
        axes.annotate(
            entry, (1, y), (72 * COLUMNS[column], 0), xycoords=("axes fraction", "data"), textcoords="offset points",
            size=SIZE, ha="right", va="center", color=colour, annotation_clip=False,
        )  # fmt: skip
