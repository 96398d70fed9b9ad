"""The stochastic equation of a chain, one step of the network after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import torch
from torch import Tensor, nn

from odenets.continuous.by_torchsde import Equation, solved
from odenets.continuous.flows import Flow, Rates, Term
from odenets.continuous.intervals import Interval, joined, parted, pieces
from odenets.errors import OdenetsError
from odenets.stages import Stage, States


@dataclass(frozen=True)
class Leg:
    """The equation of one step of a network: its field, its noises, where each is drawn anew, and its time."""

    interval: Interval
    noises: Sequence[Flow]
    spreads: Sequence[str]
    time: Fraction

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What drift and diffusion depend on."""
        noisy = (p for flow in self.noises for term in flow.terms for p in term.block.parameters())
        return list(dict.fromkeys([*self.interval.parameters, *noisy]))

    def both(self, z: Tensor) -> tuple[Tensor, list[Tensor]]:
        """E[w] f and √D l f of each noise, a unit of time; each block is evaluated once."""
        known: dict[tuple[int, int], Tensor] = {}

        def once(term: Term, u: Tensor) -> Tensor:
            key = id(term.block), term.reads
            if key not in known:
                known[key] = term.block(u)
            return known[key]

        parts = pieces(z, self.interval.parts, self.interval.axis)
        flows = [self.interval.flows[0], *self.noises]
        drift, *noises = (self.in_time(flow.rates(parts, of=once), parts) for flow in flows)
        return drift, noises

    def in_time(self, rates: Rates, parts: States) -> Tensor:
        found = joined(rates, parts, self.interval.axis)
        speed = float(self.interval.span / self.time)
        return found if speed == 1 else speed * found


class Sampling:
    """One path of the equation of a chain, by steps of at most `dt`."""

    def __init__(self, stage: Stage, legs: Sequence[Leg], method: str, dt: float, adjoint: bool) -> None:
        if method != "euler" and (odd := next((leg for leg in legs if len(leg.noises) > 1), None)):
            raise OdenetsError(
                f"{odd.interval.flows[0].step.scheme.name} has {len(odd.noises)} Brownian motions, and {method} takes "
                "one: take euler"
            )
        self.own, self.stage, self.legs = stage.start, stage, legs
        self.method, self.dt, self.adjoint = method, dt, adjoint
        self.where = f"stage {stage.number + 1}"
        self.evaluations = 0

    @property
    def time(self) -> Fraction:
        return sum((leg.time for leg in self.legs), Fraction(0))

    def __call__(self, states: States) -> States:
        z = self.own.joined(states)
        self.evaluations = 0
        for leg in self.legs:
            z = self.across(leg, z)
        if not torch.isfinite(z).all():
            raise OdenetsError(f"the state is not finite behind {self.where}: take a smaller dt than {self.dt}")
        return parted(self.own, z)

    def across(self, leg: Leg, z: Tensor) -> Tensor:
        steps = ceil(float(leg.time) / self.dt - 1e-9)
        size, silent = float(leg.time) / steps, not self.stage.training
        equation = Equation(leg.both, leg.spreads, z.shape, size, self.own.axis, silent=silent)
        end = solved(equation, z, steps, steps, self.method, parameters=leg.parameters if self.adjoint else None)
        self.evaluations += equation.calls
        return end
