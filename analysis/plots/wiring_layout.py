"""Where the parts of a wiring diagram lie: a crossbar, one lane a value and one column a sum, so no line slants."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from analysis import crossbar
from analysis.plots.style import text_width
from schemes import Scheme

LANE = 0.46  # inches from lane to lane
BOX = 0.16  # half the side of a box
GAP = 0.12  # inches between a label and the next line
LABEL = 11  # points of states and coefficients; a fraction's digits are 0.7 of it
SLOPE, DECIMAL = 9, 8.5  # points of slopes, and of coefficients written as decimals


@dataclass(frozen=True)
class Lane(crossbar.Lane):
    """A value carried to the right, from where it is made to its last use."""

    y: float
    start: float
    end: float


@dataclass(frozen=True)
class Tap(crossbar.Tap):
    """An edge: the lane's value times a coefficient enters the column's sum."""

    x: float
    y: float


@dataclass(frozen=True)
class Column(crossbar.Column):
    """A sum, taken from y = top downwards, into a box (the field) or, without a field, out as the next state."""

    x: float
    y: float
    top: float


@dataclass(frozen=True)
class Layout:
    """All parts; lengths in inches, y = 0 the lowest lane. right: where the names of the next states begin."""

    lanes: tuple[Lane, ...]
    taps: tuple[Tap, ...]
    columns: tuple[Column, ...]
    right: float
    width: float
    height: float


def layout(scheme: Scheme) -> Layout:
    """The crossbar of an explicit scheme with its lengths. Raises AnalysisError for an implicit scheme."""
    wired = crossbar.crossbar(scheme)
    nexts = [column for column in wired.columns if not column.field]
    names = [*(lane.name for lane in wired.lanes), *(column.name for column in nexts)]
    taps = {column.name: [tap for tap in wired.taps if tap.target == column.name] for column in wired.columns}

    y = {name: LANE * (len(names) - 1 - i) for i, name in enumerate(names)}
    first = max(text_width(lane.label, LABEL) for lane in wired.lanes if not lane.slope) + 0.5
    rooms = [room(taps[column.name], column.label if column.field else "") for column in wired.columns]
    *places, right = accumulate(rooms, initial=first)
    x = dict(zip(taps, places, strict=True))

    starts = {lane.name: x[lane.name] + BOX if lane.name in x else first - 0.25 for lane in wired.lanes}
    ends = {
        name: max([start, *(x[tap.target] for tap in wired.taps if tap.source == name)])
        for name, start in starts.items()
    }
    lanes = (Lane(**vars(lane), y=y[lane.name], start=starts[lane.name], end=ends[lane.name]) for lane in wired.lanes)
    placed = (Tap(**vars(tap), x=x[tap.target], y=y[tap.source]) for tap in wired.taps)
    columns = (
        Column(**vars(c), x=x[c.name], y=y[c.name], top=max([y[c.name], *(y[tap.source] for tap in taps[c.name])]))
        for c in wired.columns
    )
    width = right + max(text_width(column.label, LABEL) for column in nexts)
    return Layout(tuple(lanes), tuple(placed), tuple(columns), right, width, max(y.values()))


def room(taps: list[crossbar.Tap], name: str) -> float:
    """Inches from a column to the next: what the widest of its coefficients, or its box and the slope's name, takes."""
    coefficients = [text_width(tap.label, label_size(tap.label)) for tap in taps]
    return max(GAP + max(coefficients, default=0), BOX + GAP + text_width(name, SLOPE), 2 * BOX) + GAP


def label_size(label: str) -> float:
    return DECIMAL if "." in label else LABEL
