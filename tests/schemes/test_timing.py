"""Abscissae: the times of stages, as books print them, and as the step itself moves on t' = 1."""

from fractions import Fraction as Q

import pytest
from hypothesis import assume, given, settings

from schemes import Parameter, SchemeError, get, names, runge_kutta, step, symbol
from schemes.consistency import connected, weight
from schemes.timing import abscissae, shares_of, state_times
from tests.strategies import general_linears, multisteps, runge_kuttas

PRINTED = {
    "kutta3": (0, Q(1, 2), 1),  # Hairer, Nørsett, Wanner I, table II.1.1
    "rk4_38": (0, Q(1, 3), Q(2, 3), 1),  # II.1, table 1.2
    "dopri5": (0, Q(1, 5), Q(3, 10), Q(4, 5), Q(8, 9), 1, 1),  # II.5, table 5.2
    "stormer_verlet": (0, Q(1, 2), 1),  # kick, drift, kick: Hairer, Lubich, Wanner, I.1.4
    "revnet": (0, 1),  # symplectic Euler: the second half sees the new first one
    "ab2": (0,),  # f(u_n); f(u_{n-1}) is kept
    "bdf": (1,),  # f(u_{n+1})
    "lm2": (0,),
    "leapfrog": (0,),
    "momentum": (0,),
    "pece": (0, 1),
    "dimsim3": (0, Q(1, 2), 1),  # Butcher, Numerical Methods for ODEs, 54: c = [0, 1/2, 1]
}


@pytest.mark.parametrize("name", PRINTED)
def test_abscissae_are_those_of_the_books(name):
    assert abscissae(get(name)) == PRINTED[name]


def test_collocation_points_of_gauss():
    low, high = abscissae(get("gauss"))  # 1/2 ∓ √3/6
    assert abs(low - (Q(1, 2) - Q(288675134594813, 10**15))) < Q(1, 10**14)
    assert abs(low + high - 1) < Q(1, 10**14)


@given(runge_kuttas())
@settings(max_examples=25, deadline=None)
def test_of_runge_kutta_they_are_the_row_sums(scheme):
    total = sum(scheme.B[0])
    assume(total != 0)
    assert abscissae(scheme) == tuple(sum(row) / total for row in scheme.A)


def moves(scheme):
    """The states' times, then those that its own step makes of them where t' = 1, and the times that it looks at."""
    times = [Q(0)] * len(scheme.states)
    for states, share in zip(connected(scheme), shares_of(scheme), strict=True):
        for j, x in zip(states, state_times(scheme, states, share), strict=True):
            times[j] = x
    seen = []

    def clock(t):
        seen.append(t)
        return Q(1)

    return times, step(scheme, clock, times), seen


@given(general_linears() | multisteps())
@settings(max_examples=25, deadline=None)
def test_states_and_stages_move_as_the_step_itself_on_a_clock(scheme):
    assume(len(set(scheme.fields)) == 1)
    try:
        psi = weight(scheme)
        found = abscissae(scheme)
    except SchemeError:
        assume(False)
    before, after, seen = moves(scheme)
    assert list(after) == [t + psi * q for t, q in zip(before, scheme.preconsistency, strict=True)]
    assert seen == [c * psi for c in found]


def test_every_scheme_of_a_first_order_equation_has_them():
    without = []
    for name in names(exact=True):
        try:
            assert len(abscissae(get(name))) == get(name).stages
        except SchemeError:
            without.append(name)
    assert set(without) <= {"leapfrog_second_order", *(name for name in names() if get(name).operator)}


def test_of_two_fields_in_one_sum_each_carries_half_the_time():
    """As a splitting of (t, u)' = (1/2, f) + (1/2, g), which keeps the order of the method."""
    assert abscissae(get("macaron")) == (0, Q(1, 4), Q(3, 4))


def test_symbols_stay_free():
    a = symbol("a")
    free = Parameter("a", "chosen", Q(1, 2), "table")
    scheme = runge_kutta("second_order", [[], [a]], [1 - 1 / (2 * a), 1 / (2 * a)], parameters=(free,))
    assert abscissae(scheme) == (0, a)


def test_an_operator_scheme_has_none():
    with pytest.raises(SchemeError, match="applies a field to a slope, which is at no time"):
        abscissae(get("polynet_poly2"))
