import math

import pytest

from odenets.explorer.running.helper import ranges, two_step
from odenets.explorer.running.learning import coefficients
from odenets.records import ParameterValue
from schemes import get, parse
from tests.odenets.explorer.running import ABOUT


def recorded(values, name="k", channel=0):
    """One epoch of values by (stage, step)."""
    return [(0, ParameterValue(*place, name, channel, value)) for place, value in values.items()]


PLACES = {(0, 1): -0.5, (0, 2): 0.25, (1, 1): -0.2, (1, 2): -2.0, (2, 1): 1.0}


def test_coefficients_stand_at_their_steps():
    found = coefficients(recorded(PLACES), ABOUT)["k"]
    assert found["steps"] == [2, 3, 5, 6, 8]
    assert found["values"] == [[-0.5, 0.25, -0.2, -2.0, 1.0]]
    assert found["range"] == [[-1.0, 1.0]]


def test_theory_is_the_effective_depth_and_the_parasite_of_each_stage():
    theory = coefficients(recorded(PLACES), ABOUT)["k"]["theory"]
    assert theory["advances"][0] == [1, 2.0, 0.8, 1, 1.25, None, 1, 0.5, 1]  # none at k ≤ -1; 1, Euler's, without a k
    assert theory["depth"][0] == pytest.approx(1 + 2 + 0.8 + 1 + 1.25 + 1 + 0.5 + 1)
    assert theory["parasite"][0] == pytest.approx([0.125, 0.4, 1.0])
    assert theory["outside"] == [1]


def test_a_weight_of_one_plus_k_gives_steps_as_long_as_eulers():
    about = ABOUT | {"two_step": {"k": [1.0, 1.0]}}
    theory = coefficients(recorded({(0, 1): -0.5, (0, 2): 0.25}), about)["k"]["theory"]
    assert theory["advances"][0][:3] == [1, 1, 1]


def test_channels_are_averaged():
    values = recorded({(0, 1): -0.5}) + recorded({(0, 1): 0.0}, channel=1)
    assert coefficients(values, ABOUT)["k"]["values"] == [[-0.25]]


def test_another_coefficient_is_shown_without_theory():
    found = coefficients(recorded({(0, 0): 0.3}, "gate"), ABOUT)["gate"]
    assert (found["steps"], found["range"], "theory" in found) == ([1], None, False)


@pytest.mark.parametrize("about", [None, {"sentence": "no"}, {"stages": [1]}, {"stages": []}])
def test_where_the_stages_are_not_known_or_do_not_fit_places_are_all_there_is(about):
    found = coefficients(recorded(PLACES), about)["k"]
    assert (found["steps"], "theory" in found) == (None, False)


def test_what_is_not_a_number_is_none():
    found = coefficients(recorded({(0, 1): math.nan, (0, 2): math.inf}), ABOUT)["k"]
    assert found["values"] == [[None, None]]


def test_the_two_step_schemes_are_told_by_their_roots():
    assert two_step([get("lm2")], "k", False) == [1.0, 0.0]
    assert two_step([get("lm2_consistent")], "k", False) == [1.0, 1.0]
    assert two_step([get("lm2")], "k", True) == [1.0, 1.0]
    assert two_step([get("lm2_stochastic_depth")], "k", False) == [0.5, 0.0]
    (three_steps,) = get("zerosnet_learned").symbols
    assert two_step([get("zerosnet_learned")], three_steps, False) is None
    assert two_step([parse("u[n+1] = (1+k)*u[n] - k*u[n-1] + h*(1-k)*f(u[n])")], "k", False) is None  # 1 and k
    assert two_step([get("euler"), get("lm2")], "k", False) is None
    assert two_step([get("heun2")], "k", False) is None


def test_ranges_are_those_of_zero_stability():
    assert ranges([get("lm2")], "k") == [[-1.0, 1.0]]
    (name,) = get("zerosnet_learned").symbols
    assert ranges([get("zerosnet_learned")], name) == [[None, -1.0], [pytest.approx(1 / 3), None]]
    assert ranges([get("euler")], "k") is None
