"""Parts of a network in which values are added to each other: a chain of steps of one shape, or a plain layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from odenets.identification.reading import LAST
from odenets.identification.values import Atom
from schemes import Form


@dataclass(frozen=True)
class Segment:
    """Atoms that meet in sums, and those that they feed and that feed them, in order.

    base   the atoms that read nothing of the segment: what comes in, projected where the shape changes
    evaluations   the others, one evaluation of a block each
    components  the names of the atoms that meet in sums, a set for each half of a RevNet, one of most networks
    exports  (evaluations before it, form, number of the operation) for each form that is read outside
    """

    base: tuple[Atom, ...]
    evaluations: tuple[Atom, ...]
    components: tuple[frozenset[str], ...]
    exports: tuple[tuple[int, Form, int], ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(a.name for a in (*self.base, *self.evaluations))


def entry(atom: Atom) -> int:
    """The number of the first operation of a block."""
    return int(atom.nodes[0].meta["number"])


def segments(atoms: dict[str, Atom], outputs: tuple[Form, ...]) -> list[Segment]:
    """The segments of a graph in order.

    Two atoms are together where a form has both, or where each depends on the other's sums (the halves of a RevNet).
    """
    group = {name: name for name in atoms}

    def head(x: str) -> str:
        while group[x] != x:
            group[x] = group[group[x]]
            x = group[x]
        return x

    for form in (*(f for a in atoms.values() for f in a.reads), *outputs):
        first, *others = map(head, form.terms) if form.terms else ("",)
        for other in others:
            group[head(other)] = head(first)
    while (cycle := some_cycle(atoms, head)) is not None:
        for x in cycle[1:]:
            group[head(x)] = head(cycle[0])
    members: dict[str, list[Atom]] = {}
    for name, atom in atoms.items():
        members.setdefault(head(name), []).append(atom)
    return [segment(own, atoms, outputs) for own in members.values()]


def some_cycle(atoms: dict[str, Atom], head: object) -> list[str] | None:
    """Groups that depend on each other in a circle."""
    of = head if callable(head) else str
    ahead: dict[str, set[str]] = {}
    for name, atom in atoms.items():
        ahead.setdefault(of(name), set()).update(of(t) for form in atom.reads for t in form.terms)
    try:
        TopologicalSorter({k: v - {k} for k, v in ahead.items()}).prepare()
    except CycleError as error:
        return list(error.args[1][:-1])
    return None


def segment(own: list[Atom], atoms: dict[str, Atom], outputs: tuple[Form, ...]) -> Segment:
    names = {a.name for a in own}
    base = tuple(a for a in own if not any(t in names for form in a.reads for t in form.terms))
    evaluations = tuple(a for a in own if a not in base)
    order = list(atoms)
    places = [order.index(a.name) for a in evaluations]
    exports = []
    for name, atom in atoms.items():
        if name not in names:
            before = sum(p < order.index(name) for p in places)
            exports += [(before, form, entry(atom)) for form in atom.reads if names & set(form.terms)]
    made = {a.name: i for i, a in enumerate(evaluations, 1)}  # outputs count from where they are whole: a trajectory
    exports += [(max(made.get(t, 0) for t in form.terms), form, LAST) for form in outputs if names & set(form.terms)]
    return Segment(base, evaluations, components(base, own), tuple(exports))


def components(base: Sequence[Atom], own: Sequence[Atom]) -> tuple[frozenset[str], ...]:
    """The atoms that blocks read together, in the order of those that come in."""
    names, found = {a.name for a in own}, [{a.name} for a in base]
    for form in (f for a in own for f in a.reads if names & set(f.terms)):
        joined = [part for part in found if part & set(form.terms)]
        others = [part for part in found if not part & set(form.terms)]
        place = min((found.index(part) for part in joined), default=len(found))
        others.insert(place, set(form.terms).union(*joined))
        found = others
    incoming = {a.name for a in base}
    return tuple(frozenset(part) for part in found if len(part) > 1 or part & incoming)
