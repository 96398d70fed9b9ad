"""Rooted trees with their elementary differentials and coefficients, a cell a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.differentials import LATEX, differential
from analysis.plots.style import BLUE, GREY, INK, ORANGE, SERIES, captioned, styled, text_width
from analysis.terms import KINDS, UNKNOWN, Series, Unknowns, by_tree, fields_of, power_of_step
from analysis.trees import Tree, children, colour, key, order, sigma

Node = tuple[float, float, int]  # across, up (the root at 0), colour
STEP, RISE = 0.17, 0.2  # inches between neighbouring leaves, and between levels
LINE, GAP, HEAD = 0.26, 0.22, 0.3  # inches: of a formula, between cells, of the heading of an order
SIZE = 9.0
FRACTION = re.compile("t?frac\\b")
WIDEST = 10.5
FILLS = (INK, "white", BLUE, ORANGE, *SERIES[2:])  # of the first field, the second, …
MEANINGS = {
    "field": "the derivative is the sum of all terms, each times its power of h",
    "map": "the next state is the present one plus the sum of all terms, each times its power of h",
}
CAPTION = (
    "Every rooted tree stands for one term. Read it from its root, at the bottom: a node is the field {fields}, "
    "a branch one derivative of the node that it grows from. Under a tree is its elementary differential F(t), and "
    "under that its factor {factor}, c(t) its coefficient and σ(t) its number of symmetries; {meaning}."
)
PALE = " Trees in grey have the coefficient 0."


@styled()
def trees(series: Series, kind: str = "field", unknowns: Unknowns = UNKNOWN, title: str = "Rooted trees") -> Figure:
    """The trees of a series {key: coefficient}, drawn with the root at the bottom, with F(t) and c(t)/σ(t).

    kind, unknowns   as in `analysis.series_text`; with several fields a node's fill says its field
    Raises AnalysisError as `series_text` does.
    Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, III.1, table 1.1.
    """
    found, fields = by_tree(series, kind, unknowns), fields_of(unknowns)
    cells = [Cell(t, c, fields) for t, c in found.items()]
    rows = list(arranged(cells))
    heights = [HEAD * bool(heading) + max(cell.height for cell in row) + GAP for row, heading in rows]
    legend = 0.1 + 0.2 * len(fields) if len(fields) > 1 else 0.0
    width, height = max([5.0, *(across(row) + GAP for row, _ in rows)]), sum(heights) + legend + 0.05
    figure, panels = captioned(width, height + 0.35, caption(found, kind, fields), title)
    axes = panels.add_axes((0, 0, 1, height / (height + 0.35)))  # inches: nothing is scaled, nothing can collide
    axes.set_axis_off()
    axes.set(xlim=(0, width), ylim=(-height, 0))
    if legend:
        axes.legend(handles=legend_keys(unknowns, kind), loc="upper left", borderaxespad=0.1)
    top = -legend
    for (row, heading), room in zip(rows, heights, strict=True):
        draw_row(axes, row, heading.format(step=power(row[0], kind)), top, top - room)
        top -= room
    return figure


class Cell:
    """A tree, its two formulas, and the room that they take."""

    def __init__(self, t: Tree, c: Any, fields: tuple[str, ...]) -> None:
        self.tree, self.zero = t, bool(c == 0)
        self.nodes, self.edges = placed(t)
        self.formulas = [mathtext(differential(t, fields, LATEX)), mathtext(LATEX.coefficient(c / sigma(t)))]
        self.name = str(key(t, fields))
        self.widest = max(x for x, _, _ in self.nodes)
        self.width = max(self.widest * STEP, *(text_width(text, SIZE) for text in self.formulas)) + GAP
        self.height = (max(y for _, y, _ in self.nodes) * RISE) + 2 * LINE + 0.16


def mathtext(latex: str) -> str:
    """matplotlib has no \\tfrac, and sets \\frac small."""
    return f"${FRACTION.sub('dfrac', latex)}$"


def power(cell: Cell, kind: str) -> str:
    step = power_of_step(order(cell.tree) - KINDS[kind], LATEX)
    return f"times ${step}$" if step else "without a power of h"


def arranged(cells: list[Cell]) -> Iterator[tuple[list[Cell], str]]:
    """Rows of cells, each order beginning its own; the first row of an order has a heading."""
    orders = sorted({order(cell.tree) for cell in cells})
    for n in orders:
        row: list[Cell] = []
        heading = f"order {n}, {{step}}"
        for cell in (cell for cell in cells if order(cell.tree) == n):
            if row and across([*row, cell]) > WIDEST:
                yield row, heading
                row, heading = [], ""
            row.append(cell)
        yield row, heading


def across(row: list[Cell]) -> float:
    return sum(cell.width for cell in row)


def placed(t: Tree) -> tuple[list[Node], list[tuple[Node, Node]]]:
    """Nodes, the root first, and edges; leaves stand side by side, a node above the middle of its branches."""
    nodes: list[Node] = []
    edges: list[tuple[Node, Node]] = []
    leaves = 0

    def grow(t: Tree, level: int) -> Node:
        nonlocal leaves
        above = [grow(child, level + 1) for child in sorted(children(t), key=lambda child: (order(child), child))]
        leaves += not above
        node = ((above[0][0] + above[-1][0]) / 2 if above else leaves - 1.0, float(level), colour(t))
        nodes.append(node)
        edges.extend((node, child) for child in above)
        return node

    grow(t, 0)
    return nodes[::-1], edges


def draw_row(axes: Axes, row: list[Cell], heading: str, top: float, bottom: float) -> None:
    """Roots of a row stand on one line."""
    if heading:
        axes.plot([GAP / 2, axes.get_xlim()[1] - GAP / 2], [top, top], color=GREY, lw=0.5)
        axes.text(GAP / 2, top - HEAD / 2, heading, va="center", color=GREY, gid="heading")
    ground = bottom + GAP + 2 * LINE + 0.04
    left = GAP / 2
    for cell in row:
        draw_cell(axes, cell, left + cell.width / 2, ground)
        left += cell.width


def draw_cell(axes: Axes, cell: Cell, middle: float, ground: float) -> None:
    ink = GREY if cell.zero else INK
    start = middle - cell.widest * STEP / 2
    for one, other in cell.edges:
        ends = zip(*((start + x * STEP, ground + y * RISE) for x, y, _ in (one, other)), strict=True)
        axes.plot(*ends, color=ink, lw=1.0, zorder=1)
    for x, y, c in cell.nodes:
        fill = GREY if cell.zero and c == 0 else FILLS[c % len(FILLS)]
        axes.plot(start + x * STEP, ground + y * RISE, "o", ms=5, mfc=fill, mec=ink, mew=1.0, gid=f"node {cell.name}")
    for i, text in enumerate(cell.formulas):
        axes.text(middle, ground - (0.6 + 1.15 * i) * LINE, text, ha="center", va="center", size=SIZE, color=ink)


def caption(found: dict[Tree, Any], kind: str, fields: tuple[str, ...]) -> str:
    which = fields[0] if len(fields) == 1 else "that its fill says"
    text = CAPTION.format(fields=which, factor="c(t)/σ(t)", meaning=MEANINGS[kind])
    return text + PALE * any(c == 0 for c in found.values())


def legend_keys(unknowns: Unknowns, kind: str) -> list[Line2D]:
    """The fill of each field, and the equation in which its trees are terms."""
    homes = [(f, unknown) for unknown, feeding in unknowns.items() for f in feeding]
    left = "{}′" if kind == "field" else "{}[n+1]"
    return [
        Line2D([], [], ls="", marker="o", ms=6, mfc=FILLS[c % len(FILLS)], mec=INK,
               label=f"{field}; at the root: a term of {left.format(unknown)}")
        for c, (field, unknown) in enumerate(homes)
    ]  # fmt: skip
