"""Rounded tables of every kind have the facts of the table that is meant, and no more."""

from dataclasses import replace
from fractions import Fraction
from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import (
    AnalysisError,
    a_alpha,
    a_stable,
    bseries,
    dissipation_order,
    effective_order,
    effective_step,
    error_constant,
    imaginary_interval,
    l_stable,
    linear_order,
    modified_equation,
    order,
    real_interval,
    reversal,
    spectral_radius,
    stability_function,
    stage_order,
    symmetric_order,
    symplectic_order,
    zero_stability,
)
from analysis.balls import Ball, plain, raw, widened
from analysis.series import certain_series
from schemes import compose, get, runge_kutta, symbol
from tests.analysis import rounded_tables as made
from tests.strategies import general_linears, numbers

F = Fraction
z = symbol("z")
EVERY = [  # a table, its order, stage order
    (made.gauss(2), 4, 2),  # to Lobatto: Hairer, Wanner, Solving ODEs II, table IV.5.13
    (made.gauss(3), 6, 3),
    (made.radau_iia(3), 5, 3),
    (made.lobatto("a", 4), 6, 4),
    (made.lobatto("b", 4), 6, 2),
    (made.lobatto("c", 4), 6, 3),
    (made.alexander3(), 3, 1),
    (made.crouzeix3(), 4, 1),
    (made.triple_jump_midpoint(), 4, 1),
    (made.forest_ruth(), 4, 1),
    (made.additive(), 2, 1),
    (made.g_symplectic(), 4, 2),
    (made.dimsim2(), 2, 1),
]
TABLES = st.sampled_from([s for s, _, _ in EVERY])


def name(x):
    return getattr(x, "name", str(x))


@pytest.mark.parametrize(("scheme", "p", "q"), EVERY, ids=name)
def test_order_and_stage_order_are_those_of_the_table_meant(scheme, p, q):
    assert order(scheme) == p and stage_order(scheme) == q
    with pytest.raises((AnalysisError, AssertionError)):  # the digits themselves have less, or no B-series at all
        assert order(replace(scheme, tolerance=0)) == p


@settings(max_examples=15, deadline=None)
@given(TABLES, st.data(), numbers.filter(bool))
def test_a_digit_that_is_wrong_is_seen(scheme, data, x):
    """An entry moved by 10⁻⁴⁰ of 10⁻⁵⁰ that are open: some fact of order is lost, unless no next state reads it."""
    matrix = data.draw(st.sampled_from("AB"))
    rows = [list(row) for row in getattr(scheme, matrix)]
    long = [(i, j) for i, row in enumerate(rows) for j, y in enumerate(row) if y.denominator > 10**4]
    if not long:
        return
    i, j = data.draw(st.sampled_from(long))
    rows[i][j] += x / 10**40
    with pytest.raises((AnalysisError, AssertionError)):
        changed = replace(scheme, **{matrix: rows})
        assert order(changed) == order(scheme)
        assert stage_order(changed) == stage_order(scheme)


@settings(max_examples=10, deadline=None)
@given(general_linears(), st.integers(20, 60))
def test_a_rounded_table_is_told_from_rounding_as_the_exact_one(scheme, digits):
    """b(t) of all trees to order 3, from entries cut to so many digits."""
    try:
        exact = modified_equation(scheme, 3)
    except AnalysisError:
        return
    unit = F(1, 10**digits)

    def cut(x):
        return x if x.denominator < 10 else F(round(x / unit)) * unit

    tables = {m: [[cut(x + F(1, 10**5)) for x in row] for row in getattr(scheme, m)] for m in "AB"}
    moved = {m: [[x + F(1, 10**5) for x in row] for row in getattr(scheme, m)] for m in "AB"}
    found = modified_equation(replace(scheme, **tables, tolerance=unit), 3)
    exact = modified_equation(replace(scheme, **moved), 3)
    assert all(abs(found[t] - x) <= 10**12 * unit for t, x in exact.items())


def test_the_coefficients_that_are_known_are_exact():
    for scheme, p, _ in EVERY:
        b = modified_equation(scheme, p)
        assert {x for x in b.values()} <= {F(0), F(1)}
    assert bseries(made.gauss(2), 3) == {(1,): 1, (1, 2): F(1, 2), (1, 2, 3): F(1, 6), (1, 2, 2): F(1, 3)}


def test_weights_other_than_one():
    """Two steps as one: order 4 towards u' = 2 f."""
    twice = compose(made.triple_jump_midpoint(), made.triple_jump_midpoint())
    assert order(twice) == linear_order(twice) == 4 and effective_step(twice) == 2


def test_b_is_certain_where_it_is_not_zero():
    series = certain_series(made.gauss(2))
    assert all(series.field[t] == 0 for n in (2, 3, 4) for t in series.trees(n))
    assert any(series.field[t] != 0 for t in series.trees(5))


def test_what_cannot_be_told_is_refused_in_a_sentence():
    with pytest.raises(AnalysisError, match=r"family is rounded and has free parameters.*scheme.at\(k=…\)"):
        k = symbol("k")
        from schemes.parameters import chosen

        free = runge_kutta(
            "family", [["0"], [F("0.33333333"), 0]], [1 - k, k], tolerance="1e-9",
            parameters=(replace(chosen(0), name="k"),),
        )  # fmt: skip
        order(free)


# ---- geometry and stability ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "scheme", [made.gauss(2), made.gauss(3), made.forest_ruth(), made.triple_jump_midpoint()], ids=name
)
def test_symplectic_and_symmetric(scheme):
    assert symplectic_order(scheme).order == symmetric_order(scheme).order == inf


def test_symmetric_but_not_symplectic():
    """Lobatto IIIA and B are symmetric, C not; HLW, V.2.1."""
    assert all(symmetric_order(made.lobatto(kind, 4)).order == inf for kind in "ab")
    assert all(symplectic_order(made.lobatto(kind, 4)).order < inf for kind in "abc")
    assert symmetric_order(made.g_symplectic()).order == inf and symmetric_order(made.lobatto("c", 4)).order < inf


@pytest.mark.parametrize(
    ("scheme", "a", "l"),
    [
        (made.gauss(2), True, False), (made.gauss(3), True, False), (made.radau_iia(3), True, True),
        (made.lobatto("a", 4), True, False), (made.lobatto("b", 4), True, False), (made.lobatto("c", 4), True, True),
        (made.alexander3(), True, True), (made.crouzeix3(), True, False), (made.triple_jump_midpoint(), False, False),
        (made.dimsim2(), True, True), (made.forest_ruth(), False, False),
    ],
    ids=name,
)  # fmt: skip
def test_stability_in_the_left_half_plane(scheme, a, l):
    """Hairer, Wanner, Solving ODEs II, IV.3 and table IV.5.13; Butcher 1993 for the DIMSIM."""
    assert a_stable(scheme) == a and l_stable(scheme) == l and (a_alpha(scheme) == 90) == a
    assert zero_stability(scheme).stable


@pytest.mark.parametrize("scheme", [made.triple_jump_midpoint(), made.gauss(3), made.g_symplectic()], ids=name)
def test_what_conserves_the_amplitude_does_so_for_all_frequencies(scheme):
    assert dissipation_order(scheme) == inf and imaginary_interval(scheme).high == inf


def test_stability_functions_are_the_pade_approximations():
    """Hairer, Wanner, Solving ODEs II, table IV.3.1."""
    assert stability_function(made.gauss(3)) == (120 + 60 * z + 12 * z**2 + z**3) / (120 - 60 * z + 12 * z**2 - z**3)
    assert stability_function(made.radau_iia(3)) == (60 + 24 * z + 3 * z**2) / (60 - 36 * z + 9 * z**2 - z**3)
    assert error_constant(made.radau_iia(3)) == F(-1, 7200)


@pytest.mark.parametrize(
    "scheme",
    [made.additive(), made.forest_ruth(), get("ssprk54"), made.triple_jump_midpoint(), made.g_symplectic()],
    ids=name,
)
@pytest.mark.parametrize("turn", [-1, 1j])
def test_ends_of_intervals_are_where_eigenvalues_leave_the_disc(scheme, turn):
    found = real_interval(scheme) if turn == -1 else imaginary_interval(scheme)
    end = min(-float(found.low), 50.0)
    inside = spectral_radius(scheme, turn * np.linspace(0, end, 40) * 0.999)
    assert (inside < 1 + 1e-9).all() and (end == 50 or spectral_radius(scheme, turn * (end + 0.01)) > 1 + 1e-9)


@pytest.mark.parametrize("off", [-1, 1])
def test_rows_of_v_that_rounding_made_too_long_or_short_are_meant_to_sum_to_one(off):
    """Else 1 ± 10⁻⁵⁰ is the eigenvalue of V, and the scheme unstable or without start vector."""
    scheme = made.dimsim2()
    V = [[x + off * made.TOLERANCE for x in row[:1]] + list(row[1:]) for row in scheme.V]
    off_by_one = replace(scheme, V=V)
    assert order(off_by_one) == 2 and zero_stability(off_by_one).stable and l_stable(off_by_one)


def test_known_ends():
    """Forest–Ruth: Omelyan, Mryglod, Folk 2003; both fields of ARS(2,2,2) are λu, so its step is 2."""
    assert float(imaginary_interval(made.forest_ruth()).high) == pytest.approx(1.5734, abs=1e-4)
    assert float(real_interval(made.additive()).low) == pytest.approx(-1 - sqrt(2), abs=1e-12)


def test_a_splitting_is_undone_explicitly_and_an_implicit_scheme_is_not():
    assert reversal(made.forest_ruth()).how == "explicit" and reversal(made.gauss(2)).how == "implicit"


def test_effective_order():
    """Where the order on u' = λu is that of the scheme, no conjugation helps: it changes no map of numbers."""
    assert all(effective_order(s) == p for s, p, _ in EVERY if s.name in ("alexander3", "crouzeix3", "dimsim2"))


# ---- balls ---------------------------------------------------------------------------------------------------------


@given(numbers, numbers)
def test_balls_are_equal_as_far_as_they_tell(x, y):
    near = Ball(raw(x) + raw(F(1, 10**60)))
    ball = widened(runge_kutta("one", [[0]], [F(1, 10**5 + 3)], tolerance="1e-50")).B[0][0]
    assert (ball + x == ball + y) == (x == y) and (ball + x < ball + y) == (x < y) and (near == x) is False
    assert plain(ball + x - F(1, 10**5 + 3)) == x and plain(x * (ball - ball)) == 0
    assert float(abs(-ball)) == pytest.approx(1 / (10**5 + 3))


def test_short_fractions_stand_as_they_are():
    half = widened(runge_kutta("two", [[0], [F("0.50000001")]], ["1/2", "1/2"], tolerance="1e-9"))
    assert half.B[0][0] == F(1, 2) and isinstance(half.B[0][0], Fraction) and isinstance(half.A[1][0], Ball)
