"""How one step is wired: a crossbar, a lane for each value and a column for each sum; what a picture of it draws."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from analysis.errors import AnalysisError
from schemes import RationalFunction, Scheme, SchemeError, trace
from schemes.exact import is_one
from schemes.scheme import lag
from schemes.writing import LATEX

MOST, DIGITS = 6, 5  # a fraction whose denominator has more than MOST digits is written with DIGITS


@dataclass(frozen=True)
class Lane:
    """A value carried from where it is made to its last use; label in LaTeX.

    slope: it comes out of a box, else it is a state; lag: the steps since it was computed
    """

    name: str
    label: str
    slope: bool
    lag: int


@dataclass(frozen=True)
class Tap:
    """An edge: the lane's value times a coefficient enters the column's sum; kind: plain, negative or parameter.

    label is the coefficient in LaTeX, "" for 1.
    """

    source: str
    target: str
    label: str
    kind: str


@dataclass(frozen=True)
class Column:
    """A sum into a box (the field) or, without a field, out as the next state; label and field in LaTeX."""

    name: str
    label: str
    field: str


@dataclass(frozen=True)
class Crossbar:
    """All parts in the order in which they are computed: states, then slopes; stages, then next states."""

    lanes: tuple[Lane, ...]
    taps: tuple[Tap, ...]
    columns: tuple[Column, ...]


def crossbar(scheme: Scheme) -> Crossbar:
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
    return Crossbar(
        tuple(
            Lane(name, labels[name], name in slopes, lag(name) if name in inputs else 0) for name in (*inputs, *slopes)
        ),
        tuple(Tap(name, target, *marked(c)) for target, form in forms.items() for name, c in form.terms.items()),
        tuple(Column(name, labels[name], fields.get(name, "")) for name in forms),
    )


def marked(c: Any) -> tuple[str, str]:
    """A coefficient's label (none for 1; a decimal where the fraction is long) and its kind."""
    negative = isinstance(c, int | float | Fraction) and c < 0
    kind = "parameter" if isinstance(c, RationalFunction) else "negative" if negative else "plain"
    text = decimal(c) if is_long(c) else LATEX.coefficient(c).replace("tfrac", "frac")
    return "" if is_one(c) else f"${text}$", kind


def is_long(c: Any) -> bool:
    """Whether a coefficient is written as a decimal: a fraction that one cannot take in."""
    return isinstance(c, Fraction) and len(f"{c.denominator}") > MOST


def decimal(c: Fraction) -> str:
    """The number to DIGITS significant digits, never with an exponent in the notation of programs."""
    mantissa, _, exponent = f"{float(c):#.{DIGITS}g}".partition("e")
    return mantissa + (f"\\cdot 10^{{{int(exponent)}}}" if exponent else "")
