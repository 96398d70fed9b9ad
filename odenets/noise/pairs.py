"""Two networks compared by seed: the mean difference, its interval, and tests that it is 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

import numpy as np

from odenets.results import interval

EXACT = 13  # seeds up to which all sign flips are tried


@dataclass(frozen=True)
class Pairing:
    """Differences by seed. t, flips: two-sided p-values of Student's paired t test and of the sign-flip permutation
    test; nan where there are too few seeds, or no spread at all."""

    differences: tuple[float, ...]
    mean: float
    width: float
    t: float
    flips: float

    def __str__(self) -> str:
        mean = f"{round(self.mean, 2) + 0.0:+.2f}"  # + 0: no -0.00
        if isnan(self.width):
            return mean
        if isnan(self.t):
            return f"{mean} ± {self.width:.2f}"
        return f"{mean} ± {self.width:.2f} (p = {self.t:.2g}; {self.flips:.2g})"


def paired(a: Sequence[float], b: Sequence[float]) -> Pairing:
    """a - b, of values that belong together one by one; the interval is Student's, of 95 %.

    Source of the sign-flip test: Fisher 1935, The Design of Experiments, 21.
    """
    differences = tuple(x - y for x, y in zip(a, b, strict=True))
    mean, width = interval(differences)
    if len(differences) < 2 or not any(differences):
        return Pairing(differences, mean, width, float("nan"), float("nan"))
    return Pairing(differences, mean, width, t_test(differences), sign_flips(differences))


def t_test(differences: Sequence[float]) -> float:
    from scipy.stats import ttest_1samp

    return float(ttest_1samp(differences, 0).pvalue) if len(set(differences)) > 1 else float("nan")


def sign_flips(differences: Sequence[float]) -> float:
    """The share of all 2^n choices of signs whose mean is as far from 0 as the one that was seen."""
    from scipy.stats import permutation_test

    count = np.inf if len(differences) <= EXACT else 9999
    about = {"permutation_type": "samples", "n_resamples": count, "random_state": 0}
    zeros = np.zeros(len(differences))
    found = permutation_test((differences, zeros), lambda x, y: float(np.mean(x - y)), vectorized=False, **about)
    return float(found.pvalue)


def power(seeds: int) -> str:
    """What so many seeds can tell."""
    if seeds < 2:
        return "One seed has no interval and no test: repeat with --seeds 5 or more before comparing networks."
    least = 2.0 ** (1 - seeds)
    if least > 0.05:
        return (
            f"With {seeds} seeds the sign-flip test has no p-value below {least:g}: it cannot reach 0.05, and only the "
            "t test, which takes differences to be normal, can; 6 seeds are the fewest with which both can."
        )
    return f"With {seeds} seeds the smallest p-value of the sign-flip test is {least:.2g}."
