"""The boxes of a network's picture, row by row: stem, stages and head."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Any

from torch import nn

from analysis.plots.style import CAPTION_SIZE, text_width
from analysis.plots.wiring_layout import Layout
from odenets.depth.chains import stages as stages_of
from odenets.figures_network_plan import Plan, Run, Table, crosses, parts
from odenets.figures_network_solved import opened
from odenets.figures_network_words import SHOWN, blocks, described, number, numbers, shape, symbol
from odenets.network import Network
from odenets.stages import Stage
from odenets.tables import AFTER
from odenets.wiring import Step
from schemes import Form, Program, trace
from schemes.exact import is_one, is_zero
from schemes.scheme import letter

GAP = 0.5  # between boxes at least
BADGE = 0.12  # radius of a letter's circle
FACTOR, BOLD = 7.5, 1.2  # points of factors; how much wider bold letters are
OVER_DEPTH = "weights over depth"  # on steps whose blocks are functions of depth
SHARED = "shared weights"  # on steps whose blocks other steps of the stage have too
SIZE = 32  # of images, where none is given: widths and parameters do not depend on it


@dataclass(frozen=True)
class Item:
    """A box to come: its words, and the values that enter it, as (factor, whether of an earlier step)."""

    kind: str
    words: tuple[str, ...]
    letter: str = ""
    times: int = 1
    enters: tuple[tuple[str, bool], ...] = (("", False),)

    @property
    def width(self) -> float:
        return max(text_width(word, CAPTION_SIZE) * BOLD for word in self.words) + 0.25 + 3 * BADGE * bool(self.letter)

    @property
    def gap(self) -> float:
        return max(GAP, *(text_width(text, FACTOR) + 0.3 for text, _ in self.enters))


Group = tuple[Sequence[Item], int]  # boxes side by side, and how often they are repeated


def group(found: Plan, wirings: dict[int, Layout], stage: Stage, run: Run) -> Group:
    """The boxes of a run: one for equal steps that follow each other, one a table for those of a cycle."""
    if not run.drawn:
        several = len(set(run.cycle))
        return [Item("skipped", (numbers(run), f"{several} table{'s' if several > 1 else ''}"))], 1
    items = []
    for i, n in enumerate(run.cycle):
        own, single = found.tables[n], len(run.cycle) == 1
        words = [f"× {run.times}"] * (single and run.times > 1) + [numbers(run, i)]
        if stage.spec.weights:
            words += [OVER_DEPTH] * (not own.crosses)
        else:
            words += [SHARED] * shares(stage, range(run.first + i, run.first + run.steps, len(run.cycle)))
        kind = "crossing" if own.crosses else "step"
        items.append(Item(kind, tuple(words), own.letter, run.times if single else 1, entering(own, wirings[n])))
    return items, run.times if len(run.cycle) > 1 else 1


def shares(stage: Stage, places: Iterable[int]) -> bool:
    """Whether the steps at these places of a stage have their blocks in common with other steps of it."""
    held = [weighted(step) for step in stage.wired()]
    times = Counter(chain(*held))
    return all(held[i] and all(times[block] > 1 for block in held[i]) for i in places)


def weighted(step: Step) -> set[int]:
    """The blocks of a step that have weights; a bounded coefficient is none of them."""
    own = parts(step).values()
    return {id(block) for block in own if any(True for _ in block.parameters())}


def entering(table: Table, parts: Layout) -> tuple[tuple[str, bool], ...]:
    """The factors of the states that a step reads in its next value; of many states the first ones and the last."""
    weights = next_value(trace(opened(table.scheme)), table).terms
    lanes = [lane for lane in parts.lanes if not lane.slope]
    read = [(factor(weights.get(lane.name, 0)), lane.lag > 0) for lane in lanes]
    return tuple(read if len(read) <= SHOWN else (*read[: SHOWN - 1], read[-1]))


def next_value(program: Program, table: Table) -> Form:
    """The sum of the next value; before the map behind it, where there is one."""
    calls = {Form({call.slope: Fraction(1)}): call for call in program.calls if table.fields[call.field] == AFTER}
    form = program.outputs[0]
    return calls[form].argument if form in calls else form


def factor(weight: Any) -> str:
    return "" if is_zero(weight) or is_one(weight) else number(weight)


@dataclass(frozen=True)
class Row:
    """A part of the network: its words in the left column, its boxes beside them."""

    title: str
    words: tuple[str, ...]
    groups: tuple[Group, ...]


def rows(network: Network, found: Plan, wirings: dict[int, Layout], size: int | None) -> list[Row]:
    facts = network.summary(size or SIZE)
    made = [Row("stem", (shape(facts[0]["shape"], size),), (part(network.stem),))]
    for i, stage in enumerate(stages_of(network)):
        count = len(stage.steps)
        about = f"{count} step{'s' * (count > 1)}, {facts[i + 1]['parameters']:,} parameters"
        words = (
            shape(facts[i + 1]["shape"], size),
            about,
            *components(stage),
            *blocks(stage_parts(stage), parts(stage.steps[0])),
        )
        enter = [] if stage.enter is None else [part(stage.enter, "crossing")]
        groups = (*enter, *(group(found, wirings, stage, run) for run in found.stages[i]))
        made.append(Row(f"stage {i + 1}", words, groups))
    return [*made, Row("head", (f"{network.spec.classes} classes",), (part(network.head),))]


def components(stage: Stage) -> list[str]:
    """What the channels hold, where it is several states."""
    several = stage.start.parts
    letters = [symbol(letter(state)) for state in stage.wired()[-1].scheme.states[:several]]
    return [f"{', '.join(letters)} share the channels"] if several > 1 else []


def part(module: nn.Module, kind: str = "part") -> Group:
    return [Item(kind, (described(module) or "nothing",))], 1


def stage_parts(stage: Stage) -> dict[str, nn.Module]:
    """The blocks of a stage by their names, as they are behind a crossing, and what crosses."""
    steps: list[nn.Module] = sorted(stage.steps, key=crosses)
    return {name: module for step in reversed(steps) for name, module in parts(step).items()}
