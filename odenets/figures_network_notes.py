"""The words of a drawn step: what its table is called, and what its coefficients are."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from odenets.equilibrium import ImplicitStep
from odenets.figures_network_plan import Table
from odenets.figures_network_solved import opened, solved_groups
from odenets.figures_network_step import names
from odenets.figures_network_words import described, listed, number, symbol
from odenets.tables import AFTER
from schemes import Distribution, Parameter, trace
from schemes.joins import DropPath, joins_of
from schemes.symbols import symbol as free

SOLVED = "solved by "


def title(table: Table) -> str:
    """The name of a table with the suffixes of what was made of a scheme in words, in the order in which it was."""
    name, step = table.steps[0].scheme.name, table.steps[0]
    said = {
        "_across": "across to another shape" * table.crosses,
        "_projected": f"{described(getattr(step, AFTER))} behind the sum" if hasattr(step, AFTER) else "",
        "_by_maps": "blocks as maps",
    }
    words: list[str] = []
    for suffix, text in said.items():
        if text and name.endswith(suffix):
            name = name.removesuffix(suffix)
            words.insert(0, text)
    scheme, started, first = name.partition("_started_by_")
    when = "first step" if all(j == 0 for _, j in table.places) else "an early step"
    whole = f"{weighed(scheme)}: {when}, by {weighed(first)}" if started else weighed(scheme)
    return ", ".join([whole, *words])


def weighed(name: str) -> str:
    short = name.removesuffix("_consistent")
    scheme, _, sweeps = short.partition("_fixed_point")
    unrolled = f" in {sweeps} sweep{'s' * (sweeps != '1')}" if sweeps else ""
    return f"{scheme}{unrolled}{' with consistent weights' * (short != name)}"


def notes(table: Table, kept: Sequence[str]) -> list[str]:
    """The lines under a drawn step: what it hands on, and what its coefficients are."""
    lines = [f"handed on to the next step: {listed(list(kept))}"] if kept else []
    if isinstance(step := table.steps[0], ImplicitStep):
        lines.append(f"{SOLVED}{step.solver.method}: {solved(table)}")
    alike: dict[str, list[str]] = {}
    for parameter in table.scheme.coefficients:
        if parameter.kind != "chosen":
            own = [p for step in table.steps for p in step.scheme.parameters if p.name == parameter.name]
            alike.setdefault(law(own), []).append(symbol(parameter.name))
    lines += [f"{listed(names)}: {text}" for text, names in alike.items()]
    if left := first_weights(table):
        lines.append(f"{listed(left)}: what is left for the first column of a join")
    return lines + [f"{symbol(name)} = {number(x[0])} … {number(x[-1])}" for name, x in table.varying.items()]


def solved(table: Table) -> str:
    """What is solved for, group after group: "F1, F2 together"."""
    slopes = list(names(trace(opened(table.scheme)), table)[0].values())
    groups = [[slopes[i] for i in group] for group in solved_groups(table.scheme)]
    return ", then ".join(", ".join(group) + " together" * (len(group) > 1) for group in groups)


def first_weights(table: Table) -> list[str]:
    """The weights of joins that the table writes by the others, 1 - b - c."""
    joins = joins_of(table.scheme).values()
    return [number(1 - sum(map(free, others), Fraction(0))) for first, *others in joins if others]


def law(found: Sequence[Parameter]) -> str:
    """What a parameter is, from its declarations in all steps."""
    first = found[0]
    values = list(dict.fromkeys(spoken(p.value) for p in found))
    between = " … ".join(values[:1] + values[-1:]) if len(values) > 1 else values[0]
    kept = f", kept in ({first.within[0]}, {first.within[1]})" if first.within else ""
    start = "start drawn from " if isinstance(first.value, Distribution) else "starts at "
    text = f"{first.kind}, one a {first.per}{kept}, {start * (first.kind == 'learned')}{between}"
    return text.replace("-", "−").replace("drop−path", "drop-path")


def spoken(value: Any) -> str:
    if not isinstance(value, DropPath):
        return str(value)
    share = "half" if value.share == Fraction(1, 2) else value.share
    alone = f", {share} of the draws one column alone" if value.share else ""
    return f"drop-path with p = {value.p}{alone}"
