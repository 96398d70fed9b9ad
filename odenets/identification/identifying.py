"""The scheme of a network that somebody wrote: traced, read as linear forms, cut into steps, recognised."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from torch import Tensor, fx, nn

from odenets.errors import OdenetsError
from odenets.identification.blocks import behind, identity, kind, living, path
from odenets.identification.found import Identified, Step, Transition, listed
from odenets.identification.naming import fields_of, scheme_of_table
from odenets.identification.pattern import Plan, as_usual, follow, plan, without_average
from odenets.identification.reading import Reader
from odenets.identification.recognition import Match, matches
from odenets.identification.scopes import wholes
from odenets.identification.segments import Segment, segments
from odenets.identification.steps import Cuts, Table
from odenets.identification.tracing import traced, unwrapped
from odenets.identification.values import Atom
from schemes import RationalFunction, Scheme
from schemes.exact import substitute

Example = Tensor | Sequence[Any] | Mapping[str, Any] | None


def identify(module: nn.Module, example: Example = None) -> Identified:
    """The scheme that a PyTorch network is, its blocks as fields.

        identify(Net()).name == "heun2"

    module   any module whose forward adds what blocks give to what they were given; it is traced, never trained
    example  an input, several, or {name: input}, where the forward asks for shapes

    A value of the network is a linear form in its inputs and in what its blocks gave, so that between two cuts of the
    program stand the exact matrices of a scheme; what no entry of the registry is comes as a table with its order.
    Raises OdenetsError, with the place, where the forward cannot be traced, has no sum of an earlier value and a block,
    or has a block that reads two values of the chain.
    """
    if not isinstance(module, nn.Module):
        raise OdenetsError(f"identify takes a module, not {module!r}: give an instance of the network's class")
    return Finding.of(unwrapped(module), example).answer()


@dataclass
class Chain:
    """A segment with its cuts and the steps that it was found to be."""

    cuts: Cuts
    plan: Plan
    kinds: list[Any]
    usual: Table | None

    @property
    def segment(self) -> Segment:
        return self.cuts.segment

    def part(self, t: int, m: int) -> tuple[Atom, ...]:
        return self.segment.evaluations[t : t + m]


@dataclass
class Finding:
    """What is known of a module on the way to the answer."""

    module: nn.Module
    graph: fx.Graph
    reader: Reader
    atoms: dict[str, Atom]
    maps: dict[Any, Atom]
    closed: dict[str, str]
    parts: list[Segment]
    paths: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, module: nn.Module, example: Example) -> Finding:
        names, by_name = inputs_of(module, example)
        graph, closed = traced(module, names, by_name)
        whole = wholes(Reader(graph, module).read())
        reader = Reader(graph, module, whole=whole).read()
        atoms, maps = behind(reader)
        return cls(module, graph, reader, atoms, maps, closed, segments(atoms, reader.outputs))

    def answer(self) -> Identified:
        chains = self.chains()
        symbolic = self.symbolic(chains)
        found = [(chain, self.steps(chain, symbolic)) for chain in chains]
        longest = max((own for _, own in found), key=len)
        if not longest:
            most = max(chains, key=lambda chain: len(chain.kinds))
            raise OdenetsError(
                f"{type(self.module).__name__} adds blocks to earlier values, but its {len(most.kinds)} evaluations "
                f"behind {self.path(most.segment.base[0])} repeat no step: a history needs more steps than it is long, "
                "so make the network deeper to have it identified"
            )
        usual = longest[0]
        steps = [step for _, own in found for step in own]
        best = self.recognised(usual)
        steps = [self.named(step, best) for step in steps]
        common = self.named(usual, best)
        agreed = bool(best) and all(step.name == best[0].name for step in steps)
        others = tuple(m.name for m in best[1:] if m.rank[:2] == best[0].rank[:2])
        return Identified(
            common.name if agreed else "",
            usual_scheme(best[0], steps) if agreed else common.scheme,
            others if agreed else (),
            tuple(steps),
            tuple(step for chain in chains for step in self.starts(chain)),
            tuple(self.odd(c, len(c.kinds) - c.plan.tail, c.plan.tail, "end") for c in chains if c.plan.tail),
            tuple(self.transitions()),
            self.after(),
            self.notes(agreed, steps),
        )

    # ---- parts

    def chains(self) -> list[Chain]:
        own = [s for s in self.parts if s.evaluations]
        for part in own:
            for atom in part.evaluations:
                self.check(atom, part)
        if not own:
            raise OdenetsError(self.nothing())
        kinds = [[kind(a) for a in s.evaluations] for s in own]
        cuts = [without_average(Cuts(s, self.reader.versions), k) for s, k in zip(own, kinds, strict=True)]
        return chained(cuts, kinds)

    def check(self, atom: Atom, part: Segment) -> None:
        if len([form for form in atom.reads if part.names & set(form.terms)]) > 1:
            raise OdenetsError(
                f"{self.path(atom)} ({atom.node.meta['place']}) reads two values of the chain at once, and the field "
                "of a scheme has one argument: a concatenation or a product of states is no scheme"
            )

    def nothing(self) -> str:
        closed = "".join(f"; {name} was not looked into, {why}" for name, why in list(self.closed.items())[:1])
        last = list(self.atoms.values())[-1]
        return (
            f"{type(self.module).__name__} has no scheme: up to {self.path(last)} ({last.node.meta['place']}) no value "
            f"is the sum of an earlier one and of what a block gives for it{closed}"
        )

    def symbolic(self, chains: Sequence[Chain]) -> Reader | None:
        """A second reading with learned scalars as symbols, where there are some."""
        if not self.reader.symbols.paths:
            return None
        passing = {node for atom in self.maps.values() for node in atom.nodes}
        cuts = [c.cuts.states[t] for c in chains for t in (*c.plan.places, *c.plan.ends[-1:])]
        nodes = {s.node for states in cuts for s in states if s.node is not None}
        return Reader(self.graph, self.module, True, nodes, passing, self.reader.whole).read()

    def steps(self, chain: Chain, symbolic: Reader | None) -> list[Step]:
        found: list[Table] = []
        usual = chain.usual
        for t in chain.plan.places:
            table = chain.cuts.symbolic(t, chain.plan.length, symbolic) if symbolic else None
            table = table or chain.cuts.table(t, chain.plan.length)
            if table is None:
                raise OdenetsError(f"the step at {self.path(chain.part(t, 1)[0])} is none: its states are not visible")
            found.append(completed(table, found[-1] if found else usual))
        return [self.step(chain, t, table, symbolic) for t, table in zip(chain.plan.places, found, strict=True)]

    def step(self, chain: Chain, t: int, table: Table, symbolic: Reader | None, role: str = "step") -> Step:
        inner = chain.part(t, len(table.A))
        fields = fields_of([kind(a) for a in inner], [identity(a) for a in inner])
        several = len(chain.segment.components) > 1
        scheme = scheme_of_table(table, fields, (symbolic or self.reader).symbols, several)
        return Step("", scheme, {}, {}, tuple(self.path(a) for a in inner), role=role)

    def starts(self, chain: Chain) -> list[Step]:
        """What stands before the first usual step of a chain."""
        length, end = chain.plan.length, chain.plan.start
        places = sorted({*range(end, 0, -length), 0})
        return [self.odd(chain, t, after - t, "start") for t, after in pairwise(places)]

    def odd(self, chain: Chain, t: int, m: int, role: str) -> Step:
        """Evaluations that are no usual step, as one of their own; states that come into being count from the next."""
        table = chain.cuts.table(t, m)
        r = len(chain.cuts.states[t])
        if table is None or len(table.V) < r:
            return Step("", EMPTY, {}, {}, tuple(self.path(a) for a in chain.part(t, m)), role=role)
        found = self.step(chain, t, Table(table.A, table.U, table.B[:r], table.V[:r]), None, role)
        best = next((m for m in self.recognised(found) if not m.values), None)
        return replace(found, name=best.name, factors=best.factors) if best else found

    def recognised(self, step: Step, among: Collection[str] | None = None) -> list[Match]:
        found = matches(step.scheme, step.scheme.fields, among)
        several = step.scheme.states[0] == "x[n]"
        return [m for m in found if not several or m.scheme.kind == "partitioned"]

    def named(self, step: Step, best: list[Match]) -> Step:
        """The step with the name of the usual scheme where it is that one with other values, or of another one."""
        known = [m for name in (m.name for m in best) for m in self.recognised(step, {name})] or self.recognised(step)
        if not known:
            return step
        own = known[0]
        return replace(step, name=own.name, values=self.now(step, own.values), factors=self.now(step, own.factors))

    def now(self, step: Step, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values in what the network learned as the numbers that they are now."""
        at = {p.name: p.value for p in step.scheme.parameters}
        return {k: substitute(v, at) for k, v in values.items()}

    def transitions(self) -> list[Transition]:
        """The crossings, and what stands alone between two chains of steps."""
        chains = [s for s in self.parts if s.evaluations]
        found = [s.base if crosses(s) else s.base[:1] for s in self.parts if crosses(s) or s in chains[1:]]
        return [Transition(tuple(map(self.path, base)), base[0].node.meta["place"]) for base in found if base[0].reads]

    def after(self) -> str:
        kinds = dict.fromkeys(" then ".join(kind(a)) for a in self.maps.values())
        return ", ".join(kinds)

    def notes(self, agreed: bool, steps: Sequence[Step]) -> tuple[str, ...]:
        alike: dict[str, list[str]] = {}
        for name, why in self.closed.items():
            alike.setdefault(why.partition(":")[0], []).append(name)
        told = [f"not looked into: {listed(names, 2)} ({self.closed[names[0]]})" for names in alike.values()]
        told += [f"noise at {place} is left out" for place in self.reader.left_out]
        used = living(self.reader)
        unused = [n for name, a in self.reader.atoms.items() if name not in used for n in a.nodes]
        if idle := dict.fromkeys(str(n.target) for n in unused if n.op == "call_module"):
            told.append(f"no output depends on {listed(idle, 2)}")
        if not agreed and len({step.scheme.table for step in steps}) > 1:
            told.append("the steps differ: each has its own table in steps")
        return tuple(told)

    def path(self, atom: Atom) -> str:
        if atom.name not in self.paths:
            self.paths[atom.name] = path(atom, list(self.atoms.values()))
        return self.paths[atom.name]


def crosses(part: Segment) -> bool:
    """Whether it begins with the sum of blocks of one value, a projection beside a step."""
    names = {a.name for a in part.base}
    return len({a.reads for a in part.base}) == 1 and any(len(names & own) > 1 for own in part.components)


def chained(cuts: Sequence[Cuts], kinds: Sequence[list[Any]]) -> list[Chain]:
    """The steps of all segments: those of the one with most steps, also where another one has too few to tell."""
    plans = [plan(c, k) for c, k in zip(cuts, kinds, strict=True)]
    p, c, k = max(zip(plans, cuts, kinds, strict=True), key=lambda x: x[0].count if x[0] else 0)
    if p is None or (table := c.table(p.start, p.length)) is None:
        return [Chain(c, Plan(len(k), 1, 0, 0), k, None) for c, k in zip(cuts, kinds, strict=True)]
    names = k[p.start : p.start + p.length]
    found = []
    for own, c, k in zip(plans, cuts, kinds, strict=True):
        known = as_usual(c, k, table, names)
        if known is not None and (own is None or own.count <= known.count + known.start // p.length):
            follow(c, known, table)
            own = known
        found.append(Chain(c, own or Plan(len(k), p.length, 0, 0), k, table))
    return found


EMPTY = Scheme("found", A=(), U=(), B=((),), V=((1,),))


def usual_scheme(best: Match, steps: Sequence[Step]) -> Scheme:
    """The registered scheme at the values that all steps share."""
    shared = {k: v for k, v in steps[0].values.items() if all(s.values.get(k) == v for s in steps)}
    fixed = {k: v for k, v in shared.items() if not isinstance(v, RationalFunction)}
    return best.scheme.at(**fixed) if fixed else best.scheme


def completed(table: Table, usual: Table | None) -> Table:
    """The last step of a chain has rows only for the states that are read behind it; the others are as usual."""
    if usual is None or len(table.V) == len(usual.V) or len(table.U[0]) != len(usual.V):
        return table
    rows = list(zip(table.B, table.V, strict=True))
    B, V = zip(*(rows[i] if i < len(rows) else (usual.B[i], usual.V[i]) for i in range(len(usual.V))), strict=True)
    return Table(table.A, table.U, tuple(B), tuple(V))


def inputs_of(module: nn.Module, example: Example) -> tuple[dict[str, Any], bool]:
    """The inputs by name, and whether they are to be given by name."""
    if isinstance(example, Mapping):
        return dict(example), True
    names = [p for p in inspect.signature(module.forward).parameters.values() if p.kind in (p.POSITIONAL_OR_KEYWORD,
             p.POSITIONAL_ONLY)]  # fmt: skip
    if example is not None:
        given = (example,) if isinstance(example, Tensor) else tuple(example)
        return {f"input_{i}": x for i, x in enumerate(given)}, False
    needed = [p.name for p in names if p.default is p.empty] or [p.name for p in names[:1]] or ["input_0"]
    return dict.fromkeys(needed), False
