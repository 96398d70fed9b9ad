"""Extrapolation and deferred correction: against the recursions of the books, and their orders.

HNW: Hairer, Nørsett, Wanner, Solving ODEs I, 2nd ed., 1993.
"""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis
from schemes import SchemeError, adams_bashforth, get, runge_kutta, step
from schemes.collocated import collocation, gauss, lobatto_iiia
from schemes.compositions import suzuki, triple_jump
from schemes.deferred import deferred_correction
from schemes.extrapolated import extrapolation, step_numbers
from tests.strategies import numbers

EULER = adams_bashforth(1)
HEUN = runge_kutta("heun", [[1]], ["1/2", "1/2"])
H = Fraction(1, 3)


def field(y):
    return y * y / 5 - y / 3 + 1


# ---- extrapolation -------------------------------------------------------------------------------------------------


def aitken_neville(first_column, sequence, p):
    """T_{j,k+1} = T_{j,k} + (T_{j,k} - T_{j-1,k}) / ((n_j/n_{j-k})^p - 1); HNW II.9."""
    column = list(first_column)
    for k in range(1, len(column)):
        column = [
            new + (new - old) / (Fraction(sequence[j + k], sequence[j]) ** p - 1)
            for j, (old, new) in enumerate(pairwise(column))
        ]
    (last,) = column
    return last


def leapfrogged(u, n, smooth):
    """HNW (II.9.13)."""
    h = H / n
    old, new = u, u + h * field(u)
    for _ in range(n - 1):
        old, new = new, old + 2 * h * field(new)
    return (old + 2 * new + old + 2 * h * field(new)) / 4 if smooth else new


sequences = st.lists(st.integers(1, 6), min_size=1, max_size=3, unique=True).map(sorted)


@settings(max_examples=15, deadline=None)
@given(sequences, numbers)
def test_an_extrapolated_step_is_the_end_of_the_aitken_neville_tableau(n, u):
    def euler(u, n):
        for _ in range(n):
            u = u + H / n * field(u)
        return u

    assert step(extrapolation(n), field, [u], H) == (aitken_neville([euler(u, k) for k in n], n, 1),)
    even = [2 * k for k in n]
    for base, smooth in (("gragg", True), ("midpoint", False)):
        column = [leapfrogged(u, k, smooth) for k in even]
        assert step(extrapolation(even, base), field, [u], H) == (aitken_neville(column, even, 2),)


@pytest.mark.parametrize("rule", ["harmonic", "romberg", "bulirsch"])
def test_extrapolation_has_the_order_of_its_base_times_the_numbers(rule):
    for count in (1, 2, 3):
        scheme = extrapolation(step_numbers(rule, count))
        assert analysis.order(scheme) == count and scheme.explicit and scheme.exact
        for base in ("gragg", "midpoint"):
            assert analysis.order(extrapolation(step_numbers(rule, count, even=True), base)) == 2 * count


def test_stages_that_agree_are_shared():
    """The work A_1 = n_1 + 1, A_k = A_{k-1} + n_k of ODEX, HNW II.9, with f(u) once; Euler's shares it too."""
    for n in ([2], [2, 4], [2, 4, 6], [2, 6, 8]):
        assert extrapolation(n, "gragg").stages == 1 + sum(n)
        assert extrapolation(n, "midpoint").stages == 1 + sum(k - 1 for k in n)
        assert extrapolation(n).stages == 1 + sum(k - 1 for k in n)


def test_small_extrapolations_are_known_schemes():
    assert extrapolation([1]).table == EULER.table
    assert extrapolation([1, 2]).table == runge_kutta("midpoint", [["1/2"]], [0, 1]).table  # 2 T_2 - T_1
    assert extrapolation([2], "midpoint").table == extrapolation([1, 2]).table
    assert extrapolation([2, 4], "gragg").name == "extrapolated_gragg_2_4"
    assert extrapolation([1, 2], name="mine").name == "mine"


def test_richardson_extrapolation_of_any_scheme_gains_an_order_and_two_where_it_is_symmetric():
    assert [analysis.order(extrapolation([1, 2, 3][:k], HEUN, order=2)) for k in (1, 2, 3)] == [2, 3, 4]
    assert [analysis.order(extrapolation([1, 2, 3][:k], gauss(1), order=2, symmetric=True)) for k in (1, 2, 3)] == [
        2,
        4,
        6,
    ]
    trapezoid = extrapolation([1, 2], lobatto_iiia(2), order=2, symmetric=True)
    assert not trapezoid.explicit and analysis.order(trapezoid) == 4
    partitioned = extrapolation([1, 2], get("stormer_verlet"), order=2, symmetric=True)
    assert analysis.order(partitioned) == 4 and partitioned.explicit and partitioned.states == ("x[n]", "y[n]")


@pytest.mark.parametrize("name", ["ab2", "leapfrog", "bdf", "pece", "momentum", "dimsim2", "g_symplectic_p", "peer2"])
def test_states_that_carry_history_belong_to_one_step_size(name):
    """Their steps of h/2 read what a step of h left behind: AB2 extrapolated so has order 1."""
    for made in (lambda s: extrapolation([1, 2], s, order=2), lambda s: triple_jump(s, 2), lambda s: suzuki(s, 2)):
        with pytest.raises(SchemeError, match=f"the states .* of {name} carry history .*: take a one-step scheme"):
            made(get(name))


def test_step_numbers_are_the_printed_ones():
    """HNW II.9."""
    assert step_numbers("harmonic", 5) == (1, 2, 3, 4, 5) and step_numbers("romberg", 5) == (1, 2, 4, 8, 16)
    assert step_numbers("bulirsch", 10) == (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
    assert step_numbers("bulirsch", 4, even=True) == (2, 4, 6, 8) and step_numbers("harmonic", 1) == (1,)


# ---- deferred correction -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("corrector", ["euler", "picard"])
@pytest.mark.parametrize("c", [["0", "1"], ["1/2"], ["0", "1/2", "1"], ["1/3", "1"], ["1/5", "3/4"]])
def test_a_sweep_gains_an_order_up_to_that_of_the_quadrature(c, corrector):
    most = analysis.order(collocation(c))
    for sweeps in range(most + 2):
        scheme = deferred_correction(c, sweeps, corrector)
        assert scheme.explicit and scheme.exact
        assert analysis.order(scheme) == min(sweeps + 1, most)


def test_no_sweep_is_euler_over_the_nodes_and_one_over_both_ends_is_heun():
    assert deferred_correction([0, 1], 0).table == EULER.table == deferred_correction([0], 3).table
    assert deferred_correction([0, 1], 1).table == HEUN.table
    u = Fraction(2, 3)
    by_hand = u + H / 3 * field(u)
    by_hand += H * Fraction(2, 3) * field(by_hand)
    assert step(deferred_correction(["1/3", "1"], 0), field, [u], H) == (by_hand,)


def test_a_sweep_is_that_of_dutt_greengard_and_rokhlin():
    """One sweep over 0, ½, 1 by hand, with Simpson's weights of the two halves, (5, 8, -1)/24 and (-1, 8, 5)/24."""
    u, h = Fraction(2, 3), H / 2
    y1 = u + h * field(u)
    y2 = y1 + h * field(y1)
    F = [field(u), field(y1), field(y2)]
    z1 = u + H * (5 * F[0] + 8 * F[1] - F[2]) / 24
    z2 = z1 + h * (field(z1) - F[1]) + H * (-F[0] + 8 * F[1] + 5 * F[2]) / 24
    assert step(deferred_correction([0, "1/2", 1], 1), field, [u], H) == (z2,)


def test_a_picard_sweep_integrates_the_slopes_of_the_sweep_before():
    """u + h Σ_j b_j f(y_j) with Simpson's weights; the first y are Euler's with one step from u to each node."""
    u = Fraction(2, 3)
    slopes = [field(u + c * H * field(u)) for c in (0, Fraction(1, 2), 1)]
    simpson = u + H * (slopes[0] + 4 * slopes[1] + slopes[2]) / 6
    assert step(deferred_correction([0, "1/2", 1], 1, "picard"), field, [u], H) == (simpson,)


@pytest.mark.parametrize("corrector", ["euler", "picard"])
def test_many_sweeps_tend_to_the_collocation_scheme(corrector):
    c, z = [0, Fraction(1, 2), 1], Fraction(1, 4)
    limit = analysis.stability_function(collocation(c))(z=z)
    errors = [abs(analysis.stability_function(deferred_correction(c, k, corrector))(z=z) - limit) for k in range(2, 8)]
    assert 0 < errors[-1] < errors[0] / 10**5


# ---- wrong arguments -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: extrapolation([]), "no step numbers"),
        (lambda: extrapolation(3), "no list"),
        (lambda: extrapolation([2, 2]), "step number 2 is no"),
        (lambda: extrapolation([1, 2.5]), "2.5"),
        (lambda: extrapolation([0, 1]), "step number 0"),
        (lambda: extrapolation([2, 3], "gragg"), "3 is odd"),
        (lambda: extrapolation([1, 2], "romberg"), "base 'romberg' is unknown"),
        (lambda: step_numbers("fibonacci", 3), "'fibonacci' is unknown"),
        (lambda: deferred_correction([0, 1], -1), "sweeps = -1"),
        (lambda: deferred_correction([1, 0], 1), "nodes"),
        (lambda: deferred_correction([0, 0], 1), "node 0 is not above"),
        (lambda: deferred_correction(3, 1), "nodes = 3 is no list"),
        (lambda: extrapolation([1, 2], EULER, order=0), "order = 0 must be a whole number, at least 1"),
        (lambda: extrapolation([1, 2], HEUN, order=3, symmetric=True), "order = 3 is odd"),
        (lambda: extrapolation([1, 2], 3), "3 is no scheme"),
        (lambda: deferred_correction([0, "1/2", "1/2"], 1), "node 1/2 is not above"),
        (lambda: deferred_correction(["-1/2", 1], 1), "numbers of"),
        (lambda: deferred_correction(["c"], 1), "numbers of"),
        (lambda: deferred_correction([], 1), "at least one"),
        (lambda: deferred_correction([0, 1], 1, "newton"), "'newton' is unknown"),
    ],
)
def test_wrong_arguments_get_a_sentence(make, words):
    with pytest.raises(SchemeError, match=words) as error:
        make()
    assert "\n" not in str(error.value)
