"""The wiring of one step, with what it only hands on left out."""

from __future__ import annotations

from dataclasses import replace

from analysis.plots.wiring_layout import LANE, Layout, layout
from odenets.figures_network_plan import Table
from odenets.figures_network_solved import opened
from schemes import Form, Program, trace
from schemes.exact import is_one
from schemes.writing import LATEX


def wiring(table: Table) -> tuple[Layout, list[str]]:
    """The wiring of a table's step, and what it only hands on: next states that are a value as it stands."""
    scheme = opened(table.scheme)
    program, whole = trace(scheme), layout(scheme)
    slopes, values = names(program, table)
    moved = {s: form for s, form in zip(program.inputs[1:], program.outputs[1:], strict=True) if is_move(form)}
    solved = {s: slopes[atom] for s in scheme.states[len(table.scheme.states) :] for atom in moved[s].terms}
    lanes = (replace(a, label=slopes.get(a.name, a.label)) for a in whole.lanes)
    lanes = (replace(a, label=solved[a.name], slope=True) if a.name in solved else a for a in lanes)
    whole = replace(whole, lanes=tuple(lanes))
    kept = [
        f"{values[atom]} as ${LATEX.state(state)}$"
        for state, form in moved.items()
        for atom in form.terms
        if state not in solved
    ]
    return without(whole, {f"next {state}" for state in moved}), kept


def names(program: Program, table: Table) -> tuple[dict[str, str], dict[str, str]]:
    """What is written beside the slopes, F1, F2, … of the blocks alone, and what every value is called."""
    values = {state: f"${LATEX.state(state)}$" for state in program.inputs}
    slopes: dict[str, str] = {}
    for call in program.calls:
        if table.fields[call.field]:
            number = 1 + sum(map(bool, slopes.values()))
            slopes[call.slope] = values[call.slope] = f"${LATEX.slope.format(number)}$"
        else:
            (atom,) = call.argument.terms
            slopes[call.slope], values[call.slope] = "", f"${LATEX.name(call.field)}${values[atom]}"
    return slopes, values


def is_move(form: Form) -> bool:
    return not form.terms or (len(form.terms) == 1 and is_one(next(iter(form.terms.values()))))


def without(whole: Layout, gone: set[str]) -> Layout:
    """The layout without some columns and without the states that nothing else takes, closed up."""
    ends = [column.x for column in whole.columns[1:]] + [whole.right]
    cut = [(column.x, end - column.x) for column, end in zip(whole.columns, ends, strict=True) if column.name in gone]
    columns = [column for column in whole.columns if column.name not in gone]
    taps = [tap for tap in whole.taps if tap.target not in gone]
    used = {tap.source for tap in taps}
    lanes = [lane for lane in whole.lanes if lane.slope or lane.name in used]
    rows = sorted({lane.y for lane in lanes} | {column.y for column in columns})

    def x(old: float) -> float:
        return old - sum(width for start, width in cut if start < old)

    def y(old: float) -> float:
        return LANE * rows.index(old)

    moved = tuple(replace(tap, x=x(tap.x), y=y(tap.y)) for tap in taps)
    last = {tap.source: tap.x for tap in sorted(moved, key=lambda tap: tap.x)}
    return Layout(
        tuple(replace(a, y=y(a.y), start=x(a.start), end=last.get(a.name, x(a.start))) for a in lanes),
        moved,
        tuple(replace(c, x=x(c.x), y=y(c.y), top=y(c.top)) for c in columns),
        x(whole.right),
        whole.width - sum(width for _, width in cut),
        LANE * (len(rows) - 1),
    )
