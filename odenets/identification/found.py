"""What a network was found to be: its steps, each with its table, and a report for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemes import Scheme, formula_lines


@dataclass(frozen=True)
class Step:
    """One step of a network.

    name    the registered scheme, "" where none is meant; the table is right in any case
    scheme  its exact table; learned scalars are its parameters, with the values that they have now
    values  the parameters of the registered scheme, as numbers or as what the network calls them
    factors what the blocks of a field are multiplied by, where it is not 1: the step size h, a layer scale
    blocks  for each evaluation the path of the module that is the block
    role    "step", "start" (the history is not full), "end" (what no step is any more)
    """

    name: str
    scheme: Scheme
    values: Mapping[str, Any]
    factors: Mapping[str, Any]
    blocks: tuple[str, ...]
    role: str = "step"


@dataclass(frozen=True)
class Transition:
    """Where the network goes on with another space: the blocks whose sum, or whose value, the next steps begin with."""

    blocks: tuple[str, ...]
    place: str

    @property
    def crossing(self) -> bool:
        """Whether it is a step with a projection beside the block, u' = P(u) + f(u)."""
        return len(self.blocks) > 1

    def __str__(self) -> str:
        return " + ".join(self.blocks)


@dataclass(frozen=True)
class Identified:
    """What `identify` found.

    name         the registered scheme of the usual step, "" where it is none of them: `scheme` is its table then
    scheme       the usual step's table: the registered one where there is one
    also         other names of the same table
    steps        the usual steps in order; `starts` and `ends` are those that fill the history or are left over
    transitions  where the shape changes; `behind` the map behind the sum; `notes` what could not be looked into
    """

    name: str
    scheme: Scheme
    also: tuple[str, ...]
    steps: tuple[Step, ...]
    starts: tuple[Step, ...] = ()
    ends: tuple[Step, ...] = ()
    transitions: tuple[Transition, ...] = ()
    behind: str = ""
    notes: tuple[str, ...] = ()

    @property
    def values(self) -> dict[str, list[Any]]:
        """The parameters of the scheme, a list with the value of each step."""
        names = dict.fromkeys(name for step in self.steps for name in step.values)
        return {name: [step.values.get(name) for step in self.steps] for name in names}

    @property
    def text(self) -> str:
        return "\n".join(lines(self))

    def __str__(self) -> str:
        return self.text


def lines(found: Identified) -> list[str]:
    count = len(found.steps)
    title = found.name or "no registered scheme"
    also = f" (also {', '.join(found.also)})" if found.also else ""
    first = found.steps[0]
    at = f": {', '.join(dict.fromkeys(first.blocks))}{' …' if count > 1 else ''}"
    told = [f"{title}{also}, {count} step{'s' * (count > 1)}{at}"]
    told += [f"    {line}" for line in formula_lines(found.scheme)]
    if found.behind:
        told.append(f"    with {found.behind} behind the sum")
    told += [f"{name} = {listed(values)}" for name, values in found.values.items()]
    factors = dict.fromkeys(f"blocks of {k} count {v}" for step in found.steps for k, v in step.factors.items())
    told += [f"{', '.join(list(factors)[:4])}{' …' if len(factors) > 4 else ''}"] if factors else []
    told += [f"start: {listed([step.name or 'a table of its own' for step in found.starts])}"] if found.starts else []
    told += [f"left over at the end: {', '.join(b for s in found.ends for b in s.blocks)}"] if found.ends else []
    crossings = [t for t in found.transitions if t.crossing]
    if crossings:
        told.append(f"{len(crossings)} crossing{'s' * (len(crossings) > 1)}: {listed(crossings)}")
    if between := [t for t in found.transitions if not t.crossing]:
        told.append(f"{len(between)} time{'s' * (len(between) > 1)} a plain layer between steps: {listed(between)}")
    if not found.name:
        told += facts(found.scheme)
    return [*told, *found.notes]


def listed(items: Any, most: int = 6) -> str:
    texts = [str(x) for x in items]
    if len(set(texts)) == 1 and len(texts) > 1:
        return texts[0] + " in all"
    return ", ".join(texts[:most]) + (f", … ({len(texts)} in all)" if len(texts) > most else "")


def facts(scheme: Scheme) -> list[str]:
    """Order and stability of a table that nobody has registered, as it is now."""
    from odenets.advice import advise

    told = advise(scheme)
    return [f"order: {told.order}", f"zero-stability: {told.zero_stability}", f"real interval: {told.real_interval}"]
