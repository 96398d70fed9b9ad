"""The picture of a network: stem, stages, steps and head, and one step of each table in full."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch, Polygon

from analysis.plots.style import GREY, INK, fitted, styled, wrapped
from analysis.plots.wiring_diagram import (
    FIELDS,
    HISTORY,
    MARKS,
    PRESENT,
    draw_layout,
)
from analysis.plots.wiring_layout import Layout
from odenets.figures_network_caption import page_caption
from odenets.figures_network_layout import LINE, MARGIN, Box, Label, Page, Panel, Wire, page_of
from odenets.figures_network_plan import Table
from odenets.figures_network_rows import BADGE
from odenets.network import Network
from schemes.writing import LATEX

TITLE = 0.45  # inches
KEYS = 0.35
ROUND = "round,pad=0,rounding_size=0.06"
LOOKS: dict[str, dict[str, Any]] = {
    "part": {"fc": "#EEEEEE"},
    "step": {"fc": "white"},
    "skipped": {"fc": "white", "ls": ":"},
    "frame": {"fc": "none", "ec": GREY, "ls": "--"},
    "panel": {"fc": "white", "ec": "#BBBBBB"},
}
STACK = 0.045  # between the edges of stacked boxes


class Written(Figure):
    """A figure whose texts stay texts in an SVG: they can be read, searched and set in another font."""

    def savefig(self, *arguments: Any, **options: Any) -> None:
        with rc_context({"svg.fonttype": "none"}):
            super().savefig(*arguments, **options)


@styled()
def network_picture(network: Network, title: str, size: int | None = None) -> Figure:
    """A network as it is wired: every step once or in a run of equal ones, and one step of each table in full.

    size  height and width of images, for which the sizes of the stages are given; None: the widths alone
    """
    page = page_of(network, size)
    text = wrapped(page_caption(page), page.width - 2 * MARGIN)
    foot = KEYS + (text.count("\n") + 1) * LINE + MARGIN
    height = TITLE - page.bottom + foot
    with rc_context({"font.family": "sans-serif"}):  # in an SVG the fonts that stand in for DejaVu Sans are named too
        figure = Written(figsize=(page.width, height))
        axes = figure.add_axes((0, 0, 1, 1))  # the data of these axes are inches
        axes.set_axis_off()
        axes.set(xlim=(0, page.width), ylim=(page.bottom - foot, TITLE))
        shown, points = fitted(title, page.width - 2 * MARGIN)
        axes.text(MARGIN, TITLE / 2, shown, size=points, weight="bold", va="center", gid="title")
        draw_page(axes, page)
        axes.text(MARGIN, page.bottom - KEYS, text, va="top", linespacing=1.25, size=8.5, gid="caption")
        box = (MARGIN / page.width, (foot - KEYS) / height)
        axes.legend(
            handles=keys(page), loc="lower left", ncols=5, bbox_to_anchor=box, borderaxespad=0.2, handlelength=2
        )
    return figure


def draw_page(axes: Axes, page: Page) -> None:
    for wire in page.wires:
        draw_wire(axes, wire)
    for box in page.boxes:
        draw_part(axes, box)
    for label in page.labels:
        draw_label(axes, label)
    fills = box_fills(page.plan.tables.values())
    for panel in page.panels:
        draw_panel(axes, panel, fills)


def box_fills(tables: Iterable[Table]) -> dict[str, str]:
    """The fill of each box by its label, one a field in all tables; what is no field is grey."""
    found = {name: field for table in tables for name, field in table.fields.items()}
    own = [field for field in dict.fromkeys(found.values()) if field]
    fills = {"": "#E0E0E0", **dict(zip(own, FIELDS * len(own), strict=False))}
    return {f"${LATEX.name(name)}$": fills[field] for name, field in found.items()}


def draw_wire(axes: Axes, wire: Wire) -> None:
    look = HISTORY if wire.late else PRESENT
    axes.plot(*zip(*wire.points, strict=True), **look, lw=1.2, solid_joinstyle="round", zorder=1)
    if wire.arrow:
        arrow = {"arrowstyle": "-|>", "color": look["color"], "lw": 0, "shrinkA": 0, "shrinkB": 0}
        (x, y) = wire.points[-1]
        axes.annotate("", (x, y), (x - 0.1, y), arrowprops=arrow, zorder=1)


def draw_part(axes: Axes, box: Box) -> None:
    """A box: a crossing narrows to the right, of equal steps there are several behind each other."""
    for i in reversed(range(min(box.times, 3))):
        corner = (box.left + i * STACK, box.bottom - i * STACK)
        axes.add_patch(outline(box, corner))
    if box.letter:
        left = 0.08 + BADGE
        centre = (box.left + left, box.top - 0.2 if box.kind == "panel" else box.bottom + box.height / 2)
        axes.add_patch(Circle(centre, BADGE, fc=INK, ec="none", zorder=4))
        axes.text(
            *centre, box.letter, color="white", size=8, weight="bold", ha="center", va="center_baseline", zorder=5
        )


def outline(box: Box, corner: tuple[float, float]) -> FancyBboxPatch | Polygon:
    x, y = corner
    if box.kind == "crossing":
        low, high = y + box.height / 7, y + box.height * 6 / 7
        points = ((x, y), (x, y + box.height), (x + box.width, high), (x + box.width, low))
        return Polygon(points, fc="#E0E0E0", ec=INK, zorder=3)
    look = {"ec": INK, "zorder": 0 if box.kind in ("panel", "frame") else 3, **LOOKS[box.kind]}
    return FancyBboxPatch((x, y), box.width, box.height, boxstyle=ROUND, **look)


def draw_label(axes: Axes, label: Label) -> None:
    weight = "bold" if label.bold else "normal"
    axes.text(
        label.x, label.y, label.text, size=label.size, ha=label.align, va="center_baseline", weight=weight, zorder=5
    )


def draw_panel(axes: Axes, panel: Panel, fills: Mapping[str, str]) -> None:
    """One step, with the marks and lines of the diagrams of single schemes."""
    draw_layout(axes, shifted(panel.layout, panel.x, panel.y, panel.table.letter), fills)


def shifted(found: Layout, dx: float, dy: float, letter: str) -> Layout:
    """The layout at its place on the page, its names behind the table's letter: they are ids, each is there once."""
    return replace(
        found,
        lanes=tuple(
            replace(a, name=f"{letter} {a.name}", y=a.y + dy, start=a.start + dx, end=a.end + dx) for a in found.lanes
        ),
        taps=tuple(
            replace(t, source=f"{letter} {t.source}", target=f"{letter} {t.target}", x=t.x + dx, y=t.y + dy)
            for t in found.taps
        ),
        columns=tuple(replace(c, x=c.x + dx, y=c.y + dy, top=c.top + dy) for c in found.columns),
        right=found.right + dx,
    )


def keys(page: Page) -> list[Line2D]:
    """What marks and lines mean, as far as they are met."""
    tables = page.plan.tables.values()
    roles = " or ".join(r for r in ("learned", "random") if any(table.scheme.role(r) for table in tables))
    varied = " or ".join(filter(None, (roles, "varying" * any(table.varying for table in tables))))
    texts = {"plain": "positive factor", "negative": "negative factor", "parameter": f"{varied} factor"}
    met = {tap.kind for panel in page.panels for tap in panel.layout.taps}
    found = [Line2D([], [], ls="", **MARKS[kind], label=text) for kind, text in texts.items() if kind in met]
    found.append(Line2D([], [], **PRESENT, lw=1.2, label="value of this step"))
    if any(lane.lag for panel in page.panels for lane in panel.layout.lanes):
        found.append(Line2D([], [], **HISTORY, lw=1.2, label="value of an earlier step"))
    return found
