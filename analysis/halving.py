"""The order of an integrator that is no one-step method, observed on the tree system by halving its step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import log
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.probing import Array, Field, answer, tree_system
from analysis.trees import gamma
from analysis.trees import order as size

Integrator = Callable[[Field, Array, float, int], Array]

STEPS = (8, 16, 32, 64)
NOISE = 100 * 2.0**-53  # of relative error a step, below which an error is rounding
CLEAR = 0.25  # how far a slope may be from a whole number; a method of order p measures p + O(1/n)


@dataclass(frozen=True)
class Convergence:
    """What a study of convergence tells.

    order   the smallest slope as a whole number, but `asked` at most
    slope   of log error over log n on the finest pair above rounding, smallest over |t|; infinite if all is exact
    asked   trees to this order were in the system
    steps   how many steps were made to reach T
    errors  {|t|: largest relative error of y_t(T) for each of `steps`}
    """

    order: int
    slope: float
    asked: int
    steps: tuple[int, ...]
    errors: dict[int, tuple[float, ...]]

    @property
    def at_least(self) -> bool:
        """All trees converge with the order asked for, or are exact."""
        return self.order == self.asked


def probe_convergence(
    integrate: Integrator, order: int, *, steps: Sequence[int] = STEPS, T: float = 1.0, timed: bool = True
) -> Convergence:
    """The order that an integrator shows on the tree system, y_t(T) = T^|t|/γ(t), as its step is halved.

    integrate(f, y0, T, n) returns y(T) of y' = f(t, y), y(0) = y0, after n steps. The system is nonlinear and sees all
    trees up to the order asked for, where y' = λy sees the tall ones only. A relative error below 100 roundings a step
    is taken for 0; a slope is read from the two finest step sizes above that, where its own error is O(1/n).
    Raises AnalysisError where the integrator raises, returns no such array, or a slope lies between two orders.
    Source: numerics.md, black-box probe; Hairer, Nørsett, Wanner, Solving ODEs I, II.4, III.4.
    """
    counts = tuple(steps)
    if len(counts) < 2 or any(not 0 < n < m for n, m in pairwise(counts)):
        raise AnalysisError(f"steps = {counts}: give at least two ascending numbers of steps such as {STEPS}")
    if not T:
        raise AnalysisError("T = 0 is no way to go: give an end time such as 1.0")
    system = tree_system(order, ("f",), 0.0, timed)
    places = [*system.places.items(), *system.timed_places.items()]
    exact = np.array([1.0, *(T ** size(t) / gamma(t) for t, _ in places)])
    orders = np.array([0, *(size(t) for t, _ in places)])
    ends = [answer(partial(reached, integrate, system.given, T, n), system) for n in counts]
    errors = [np.abs(y / exact - 1) for y in ends]
    largest = {m: tuple(float(e[orders == m].max()) for e in errors) for m in range(1, order + 1)}
    slope = min(observed(counts, e) for e in largest.values())
    if slope < order and abs(slope - round(slope)) > CLEAR:
        raise AnalysisError(
            f"the errors fall with the power {slope:.2f} of the step, which is no order: give more steps"
        )
    return Convergence(max(0, round(min(slope, order))), slope, order, counts, largest)


def reached(integrate: Integrator, f: Any, T: float, n: int, y: Array) -> Array:
    return integrate(f, y, T, n)


def observed(steps: tuple[int, ...], errors: tuple[float, ...]) -> float:
    """The slope of the finest pair of errors above rounding; infinite if there is none."""
    seen = [(n, e) for n, e in zip(steps, errors, strict=True) if e > NOISE * n]
    if len(seen) < 2:
        return float("inf")
    (n, e), (m, d) = seen[-2:]
    return log(e / d) / log(m / n)
