"""What torchsde needs and does, here alone: its grids, its Brownian motions, its kinds of noise."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from math import ceil, prod, sqrt
from typing import Any

import torch
from torch import Tensor, nn

from odenets.errors import OdenetsError
from schemes.brownian import OWN

ITO = ("euler", "milstein", "srk")  # torchsde's methods for equations in Itô's form
STRATONOVICH = ("euler_heun", "heun", "midpoint")
ONE_MOTION = ("milstein", "srk")  # those that take one Brownian motion, or one for each number of its own

Both = Callable[[Tensor], tuple[Tensor, list[Tensor]]]  # drift and noises of a state


class GridWarning(UserWarning):
    """A grid of times whose steps do not meet its end."""


class Equation(nn.Module):
    """An equation as torchsde asks for it, on states (rows, numbers): a row is a batch where it shares its noise.

    Time is counted in whole units, so that a solver's grid meets the end: torchsde adds up its steps, and where the sum
    misses the end by rounding, one more step of that length is looked for in the tree of its Brownian motion, for very
    long.

    both     drift and noises at a state
    spreads  where each noise is drawn anew: batch, sample, channel or element
    shape    of the state; axis   of its channels
    size     the time of a unit
    form     "ito" or "stratonovich"
    clock    is told the time before drift and noises are asked for
    """

    def __init__(
        self, both: Both, spreads: Sequence[str], shape: torch.Size, size: float, axis: int = 1, form: str = "ito",
        silent: bool = False, clock: Callable[[float], None] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.both, self.spreads, self.shape, self.axis, self.clock = both, tuple(spreads), shape, axis, clock
        self.size, self.silent, self.sde_type = size, silent, form
        if len(kinds := set(spreads)) > 1 and "batch" in kinds:
            raise OdenetsError(
                f"noise per batch and per {min(kinds - {'batch'})} in one equation: torchsde has one Brownian motion "
                "a row, draw all of it per sample"
            )
        self.rows = 1 if "batch" in spreads or not spreads else shape[0]
        self.width = sum(map(self.motions, spreads)) or 1
        numbers = prod(shape) // self.rows
        lone = len(spreads) == 1 and spreads[0] in OWN and self.width == numbers
        self.noise_type = "diagonal" if lone else "scalar" if self.width == 1 else "general"
        self.calls = 0

    def motions(self, per: str) -> int:
        """How many Brownian motions of a row drive a noise."""
        return {"channel": self.shape[self.axis], "element": prod(self.shape[1:])}.get(per, 1)

    def f(self, t: Tensor, y: Tensor) -> Tensor:
        return self.f_and_g(t, y)[0]

    def g(self, t: Tensor, y: Tensor) -> Tensor:
        return self.f_and_g(t, y)[1]

    def f_and_g(self, t: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        self.calls += 1
        if self.clock is not None:
            self.clock(self.size * float(t))
        drift, noises = self.both(y.reshape(self.shape))
        return self.size * drift.reshape(y.shape), sqrt(self.size) * self.diffusion(y, noises)

    def diffusion(self, y: Tensor, noises: Sequence[Tensor]) -> Tensor:
        """(rows, numbers) of diagonal noise, else (rows, numbers, motions)."""
        diagonal = self.noise_type == "diagonal"
        if self.silent or not noises:
            return torch.zeros_like(y) if diagonal else y.new_zeros(*y.shape, self.width)
        if diagonal:
            return noises[0].expand(self.shape).reshape(y.shape)
        columns = [self.columns(x.expand(self.shape), per) for x, per in zip(noises, self.spreads, strict=True)]
        return torch.cat(columns, -1) if len(columns) > 1 else columns[0]

    def columns(self, x: Tensor, per: str) -> Tensor:
        """A noise as a matrix, a column for each of its Brownian motions."""
        flat, count = x.reshape(self.rows, -1), self.motions(per)
        if count == 1:
            return flat[..., None]
        places = torch.arange(count, device=x.device)
        if per == "channel":
            places = places.reshape(-1, *[1] * (x.dim() - 1 - self.axis % x.dim())).expand(x.shape[1:]).flatten()
        return flat[..., None] * nn.functional.one_hot(places, count).to(x.dtype)


def solved(
    equation: Equation, z: Tensor, units: int, steps: int, method: str, motion: Any = None,
    parameters: Sequence[nn.Parameter] | None = None,
) -> Tensor:  # fmt: skip
    """The state after so many units of time, in steps of units / steps each, a whole number.

    motion      the Brownian motion over the units; drawn after torch.manual_seed where there is none
    parameters  what gradients are taken to, by the adjoint equation; without, through the steps
    Raises OdenetsError for a noise that the method cannot take, and where steps are not of whole units.
    """
    check(equation, z, method)
    if units % steps:
        raise OdenetsError(f"{steps} steps over {units} units of a Brownian motion: take a divisor of {units}")
    library = import_module("torchsde")
    y = z.reshape(equation.rows, -1)
    bm = brownian(equation.rows, equation.width, units, method == "srk", y) if motion is None else motion
    fits(bm, equation, y, method)
    given: dict[str, Any] = {"bm": bm, "method": method, "dt": float(units // steps)}
    if parameters is not None:
        given["adjoint_params"] = tuple(parameters)
    fine = torch.promote_types(z.dtype, torch.float32)  # half precision counts to 256 steps, and stays there
    times = torch.tensor([0.0, units], dtype=fine, device=z.device)
    solve: Callable[..., Any] = library.sdeint if parameters is None else library.sdeint_adjoint
    end: Tensor = solve(equation, y, times, **given)[-1]
    return end.reshape(z.shape)


def brownian(rows: int, width: int, units: int, areas: bool = False, like: Tensor | None = None) -> Any:
    """A Brownian motion over whole units of time, torchsde.BrownianInterval, as torch.manual_seed says.

    areas  ∫ B dt of an interval too, which srk reads
    torchsde would seed it by numpy, and build its tree anew where it does not know the steps.
    """
    y = torch.empty(()) if like is None else like
    return import_module("torchsde").BrownianInterval(
        t0=0.0, t1=float(units), size=(rows, width), dtype=y.dtype, device=y.device, dt=1.0,
        entropy=int(torch.randint(2**31 - 1, ())),
        levy_area_approximation="space-time" if areas else "none",
    )  # fmt: skip


def fits(motion: Any, equation: Equation, y: Tensor, method: str) -> None:
    """Raises OdenetsError for a Brownian motion that is not one of this equation and method."""
    shape = equation.rows, equation.width
    if (tuple(motion.shape), motion.dtype) != (shape, y.dtype):
        raise OdenetsError(
            f"a Brownian motion of shape {tuple(motion.shape)} and {motion.dtype} in an equation of {shape} and "
            f"{y.dtype}: take brownian({shape[0]}, {shape[1]}, units, like=u0)"
        )
    if method == "srk" and motion.levy_area_approximation == "none":
        raise OdenetsError("srk reads ∫ B dt of its Brownian motion: take brownian(..., areas=True)")


def check(equation: Equation, z: Tensor, method: str) -> None:
    """Raises OdenetsError for what a method of torchsde cannot take."""
    own = {"ito": ITO, "stratonovich": STRATONOVICH}[equation.sde_type]
    if method not in own:
        form = "Itô" if equation.sde_type == "ito" else "Stratonovich"
        raise OdenetsError(f"method = {method!r} is none of the {form} form: take {', '.join(own)}")
    if method in ONE_MOTION and equation.noise_type == "general":
        raise OdenetsError(
            f"{method} takes one Brownian motion, or one for each number, and the equation has {equation.width}: take "
            "euler, or a method of the Stratonovich form"
        )
    if method in ONE_MOTION and equation.noise_type == "diagonal" and mixes(equation, z):
        raise OdenetsError(
            f"{method} takes a noise of each number that depends on that number alone, and this one mixes numbers: take"
            " euler, or a method of the Stratonovich form"
        )


def mixes(equation: Equation, z: Tensor) -> bool:
    """Whether the noise of some number depends on another one: moving a random half moves the noise of the rest."""
    y = z.detach().reshape(equation.rows, -1)
    half = torch.rand(y.shape[1], device=y.device, generator=torch.Generator(y.device).manual_seed(0)) < 0.5

    def noise(y: Tensor) -> Tensor:
        return equation.diffusion(y, equation.both(y.reshape(z.shape))[1])

    moved: Tensor = torch.func.jvp(noise, (y,), (half.to(y.dtype).expand(y.shape),))[1]
    return bool(moved[:, ~half].any())


def units(time: float, dt: float, dtype: torch.dtype = torch.float32) -> int:
    """How many steps of at most dt reach the time.

    Warns (GridWarning) where torchsde, given these numbers, would miss the end: it adds dt up in the state's type.
    """
    if not (time > 0 and dt > 0):
        raise OdenetsError(f"time = {time} and dt = {dt} are lengths: take positive ones, such as 1 and 0.01")
    count = ceil(time / dt - 1e-9)
    if abs(count * dt - time) > 1e-9 * time:
        warnings.warn(
            f"{time} is no whole number of steps of {dt}: taken are {count} of {time / count:.6g}", GridWarning, 3
        )
    elif (missed := missing(time, dt, dtype)) is not None:
        warnings.warn(
            f"{count} steps of {dt} added up in {str(dtype).removeprefix('torch.')} miss {time} by {missed:.1e}, and "
            "torchsde's default Brownian motion takes hundreds of times as long for the rest: here time is counted in "
            "steps, with torchsde itself scale the equation so that dt = 1",
            GridWarning,
            3,
        )
    return count


def missing(time: float, dt: float, dtype: torch.dtype) -> float | None:
    """By how much steps of dt fall short of the time, added up as torchsde does; None where they meet it."""
    t, end = torch.zeros((), dtype=dtype), torch.tensor(time, dtype=dtype)
    for _ in range(ceil(time / dt - 1e-9)):
        t = torch.minimum(t + dt, end)
    return float(end - t) if t < end else None
