"""Statistics of few runs: against simulation, tables of the literature and exact small cases."""

import math

import numpy as np
import pytest
from scipy import stats

from odenets.errors import OdenetsError
from odenets.studies.statistics import (
    MOST_SEEDS,
    newcombe,
    pooled,
    pooled_spread,
    power,
    seeds_needed,
    size_at,
    slope,
    spread_interval,
    student,
    wilson,
)


def test_student_is_scipys_and_a_single_value_has_no_interval():
    values = [8.4, 8.1, 8.6]
    low, high = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    found = student(values)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-12)
    assert (found.basis, found.count, found.known) == ("seeds", 3, True)
    assert not student([8.4]).known
    assert student([8.4]).sign == 0


def test_the_sign_of_an_interval_is_that_of_both_ends():
    assert [student(x).sign for x in ([1.0, 1.1, 1.2], [-1.0, -1.1, -1.2], [-1.0, 0.1, 1.0])] == [1, -1, 0]


def test_a_pooled_interval_of_two_equal_groups_is_the_two_sample_t_interval():
    a, b = [8.1, 8.4, 8.3], [8.7, 8.6, 8.9]
    found = pooled(a, b, *pooled_spread([a, b]))
    exact = stats.ttest_ind(a, b).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), rel=1e-12)
    assert (found.basis, pooled(a, b[:1], 0.2, 2).basis) == ("pooled", "borrowed")


def test_nothing_is_borrowed_where_no_network_was_repeated():
    assert pooled_spread([[8.0], [9.0], []])[1] == 0
    assert not pooled([8.0], [9.0], math.nan, 0).known


def test_a_slope_with_the_spread_of_its_own_residuals_is_scipys():
    groups = {-0.9: [0.319], -0.5: [0.306], 0.0: [0.297, 0.288], 0.5: [0.281, 0.284]}
    x, y = np.array([(x, y) for x, own in groups.items() for y in own]).T
    line = stats.linregress(x, y)
    residuals = y - line.intercept - line.slope * x
    found = slope(groups, math.sqrt((residuals**2).sum() / 4), 4)
    assert (found.mean, found.width) == pytest.approx((line.slope, stats.t.ppf(0.975, 4) * line.stderr), rel=1e-9)
    assert not slope(groups, math.nan, 0).known


def test_wilson_is_scipys():
    exact = stats.binomtest(833, 10_000).proportion_ci(method="wilson")
    found = wilson(8.33, 10_000)
    assert (found.low, found.high) == pytest.approx((100 * exact.low, 100 * exact.high), rel=1e-9)


def test_newcombe_has_the_figures_of_its_paper():
    """Newcombe 1998, table II, method 10: (g) 0/10 - 0/10, (i) 10/10 - 0/10."""
    nothing, everything = newcombe(0, 0, 10), newcombe(100, 0, 10)
    assert (nothing.low, nothing.high) == pytest.approx((-27.75, 27.75), abs=0.01)
    assert (everything.low, everything.high) == pytest.approx((60.75, 100), abs=0.01)
    assert newcombe(80, 60, 75).low == pytest.approx(-newcombe(60, 80, 75).high)


def test_the_interval_of_a_spread_of_three_values_is_the_textbooks():
    """√(2/χ²): 0.5207 and 6.2847 times s."""
    found = spread_interval(1.0, 2)
    assert (found.mean, found.low, found.high) == pytest.approx((1, 0.5207, 6.2847), abs=2e-4)
    assert not spread_interval(math.nan, 0).known


def test_power_is_what_simulated_t_tests_find():
    a, b = np.random.default_rng(0).normal([[[0.4]], [[0.0]]], 0.3, (2, 20_000, 5))
    found = (stats.ttest_ind(a, b, axis=1).pvalue < 0.05).mean()
    assert power(0.4, 0.3, 5) == pytest.approx(found, abs=0.011)


@pytest.mark.parametrize("ratio, count", [(1.0, 17), (0.5, 64), (0.8, 26)])
def test_seeds_needed_are_those_of_the_tables(ratio, count):
    """Cohen 1988, table 2.4.1: d = 1, 0.5, 0.8 in a two-sided t test at 5 % with a power of 80 %."""
    assert seeds_needed(ratio, 1.0) == count


def test_seeds_needed_are_the_fewest():
    n = seeds_needed(0.42, 0.3)
    assert power(0.42, 0.3, n) >= 0.8 > power(0.42, 0.3, n - 1)
    assert seeds_needed(-0.42, 0.3) == n


def test_a_hopeless_question_ends_and_an_empty_one_is_refused():
    assert seeds_needed(1e-6, 1.0) == MOST_SEEDS
    for effect, spread in ((0.0, 1.0), (1.0, 0.0), (1.0, math.nan)):
        with pytest.raises(OdenetsError, match="must be positive"):
            seeds_needed(effect, spread)


def test_size_at_is_exact_on_a_power_law_and_silent_outside():
    sizes = [1e5, 3e5, 9e5]
    errors = [20 * (s / 1e5) ** -0.3 for s in sizes]
    for size in (1.5e5, 8e5, 3e5):
        assert size_at(20 * (size / 1e5) ** -0.3, sizes, errors) == pytest.approx(size)
    assert math.isnan(size_at(25, sizes, errors))
    assert math.isnan(size_at(5, sizes, errors))
    assert math.isnan(size_at(5, [], []))
