"""The tables of steps with learned scalars as symbols: a second reading of the graph, from cut to cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import fx

from odenets.identification.reading import Reader, state_name
from odenets.identification.steps import Cuts, Table, coordinates
from odenets.identification.values import Atom, atom_form
from schemes import Form


def symbolic_table(reader: Reader, cuts: Cuts, t: int, m: int) -> Table | None:
    """The step of m evaluations behind cut t as the program writes it; None where it reaches behind the cut.

    reader: has read the graph with the states of all cuts as atoms of their own.
    """
    old = [s.node for s in cuts.states[t]]
    new = [s.node for s in cuts.states[t + m]]
    if None in old or None in new:
        return None
    inner = cuts.segment.evaluations[t : t + m]
    columns = [*(state_name(node) for node in old if node), *(a.name for a in inner)]
    names = {state_name(a.node): a.name for a in inner}
    forms = [opened(read_of(a, reader), columns, names, reader) for a in inner]
    forms += [opened(atom_form(state_name(node)), columns, names, reader) for node in new if node]
    if any(form is None for form in forms):
        return None
    rows = coordinates([f for f in forms if f is not None], [atom_form(c) for c in columns])
    if rows is None:
        return None
    r, s = len(old), len(inner)
    left, right = [row[:r] for row in rows], [row[r:] for row in rows]
    return Table(tuple(right[:s]), tuple(left[:s]), tuple(right[s:]), tuple(left[s:]))


def read_of(atom: Atom, reader: Reader) -> Form:
    """What a block reads, as its operations have it in this reading."""
    inner = {f"a{n.meta['number']}" for n in atom.nodes} | {state_name(n) for n in atom.nodes}
    own = [reader.atoms[f"a{n.meta['number']}"] for n in atom.nodes if f"a{n.meta['number']}" in reader.atoms]
    outer = [form for a in own for form in a.reads if not set(form.terms) <= inner]
    return next((f for f in outer if any(t.startswith("s") for t in f.terms)), outer[0] if outer else Form({}))


def opened(form: Form, columns: Sequence[str], names: dict[str, str], reader: Reader) -> Form | None:
    """A form over the columns: states that are made in the step are replaced by what they were made of."""
    became = {state_name(node): value for node, value in reader.became.items()}
    for _ in range(len(became) + 1):
        ahead = [t for t in form.terms if t not in columns]
        if not ahead:
            return form
        if not all(t in names or isinstance(became.get(t), Form) for t in ahead):
            return None
        total = Form({t: c for t, c in form.terms.items() if t in columns})
        for t in ahead:
            part = atom_form(names[t]) if t in names else became[t]
            total = total + part * form.terms[t]
        form = total
    return None


def symbolic_reader(
    graph: fx.Graph, module: Any, cuts: Sequence[tuple[Cuts, Sequence[int]]], passing: Any, whole: Any
) -> Reader:
    nodes = {s.node for own, places in cuts for t in places for s in own.states[t] if s.node is not None}
    return Reader(graph, module, symbolic=True, states=nodes, passing=passing, whole=whole).read()
