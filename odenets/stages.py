"""A stage of a network: steps of one shape, and how the states come to it."""

from __future__ import annotations

from itertools import groupby
from typing import Any, cast

import torch
from torch import Tensor, nn

from odenets.depth.knots import KnotBlocks
from odenets.errors import OdenetsError
from odenets.memory import Memory, Remembering, carried, stepped
from odenets.spec import Spec
from odenets.step_blocks import Size, blocks_of
from odenets.tables import filling, resolvent_factors, scheme_of, solver, wired
from odenets.transitions import TRANSITIONS
from odenets.wiring import Step, wire
from schemes import Scheme, components, origins
from schemes.exact import is_zero
from schemes.rewriting import is_slope
from schemes.starting import across, early, restarted

States = tuple[Tensor, ...]
AXES = {"images": 2, "tokens": 0, "vectors": 0}  # behind the channels


class Stage(Remembering):
    """Steps of one shape, from (cin, size) to (cout, size / stride).

    forward: u, or all states where the history goes through; gives u, or the states for the next stage.
    known   steps that the history holds when the stage begins; None: it restarts
    """

    def __init__(self, spec: Spec, number: int, cin: int, cout: int, stride: int, known: int | None = None) -> None:
        super().__init__()
        self.spec, self.number = spec, number
        self.memory = Memory(spec.reversible, spec.fallback, spec.checkpoint)
        scheme = scheme_of(spec, number, 0)
        self.start = Start(scheme, AXES[spec.kind])
        self.keeps = known is not None  # states come in and states go through
        self.gives = spec.history == "project" and number < len(spec.widths) - 1
        parts = self.start.parts
        if cout % parts:
            raise OdenetsError(f"{scheme.name} splits the channels in {parts}: {cout} channels do not divide")
        changes = (cin, stride) != (cout, 1)
        self.crosses = changes and spec.across == "step"
        self.enter = (
            Between(spec, scheme, self.start, cin, cout, stride, self.keeps) if changes and not self.crosses else None
        )
        steps: list[nn.Module] = []
        if self.crosses:
            steps.append(Crossing(spec, number, scheme, self.start, cin, cout, stride, known))
        known = (known or 0) - sum(isinstance(step, Crossing) and step.starts_anew for step in steps)
        held: dict[str, list[nn.Module]] = {}
        width = cout // parts
        self.known = known + len(steps)
        lows = [table_of(spec, number, i, known + i) for i in range(len(steps), spec.steps[number])]
        over_depth = KnotBlocks(spec, number, lows, width) if spec.weights and lows else None
        if over_depth is not None:
            self.knots = over_depth.knots
        for i, low in enumerate(lows):
            if over_depth is not None:
                table, blocks = over_depth.tables[i], over_depth.blocks(i)
            else:
                table = wired(spec, low, number)
                sizes = [Size(width, width)] * table.stages
                factors = resolvent_factors(spec, low, number)
                blocks = blocks_of(spec, table, sizes, factors, held if spec.depth_shared else None)
            steps.append(wire(table, blocks, channels=width, dims=AXES[spec.kind], solver=solver(spec)))
        self.steps = nn.ModuleList(steps)

    def forward(self, u: Any) -> Any:
        states = u if self.keeps else (u,)
        if self.enter is not None:
            states = self.enter(*states)
        elif not self.crosses and not self.keeps:
            states = self.start(*states)
        if not self.memory:
            states = stepped(self.steps, states)
        else:
            for rebuilt, group in groupby(self.steps, self.chain().__contains__):
                steps = [cast(Step, step) for step in group]
                states = carried(steps, states, self.memory) if rebuilt else stepped(steps, states)
        return states if self.gives else self.start.joined(states)

    def behind(self) -> list[Step]:
        """The steps of one shape, behind the crossing."""
        return [step for step in self.steps if isinstance(step, Step)]

    def chain(self) -> list[Step]:
        """The explicit ones of them, whose states `memory` keeps or rebuilds."""
        return [step for step in self.behind() if step.scheme.explicit]

    def wired(self) -> list[Step]:
        return [step.step if isinstance(step, Crossing) else cast(Step, step) for step in self.steps]


def table_of(spec: Spec, number: int, step: int, known: int) -> Scheme:
    """The table of a step of a stage that knows `known` steps of its own before it, before blocks take part."""
    first, own = scheme_of(spec, number, 0), scheme_of(spec, number, step)
    if own.states != first.states:
        raise OdenetsError(
            f"{own.name} and {first.name} keep other states and cannot take turns: give a stage schemes of the same "
            "states"
        )
    return filling(spec, own, known)


class Start(nn.Module):
    """The states at a start from u; a scheme of several components shares the channels out among them.

    What each state takes is read off the table once: torch.compile would break its graph at exact arithmetic.
    """

    def __init__(self, scheme: Scheme, axes: int) -> None:
        super().__init__()
        self.parts = len(components(scheme))
        self.axis = -1 - axes
        self.origins = [(i, float(x)) for i, x in origins(scheme)]

    def forward(self, u: Tensor) -> States:
        parts = u.chunk(self.parts, self.axis) if self.parts > 1 else (u,)  # the gradient of chunk is a copy
        return tuple(parts[i] if x == 1 else x * parts[i] for i, x in self.origins)

    def joined(self, states: States) -> Tensor:
        return torch.cat(states[: self.parts], self.axis) if self.parts > 1 else states[0]


class Change(nn.Module):
    """How states come to another shape, for a crossing step or a layer between stages.

    before   what the step's blocks see as well; project  P, one for each component where each state goes through P;
             none where nothing reads it
    """

    def __init__(
        self, spec: Spec, scheme: Scheme, start: Start, cin: int, cout: int, stride: int, each: bool, read: bool = True
    ) -> None:
        super().__init__()
        self.transition = TRANSITIONS[spec.transition]
        if each and not self.transition.linear and (odd := increments(scheme)):
            raise OdenetsError(
                f"{scheme.name} keeps {odd[0]}, which transition {spec.transition!r} cannot project, as it is not "
                "linear: take transition = 'conv' or 'pool-pad', or history = 'restart'"
            )
        self.start = None if each else start
        self.places = [i for i, _ in start.origins] if each else [0]
        parts = start.parts if each else 1
        self.cin, self.cout = cin // parts, cout // parts
        before = self.transition.before
        self.before = before(self.cin, stride) if before else None
        self.stride = stride if self.transition.strided else 1
        if read:
            made = [self.transition.project(self.cin, self.cout, self.stride) for _ in range(parts)]
            self.project = made[0] if parts == 1 else nn.ModuleList(made)

    def seen(self, states: States) -> States:
        return states if self.before is None else tuple(map(self.before, states))

    def projected(self, states: States) -> States:
        own = self.project if isinstance(self.project, nn.ModuleList) else [self.project]
        return tuple(own[i](state) for i, state in zip(self.places, states, strict=True))


def increments(scheme: Scheme) -> list[str]:
    """The states that hold no value: slopes and velocities."""
    return [s for s, (_, q) in zip(scheme.states, origins(scheme), strict=True) if is_zero(q) or is_slope(s)]


class Between(Change):
    """The layer P between two stages, of which all states start anew, or each goes through."""

    def __init__(self, spec: Spec, scheme: Scheme, start: Start, cin: int, cout: int, stride: int, each: bool) -> None:
        super().__init__(spec, scheme, start, cin, cout, stride, each)
        self.after = nn.ReLU(inplace=True) if spec.placement == "post" else nn.Identity()
        odd = increments(scheme) if each else []
        self.values = [state not in odd for state in scheme.states] if each else [True]

    def forward(self, *states: Tensor) -> States:
        projected = zip(self.values, self.projected(self.seen(states)), strict=True)
        states = tuple(self.after(state) if value else state for value, state in projected)
        return states if self.start is None else self.start(*states)


class Crossing(Change):
    """The step from one shape to the next: next states from the projected ones, blocks at those that come in.

    known   steps that the history holds, where each state goes through P; None: all restart from P(u)
    """

    def __init__(
        self, spec: Spec, number: int, scheme: Scheme, start: Start, cin: int, cout: int, stride: int, known: int | None
    ) -> None:
        each = known is not None
        low = filling(spec, scheme, known or 0)
        low = low if each else restarted(low)
        table = wired(spec, low, number)
        (stages, come), table = early(table), across(table)
        width = len(table.states) - len(come)
        read = any(not is_zero(x) for row in (*table.U, *table.V[:width]) for x in row[:width])  # not by maps alone
        super().__init__(spec, scheme, start, cin, cout, stride, each, read)
        self.read = come
        self.restarts = not each and low.states == scheme.states
        self.starts_anew = not each and not self.restarts  # behind it, as Euler's step has no history
        changing, inner = Size(self.cin, self.cout, self.stride, self.transition.opens), Size(self.cout, self.cout)
        sizes = [changing if i in stages else inner for i in range(table.stages)]
        self.step = wire(
            table,
            blocks_of(spec, table, sizes, resolvent_factors(spec, low, number)),
            channels=self.cout,
            dims=AXES[spec.kind],
            solver=solver(spec),
        )

    def forward(self, *states: Tensor) -> States:
        states = self.seen(states)
        projected = self.projected(states) if hasattr(self, "project") else states
        if self.restarts and self.start is not None:
            projected = self.start(*projected)
        found = self.step(*projected, *(states[i] for i in self.read))
        nexts: States = (found if isinstance(found, tuple) else (found,))[: len(projected)]
        return nexts if self.start is None or self.restarts else self.start(*nexts)
