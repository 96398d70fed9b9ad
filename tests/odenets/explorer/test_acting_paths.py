"""Random paths: bands of linear equations are exact quantiles, paths fill them as h falls, and a seed repeats them."""

import json
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import norm

from analysis import AnalysisError
from odenets.explorer.acting import act_paths
from odenets.explorer.acting.bands import DRAWN, LEVELS, Scalar, linear, simulated
from odenets.explorer.acting.problems import ROADS
from schemes import get, random
from schemes.laws import Normal


def paths(scheme, **options):
    found = act_paths(scheme, options)
    assert len(json.dumps(found, allow_nan=False)) < 100_000
    return found


def test_bands_of_the_ornstein_uhlenbeck_process_are_its_normal_quantiles():
    """du = -u dt + ½ dB from 1: mean e^(-t), variance (1 - e^(-2t))/8."""
    bands = paths(get("euler_maruyama"), problem="decay")["bands"]
    t = np.array(bands["times"])
    law = norm(np.exp(-t[1:]), np.sqrt((1 - np.exp(-2 * t[1:])) / 8))
    assert bands["says"] == "exact: a normal law" and bands["levels"] == list(LEVELS)
    for level, values in zip(bands["levels"], bands["values"], strict=True):
        assert values[0] == 1 and np.allclose(values[1:], law.ppf(level), atol=1e-5)


def test_bands_of_stochastic_depth_are_lognormal():
    """du = -u/2 dt - u/2 dB: log u is normal with mean -(1/2 + 1/8) t and variance t/4."""
    bands = paths(get("stochastic_depth"), problem="decay")["bands"]
    t = np.array(bands["times"])[1:]
    assert bands["says"] == "exact: a lognormal law"
    for level, values in zip(bands["levels"], bands["values"], strict=True):
        assert np.allclose(values[1:], np.exp(norm(-5 / 8 * t, np.sqrt(t) / 2).ppf(level)), rtol=1e-5)


def test_simulated_bands_are_the_exact_ones_where_there_are_exact_ones():
    """Within four standard errors of a quantile of 10,000 paths."""
    u = ROADS["decay"].field.variables[0]
    equation = Scalar(u, -u, (u / 4, 1 / 2 + 0 * u))
    assert linear(equation, 1.0, np.linspace(0, 3, 5)) is None
    additive = Scalar(u, -u, (u * 0 + 0.5,))
    times = np.linspace(0, 3, 41)
    exact, found = linear(additive, 1.0, times).quantiles, simulated(additive, "decay", Fraction(3), times).quantiles
    deviation = np.sqrt((1 - np.exp(-2 * times)) / 8)
    for i, level in enumerate(LEVELS):
        error = np.sqrt(level * (1 - level) / DRAWN) / norm.pdf(norm.ppf(level))
        assert np.all(np.abs(found[i] - exact[i]) <= 4 * error * deviation + 1e-3)


def test_several_noises_have_the_law_of_one():
    """noises ½ and ½ are as 1/√2."""
    u = ROADS["decay"].field.variables[0]
    times = np.linspace(0, 3, 41)
    two = simulated(Scalar(u, -u, (u * 0 + 0.5, u * 0 + 0.5)), "decay", Fraction(3), times).quantiles
    one = linear(Scalar(u, -u, (u * 0 + 0.5**0.5,)), 1.0, times).quantiles
    assert np.allclose(two, one, atol=0.04)


@pytest.mark.parametrize("name", ["euler_maruyama", "stochastic_depth", "shake_shake", "gaussian_noise", "milstein"])
def test_paths_fill_the_bands_as_h_falls(name):
    coarse, fine = (
        paths(get(name), problem="decay", h=h, steps=n)["share"]["inside"] for h, n in (("3/4", 4), ("1/100", 300))
    )
    assert abs(fine - 0.9) < 0.03 and abs(fine - 0.9) < abs(coarse - 0.9)


def test_the_slow_motion_of_two_steps_fills_its_bands():
    found = paths(get("lm2_stochastic_depth", k="-1/5"), problem="double_well", h="1/100", steps=300)
    assert abs(found["share"]["inside"] - 0.9) < 0.03 and found["bands"]["says"].startswith("simulated: 10,000 paths")


def test_a_seed_repeats_its_paths_and_another_does_not():
    first, again, other = (paths(get("shake_drop"), seed=seed, paths=3)["paths"] for seed in (1, 1, 2))
    assert first == again != other and len(first) == 3


def test_without_a_limit_the_paths_are_there_with_the_sentence():
    found = paths(get("lm2_gaussian_noise", k="-3/2"), problem="decay", h="1/10", steps=10)
    assert found["bands"] is None and found["share"] is None and len(found["paths"]) == 12
    assert "modes that do not die out" in found["says"][0] and "as drawn" in found["scaling"]


def test_paths_that_leave_every_bound_are_cut_and_said():
    found = paths(get("euler_maruyama", xi=random(Normal(0, 40))), problem="double_well", h="1", steps=60)
    assert any(None in path for path in found["paths"]) and "leave every bound" in found["says"][-1]


def test_branches_differ_and_the_mean_is_the_problem():
    found = paths(get("shake_shake"), problem="decay")
    assert found["fields"] == "f1 = -u + 0.5, f2 = -u - 0.5"
    middle = np.array(found["bands"]["values"][2])
    assert np.allclose(middle, np.exp(-np.array(found["bands"]["times"])), atol=1e-5)


@pytest.mark.parametrize("name", ["rk4_classic", "fractalnet_drop_path"])
def test_what_has_no_paths_says_why(name):
    with pytest.raises(AnalysisError, match=r"nothing is random|drawn together"):
        act_paths(get(name), {})
