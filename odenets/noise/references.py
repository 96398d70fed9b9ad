"""The equation of a scheme solved by torchsde: what its paths are compared with."""

from __future__ import annotations

from collections.abc import Collection
from math import inf, sqrt
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from odenets.continuous.by_torchsde import ITO, STRATONOVICH, Equation, GridWarning, brownian, solved, units
from odenets.errors import OdenetsError
from odenets.noise.equations import Dynamics
from odenets.noise.walks import Fields
from schemes import Scheme

__all__ = ["GridWarning", "areas", "brownian", "increments", "reference"]

if TYPE_CHECKING:
    from analysis.stochastic.limits import SDELimit


def reference(
    limit: Scheme | SDELimit,
    fields: Fields,
    u0: Tensor,
    *,
    time: float,
    steps: int | None = None,
    dt: float | None = None,
    method: str = "euler",
    motion: Any = None,
    noise: Collection[str] | None = None,
) -> Tensor:
    """The states at `time` of paths of the equation that a scheme tends to, solved by torchsde.

    limit   `analysis.sde_limit` of a scheme, or the scheme; its Itô or Stratonovich form, as the method takes it
    fields  f(u) on (paths, …), or {field: function}
    u0      a row a path
    steps   of equal length; or dt, their length, which warns (GridWarning) where torchsde's own grid would miss `time`
    method  euler, milstein, srk of Itô's form; euler_heun, heun, midpoint of Stratonovich's
    motion  a Brownian motion of `brownian`, whose units the steps divide; drawn after torch.manual_seed where none is
    noise   of a scheme: its fields that are noise

    Raises OdenetsError for a noise that a method cannot take: several Brownian motions, or numbers that mix, in
    milstein and srk; AnalysisError as `sde_limit` does. Source: Li et al. 2020 (arXiv 2001.01328).
    """
    if method not in (*ITO, *STRATONOVICH):
        raise OdenetsError(f"method = {method!r}: take {', '.join((*ITO, *STRATONOVICH))} of torchsde")
    if (steps is None) == (dt is None):
        raise OdenetsError("a grid is given by steps or by dt: give one of them")
    if not u0.numel():
        raise OdenetsError(f"u0 of shape {tuple(u0.shape)} has no path: give a row a path")
    if not 0 < time < inf:
        raise OdenetsError(f"time = {time}: take a positive number")
    if steps is not None and (not isinstance(steps, int) or steps < 1):
        raise OdenetsError(f"steps = {steps}: take a whole number from 1 on")
    count = steps if steps is not None else units(time, dt or 0.0, u0.dtype)
    dynamics = Dynamics(limit, fields, form="ito" if method in ITO else "stratonovich", noise=noise)
    whole = count if motion is None else round(motion._end)
    equation = Equation(
        dynamics.both, dynamics.spreads, u0.shape, time / whole, form=dynamics.form, clock=dynamics.clock
    )
    return solved(equation, u0, whole, count, method, motion)


def increments(motion: Any, steps: int) -> Tensor:
    """ξ of each step, (B(t_n+1) - B(t_n)) / √h of shape (steps, rows, width): what `paths` takes as given.

    motion  of `brownian`, whose units the steps divide
    """
    h, times = grid(motion, steps)
    return torch.stack([motion(t, t + h) for t in times]) / sqrt(h)


def areas(motion: Any, steps: int) -> Tensor:
    """ζ of each step, ∫ (B - B(t_n)) dt / h^(3/2) = ξ/2 + ζ: independent of ξ, of variance 1/12, as platen15 draws it.

    motion  of `brownian` with areas=True
    """
    if motion.levy_area_approximation == "none":
        raise OdenetsError("this Brownian motion knows no ∫ B dt: take brownian(..., areas=True)")
    h, times = grid(motion, steps)
    pairs = (motion(t, t + h, return_U=True) for t in times)
    return torch.stack([area / h - increment / 2 for increment, area in pairs]) / sqrt(h)


def grid(motion: Any, steps: int) -> tuple[int, range]:
    """The units of a step, and where steps begin. Raises OdenetsError where steps are not of whole units."""
    end = round(motion._end)
    if not isinstance(steps, int) or steps < 1 or end % steps:
        raise OdenetsError(f"{steps} steps over {end} units of a Brownian motion: take a divisor of {end}")
    return end // steps, range(0, end, end // steps)
