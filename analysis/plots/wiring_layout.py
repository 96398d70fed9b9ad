"""Where the parts of a wiring diagram lie: a crossbar, one lane a value and one column a sum, so no line slants."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any

from analysis.errors import AnalysisError
from analysis.plots.style import text_width
from schemes import Form, RationalFunction, Scheme, SchemeError, trace
from schemes.exact import is_one
from schemes.scheme import lag
from schemes.writing import LATEX

LANE = 0.46  # inches from lane to lane
BOX = 0.16  # half the side of a box
MOST, DIGITS = 6, 5  # a fraction whose denominator has more than MOST digits is written with DIGITS
GAP = 0.12  # inches between a label and the next line
LABEL = 11  # points of states and coefficients; a fraction's digits are 0.7 of it
SLOPE, DECIMAL = 9, 8.5  # points of slopes, and of coefficients written as decimals


@dataclass(frozen=True)
class Lane:
    """A value carried to the right, from where it is made to its last use.

    slope: it comes out of a box, else it is a state; lag: the steps since it was computed
    """

    name: str
    label: str
    slope: bool
    lag: int
    y: float
    start: float
    end: float


@dataclass(frozen=True)
class Tap:
    """An edge: the lane's value times a coefficient enters the column's sum; kind: plain, negative or parameter."""

    source: str
    target: str
    label: str
    kind: str
    x: float
    y: float


@dataclass(frozen=True)
class Column:
    """A sum, taken from y = top downwards, into a box (the field) or, without a field, out as the next state."""

    name: str
    label: str
    field: str
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
    """The crossbar of an explicit scheme: a lane a state and a slope, a column a stage and a next state.

    Raises AnalysisError for an implicit scheme.
    """
    try:
        program = trace(scheme)
    except SchemeError as error:
        raise AnalysisError(f"{error}; an implicit scheme has no wiring, draw an explicit one") from None
    inputs, slopes = program.inputs, tuple(call.slope for call in program.calls)
    nexts = tuple(f"next {name}" for name in inputs)
    labels = {name: f"${LATEX.state(name)}$" for name in inputs}
    labels |= {name: f"${LATEX.slope.format(i + 1)}$" for i, name in enumerate(slopes)}
    labels |= {after: f"${LATEX.next_state(name)}$" for after, name in zip(nexts, inputs, strict=True)}
    forms = dict(zip((*slopes, *nexts), (*(call.argument for call in program.calls), *program.outputs), strict=True))
    fields = {call.slope: f"${LATEX.name(call.field)}$" for call in program.calls}

    y = {name: LANE * (len(labels) - 1 - i) for i, name in enumerate(labels)}
    first = max(text_width(labels[name], LABEL) for name in inputs) + 0.5
    rooms = [room(form, labels[name] if name in fields else "") for name, form in forms.items()]
    *places, right = accumulate(rooms, initial=first)
    x = dict(zip(forms, places, strict=True))
    taps = tuple(
        Tap(name, target, *marked(c), x[target], y[name])
        for target, form in forms.items()
        for name, c in form.terms.items()
    )
    columns = (
        Column(name, labels[name], fields.get(name, ""), x[name], y[name], max(y[atom] for atom in (name, *form.terms)))
        for name, form in forms.items()
    )
    starts = {name: x[name] + BOX if name in x else first - 0.25 for name in (*inputs, *slopes)}
    ends = {name: max([start, *(tap.x for tap in taps if tap.source == name)]) for name, start in starts.items()}
    lanes = (
        Lane(name, labels[name], name in slopes, lag(name) if name in inputs else 0, y[name], start, ends[name])
        for name, start in starts.items()
    )
    width = right + max(text_width(labels[name], LABEL) for name in nexts)
    return Layout(tuple(lanes), taps, tuple(columns), right, width, max(y.values()))


def room(form: Form, name: str) -> float:
    """Inches from a column to the next: what the widest of its coefficients, or its box and the slope's name, takes."""
    coefficients = [text_width(label, label_size(label)) for label, _ in map(marked, form.terms.values())]
    return max(GAP + max(coefficients, default=0), BOX + GAP + text_width(name, SLOPE), 2 * BOX) + GAP


def marked(c: Any) -> tuple[str, str]:
    """A coefficient's label (none for 1; a decimal where the fraction is long) and its kind."""
    negative = isinstance(c, int | float | Fraction) and c < 0
    kind = "parameter" if isinstance(c, RationalFunction) else "negative" if negative else "plain"
    text = decimal(c) if is_long(c) else LATEX.coefficient(c).replace("tfrac", "frac")
    return "" if is_one(c) else f"${text}$", kind


def label_size(label: str) -> float:
    return DECIMAL if "." in label else LABEL


def is_long(c: Any) -> bool:
    """Whether a coefficient is written as a decimal: a fraction that one cannot take in."""
    return isinstance(c, Fraction) and len(f"{c.denominator}") > MOST


def decimal(c: Fraction) -> str:
    """The number to DIGITS significant digits, never with an exponent in the notation of programs."""
    mantissa, _, exponent = f"{float(c):#.{DIGITS}g}".partition("e")
    return mantissa + (f"\\cdot 10^{{{int(exponent)}}}" if exponent else "")
