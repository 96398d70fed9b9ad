"""Stages as classes: how states start, cross, take their steps and are joined, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import nn

from odenets.emission.depth import knots
from odenets.emission.expressions import Expression
from odenets.emission.modules import called
from odenets.stages import Between, Crossing, Stage, Start
from odenets.tables import scheme_of
from schemes import components
from schemes.writing import identifier

if TYPE_CHECKING:
    from odenets.emission.modules import Modules


def stage(modules: Modules, module: Stage) -> Expression:
    """A stage; the layer before its steps and the steps are given from outside."""
    names = state_names(module)
    given = names if module.keeps else ["u"]
    arguments: dict[str, Expression] = {}
    lines: list[str] = []
    if module.enter is not None:
        arguments["enter"] = modules.make(module.enter)
        lines.append(f"{tupled(names)} = self.enter({tupled(given)})")
    elif not module.crosses and not module.keeps and (values := restarted(module, "u", lines)) != names:
        lines.append(f"{tupled(names)} = {tupled(values)}")
    inner, own = list(module.steps), "steps"
    if hasattr(module, "knots"):
        if module.crosses:  # made before the knots, so that both draw the same numbers as the origin
            arguments["first"], own = modules.make(inner.pop(0)), "[first, *steps]"
        arguments["knots: nn.ModuleDict"] = knots(modules, module.knots)
    steps = "self.steps"
    if module.crosses and len(given) < len(names):
        lines += ["crossing, *steps = self.steps", f"{tupled(names)} = crossing({tupled(given)})"]
        steps = "steps"
    lines += [f"for step in {steps}:", f"    {tupled(names)} = step({tupled(names)})"]
    last = names if module.gives else [joined(module.start, names)]
    lines.append(f"return {tupled(last)}")
    init = [f"self.{name} = {name}" for name in map(bare, arguments) if name != "first"]
    init.append(f"self.steps = nn.ModuleList({own})")
    doc = f"Steps of one shape{', from state to state' if len(names) == 1 else f', of the states {tupled(names)}'}."
    return written(modules, "Stage", doc, init, arguments, (given, last), lines, [modules.make(s) for s in inner])


def crossing(modules: Modules, module: Crossing, of: Stage) -> Expression:
    """The step that changes the shape; projection and step are given from outside."""
    names, arguments, lines = incoming(modules, module, of)
    projected = [f"P{name}" for name in names] if hasattr(module, "project") else names
    lines += projections(modules, module, arguments, names, projected)
    if module.restarts and module.start is not None:
        projected = restarted(of, projected[0], lines)
    arguments["step"] = modules.make(module.step)
    kept = state_names(of) if module.restarts else names
    inner = [*kept, *["_"] * (len(module.step.scheme.states) - len(kept))]
    read = [names[i] for i in module.read]
    lines.append(f"{tupled(inner)} = self.step({tupled([*projected, *read])})")
    last = kept
    if module.start is not None and not module.restarts:
        last = restarted(of, "u", lines)
    lines.append(f"return {tupled(last)}")
    doc = "The step from one shape to the next: P brings states to the new one, blocks read those that come in."
    init = [f"self.{name} = {name}" for name in map(bare, arguments)]
    return written(modules, "Crossing", doc, init, arguments, (names, last), lines)


def between(modules: Modules, module: Between, of: Stage) -> Expression:
    """The layer between two stages."""
    names, arguments, lines = incoming(modules, module, of)
    lines += projections(modules, module, arguments, names, names)
    init = [f"self.{name} = {name}" for name in map(bare, arguments)]
    if isinstance(module.after, nn.ReLU):
        init.append("self.after = nn.ReLU(inplace=True)")
        lines += [f"{name} = self.after({name})" for name, value in zip(names, module.values, strict=True) if value]
    last = names
    if module.start is not None:
        last = restarted(of, "u", lines)
    lines.append(f"return {tupled(last)}")
    return written(modules, "Between", "The layer P between two stages.", init, arguments, (names, last), lines)


def written(
    modules: Modules,
    name: str,
    doc: str,
    init: Sequence[str],
    arguments: dict[str, Expression],
    ends: tuple[Sequence[str], Sequence[str]],
    lines: Sequence[str],
    steps: Sequence[Expression] = (),
) -> Expression:
    """The class with this constructor and the forward of these lines; ends: what comes in, what goes out."""
    given, last = ends
    value = f"tuple[{', '.join(['Tensor'] * len(last))}]" if len(last) > 1 else "Tensor"
    head = f"def forward(self, {', '.join(f'{x}: Tensor' for x in given)}) -> {value}:\n"
    forward = head + "".join(f"    {line}\n" for line in lines)
    body = [("super().__init__()",), *((line,) for line in init)]
    return called(modules, name, nn.Module, doc, body, arguments, (), [forward], steps)


def state_names(module: Stage) -> list[str]:
    return [identifier(state) for state in scheme_of(module.spec, module.number, 0).states]


def restarted(module: Stage, u: str, lines: list[str]) -> list[str]:
    """What each state holds at a start; a line shares the channels out among the components of a scheme."""
    names = [u]
    if module.start.parts > 1:
        names = list(components(scheme_of(module.spec, module.number, 0)))
        lines.append(f"{tupled(names)} = {u}.chunk({module.start.parts}, {module.start.axis})")
    return [names[i] if x == 1 else f"{x!r} * {names[i]}" for i, x in module.start.origins]


def joined(start: Start, names: Sequence[str]) -> str:
    return f"torch.cat(({', '.join(names[: start.parts])}), {start.axis})" if start.parts > 1 else names[0]


def incoming(
    modules: Modules, module: Crossing | Between, of: Stage
) -> tuple[list[str], dict[str, Expression], list[str]]:
    """The states that come in, and what they go through first: arguments and lines."""
    names = state_names(of) if module.start is None else ["u"]
    if module.before is None:
        return names, {}, []
    return names, {"before": modules.make(module.before)}, [f"{name} = self.before({name})" for name in names]


def projections(
    modules: Modules,
    module: Crossing | Between,
    arguments: dict[str, Expression],
    names: Sequence[str],
    projected: Sequence[str],
) -> list[str]:
    """The lines of P, which becomes an argument; none where nothing reads it."""
    if not hasattr(module, "project"):
        return []
    several = isinstance(module.project, nn.ModuleList)
    arguments["project: nn.ModuleList" if several else "project"] = modules.make(module.project)
    own = [f"self.project[{i}]" if several else "self.project" for i in module.places]
    return [f"{new} = {P}({old})" for new, P, old in zip(projected, own, names, strict=True)]


def bare(argument: str) -> str:
    """An argument without its annotation."""
    return argument.partition(":")[0]


def tupled(names: Sequence[str]) -> str:
    return ", ".join(names)
