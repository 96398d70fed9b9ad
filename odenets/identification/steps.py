"""Cuts of a segment: the states that go from one evaluation to the next, and the table between two cuts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from torch import fx

from odenets.identification.reading import LAST, Reader, state_name
from odenets.identification.segments import Segment, entry
from odenets.identification.values import Atom, Version, atom_form
from schemes import Form
from schemes.linear import solve

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Table:
    """(A, U, B, V) between two cuts, rows over the evaluations and over the states at the first cut."""

    A: tuple[Row, ...]
    U: tuple[Row, ...]
    B: tuple[Row, ...]
    V: tuple[Row, ...]

    @property
    def square(self) -> bool:
        """Whether as many states leave the step as enter it."""
        return bool(self.U) and len(self.V) == len(self.U[0])

    @property
    def pattern(self) -> Any:
        return tuple(tuple(tuple(x != 0 for x in row) for row in m) for m in (self.A, self.U, self.B, self.V))


@dataclass(frozen=True)
class State:
    """A value that is needed behind a cut: the operation that made it, and its form."""

    node: fx.Node | None
    form: Form


@dataclass
class Cuts:
    """The states of a segment before its first evaluation, and after each.

    What evaluations and readers behind a cut need of what stands before it spans a space, the states are the values of
    the program that span it: the minimal realisation of the segment as a linear system (Kalman 1963).
    """

    segment: Segment
    versions: Sequence[Version]
    spans: list[list[Form]] = field(default_factory=list)
    states: list[list[State]] = field(default_factory=list)

    def __post_init__(self) -> None:
        own = self.segment.names
        forms = [v for v in self.versions if isinstance(v.value, Form) and v.value.terms and own >= set(v.value.terms)]
        self.spans = spans(self.segment)
        self.states = [self.chosen(t, span, forms) for t, span in enumerate(self.spans)]

    def known(self, t: int) -> set[str]:
        return {a.name for a in (*self.segment.base, *self.segment.evaluations[:t])}

    def chosen(self, t: int, span: list[Form], forms: Sequence[Version]) -> list[State]:
        """A basis of the span: what the program holds where it holds no more than that, on the way to what comes next.

        The network's value comes first, then the newest; those of several components have places of their own.
        """
        if not span:
            return []
        known = self.known(t)
        done = self.segment.evaluations[t - 1].node.meta["number"] if t else 0
        held_now = [v for v in forms if v.number < self.entered(t) and v.last > done and known >= set(v.value.terms)]
        within = [v for v in held_now if coordinates([v.value], span) is not None]
        ahead = [a.reads[self.own(a)] for a in self.segment.evaluations[t : t + 1]]
        done = max(done, min((v.number for v in within if v.value in ahead), default=0))
        places = [v.number for v in forms if done <= v.number < self.entered(t)] or [done]
        held = [[v for v in within if v.number <= p < v.last] for p in places]
        bases = [independent(versions) for versions in held]
        spanning = [i for i, basis in enumerate(bases) if len(basis) == len(span)]
        exact = [i for i in spanning if len(held[i]) == len(span)] or spanning
        place = min(exact, key=lambda i: (min(map(self.rank, bases[i])), i), default=None)
        found = [State(None, form) for form in span] if place is None else bases[place]
        return sorted(found, key=self.rank)

    def rank(self, state: State) -> Any:
        base = [a.name for a in self.segment.base]
        order = [*base, *(a.name for a in self.segment.evaluations)]
        parts = self.segment.components
        of = next((i for i, part in enumerate(parts) if part & set(state.form.terms)), len(parts))
        last = max(map(order.index, state.form.terms))
        if last < len(base):  # what came in: the sum of a projection and a block, then one value after the other
            return of, False, 0, -len(state.form.terms), last
        return of, not set(base) & set(state.form.terms), -last, 0, 0

    def state(self, form: Form, t: int) -> State:
        """A form as a state: the last operation behind a cut that gave it."""
        nodes = [v.node for v in self.versions if v.value == form and v.number < self.entered(t)]
        return State(nodes[-1] if nodes else None, form)

    def entered(self, t: int) -> int:
        """The number of the first operation that reads something behind a cut."""
        after = [entry(a) for a in self.segment.evaluations[t : t + 1]]
        return min([*after, *(number for place, _, number in self.segment.exports if place == t)], default=LAST)

    def table(self, t: int, m: int) -> Table | None:
        """The step of m evaluations behind cut t."""
        inner = self.segment.evaluations[t : t + m]
        states, nexts = ([s.form for s in self.states[cut]] for cut in (t, t + m))
        reads = [a.reads[self.own(a)] for a in inner]
        return table_of(reads, nexts, states, [atom_form(a.name) for a in inner])

    def symbolic(self, t: int, m: int, reader: Reader) -> Table | None:
        """As `table`, with learned scalars as symbols, as the program writes it; None where it reaches behind the cut.

        reader: has read the graph with the states of all cuts as atoms of their own.
        """
        old, new = ([s.node for s in self.states[cut]] for cut in (t, t + m))
        if None in old or None in new:
            return None
        inner = self.segment.evaluations[t : t + m]
        columns = [*(state_name(node) for node in old if node), *(a.name for a in inner)]
        names = {state_name(a.node): a.name for a in inner}
        forms = [*(read_of(a, reader) for a in inner), *(atom_form(state_name(node)) for node in new if node)]
        rows = [form for form in (opened(form, columns, names, reader) for form in forms) if form is not None]
        if len(rows) < len(forms):
            return None
        basis = [atom_form(c) for c in columns]
        return table_of(rows[: len(inner)], rows[len(inner) :], basis[: len(old)], basis[len(old) :])

    def own(self, atom: Any) -> int:
        return own_read(atom, self.segment)


def table_of(
    reads: Sequence[Form], nexts: Sequence[Form], states: Sequence[Form], slopes: Sequence[Form]
) -> Table | None:
    """What blocks read and what the next states are, in the states and in what the blocks give; None: in more."""
    rows = coordinates([*reads, *nexts], [*states, *slopes])
    if rows is None:
        return None
    r, s = len(states), len(reads)
    left, right = [row[:r] for row in rows], [row[r:] for row in rows]
    return Table(tuple(right[:s]), tuple(left[:s]), tuple(right[s:]), tuple(left[s:]))


def independent(versions: Sequence[Version]) -> list[State]:
    found: list[State] = []
    for version in versions:
        if coordinates([version.value], [s.form for s in found]) is None:
            found.append(State(version.node, version.value))
    return found


def own_read(atom: Any, segment: Segment) -> int:
    """Which of the forms that a block reads is of its segment."""
    return next(i for i, form in enumerate(atom.reads) if segment.names & set(form.terms))


def spans(segment: Segment) -> list[list[Form]]:
    """A basis of what is needed behind each cut, from the last to the first."""
    n = len(segment.evaluations)
    found: list[list[Form]] = [[]] * (n + 1)
    ahead: list[Form] = []
    for t in range(n, -1, -1):
        known = {a.name for a in (*segment.base, *segment.evaluations[:t])}
        needed = [form for place, form, _ in segment.exports if place == t]
        if t < n:
            atom = segment.evaluations[t]
            needed = [atom.reads[own_read(atom, segment)], *needed]
        parts = [Form({k: c for k, c in form.terms.items() if k in known}) for form in (*needed, *ahead)]
        found[t] = ahead = basis_of(parts)
    return found


def basis_of(forms: Sequence[Form]) -> list[Form]:
    """Those that are none of the others before them."""
    found: list[Form] = []
    for form in forms:
        if form.terms and coordinates([form], found) is None:
            found.append(form)
    return found


def coordinates(forms: Sequence[Form], basis: Sequence[Form]) -> list[Row] | None:
    """Each form as a row over a basis; None where one is not in its span."""
    if not forms:
        return []
    names = list(dict.fromkeys(k for form in (*basis, *forms) for k in form.terms))
    zero = Fraction(0)
    rows = dict.fromkeys(
        (tuple(b.terms.get(k, zero) for b in basis), tuple(f.terms.get(k, zero) for f in forms)) for k in names
    )
    if not basis:
        return None if rows else [()] * len(forms)
    solution = solve([m for m, _ in rows], [r for _, r in rows])
    return None if solution is None else [tuple(row) for row in zip(*solution, strict=True)]


# ---- learned scalars as symbols ------------------------------------------------------------------------------------


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
