"""The equation of a chain solved by torchdiffeq, one interval after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from fractions import Fraction
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn

from odenets.continuous.intervals import Interval, parted
from odenets.continuous.stepping import share
from odenets.errors import OdenetsError
from odenets.memory.replay import quiet
from odenets.stages import Stage, States


class Rate:
    """The rate of all components at time t of an interval, for torchdiffeq; calls: in the solution."""

    def __init__(self, interval: Interval) -> None:
        self.interval = interval
        self.blocks = nn.ModuleList(interval.blocks)
        self.calls, self.over, self.span = 0, False, 0.0

    def begin(self) -> float:
        self.calls, self.over = 0, False
        self.span = float(self.interval.span)
        return self.span

    def __call__(self, t: Tensor, z: Tensor) -> Tensor:
        self.calls += not self.over
        with quiet(self.blocks) if self.over else nullcontext():  # the adjoint evaluates the field again
            return self.interval.slope(z, t.detach() / self.span)

    def callback_step(self, t: Tensor, z: Tensor, dt: Tensor) -> None:
        """A step's length is a number: torchdiffeq's first one hangs on z, and fields of depth take t as a number."""
        dt.detach_()


class Solving:
    """torchdiffeq's method over the intervals of a chain: adaptive with tolerances, or `count` steps, as many on each.

    Each interval is integrated by itself, so that no step reaches over a break of the field.
    Raises OdenetsError for a method that is none, and where the solver gives up.
    """

    def __init__(
        self, stage: Stage, course: Sequence[Interval], method: str, count: int | None, adjoint: bool,
        given: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.own, self.method, self.adjoint, self.given = stage.start, method, adjoint, dict(given)
        self.each = None if count is None else share(count, len(course))
        self.rates = [Rate(part) for part in course]
        self.where = f"stage {stage.number + 1}"
        self.evaluations = 0

    @property
    def time(self) -> Fraction:
        return sum((rate.interval.span for rate in self.rates), Fraction(0))

    def __call__(self, states: States) -> States:
        z = self.own.joined(states)
        for n, rate in enumerate(self.rates):
            try:
                z = self.across(rate, z)
            except AssertionError as error:
                raise OdenetsError(
                    f"{self.method} gave up in interval {n + 1} of {self.where} ({str(error).split(':')[0]}): take "
                    "larger rtol and atol, a smoother block, or a number of steps"
                ) from None
            if not torch.isfinite(z).all():
                raise OdenetsError(
                    f"the state is not finite behind interval {n + 1} of {self.where}: take more steps, or an adaptive "
                    "solver such as dopri5"
                )
        self.evaluations = sum(rate.calls for rate in self.rates)
        return parted(self.own, z)

    def across(self, rate: Rate, z: Tensor) -> Tensor:
        library = import_module("torchdiffeq")
        given = dict(self.given)
        times = torch.tensor([0.0, rate.begin()], dtype=z.dtype, device=z.device)
        # without step_t the last step goes beyond the end, which is interpolated at a low order
        own = {"step_t": times} if self.each is None else {"grid_constructor": grid(self.each)}
        given["options"] = {**given["options"], **own}
        if self.adjoint:
            given["adjoint_params"] = tuple(rate.interval.parameters)
            ends = library.odeint_adjoint(rate, z, times, method=self.method, **given)
        else:
            ends = library.odeint(rate, z, times, method=self.method, **given)
        rate.over = True
        end: Tensor = ends[-1]
        return end


def grid(steps: int) -> Any:
    """Equal steps between the first and the last time, forwards and backwards."""

    def between(f: Any, z: Tensor, times: Tensor) -> Tensor:
        return torch.linspace(float(times[0]), float(times[-1]), steps + 1, dtype=times.dtype, device=times.device)

    return between


def methods() -> dict[str, Any]:
    """torchdiffeq's methods by name; the wrapper of SciPy's, which no gradient goes through, is left out."""
    found = dict(import_module("torchdiffeq._impl.odeint").SOLVERS)
    del found["scipy_solver"]
    return found


def is_adaptive(name: str) -> bool:
    """Raises OdenetsError for a method that torchdiffeq has not."""
    known = methods()
    if name not in known:
        raise OdenetsError(
            f"torchdiffeq has no method {name!r}: take {', '.join(known)}, or a scheme of schemes.names()"
        )
    return issubclass(known[name], import_module("torchdiffeq._impl.solvers").AdaptiveStepsizeODESolver)
