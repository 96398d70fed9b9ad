"""How many samples of each level: a pilot, then rounds until the interval of every slope is short enough."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf

import numpy as np

from analysis.errors import AnalysisError
from analysis.stochastic.answers import WeakSlope
from analysis.stochastic.levels import ROUNDING, Functional, Level
from analysis.stochastic.sampling import Array, normal_quantile
from analysis.stochastic.slopes import SPACING, Exponent, exponent, spread

FEWEST = 30  # samples of a level, for a normal interval of their mean
GROWTH = 4  # at most, of the samples of a level in a round: the D of a pilot may be far too small
HOPE = 10  # times the budget: what a pilot predicts is rough
WIDE, NARROW = 0.2, 0.08  # half widths of intervals that sample sizes are chosen for
EXACT = "E φ is the same for all h but for rounding: there is no error that has a slope"


class Study:
    """Samples of all levels for some functionals, at most so many evaluations of fields."""

    def __init__(
        self, levels: Sequence[Level], functionals: Sequence[Functional], confidence: float, budget: float
    ) -> None:
        self.levels, self.functionals, self.confidence, self.budget = levels, functionals, confidence, budget
        self.costs = np.array([level.cost for level in levels], dtype=float)
        self.z = normal_quantile((1 + confidence) / 2)

    @property
    def counts(self) -> Array:
        return np.array([level.sums.count for level in self.levels], dtype=float)

    @property
    def spent(self) -> float:
        return float(self.counts @ self.costs)

    def run(self) -> None:
        """Pilot and rounds; what the budget has left at last is spent on what is missing."""
        self.sample(self.pilot())
        while (needs := self.missing()).any():
            left = self.budget - self.spent
            if last := needs @ self.costs > left:
                needs = np.floor(needs * left / (needs @ self.costs))
            self.sample(needs)
            if last:
                return

    def pilot(self) -> Array:
        """The samples that tell variances, as the budget allows. Raises AnalysisError where it pays too few."""
        usual = np.array([level.pilot for level in self.levels], dtype=float)
        if FEWEST * self.costs.sum() > self.budget:
            raise AnalysisError(
                f"budget = {self.budget:g} evaluations: {FEWEST} samples of each level take "
                f"{FEWEST * self.costs.sum():.1e}, allow more or leave the smallest steps out"
            )
        return np.asarray(np.maximum(usual * min(1, self.budget / (usual @ self.costs)), FEWEST))

    def sample(self, numbers: Array) -> None:
        for level, number in zip(self.levels, numbers, strict=True):
            level.sample(self.functionals, ceil(number))

    def missing(self) -> Array:
        """The samples still to draw: by the most demanding functional that the budget can decide."""
        counts, wanted = self.counts, self.counts
        for i in range(len(self.functionals)):
            D, s, law = self.fit(i)
            if self.exact(i) or not law.fits:
                continue
            if not law.high - law.low <= 2 * self.aim(law) and self.hopeful(D, s, law):
                wanted = np.maximum(
                    wanted, np.maximum(self.sizes(np.maximum(np.abs(D), s), s, law, self.aim(law)), 1.2 * counts)
                )
        return np.minimum(wanted, GROWTH * counts) - counts

    def hopeful(self, D: Array, s: Array, law: Exponent) -> bool:
        """Whether the budget may do, were the differences as large as their errors allow, and the slope an order."""
        sizes = self.sizes(np.abs(D) + 2 * s, s, law, max(WIDE, self.least(law)))
        return bool(sizes @ self.costs <= HOPE * self.budget)

    def exact(self, i: int) -> bool:
        """Whether there is no difference above rounding."""
        return all(abs(level.sums.mean[i]) <= 8 * ROUNDING * level.size[i] for level in self.levels)

    def sizes(self, D: Array, s: Array, law: Exponent, width: float) -> Array:
        """The cheapest sample sizes for a half width: n_l ∝ √(V_l/c_l)/|D_l|, for relative errors of equal weight.

        Source: Giles, Acta Numerica 24 (2015), 1.3, with |D_l| as the scale of each level.
        """
        kept = slice(law.first, None)
        D, V, c = D[kept], (s**2 * self.counts)[kept], self.costs[kept]
        shape = np.sqrt(V / c) / D
        scale = np.exp2(np.arange(-40, 120) / 2)
        widths = self.z * np.array([spread(np.sqrt(V / (n * shape)) / D) for n in scale / shape.max()])
        enough = scale[widths <= width] / shape.max()
        found = np.zeros(len(self.levels))
        found[kept] = enough[0] * shape if len(enough) else inf
        return found

    def fit(self, i: int) -> tuple[Array, Array, Exponent]:
        estimates = [level.estimate for level in self.levels]
        D, s = (np.array([x[k][i] for x in estimates]) for k in (0, 1))
        s = np.maximum(s, np.finfo(float).tiny)
        return D, s, exponent(D, s, self.confidence)

    def slope(self, i: int) -> WeakSlope:
        D, s, law = self.fit(i)
        order = None if self.exact(i) else law.order
        return WeakSlope(
            None if order is None else law.slope,
            law.low,
            law.high,
            order,
            tuple(float(level.h) for level in self.levels),
            tuple(D.tolist()),
            tuple((self.z * s).tolist()),
            tuple(level.sums.count for level in self.levels),
            self.spent,
            EXACT if self.exact(i) else self.sentence(D, s, law),
        )

    def sentence(self, D: Array, s: Array, law: Exponent) -> str:
        h = ", ".join(str(level.h) for level in self.levels[law.first :])
        interval = f"[{law.low:.2f}, {law.high:.2f}]"
        level = f"{100 * self.confidence:g} %"
        if law.order is not None:
            return f"slope {law.slope:.2f} in {interval} ({level}) from h = {h}: as of weak order {law.order}"
        if law.high <= float(SPACING) / 2:
            return f"the differences do not fall with h, their slope is in {interval} ({level}) at h = {h}: no order"
        if not law.fits:
            return f"the errors at h = {h} follow no expansion in h yet: take smaller steps"
        if law.high - law.low <= 3 * NARROW:
            return f"the slope in {interval} ({level}) lies between two orders at h = {h}: take smaller steps"
        more = self.sizes(np.maximum(np.abs(D), s), s, law, self.aim(law))
        if not np.isfinite(more).all():
            return f"the slope in {interval} ({level}) stays open with any samples at h = {h}: take smaller steps"
        return (
            f"the interval {interval} ({level}) does not decide between orders at h = {h}: "
            f"it would take {float(more @ self.costs):.1e} evaluations of the fields, {self.budget:.1e} were allowed"
        )

    def aim(self, law: Exponent) -> float:
        """The half width that decides: the way to the middle between two orders, if samples can get there."""
        spacing = float(SPACING)
        way = spacing / 2 - abs(law.slope - spacing * round(law.slope / spacing))
        return max(self.least(law), min(WIDE, max(NARROW, 0.9 * way)))

    def least(self, law: Exponent) -> float:
        """A half width that so many levels reach."""
        return 1.2 * self.z * spread(np.zeros(len(self.levels) - law.first))
