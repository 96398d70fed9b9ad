"""What a few runs can tell: intervals over seeds and over test images, and the seeds that a question needs."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from odenets.errors import OdenetsError
from odenets.results import interval

LEVEL, POWER = 0.05, 0.8
MOST_SEEDS = 100_000


@dataclass(frozen=True)
class Interval:
    """A mean (of values, or a difference) between `low` and `high`, both nan where nothing tells them.

    basis  "seeds": Student's, over values by seed; "pooled": Student's, with the spread that all repeated networks
           share; "borrowed": the same, where one of the two was not repeated itself;
           "images": of the finite test set alone; "": none; "recipes": none, as two recipes cannot be compared
    count  of values; 0 where there is no mean either
    p      of a difference, two-sided, of Student's test that it is 0; nan where there is none
    """

    mean: float
    low: float
    high: float
    basis: str = "seeds"
    count: int = 1
    p: float = math.nan

    @property
    def known(self) -> bool:
        return not math.isnan(self.low)

    @property
    def width(self) -> float:
        return (self.high - self.low) / 2

    @property
    def sign(self) -> int:
        """1 and -1 where the interval is on one side of 0; else 0."""
        return 1 if self.low > 0 else -1 if self.high < 0 else 0


def student(values: Sequence[float]) -> Interval:
    """Mean with Student's 95 % interval; a single value has none, and no value no mean."""
    if not values:
        return Interval(math.nan, math.nan, math.nan, "", 0)
    mean, width = interval(values)
    return Interval(mean, mean - width, mean + width, "seeds" if len(values) > 1 else "", len(values))


def pooled_spread(groups: Sequence[Sequence[float]]) -> tuple[float, int]:
    """The common standard deviation of several groups and its degrees of freedom, s² = Σ (n_i - 1) s_i² / Σ (n_i - 1).

    (nan, 0) where no group has two values.
    """
    freedom = sum(len(group) - 1 for group in groups if group)
    if freedom < 1:
        return math.nan, 0
    squares = sum((len(g) - 1) * statistics.variance(g) for g in groups if len(g) > 1)
    return math.sqrt(squares / freedom), freedom


def pooled(a: Sequence[float], b: Sequence[float], spread: float, freedom: int) -> Interval:
    """mean(a) - mean(b) ± t s √(1/n_a + 1/n_b), with the standard deviation s that repeated networks have in common."""
    count = min(len(a), len(b))
    mean, error = statistics.fmean(a) - statistics.fmean(b), spread * math.sqrt(1 / len(a) + 1 / len(b))
    return of_student(mean, error, freedom, count, "pooled" if count > 1 else "borrowed")


def mean_of(values: Sequence[float], spread: float, freedom: int) -> Interval:
    """mean ± t s / √n, with the standard deviation s of `pooled`; a single value has no interval, no value no mean."""
    if len(values) < 2:
        return student(values)
    return of_student(statistics.fmean(values), spread / math.sqrt(len(values)), freedom, len(values), "pooled")


def of_student(mean: float, error: float, freedom: int, count: int, basis: str) -> Interval:
    """mean ± t error, error a standard error of so many degrees of freedom; no interval where these are none."""
    from scipy.special import stdtr, stdtrit

    if freedom < 1:
        return Interval(mean, math.nan, math.nan, "", count)
    width = float(stdtrit(freedom, 1 - LEVEL / 2)) * error
    p = 2 * float(stdtr(freedom, -abs(mean) / error)) if error else float(mean == 0)
    return Interval(mean, mean - width, mean + width, basis, count, p)


def holm(ps: Sequence[float]) -> list[bool]:
    """Which of several hypotheses are rejected at once with a chance of 5 % to reject a true one, whatever joins them.

    In the order of p, as long as p_(i) ≤ 0.05/(m - i), i = 0, 1, …; nan is never rejected, and counts.
    Source: Holm 1979, Scand. J. Statist. 6, 65.
    """
    ps = [1.0 if math.isnan(p) else p for p in ps]
    kept = [False] * len(ps)
    for rank, i in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        if not ps[i] <= LEVEL / (len(ps) - rank):
            break
        kept[i] = True
    return kept


def slope(groups: Mapping[float, Sequence[float]], spread: float, freedom: int) -> Interval:
    """Slope of the least-squares line through values by x, b = Σ (x - x̄) y / S, S = Σ (x - x̄)², with a borrowed spread.

    b ± t s / √S: the line may be the wrong curve, but what has no trend has a slope of 0.
    """
    points = [(x, y) for x, values in groups.items() for y in values]
    middle = statistics.fmean(x for x, _ in points)
    square = sum((x - middle) ** 2 for x, _ in points)
    found = sum((x - middle) * y for x, y in points) / square
    return of_student(found, spread / math.sqrt(square), freedom, len(points), "borrowed")


def wilson(error: float, images: int) -> Interval:
    """Interval of a test error in % for the finite test set, of one trained network: Wilson's score interval.

    Source: Wilson 1927; Brown, Cai, DasGupta 2001, Statist. Sci. 16, section 3.1.1.
    """
    z, p = normal_quantile(), error / 100
    centre = (p + z * z / (2 * images)) / (1 + z * z / images)
    half = z / (1 + z * z / images) * math.sqrt(p * (1 - p) / images + z * z / (4 * images**2))
    return Interval(error, 100 * (centre - half), 100 * (centre + half), "images")


def newcombe(a: float, b: float, images: int) -> Interval:
    """a - b of two test errors in % for the finite test set, as if each had test images of its own.

    Both answer the same images and mostly fail on the same ones, so the interval is wider than it need be; McNemar's
    needs the answers by image. Source: Newcombe 1998, Statist. Med. 17, method 10.
    """
    first, second = wilson(a, images), wilson(b, images)
    below = math.hypot(a - first.low, second.high - b)
    above = math.hypot(first.high - a, b - second.low)
    return Interval(a - b, a - b - below, a - b + above, "images")


def normal_quantile() -> float:
    return statistics.NormalDist().inv_cdf(1 - LEVEL / 2)


def spread_interval(spread: float, freedom: int) -> Interval:
    """A standard deviation s of f degrees of freedom with its 95 % interval √(f s² / χ²), for normal values."""
    from scipy.special import chdtri

    if freedom < 1:
        return Interval(math.nan, math.nan, math.nan, "", 0)
    low, high = (spread * math.sqrt(freedom / float(chdtri(freedom, tail))) for tail in (LEVEL / 2, 1 - LEVEL / 2))
    return Interval(spread, low, high, "seeds", freedom)


def power(effect: float, spread: float, seeds: int) -> float:
    """Chance that a two-sided t test at 5 % tells means that differ by `effect` by `seeds` values each.

    Noncentral t with 2 (seeds - 1) degrees of freedom and noncentrality effect √(seeds/2) / spread.
    Source: Cohen 1988, Statistical Power Analysis, 2.
    """
    from scipy.special import stdtrit
    from scipy.stats import nct

    freedom, shift = 2 * (seeds - 1), abs(effect) * math.sqrt(seeds / 2) / spread
    edge = float(stdtrit(freedom, 1 - LEVEL / 2))
    return float(nct.sf(edge, freedom, shift) + nct.cdf(-edge, freedom, shift))


def seeds_needed(effect: float, spread: float) -> int:
    """The fewest seeds, of each of two networks, with which a t test at 5 % finds `effect` with a chance of 80 %.

    spread: standard deviation over the seeds of a network. Raises OdenetsError where either is not positive.
    """
    if not (abs(effect) > 0 and 0 < spread < math.inf):
        raise OdenetsError(f"effect = {effect} and spread = {spread}: both must be positive to count seeds")
    low, high = 1, 2  # power(low) is too small, power(high) is enough
    while power(effect, spread, high) < POWER:
        low, high = high, 2 * high
        if high > MOST_SEEDS:
            return MOST_SEEDS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(effect, spread, middle) >= POWER else (middle, high)
    return high


def size_at(error: float, sizes: Sequence[float], errors: Sequence[float]) -> float:
    """The size at which a family has this error, straight lines in log error over log size; nan where none brackets it.

    sizes ascend; of several brackets the one of the smallest sizes counts.
    """
    for (size, high), (next_size, low) in zip(
        zip(sizes, errors, strict=True), zip(sizes[1:], errors[1:], strict=True), strict=False
    ):
        if min(high, low) <= error <= max(high, low):
            part = 0.0 if high == low else math.log(error / high) / math.log(low / high)
            return float(size * (next_size / size) ** part)
    return math.nan
