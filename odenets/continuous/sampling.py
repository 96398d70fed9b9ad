"""The stochastic equation of a chain solved by torchsde, one step of the network after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from math import ceil, sqrt
from typing import Any

import torch
from torch import Tensor, nn

from odenets.continuous.flows import Flow, Rates, Term
from odenets.continuous.intervals import Interval, joined, parted, pieces
from odenets.errors import OdenetsError
from odenets.stages import Stage, States

METHODS = ("euler", "milstein", "srk")  # of torchsde those of Itô's equations


@dataclass(frozen=True)
class Leg:
    """The equation of one step of a network: its field, the noise of each random coefficient, and its time."""

    interval: Interval
    noises: Sequence[Flow]
    per: str
    time: Fraction

    @property
    def parameters(self) -> list[nn.Parameter]:
        """What drift and diffusion depend on."""
        noisy = (p for flow in self.noises for term in flow.terms for p in term.block.parameters())
        return list(dict.fromkeys([*self.interval.parameters, *noisy]))

    def drift(self, z: Tensor) -> Tensor:
        """E[w] f a unit of time."""
        return self.both(z)[0]

    def diffusion(self, z: Tensor) -> list[Tensor]:
        """σ_ξ ∂w/∂ξ f of each coefficient, a unit of time."""
        return self.both(z)[1]

    def both(self, z: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Drift and diffusion, each block evaluated once."""
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


class Equation(nn.Module):
    """A leg as torchsde asks for it, on states (rows, numbers): a row is a batch where it shares its noise.

    Time is counted in steps of the solver, so that its grid meets the end exactly.
    """

    sde_type = "ito"

    def __init__(self, leg: Leg, shape: torch.Size, steps: int, silent: bool) -> None:
        super().__init__()
        self.leg, self.shape, self.silent = leg, shape, silent
        self.size = float(leg.time) / steps
        few = len(leg.noises) < 2
        self.noise_type = "diagonal" if leg.per == "element" else "scalar" if few else "general"
        self.calls = 0

    def f(self, t: Tensor, y: Tensor) -> Tensor:
        return self.f_and_g(t, y)[0]

    def g(self, t: Tensor, y: Tensor) -> Tensor:
        return self.f_and_g(t, y)[1]

    def f_and_g(self, t: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        self.calls += 1
        drift, noises = self.leg.both(y.reshape(self.shape))
        columns = [sqrt(self.size) * x.reshape(y.shape) for x in noises]
        if self.silent or not columns:
            columns = [torch.zeros_like(y)] * max(1, len(columns))
        g = columns[0] if self.noise_type == "diagonal" else torch.stack(columns, -1)
        return self.size * drift.reshape(y.shape), g


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
        library = import_module("torchsde")
        steps = ceil(float(leg.time) / self.dt - 1e-9)
        equation = Equation(leg, z.shape, steps, silent=not self.stage.training)
        y = z.reshape(1 if leg.per == "batch" else len(z), -1)
        solve: Callable[..., Any] = library.sdeint
        given: dict[str, Any] = {"bm": motion(equation, y, steps, self.method), "method": self.method, "dt": 1.0}
        if self.adjoint:
            solve = library.sdeint_adjoint
            given["adjoint_params"] = tuple(leg.parameters)
        times = torch.tensor([0.0, steps], dtype=z.dtype, device=z.device)
        end: Tensor = solve(equation, y, times, **given)[-1]
        self.evaluations += equation.calls
        return end.reshape(z.shape)


def motion(equation: Equation, y: Tensor, steps: int, method: str) -> Any:
    """The Brownian motion of a leg; torchsde would seed it by numpy, and build its tree anew for each unknown dt."""
    width = y.shape[1] if equation.noise_type == "diagonal" else max(1, len(equation.leg.noises))
    return import_module("torchsde").BrownianInterval(
        t0=0.0, t1=float(steps), size=(y.shape[0], width), dtype=y.dtype, device=y.device, dt=1.0,
        entropy=int(torch.randint(2**31 - 1, ())),
        levy_area_approximation="space-time" if method == "srk" else "none",
    )  # fmt: skip
