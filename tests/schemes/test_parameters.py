"""Laws with exact moments."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemes import Bernoulli, Distribution, Normal, Uniform, chosen, get, learned, random, symbol
from tests.strategies import numbers

orders = st.integers(0, 6)


@given(numbers, numbers, orders)
def test_moments_of_the_uniform_law_are_its_integrals(a, b, n):
    low, high = min(a, b), max(a, b)
    integral = (high ** (n + 1) - low ** (n + 1)) / ((n + 1) * (high - low)) if low < high else low**n
    assert Uniform(low, high).moment(n) == integral


@given(st.builds(Fraction, st.integers(0, 5), st.just(5)), orders)
def test_every_moment_of_the_bernoulli_law_is_p(p, n):
    assert Bernoulli(p).moment(n) == (p if n else 1) and Bernoulli(p).variance == p * (1 - p)


@given(numbers, numbers.map(abs), orders)
def test_moments_of_the_normal_law_obey_steins_recursion(mu, sigma, n):
    law = Normal(mu, sigma)
    below = law.moment(n - 1) if n else 0
    assert law.moment(n + 1) == mu * law.moment(n) + n * sigma**2 * below
    assert law.mean == mu and law.variance == sigma**2


@given(numbers, numbers.map(abs), orders)
def test_moments_shift_as_binomials(mu, sigma, n):
    centred = Normal(0, sigma)
    assert Normal(mu, sigma).moment(n) == sum(comb(n, j) * centred.moment(j) * mu ** (n - j) for j in range(n + 1))


@pytest.mark.parametrize("law", [Bernoulli("p"), Uniform("p", 1), Normal("p", "1/3")])
def test_moments_are_symbolic_in_the_parameters_of_a_law(law):
    at = law.at({"p": Fraction(1, 4)})
    assert isinstance(at, type(law)) and all(law.moment(n)(p=Fraction(1, 4)) == at.moment(n) for n in range(1, 5))
    assert random(law).symbols == {"p"} and not random(at).symbols


def test_shake_shake_has_variance_one_twelfth():
    law = get("shake_shake").parameters[0].value
    assert (law.mean, law.variance) == (Fraction(1, 2), Fraction(1, 12))


def test_stochastic_depth_has_variance_p_times_1_minus_p():
    p = symbol("p")
    assert Bernoulli(p).variance == p * (1 - p) and Bernoulli("p") == Bernoulli(p)


def test_declarations_hold_their_start_and_spread():
    assert chosen("1/2").mean == Fraction(1, 2) and chosen("1/2").per == "table"
    assert learned(Uniform("-1/10", 0)).mean == Fraction(-1, 20) and learned(0).per == "step"
    assert random(Normal(0, 1)).per == "sample" and isinstance(random(Normal(0, 1)).value, Distribution)


def test_fixing_p_fixes_the_law_that_names_it():
    (eta,) = get("stochastic_depth", p="4/5").parameters
    assert eta.value == Bernoulli("4/5") and eta.mean == Fraction(4, 5)
