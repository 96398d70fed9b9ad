"""Where the parts of a network's picture lie; lengths in inches, y upwards from the top of the page, which is 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from analysis.plots.style import CAPTION_SIZE, text_width, wrapped
from analysis.plots.wiring_layout import BOX, Layout
from odenets.figures_network_notes import notes, title
from odenets.figures_network_plan import Plan, Table, plan
from odenets.figures_network_rows import BADGE, BOLD, FACTOR, GAP, Group, Item, Row, rows
from odenets.figures_network_step import wiring
from odenets.figures_network_words import where
from odenets.network import Network

Point = tuple[float, float]
WIDTH, MARGIN = 11.0, 0.2
COLUMN = 3.4  # of the words beside the boxes
BOX_HEIGHT, PITCH = 0.6, 1.0  # of a box, and from one line of boxes to the next
APART = 0.18  # between the arrows into a box
FRAME, TIMES = 0.1, 0.4  # around a cycle, and for its "× 12"
LINE = 1.25 * CAPTION_SIZE / 72
ABOVE = 0.42  # room for the coefficients over the first lane of a drawn step


@dataclass(frozen=True)
class Box:
    """kind: part (stem, head, a layer between stages), step, crossing, skipped, frame (of a cycle) or panel."""

    kind: str
    left: float
    bottom: float
    width: float
    height: float = BOX_HEIGHT
    letter: str = ""
    times: int = 1

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def top(self) -> float:
        return self.bottom + self.height


@dataclass(frozen=True)
class Label:
    """A text: x of its left end, or its middle or right end (align), y of its middle."""

    text: str
    x: float
    y: float
    size: float = CAPTION_SIZE
    align: str = "left"
    bold: bool = False

    @property
    def width(self) -> float:
        return text_width(self.text, self.size) * (BOLD if self.bold else 1)

    @property
    def left(self) -> float:
        return self.x - {"left": 0.0, "center": 0.5, "right": 1.0}[self.align] * self.width


@dataclass(frozen=True)
class Wire:
    """A line through points; late: of a value of an earlier step."""

    points: tuple[tuple[float, float], ...]
    late: bool = False
    arrow: bool = True


@dataclass(frozen=True)
class Panel:
    """The drawing of a table's step: its own layout, whose origin is at (x, y) of the page."""

    table: Table
    layout: Layout
    x: float
    y: float


@dataclass
class Page:
    """All that is drawn; it grows downwards to `bottom`."""

    plan: Plan
    width: float
    bottom: float = 0.0
    boxes: list[Box] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)


# ---- the network above ---------------------------------------------------------------------------------------------


def put_rows(page: Page, found: Sequence[Row]) -> None:
    """The rows from the top of the page down, each joined to the next by an arrow."""
    behind: Point | None = None
    for row in found:
        top = page.bottom
        under = put_words(page, row, top)
        behind = put_groups(page, row.groups, top, behind)
        page.bottom = min(under, page.bottom) - 0.12


def put_words(page: Page, row: Row, top: float) -> float:
    """The left column of a row; gives where it ends."""
    y = top - PITCH + BOX_HEIGHT
    page.labels.append(Label(row.title, MARGIN, y, 10, bold=True))
    lines = [line for word in row.words for line in wrapped(word, COLUMN - MARGIN - 0.15).splitlines()]
    page.labels += [Label(line, MARGIN, y - (i + 1.15) * LINE) for i, line in enumerate(lines)]
    return y - (len(lines) + 1) * LINE


def put_groups(page: Page, groups: Iterable[Group], top: float, behind: Point | None) -> Point | None:
    """The boxes of a row, in as many lines as they need; gives where the last one ends."""
    x, middle = COLUMN, top - PITCH + BOX_HEIGHT / 2
    for group in groups:
        if x > COLUMN and x + length(group) > page.width - MARGIN - GAP / 2:
            x, middle = COLUMN, middle - PITCH
        if x == COLUMN and behind:
            put_turn(page, behind, (x, middle))
        x = put_group(page, group, x, middle)
        behind = x, middle
    page.bottom = middle - BOX_HEIGHT / 2
    return behind


def put_group(page: Page, group: Group, x: float, middle: float) -> float:
    """A group from x on, in a frame with its number of times where it repeats; gives where it ends."""
    items, times = group
    inner, left = FRAME * (times > 1), x + items[0].gap
    for item in items:
        put_arrows(page, item, x, x + item.gap + inner, middle)
        x += item.gap + inner
        page.boxes.append(Box(item.kind, x, middle - BOX_HEIGHT / 2, item.width, BOX_HEIGHT, item.letter, item.times))
        put_item(page, item, x, middle)
        x, inner = x + item.width, 0
    if times == 1:
        return x
    page.labels.append(Label(f"× {times}", x + FRAME, middle, bold=True))
    right = x + TIMES + FRAME
    page.boxes.append(Box("frame", left, middle - BOX_HEIGHT / 2 - FRAME, right - left, BOX_HEIGHT + 2 * FRAME))
    return right


def length(group: Group) -> float:
    items, times = group
    return sum(item.gap + item.width for item in items) + (2 * FRAME + TIMES) * (times > 1)


def put_item(page: Page, item: Item, x: float, middle: float) -> None:
    """The words in a box, behind its letter."""
    left = x + 0.125 + 3 * BADGE * bool(item.letter)
    for i, word in enumerate(item.words):
        y = middle + ((len(item.words) - 1) / 2 - i) * LINE
        page.labels.append(Label(word, left, y, bold=word.startswith("×")))


def put_arrows(page: Page, item: Item, start: float, end: float, middle: float) -> None:
    """The values that enter a box; at the left end of a line they come from one arrow, which parts."""
    half = (len(item.enters) - 1) / 2 * APART
    if half and start == COLUMN:
        page.wires.append(Wire(((start, middle + half), (start, middle - half)), arrow=False))
    for i, (factor, late) in enumerate(item.enters):
        y = middle + half - i * APART
        page.wires.append(Wire(((start, y), (end, y)), late))
        if factor:
            page.labels.append(Label(factor, (start + end) / 2 - 0.04, y + 0.075, FACTOR, "center"))


def put_turn(page: Page, behind: Point, to: Point) -> None:
    """From the end of a line of boxes to the beginning of the next one, between the two."""
    (x, y), (left, middle) = behind, to
    between = middle + BOX_HEIGHT / 2 + (PITCH - BOX_HEIGHT) / 2 + 0.03
    right = x + GAP / 2
    page.wires.append(Wire(((x, y), (right, y), (right, between), (left, between), (left, middle)), arrow=False))


# ---- the tables below ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sketch:
    """A panel to come: its step, the layout of its wiring, and its lines."""

    table: Table
    layout: Layout
    title: str
    words: tuple[str, ...]

    @property
    def width(self) -> float:
        title = max(text_width(self.title, CAPTION_SIZE) * BOLD, text_width(self.words[0], CAPTION_SIZE)) + 3 * BADGE
        return max(self.layout.width, title, *(text_width(word, CAPTION_SIZE) for word in self.words)) + 0.4

    @property
    def height(self) -> float:
        return 0.3 + LINE + ABOVE + self.layout.height + BOX + 0.25 + LINE * (len(self.words) - 1)


def sketches(found: Plan, wirings: dict[int, Layout], kept: dict[int, list[str]]) -> list[Sketch]:
    counts = [sum(run.steps for run in stage) for stage in found.stages]
    return [
        Sketch(own, wirings[n], where(own, counts), (title(own), *notes(own, kept[n])))
        for n, own in found.tables.items()
    ]


def put_sketches(page: Page, found: Sequence[Sketch]) -> None:
    """The panels in rows, each as high as its highest."""
    lines: list[list[Sketch]] = [[]]
    for sketch in found:
        if lines[-1] and sum(s.width + MARGIN for s in (*lines[-1], sketch)) + MARGIN > page.width:
            lines.append([])
        lines[-1].append(sketch)
    for line in lines:
        height, x = max(sketch.height for sketch in line), MARGIN
        for sketch in line:
            put_sketch(page, sketch, Box("panel", x, page.bottom - height, sketch.width, height, sketch.table.letter))
            x += sketch.width + MARGIN
        page.bottom -= height + MARGIN


def put_sketch(page: Page, sketch: Sketch, box: Box) -> None:
    page.boxes.append(box)
    first, *others = sketch.words
    y = box.top - 0.2
    page.labels.append(Label(sketch.title, box.left + 0.15 + 2.5 * BADGE, y, bold=True))
    page.labels.append(Label(first, box.left + 0.15 + 2.5 * BADGE, y - LINE))
    lowest = y - LINE - ABOVE - sketch.layout.height
    page.panels.append(Panel(sketch.table, sketch.layout, box.left + 0.1, lowest))
    below = lowest - BOX - 0.17
    page.labels += [Label(word, box.left + 0.15, below - i * LINE) for i, word in enumerate(others)]


# ---- the page ------------------------------------------------------------------------------------------------------


def page_of(network: Network, size: int | None = None) -> Page:
    """The picture of a network, for images of size × size where the sizes of its stages are to be said."""
    found = plan(network)
    wirings, kept = {}, {}
    for n, own in found.tables.items():
        wirings[n], kept[n] = wiring(own)
    above, below = rows(network, found, wirings, size), sketches(found, wirings, kept)
    widest = max(COLUMN + length(group) + GAP for row in above for group in row.groups)
    page = Page(found, max(WIDTH, widest + MARGIN, *(sketch.width + 2 * MARGIN for sketch in below)))
    put_rows(page, above)
    page.bottom -= 0.3
    page.labels.append(Label("One step of each table", MARGIN, page.bottom, 10, bold=True))
    page.bottom -= 0.2
    put_sketches(page, below)
    return page
