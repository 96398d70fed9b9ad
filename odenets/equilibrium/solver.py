"""Solvers of x = g(x), a sample a row: fixed-point iteration, Anderson's acceleration, Newton's method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, NamedTuple

import torch
from torch import Tensor

from odenets.equilibrium.krylov import derivative, gmres
from odenets.equilibrium.mixing import Map, Mixing
from odenets.errors import OdenetsError

FORCING = 0.1  # of the residual, by each correction: 0.3 … 0.001 took as many products or more on networks

WORSE = 2.0  # times the best residual so far: differences from so far away mislead, and are forgotten


class Solution(NamedTuple):
    """x with g(x) = x up to the residual, and the evaluations of g and products with g' that it took."""

    x: Tensor
    iterations: int
    residual: float


@dataclass(frozen=True)
class Solver:
    """How x = g(x) is solved.

    method      "fixed-point", "anderson", or "newton", for stiff problems: each correction by GMRES
    tolerance   of the residual ‖g(x) - x‖ / (1 + ‖x‖) of each sample
    iterations  evaluations of g, and products with its derivative, at most
    depth       differences that Anderson mixes, or products that a correction of Newton takes, at most
    """

    method: str = "anderson"
    tolerance: float = 1e-4
    iterations: int = 100
    depth: int = 0

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            near = get_close_matches(str(self.method), METHODS, 1) or list(METHODS)
            raise OdenetsError(f"no solver is called {self.method!r}: take {' or '.join(near)}")
        for name in ("iterations", "depth"):
            if type(given := getattr(self, name)) is not int or given < (name == "iterations"):
                raise OdenetsError(f"{name} = {given!r} of a solver is no whole number of 1 or more")
        if not isinstance(self.tolerance, int | float) or not 0 < self.tolerance < 1:
            raise OdenetsError(f"tolerance = {self.tolerance!r} of a solver must be a number between 0 and 1")
        object.__setattr__(self, "depth", self.depth or METHODS[self.method].depth)

    @staticmethod
    def named(method: str, **options: Any) -> Solver:
        """The solver of a name. Raises OdenetsError for one that is not known, and for an option that it has not."""
        known = [f.name for f in fields(Solver) if f.name != "method"]
        if odd := sorted(set(options) - set(known)):
            raise OdenetsError(f"a solver has no option {odd[0]!r}: it has {', '.join(known)}")
        return Solver(method, **options)

    @property
    def text(self) -> str:
        """A phrase: anderson to 0.0001, with at most 100 evaluations."""
        return f"{self.method} to {self.tolerance:g}, with at most {self.iterations} evaluations"

    @torch.no_grad()
    def solve(self, g: Map, start: Tensor, linear: bool = False) -> Solution:
        """x = g(x) from a start (N, D), or the last iterate where it is not reached; `linear`: g is affine."""
        return METHODS[self.method].run(self, g, start, linear)


def residual(x: Tensor, gx: Tensor) -> float:
    """The largest ‖g(x) - x‖ / (1 + ‖x‖) of a sample."""
    found = (gx - x).norm(dim=1) / (1 + x.norm(dim=1))
    return float(found.max()) if len(found) else 0.0


def mixed(solver: Solver, g: Map, x: Tensor, linear: bool) -> Solution:
    following, best = Mixing(METHODS[solver.method].depth and solver.depth), float("inf")
    for n in range(1, solver.iterations + 1):
        gx = g(x)
        miss = residual(x, gx)
        if not solver.tolerance < miss or n == solver.iterations:  # also where it is no number
            break
        if miss > WORSE * best:
            following.forget()
        x, best = following(x, gx), min(best, miss)
    return Solution(x, n, miss)


def newton(solver: Solver, g: Map, x: Tensor, linear: bool) -> Solution:
    """x' = x + δ with (1 - g'(x)) δ = g(x) - x up to FORCING, for which GMRES takes its products from `iterations`.

    Source: Knoll, Keyes, J. Comput. Phys. 193 (2004), section 2.
    """
    n, constant = 0, g(torch.zeros_like(x)) if linear else x
    while True:
        gx, product = (g(x), lambda v: g(v) - constant) if linear else derivative(g, x)
        n += 1
        miss = residual(x, gx)
        left = min(solver.depth, solver.iterations - n - 1)
        if not solver.tolerance < miss or left < 1:
            return Solution(x, n, miss)
        correction, products = gmres(shifted(product), gx - x, left, FORCING)
        x, n = x + correction, n + products


def shifted(product: Map) -> Map:
    return lambda v: v - product(v)


class Method(NamedTuple):
    """How it runs, and its usual depth."""

    run: Callable[[Solver, Map, Tensor, bool], Solution]
    depth: int


METHODS = {"fixed-point": Method(mixed, 0), "anderson": Method(mixed, 5), "newton": Method(newton, 20)}
