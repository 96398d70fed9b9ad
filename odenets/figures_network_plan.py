"""What a network's picture shows: its different steps, each once, and the runs in which they follow each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from string import ascii_uppercase
from typing import Any, cast

from torch import nn

from odenets.depth.blends import Blend
from odenets.depth.chains import stages as stages_of
from odenets.figures_network_first import folded
from odenets.figures_network_solved import closed, opened
from odenets.network import Network
from odenets.stages import Crossing, Stage
from odenets.tables import AFTER
from odenets.wiring import Step
from schemes import Scheme, chosen, read_back, step, symbol
from schemes.exact import is_zero
from schemes.program import record
from schemes.rewriting import is_slope

MOST = 7  # runs of a stage that are drawn; of more, those between the first and the last ones are counted in a box
FIRST, LAST = 3, 1  # of them that are drawn all the same
BEFORE, PROJECT = "S", "P"  # boxes of a crossing: what block and projection share, and the projection
SIGMA = "sigma"  # the box of the map behind a sum


@dataclass(frozen=True)
class Table:
    """Steps that are wired alike.

    scheme   one of them as it is drawn: its fields are the blocks by their names in the module, a crossing has P as
             one more, and an entry that differs from step to step is a symbol of its own
    places   where they stand, as (stage, step), both from 0
    varying  the values of these symbols, step by step
    """

    letter: str
    scheme: Scheme
    places: tuple[tuple[int, int], ...]
    varying: dict[str, tuple[Any, ...]]
    crosses: bool
    steps: tuple[Step, ...]

    @property
    def fields(self) -> dict[str, str]:
        """The field of each box by the box's name; "" of what a crossing has besides."""
        own = dict(zip(boxes(self.steps[0]), self.steps[0].scheme.fields, strict=True))
        return {name: own.get(name, "") for name in self.scheme.fields}


@dataclass(frozen=True)
class Run:
    """Steps of a stage from number `first`, 0 the stage's first: a cycle of tables, `times` times.

    drawn: one of each is drawn; else they are only counted.
    """

    first: int
    cycle: tuple[int, ...]
    times: int = 1
    drawn: bool = True

    @property
    def steps(self) -> int:
        return len(self.cycle) * self.times


@dataclass(frozen=True)
class Plan:
    """tables[i] for the numbers in the runs; those that no drawn run has are in none.

    remembers  what steps keep besides the network's state: values (of earlier steps), velocities, increments
    restarts   whether that begins anew in each stage
    """

    tables: dict[int, Table]
    stages: tuple[tuple[Run, ...], ...]
    remembers: tuple[str, ...]
    restarts: bool


def plan(network: Network) -> Plan:
    """The tables and runs of a network; the lengths of the runs of a stage add up to its steps."""
    keys: dict[Any, int] = {}
    found: dict[int, list[tuple[int, int, nn.Module, Scheme]]] = {}
    sequences: list[list[int]] = []
    schemes = folded([[drawn(module) for module in stage.steps] for stage in stages_of(network)], stages_of(network))
    for i, stage in enumerate(stages_of(network)):
        sequences.append([])
        for j, (module, scheme) in enumerate(zip(stage.steps, schemes[i], strict=True)):
            number = keys.setdefault(pattern(scheme, module), len(keys))
            found.setdefault(number, []).append((i, j, module, scheme))
            sequences[-1].append(number)
    stages = tuple(tuple(shortened(list(runs(sequence)))) for sequence in sequences)
    shown = dict.fromkeys(number for stage in stages for run in stage if run.drawn for number in run.cycle)
    tables = {n: table(letter, found[n]) for n, letter in zip(shown, letters(), strict=False)}
    return Plan(tables, stages, kept_besides(stages_of(network)), not any(stage.keeps for stage in stages_of(network)))


def kept_besides(stages: Iterable[Stage]) -> tuple[str, ...]:
    """The kinds of states that steps keep besides the network's state; one that starts as 0 is no value."""
    found = {
        "increments" if is_slope(state) else "values" if q else "velocities"
        for stage in stages
        for state, (_, q) in list(zip(stage.wired()[-1].scheme.states, stage.start.origins, strict=False))[
            stage.start.parts :
        ]
    }
    return tuple(kind for kind in ("values", "velocities", "increments") if kind in found)


def letters() -> Iterator[str]:
    """A … Z, A2 … Z2, …"""
    return (letter + (str(turn) if turn > 1 else "") for turn in count(1) for letter in ascii_uppercase)


def table(letter: str, found: Sequence[tuple[int, int, nn.Module, Scheme]]) -> Table:
    scheme, varying = common([scheme for *_, scheme in found])
    module = found[0][2]
    return Table(
        letter, scheme, tuple((i, j) for i, j, *_ in found), varying, crosses(module),
        tuple(wired(m) for *_, m, _ in found),
    )  # fmt: skip


# ---- one step ------------------------------------------------------------------------------------------------------


def crosses(module: nn.Module) -> bool:
    return isinstance(module, Crossing)


def wired(module: nn.Module) -> Step:
    return cast(Step, module.step if isinstance(module, Crossing) else module)


def boxes(module: Step) -> tuple[str, ...]:
    """The block of each stage by its name in the module, f where it is shared, else f1, f2, …; sigma behind a sum."""
    pairs = zip(module.scheme.fields, module.block_names, strict=True)
    return tuple(SIGMA if field == AFTER else name for field, name in pairs)


def of_knots(block: nn.Module) -> nn.Module:
    """The block itself, or the kind of block that is blended of knots."""
    return block.template if isinstance(block, Blend) else block


def parts(module: nn.Module) -> dict[str, nn.Module]:
    """The modules of a step by the names of their boxes."""
    own = wired(module)
    found = {box: of_knots(getattr(own, name)) for box, name in zip(boxes(own), own.block_names, strict=True)}
    if not isinstance(module, Crossing):
        return found
    before = {} if module.before is None else {BEFORE: module.before}
    return before | projections(module) | found


def projections(module: Crossing) -> dict[str, nn.Module]:
    """P by its box, or each component's P; none where the step's blocks alone change the shape."""
    project = getattr(module, "project", None)
    if isinstance(project, nn.ModuleList):
        return {f"{PROJECT}{i}": p for i, p in enumerate(project, 1)}
    return {} if project is None else {PROJECT: project}


def drawn(module: nn.Module) -> Scheme:
    """The table of a step with its blocks' names for fields; a crossing's inputs are the states before it."""
    own = wired(module)
    scheme = replace(own.scheme, fields=boxes(own))
    return crossed(scheme, module) if isinstance(module, Crossing) else scheme


def crossed(scheme: Scheme, module: Crossing) -> Scheme:
    """A crossing as a step of the states before it, with P and what is shared as fields: u' = P(u) + f(u).

    The last states of its table are read before the change, the others behind it.
    """
    table, count = opened(scheme), len(scheme.states) - len(module.read)
    names, solved = tuple(projections(module)), table.states[len(scheme.states) :]

    def rule(before: Any, *given: Any) -> tuple[Any, ...]:
        project, fields = given[: len(names)], given[len(names) : len(names) + table.stages]
        states, increments = given[len(names) + table.stages :][:count], given[len(given) - len(solved) :]
        states = states[: 1 if module.start else count]
        seen = states if module.before is None else tuple(map(before, states))
        values = [project[i % len(names)](x) if names else x for i, x in zip(module.places, seen, strict=True)]
        if module.restarts and module.start:
            values = [Fraction(q) * values[0] for _, q in module.start.origins]
        nexts = step(table, fields, (*values, *(seen[i] for i in module.read), *increments), 1)
        return (*nexts[:count], *nexts[len(scheme.states) :])

    program = record(rule, (BEFORE, *names, *table.fields), (*scheme.states[:count], *solved), merge=False)
    return closed(read_back(program, scheme.name, scheme.parameters), count)


# ---- steps that are alike ------------------------------------------------------------------------------------------


def pattern(scheme: Scheme, module: nn.Module) -> Any:
    """What two steps that are drawn as one have in common: all but the values of their coefficients."""
    zeros = tuple(map(is_zero, entries(scheme)))
    kinds = tuple((p.name, p.kind, p.per, p.within) for p in scheme.coefficients)
    return wired(module).scheme.name, scheme.states, scheme.fields, crosses(module), zeros, kinds


def entries(scheme: Scheme) -> list[Any]:
    return [x for m in (scheme.A, scheme.U, scheme.B, scheme.V) for row in m for x in row]


def common(schemes: Sequence[Scheme]) -> tuple[Scheme, dict[str, tuple[Any, ...]]]:
    """One table for all: c1, c2, … where the entries differ, and their values; equal sequences have one symbol."""
    first = schemes[0]
    name = next(x for x in "cdabexyz" if not any(p.name.startswith(x) for p in first.parameters))
    found: dict[tuple[Any, ...], str] = {}
    made = []
    for values in zip(*map(entries, schemes), strict=True):
        same = all(x == values[0] for x in values)
        made.append(values[0] if same else symbol(found.setdefault(values, f"{name}{len(found) + 1}")))
    varying = {name: values for values, name in found.items()}
    numbers = iter(made)
    declared = tuple(replace(chosen(Fraction(1)), name=x) for x in varying)
    declared = (*first.parameters, *declared)
    return replace(first, embedded=None).mapped(lambda _: next(numbers), parameters=declared), varying


def runs(sequence: Sequence[int]) -> Iterator[Run]:
    """The sequence cut into runs: from each place on the cycle that, repeated, reaches farthest."""
    i = 0
    while i < len(sequence):
        length, times = max(repeats(sequence[i:]), key=lambda x: (x[0] * x[1], -x[0]))
        yield Run(i, tuple(sequence[i : i + length]), times)
        i += length * times


def repeats(sequence: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(length, times) of the cycles with which a sequence begins."""
    yield 1, 1
    for length in range(1, len(sequence) // 2 + 1):
        times = 1
        while sequence[times * length : (times + 1) * length] == sequence[:length]:
            times += 1
        if times > 1:
            yield length, times


def shortened(found: list[Run]) -> list[Run]:
    """The runs of a stage, where there are many the middle ones as one that is not drawn."""
    if len(found) <= MOST:
        return found
    middle = found[FIRST:-LAST]
    skipped = tuple(n for run in middle for n in run.cycle * run.times)
    return [*found[:FIRST], Run(middle[0].first, skipped, drawn=False), *found[-LAST:]]
