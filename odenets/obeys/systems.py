"""A piece of a network as an autonomous system: with weights that vary, depth itself becomes part of the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

import schemes
from analysis import modified_equation
from analysis.varying import prime
from odenets.errors import OdenetsError
from odenets.obeys.curves import Curve, pieces, varying
from odenets.obeys.flows import Point, Theory, Values
from odenets.obeys.stages import Piece

SAME = 1e-9  # relative: float64 through some dozen blocks


@dataclass(frozen=True)
class System:
    """Functions, coefficients and start states for which `run` at h = 1 is the network itself.

    clock  whether the last entry of every state is the depth t
    """

    piece: Piece
    theory: Theory
    fields: Mapping[str, Callable[[Tensor], Tensor]]
    values: Values
    start: tuple[Tensor, ...]
    steps: int
    clock: bool

    def run(self, states: Sequence[Tensor], h: float, steps: int) -> list[Point]:
        """The values of the components after 0, 1, … steps of size h from these states."""
        states, firsts = tuple(states), [part.states[0] for part in self.theory.structure.components]
        scheme, path = self.piece.scheme, [tuple(states[i] for i in firsts)]
        for n in range(steps):
            known = self.values(n * h) if scheme.symbols else {}
            table = scheme.at(**{name: known[name] for name in scheme.symbols})
            states = schemes.step(table, self.fields, states, h)
            path.append(tuple(states[i] for i in firsts))
        return path

    def seen(self, y: Point) -> Tensor:
        """All components in one vector, without the clock."""
        return torch.cat([x.flatten()[: -1 if self.clock else None] for x in y])


@torch.no_grad()
def system(piece: Piece, order: int, kind: str = "linear") -> System:
    """The system of a piece, its theory to this order; kind: the curve through what varies, linear or spline.

    Raises OdenetsError where the curve is not what the network does: a stage off the grid reads θ_n there.
    """
    values, clock = coefficients(piece, kind, order), not piece.shared
    start, steps = piece.states[0], len(piece.blocks) - (clock or bool(piece.scheme.symbols))
    fields: dict[str, Callable[[Tensor], Tensor]] = dict(piece.blocks[0])
    if clock:
        fields = clocked(piece, kind)
    theory = Theory(piece.scheme, fields, order, values)
    if clock:
        start = with_clock(theory, start)
    found = System(piece, theory, fields, values, start, steps, clock)
    check(found)
    return found


def coefficients(piece: Piece, kind: str, order: int) -> Values:
    """time ↦ {"k": κ, "k_t": κ', …}, `order` of them, through the values at the steps."""
    curves = {name: pieces([row[name] for row in piece.values], kind) for name in piece.values[0]}
    return lambda time: {prime(name, i): float(curve(time, i)) for name, curve in curves.items() for i in range(order)}


def clocked(piece: Piece, kind: str) -> dict[str, Callable[[Tensor], Tensor]]:
    """Fields of (u, t): a block with the weights of its depth t, and a clock that gains 1 a step."""
    if len(schemes.components(piece.scheme)) > 1:
        raise OdenetsError(f"{piece.scheme.name} has several components: share its blocks in depth, --depth-shared")
    shape, pace = piece.states[0][0].shape, sum(modified_equation(piece.scheme, 1).values())
    kappa = {name: Curve(pieces([row[name] for row in piece.values], kind)) for name in piece.values[0]}

    def with_depth(f: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        def field(point: Tensor) -> Tensor:
            t = point[-1]
            tick = 1 / (pace(**{n: kappa[n](t) for n in pace.symbols}) if kappa else float(pace))
            return torch.cat([f(point[:-1].view(shape), t).flatten(), (tick + 0 * t).reshape(1)])

        return field

    def curved(name: str) -> Callable[[Tensor, Tensor], Tensor]:
        modules: list[nn.Module] = [row[name] for row in piece.blocks]
        return varying(modules, kind)

    return {name: with_depth(curved(name)) for name in piece.blocks[0]}


def with_clock(theory: Theory, states: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The states with the entry that the clock has in each of them at depth 0."""
    zero = torch.zeros(1, dtype=torch.float64)
    there = theory.manifold(0.0, (torch.cat([states[0].flatten(), zero]),), 1.0)
    return tuple(torch.cat([x.flatten(), s[-1:]]) for x, s in zip(states, there, strict=True))


def check(found: System) -> None:
    """Raises OdenetsError where the system at h = 1 is not the network."""
    parts = found.theory.structure.components
    for n, y in enumerate(found.run(found.start, 1.0, found.steps)):
        mine = found.seen(y)
        layer: Any = torch.cat([found.piece.states[n][part.states[0]].flatten() for part in parts])
        if not bool((mine - layer).norm() <= SAME * layer.norm()):
            raise OdenetsError(
                f"{found.piece.scheme.name} reads its blocks between the steps, where the network keeps the weights of "
                "the step: share them in depth, --depth-shared"
            )
