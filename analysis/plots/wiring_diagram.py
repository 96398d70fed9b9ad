"""The wiring diagram of any explicit scheme, drawn from its formal program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch

from analysis.crossbar import DIGITS, is_long
from analysis.plots.style import BLUE, INK, VERMILLION, captioned, styled
from analysis.plots.wiring_layout import BOX, LABEL, SLOPE, Column, Lane, Layout, Tap, label_size, layout
from schemes import Scheme

HISTORY: dict[str, Any] = {"color": "#8C4C7C", "linestyle": (0, (4, 2))}
PRESENT: dict[str, Any] = {"color": INK}
FIELDS = ("#D6E8F5", "#FBE3B5", "#CDEBDD", "#F3D9E6")  # a pale fill a field, in the order they are met
MARKS: dict[str, dict[str, Any]] = {
    "plain": {"marker": "o", "color": INK, "ms": 5},
    "negative": {"marker": "o", "color": VERMILLION, "ms": 6, "mfc": "white", "mew": 1.6},
    "parameter": {"marker": "D", "color": BLUE, "ms": 5.5},
}
HEAD = 0.55  # inches above the first lane, for the title and the labels
CAPTION = (
    "Read from left to right. A horizontal line carries a value. A mark on it takes that value, times the number "
    "beside the mark (1 where there is none), into the sum that runs down to a box or an arrow. A box evaluates its "
    "field on that sum: $F_i=h\\,f(Y_i)$. An arrow is a state after the step. Lines that cross without a mark do not "
    "touch."
)
ROUNDED = " Numbers with a decimal point are rounded to {} digits; the scheme's table has them in full."
PAIR = " The second weights $\\hat b$ of this embedded pair, which estimate the error, are not drawn."


@styled()
def wiring(scheme: Scheme) -> Figure:
    """How one step of an explicit scheme is wired, from its states (left) through its stages to the next states.

    Every non-zero coefficient is one mark, its gid "edge SOURCE -> TARGET". Raises AnalysisError if implicit.
    """
    parts = layout(scheme)
    keys = legend_keys(scheme, parts)
    width = max(parts.width + 0.6, 5)
    columns = max(1, int(width / 2.4))
    foot = 0.35 + 0.2 * -(-len(keys) // columns)
    figure, panels = captioned(width, parts.height + HEAD + foot, caption(scheme), scheme.name)
    axes = panels.add_axes((0, 0, 1, 1))  # the data of these axes are inches: nothing is scaled, nothing can collide
    axes.set_axis_off()
    left = (width - parts.width) / 2
    axes.set(xlim=(-left, width - left), ylim=(-foot, parts.height + HEAD))
    fills = dict(zip(dict.fromkeys(column.field for column in parts.columns if column.field), FIELDS * 9, strict=False))
    draw_layout(axes, parts, fills)
    axes.legend(handles=keys, loc="lower left", ncols=columns, borderaxespad=0.4, handlelength=1.6)
    return figure


def draw_layout(axes: Axes, parts: Layout, fills: Mapping[str, str]) -> None:
    """Lines, boxes and marks; the fill of each box by its label."""
    for lane in parts.lanes:
        draw_lane(axes, lane)
    for column in parts.columns:
        end = column.y + BOX if column.field else column.y
        axes.plot([column.x] * 2, [column.top, end], **PRESENT, lw=1.2)
        if column.field:
            draw_box(axes, column, fills[column.field])
        else:
            draw_output(axes, column, parts.right)
    for tap in parts.taps:
        draw_tap(axes, tap)


def caption(scheme: Scheme) -> str:
    """How a diagram is read, and what of this scheme it does not show."""
    entries = [x for m in (scheme.A, scheme.U, scheme.B, scheme.V) for row in m for x in row]
    return CAPTION + ROUNDED.format(DIGITS) * any(map(is_long, entries)) + PAIR * bool(scheme.embedded)


def draw_lane(axes: Axes, lane: Lane) -> None:
    """A value's line, from its name (a state) or its box (a slope) to its last use."""
    look = HISTORY if lane.lag else PRESENT
    axes.plot([lane.start, lane.end], [lane.y] * 2, **look, lw=1.2, gid=f"lane {lane.name}")
    if lane.slope:
        axes.text(lane.start + 0.04, lane.y + 0.04, lane.label, va="bottom", size=SLOPE)
    else:
        axes.text(lane.start - 0.06, lane.y, lane.label, ha="right", va="center", size=LABEL, color=look["color"])


def draw_box(axes: Axes, column: Column, fill: str) -> None:
    corner = (column.x - BOX, column.y - BOX)
    shape = f"round,pad=0,rounding_size={BOX / 4}"
    axes.add_patch(FancyBboxPatch(corner, 2 * BOX, 2 * BOX, boxstyle=shape, fc=fill, ec=INK, zorder=3))
    axes.text(column.x, column.y, column.field, ha="center", va="center", size=10, zorder=4)


def draw_output(axes: Axes, column: Column, right: float) -> None:
    arrow = {"arrowstyle": "-|>", "color": INK, "lw": 1.2, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (right, column.y), (column.x, column.y), arrowprops=arrow)
    axes.text(right + 0.06, column.y, column.label, va="center", size=LABEL)


def draw_tap(axes: Axes, tap: Tap) -> None:
    look = MARKS[tap.kind]
    axes.plot(tap.x, tap.y, **look, ls="", zorder=5, gid=f"edge {tap.source} -> {tap.target}")
    axes.text(
        tap.x + 0.07, tap.y + 0.05, tap.label, va="bottom", size=label_size(tap.label), color=look["color"], zorder=5
    )


def legend_keys(scheme: Scheme, parts: Layout) -> list[Line2D]:
    """What the diagram contains of: an edge, a negative edge, an edge with a parameter, a value from earlier steps."""
    roles = " or ".join(role for role in ("learned", "random", "chosen") if scheme.role(role))
    texts = {"plain": "positive coefficient", "negative": "negative coefficient", "parameter": f"{roles} coefficient"}
    met = {tap.kind for tap in parts.taps}
    keys = [Line2D([], [], ls="", **MARKS[kind], label=text) for kind, text in texts.items() if kind in met]
    if any(lane.lag for lane in parts.lanes):
        keys.append(Line2D([], [], **HISTORY, lw=1.2, label="kept from earlier steps"))
    return keys
