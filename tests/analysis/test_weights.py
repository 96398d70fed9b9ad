"""Elementary weights by arrays against the recursion, and orders of tables that are rounded."""

from dataclasses import replace
from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import AnalysisError, bseries, order
from analysis.levels import level
from analysis.trees import gamma, key, rooted
from analysis.weights import elementary_weights, runge_kutta_order, whole
from schemes import SchemeError, get, runge_kutta
from tests.analysis.reference import collocation, elementary_weight
from tests.strategies import numbers, runge_kuttas

F = Fraction


@given(st.one_of(runge_kuttas(), runge_kuttas(explicit=False)))
def test_weights_of_all_trees_at_once(scheme):
    """Whole numbers give d^(|t|-1) e a(t); floating point the same but for rounding."""
    A, b, d, e = whole(scheme)
    exact = list(islice(elementary_weights(A, b), 5))
    rounded = list(islice(elementary_weights(A.astype(float) / d, b.astype(float) / e), 5))
    for n, (weights, approximate) in enumerate(zip(exact, rounded, strict=True), start=1):
        expected = [elementary_weight(scheme, t) for t in rooted(n)]
        assert [F(int(x), e * d ** (n - 1)) for x in weights] == expected
        size = elementary_sizes(scheme, n)
        assert np.all(np.abs(approximate - np.array(expected, float)) <= 1e-13 * (1 + size))


def elementary_sizes(scheme, n):
    absolute = runge_kutta("absolute", [[abs(x) for x in row] for row in scheme.A], [abs(x) for x in scheme.B[0]])
    return np.array([float(elementary_weight(absolute, t)) for t in rooted(n)])


@given(st.one_of(runge_kuttas(), runge_kuttas(explicit=False)))
def test_the_order_by_arrays_is_the_order_by_trees(scheme):
    p = runge_kutta_order(scheme)
    series = bseries(scheme, p + 1)
    verdicts = [(n, series.get(key(t), 0) == F(1, gamma(t))) for n in range(1, p + 2) for t in rooted(n)]
    assert all(ok for n, ok in verdicts if n <= p) and not all(ok for n, ok in verdicts if n == p + 1)


def test_no_cap_at_order_ten():
    """Collocation on s nodes has order s at least: twelve nodes, 12 (kauri stops at 10, NodePy at 13)."""
    A, b = collocation(12)
    assert order(runge_kutta("newton_cotes12", A, b)) == 12


def test_numbers_of_trees():
    """OEIS A000081."""
    assert [len(level(n).trees) for n in range(1, 11)] == [1, 1, 2, 4, 9, 20, 48, 115, 286, 719]


@pytest.mark.parametrize("digits", [8, 16, 50])
@pytest.mark.parametrize("name", ["kutta3", "rk4_38", "dopri5", "heun2"])
def test_a_rounded_table_has_the_order_of_the_method_meant(name, digits):
    """Also where its weights sum to 1 no longer; without the tolerance it has no order above 1."""
    s, unit = get(name), F(1, 10**digits)

    def cut(x):
        return F(int(x / unit)) * unit

    A, b = [[cut(x) for x in row] for row in s.A], [cut(x) for x in s.B[0]]
    rounded = runge_kutta("rounded", A, b, tolerance=unit)
    assert order(rounded) == order(s)
    if any(x != y for x, y in zip(b, s.B[0], strict=True)):
        assert order(replace(rounded, tolerance=F(0))) < order(s)
    assert bseries(rounded, order(s)) == bseries(s, order(s))


@given(st.sampled_from(["rk4_38", "dopri5"]), st.data(), numbers.filter(bool))
def test_an_entry_that_is_wrong_by_more_than_the_tolerance_is_seen(name, data, x):
    s = replace(get(name), tolerance=F(1, 10**12), embedded=None)
    i = data.draw(st.integers(1, s.stages - 2))
    j = data.draw(st.integers(0, i - 1))
    A = [list(row) for row in s.A]
    A[i][j] += x / 10**8
    assert order(replace(s, A=A)) < order(s)


def test_a_negative_tolerance_is_refused():
    with pytest.raises(SchemeError, match="it is a distance"):
        runge_kutta("odd", [["1/2"]], [0, 1], tolerance="-1/1000")


def test_a_table_of_few_digits_tells_no_order():
    """Bogacki's and Shampine's 5(4), rounded to four digits, would meet the conditions of order 6 by accident."""
    coarse = runge_kutta("coarse", [["0.5"]], ["0.0001", "0.9999"], tolerance="1e-4")
    with pytest.raises(AnalysisError, match="coarse: entries rounded to 1e-04 meet conditions by accident"):
        order(coarse)
