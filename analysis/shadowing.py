"""How near a scheme's points are to the flows of its modified equations, and how that depends on the step size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.fields import modified_field
from analysis.trajectories import flow, smooth_start, speeds, trajectory
from schemes import Scheme

Array = Any
ROUNDING = 1e-11  # of distances relative to the solution: below, the exact flows are not known
CALLS = 15_000  # of a field in one flow, which those of the examples do not need: a stiff one would take minutes
ROUNDED = 10.0  # entries of a rounded table, whose errors add up in a unit of time
SEEN = 1e-8  # of a term relative to the field: what is smaller is 0 on this field
FINEST = 3  # how many distances, those of the smallest steps, a slope is fitted to
BEYOND = 2  # orders after the last one, in which the first term that was left out is looked for
CLOSE = 0.01  # of the orbit's extent: how near the highest flow is to the points at the step size that is shown


@dataclass(frozen=True)
class Rate:
    """Distances of the points from the flow of the modified equation with its first q terms, by step size.

    orders    the q of this equation: several, where terms are zero
    expected  the power of h that the first term left out has; None: none of the next ones differs from 0
    floor     rounding, of the arithmetic and of the scheme's table: no distance below it is known
    used      which distances the fit takes: the finest above the floor
    fitted    the slope in the logarithms; None: fewer than two are above rounding
    """

    orders: tuple[int, ...]
    expected: int | None
    steps: Array
    distances: Array
    floor: float

    @cached_property
    def used(self) -> Array:
        above = np.flatnonzero(np.isfinite(self.distances) & (self.distances > self.floor))
        return np.isin(np.arange(len(self.steps)), above[-FINEST:])

    @cached_property
    def fitted(self) -> float | None:
        if self.used.sum() < 2:
            return None
        return float(np.polyfit(np.log(self.steps[self.used]), np.log(self.distances[self.used]), 1)[0])


class Shadow:
    """A scheme on a field, the points started on the smooth manifold, beside the flows of its modified equations."""

    def __init__(self, scheme: Scheme, f: Any, order: int, u0: Sequence[float] | None = None) -> None:
        if order < 1:
            raise AnalysisError(f"order {order}: a modified equation has at least one term, ask for order 1 or more")
        self.scheme, self.f, self.order = scheme, f, order
        self.u0 = np.asarray(f.start if u0 is None else u0, float)
        self.field = modified_field(scheme, f, order + BEYOND)

    def points(self, h: float, steps: int) -> Array:
        start = smooth_start(self.scheme, self.f, self.u0, h, self.order + BEYOND)
        return trajectory(self.scheme, self.f, start, h, steps)

    def flow(self, q: int, h: float, times: Array) -> Array:
        """The flow of the modified equation with its first q terms."""
        return flow(lambda u: np.asarray(self.field(u, h, q), float), self.u0, times, CALLS)

    @cached_property
    def seen(self) -> tuple[bool, ...]:
        """Which terms differ from 0 on this field, looked at along the exact flow."""
        reach = np.linspace(0, 0.5 * float(self.f.time) / max(abs(float(w)) for w in speeds(self.scheme)), 4)
        sizes = np.max([self.sizes(u) for u in self.flow(1, 0.0, reach)], axis=0)
        return tuple(sizes > SEEN * sizes[0])

    def sizes(self, u: Array) -> list[float]:
        return [float(np.max(np.abs(np.asarray(x, float)))) for x in self.field.terms(u)]

    @cached_property
    def groups(self) -> dict[tuple[int, ...], int | None]:
        """{orders with the same modified equation on this field: the power of h of the first term left out}."""
        found: dict[int | None, list[int]] = {}
        for q in range(1, self.order + 1):
            found.setdefault(next((i for i in range(q, len(self.seen)) if self.seen[i]), None), []).append(q)
        return {tuple(orders): expected for expected, orders in found.items()}

    def rates(self, time: float, coarsest: int, halvings: int = 6) -> list[Rate]:
        """The distance at a time, for time/coarsest and halves of it as step sizes."""
        counts = [coarsest * 2**i for i in range(halvings + 1)]
        steps = [time / n for n in counts]
        ends = [self.points(h, n)[-1] for h, n in zip(steps, counts, strict=True)]
        floor = max(ROUNDING, ROUNDED * float(self.scheme.tolerance) * time) * (1 + float(np.max(np.abs(ends[-1]))))
        return [
            Rate(orders, expected, np.array(steps), self.distances(orders[-1], time, steps, ends), floor)
            for orders, expected in self.groups.items()
        ]

    def distances(self, q: int, time: float, steps: Sequence[float], ends: Sequence[Array]) -> Array:
        return np.array([self.distance(q, time, h, end) for h, end in zip(steps, ends, strict=True)])

    def distance(self, q: int, time: float, h: float, end: Array) -> float:
        """Infinite where the truncated equation has no solution up to this time: h is too large for it."""
        try:
            return float(np.max(np.abs(self.flow(q, h, [time])[0] - end)))
        except AnalysisError:
            return np.inf

    def visible(self, time: float, fewest: int = 6, most: int = 400, halvings: int = 6) -> tuple[float, int]:
        """The time, and the fewest steps to it with which the points are within 1 % of their extent from the flow.

        The flow is that of the highest order. The time is halved as long as even the most steps are not near.
        """
        for shorter in (time / 2**i for i in range(halvings + 1)):
            if self.near(shorter / most, most):
                return shorter, self.fewest(shorter, fewest, most)
        raise AnalysisError(
            f"{self.scheme.name} on {self.f.name}: {most} steps to t = {shorter:.3g} do not come near the modified "
            f"equation of order {self.order}: its step is too far from the exact flow of f, take another field or "
            "other coefficients"
        )

    def fewest(self, time: float, n: int, most: int) -> int:
        while n < most and not self.near(time / n, n):
            n = -(-n * 5 // 4)
        return min(n, most)

    def near(self, h: float, steps: int) -> bool:
        """Whether all points are within 1 % of their extent from the highest flow."""
        try:
            points = self.points(h, steps)
            if not np.all(np.isfinite(points)):
                return False
            orbit = self.flow(self.order, h, h * np.arange(steps + 1))
        except AnalysisError:
            return False
        return float(np.max(np.abs(points - orbit))) <= CLOSE * float(np.max(np.ptp(points, axis=0)))
