"""Laws with exact moments."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemes
from schemes import (
    Bernoulli,
    Distribution,
    Normal,
    Parameter,
    SchemeError,
    Uniform,
    chosen,
    dumps,
    get,
    learned,
    loads,
    random,
    symbol,
)
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


# ---- intervals of learned coefficients -----------------------------------------------------------------------------


@given(st.fractions(-5, 5, max_denominator=20), st.fractions("1/20", 5, max_denominator=20), st.sampled_from("ab"))
def test_an_interval_survives_every_way_to_write_a_scheme(low, width, start):
    value = low + width / 2 if start == "a" else Uniform(low + width / 3, low + width / 2)
    k = learned(value, within=(low, low + width))
    scheme = get("lm2", k=k)
    assert scheme.parameters == (Parameter("k", "learned", value, "step", (low, low + width)),)
    for form in ("text", "json", "toml", "csv"):
        assert loads(dumps(scheme, form), form) == scheme
    assert eval(repr(scheme), {**vars(schemes), "Fraction": Fraction}) == scheme


def test_a_free_parameter_is_written_as_it_was():
    assert (
        repr(get("lm2").parameters[0])
        == "Parameter('k', 'learned', Uniform(low=Fraction(-1, 10), high=Fraction(0, 1)), 'step')"
    )
    assert get("lm2").parameters[0].within is None


def test_every_weight_of_a_history_has_the_interval():
    scheme = schemes.full_history(4, learned(0, within=(-1, 1)))
    assert [(p.name, p.within) for p in scheme.parameters] == [(f"k{j}", (-1, 1)) for j in (1, 2, 3)]


def test_a_start_that_names_a_parameter_is_tested_when_it_is_fixed():
    k = learned("p", within=(0, 1))
    assert k.at({"p": Fraction(1, 2)}).value == Fraction(1, 2)
    with pytest.raises(SchemeError, match="its start 2 is not inside"):
        k.at({"p": Fraction(2)})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: learned(1, within=(-1, 1)), r"its start 1 is not inside \(-1, 1\), start it strictly between the two"),
        (lambda: learned(Uniform(-1, 0), within=(-1, 1)), r"its start Uniform\(-1, 0\) is not inside"),
        (lambda: learned(Normal(0, 1), within=(-1, 1)), r"its start Normal\(0, 1\) is not inside"),
        (lambda: learned(0, within=(1, -1)), "is no interval, write two numbers"),
        (lambda: learned(0, within=(-1,)), "is no interval, write two numbers"),
        (lambda: learned(0, within="p"), "is no interval, write two numbers"),
        (lambda: learned(0, within=(-0.5, 0.5)), "is a float, write it exactly"),
        (lambda: Parameter("k", "chosen", 0, "table", (-1, 1)), "only a learned one has an interval"),
        (
            lambda: loads("parameter | k learned step 0 in 1\nalpha | -k k-1 1\nbeta | 0 1 0", name="x"),
            "write it as '-1..1'",
        ),
    ],
)
def test_what_is_no_interval_gets_a_sentence(make, words):
    with pytest.raises(SchemeError, match=words) as error:
        make()
    assert "\n" not in str(error.value)
