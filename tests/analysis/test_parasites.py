"""Laws of the parasitic components of multistep schemes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.examples import example
from analysis.parasites import separation
from analysis.trajectories import smooth_start
from schemes import get

PENDULUM = example("pendulum")
START = np.array([1.2, 0.3])


@pytest.mark.parametrize("k", [Fraction(-1, 2), Fraction(1, 3), Fraction(-1, 3)])
def test_the_parasite_of_lm_decays_like_k(k: Fraction) -> None:
    """z_n = (-k)^n z(nh): numerics of the two roots 1 and -k; z' = λ f'(y) z changes it by O(h) a step."""
    h = 0.002
    (mode,) = separation(get("lm2", k=k), PENDULUM, START, h, 8).modes
    assert mode.root.value == -k and mode.root.growth == -1 / (1 + k)
    sizes = np.linalg.norm(mode.values, axis=1)
    assert sizes[1:] / sizes[:-1] == pytest.approx(abs(float(k)), rel=5e-2)
    assert np.max(np.abs(mode.values - mode.predicted)[1:]) < 2e-2 * sizes[1]


def test_an_euler_start_leaves_an_offset_of_order_h() -> None:
    """y(0) = u_0 + k h f/(1+k)² + O(h²), z(0) the rest of u_0; from inserting n = 0, 1 into u_n = y(nh) + (-k)^n z."""
    k, f = 1 / 3, PENDULUM.function()(START)
    gaps = []
    for h in (0.02, 0.01):
        found = separation(get("lm2", k=Fraction(1, 3)), PENDULUM, START, h, 2)
        gaps.append(np.max(np.abs(found.smooth[0] - START - k * h * f / (1 + k) ** 2)))
        assert np.max(np.abs(found.smooth[0] - START)) > 5 * gaps[-1]
    assert np.log2(gaps[0] / gaps[1]) == pytest.approx(2, abs=0.15)


@pytest.mark.parametrize("name", ["leapfrog", "nystrom"])
def test_growth_parameters_carry_the_parasite_of_a_weakly_stable_scheme(name: str) -> None:
    """On a damped field it grows though the solution decays: |z| like exp(-λ t) with λ < 0, here on the pendulum."""
    (mode,) = [m for m in separation(get(name), PENDULUM, START, 0.02, 100).modes if m.root.value == -1]
    later = slice(get(name).history, None)
    assert np.max(np.abs(mode.values - mode.predicted)[later]) < 0.05 * np.max(np.abs(mode.values[later]))


def test_a_smooth_start_has_no_parasite() -> None:
    """What is left is what the series leaves out, O(h^(m+1))."""
    scheme, left = get("ab2"), []
    for h in (0.04, 0.02):
        states = smooth_start(scheme, PENDULUM, START, h, 3)
        left.append(separation(scheme, PENDULUM, states, h, 10, 3).rest.max())
    assert np.log2(left[0] / left[1]) > 3.85
    assert separation(scheme, PENDULUM, START, 0.02, 10, 3).rest[0] > 1e3 * left[1]


def test_roots_zero_have_no_mode_and_leave_at_once() -> None:
    found = separation(get("ab2"), PENDULUM, START, 0.01, 4)
    assert not found.modes and found.rest[2] < 1e-4 * found.rest[0]


def test_what_has_no_separation_is_refused() -> None:
    with pytest.raises(AnalysisError, match="several components"):
        separation(get("revnet"), PENDULUM, START, 0.1, 3)
    with pytest.raises(AnalysisError, match="only start"):
        separation(get("ab3"), PENDULUM, START, 0.1, 1)
