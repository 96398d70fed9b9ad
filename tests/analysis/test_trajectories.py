"""Laws of trajectories, exact flows, smooth starts, and of the distance of points from modified flows."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.examples import example
from analysis.shadowing import Shadow
from analysis.trajectories import flow, smooth_start, speeds, trajectory
from schemes import Scheme, get, step

PENDULUM = example("pendulum")
START = np.array([1.2, 0.3])


def scheme_of(name: str) -> Scheme:
    """A scheme's name, with k where there is one: lm2 -1/2."""
    name, _, k = name.partition(" ")
    return get(name, k=Fraction(k)) if k else get(name)


def test_an_explicit_scheme_steps_as_by_hand() -> None:
    f, h, u = PENDULUM.function(), 0.1, START
    for point in trajectory(get("heun2"), PENDULUM, START, h, 5):
        assert point == pytest.approx(u, rel=1e-14)
        k1 = f(u)
        k2 = f(u + h * k1)
        u = u + h / 2 * (k1 + k2)


def test_a_partitioned_scheme_reads_the_halves_in_turn() -> None:
    """RevNet is symplectic Euler: the second half sees the first one's new value."""
    points = trajectory(get("revnet"), PENDULUM, START, 0.1, 4)
    f = PENDULUM.function()
    for (q, p), (q1, p1) in pairwise(points):
        assert q1 == pytest.approx(q + 0.1 * f(np.array([q, p]))[0], rel=1e-14)
        assert p1 == pytest.approx(p + 0.1 * f(np.array([q1, p]))[1], rel=1e-14)


@pytest.mark.parametrize("name", ["implicit_midpoint", "trapezoid"])
def test_a_symmetric_scheme_comes_back(name: str) -> None:
    there = trajectory(get(name), PENDULUM, START, 0.3, 6)
    back = trajectory(get(name), PENDULUM, there[-1], -0.3, 6)
    assert back[::-1] == pytest.approx(there, abs=1e-12)
    assert np.max(np.abs(there[1] - START)) > 0.01


def test_the_usual_start_of_a_multistep_scheme_is_euler() -> None:
    points = trajectory(get("ab2"), PENDULUM, START, 0.1, 3)
    f = PENDULUM.function()
    assert points[1] == pytest.approx(START + 0.1 * f(START))
    assert points[2] == pytest.approx(points[1] + 0.1 * (1.5 * f(points[1]) - 0.5 * f(START)))


def test_the_flow_keeps_what_the_field_keeps() -> None:
    orbit = flow(PENDULUM.function(), START, np.linspace(0, 5, 7))
    energy = orbit[:, 1] ** 2 / 2 - np.cos(orbit[:, 0])
    assert orbit[0] == pytest.approx(START, abs=0)
    assert energy == pytest.approx(energy[0], abs=1e-11)
    turned = flow(lambda u: np.array([u[1], -u[0]]), np.array([1.0, 0.0]), [0.5, 2.0])
    assert turned == pytest.approx(np.array([[np.cos(t), -np.sin(t)] for t in (0.5, 2.0)]), abs=1e-11)


def test_a_flow_that_ends_is_said_to_end() -> None:
    """u' = u² from 1 has no solution beyond t = 1."""
    assert flow(lambda u: u * u, np.array([1.0]), [0.5])[0, 0] == pytest.approx(2, rel=1e-11)
    with pytest.raises(AnalysisError, match="the flow ends before t = 2"):
        flow(lambda u: u * u, np.array([1.0]), [2.0])
    with pytest.raises(AnalysisError, match="ascending"):
        flow(lambda u: u, np.array([1.0]), [1.0, 0.5])


@pytest.mark.parametrize("name", ["lm2 -1/2", "lm2 1/3", "ab2", "ab3", "leapfrog", "nystrom"])
def test_the_smooth_manifold_is_invariant(name: str) -> None:
    """A step from S(u) ends on S(u₁), but for O(h^(m+1))."""
    scheme, order, gaps = scheme_of(name), 3, []
    for h in (0.02, 0.01):
        states = step(scheme, PENDULUM.function(), smooth_start(scheme, PENDULUM, START, h, order), h)
        gaps.append(np.max(np.abs(np.array(states) - smooth_start(scheme, PENDULUM, states[0], h, order))))
    assert np.log2(gaps[0] / gaps[1]) > order + 1 - 0.15


@pytest.mark.parametrize("name", ["euler", "implicit_midpoint", "rk4_classic"])
def test_a_one_step_scheme_starts_where_it_is(name: str) -> None:
    (state,) = smooth_start(get(name), PENDULUM, START, 0.1, 4)
    assert state == pytest.approx(START, abs=0)


# The power of h of the first term cut off, by order: symmetric schemes skip even terms, others those below their order.
EXPECTED = {
    "euler": {(1,): 1, (2,): 2, (3,): 3, (4,): 4},
    "rk4_classic": {(1, 2, 3, 4): 4, (5,): 5},
    "lm2 -1/2": {(1,): 1, (2,): 2, (3,): 3, (4,): 4},
    "lm2 1/3": {(1,): 1, (2,): 2, (3,): 3, (4,): 4},
    "ab2": {(1, 2): 2, (3,): 3, (4,): 4},
    "implicit_midpoint": {(1, 2): 2, (3, 4): 4},
    "revnet": {(1,): 1, (2,): 2, (3,): 3, (4,): 4},
}


@pytest.mark.parametrize("name", EXPECTED)
def test_points_follow_the_modified_equation_of_order_q_to_h_to_the_q(name: str) -> None:
    shadow = Shadow(scheme_of(name), PENDULUM, max(max(orders) for orders in EXPECTED[name]), START)
    assert shadow.groups == EXPECTED[name]
    for rate in shadow.rates(1.0, 4 if name == "rk4_classic" else 12, 4):
        assert rate.fitted == pytest.approx(rate.expected, abs=0.15), rate


def test_distances_at_rounding_are_not_fitted() -> None:
    shadow = Shadow(get("rk4_classic"), PENDULUM, 5, START)
    fine = shadow.rates(0.1, 64, 3)[-1]
    assert not fine.used.any() and fine.fitted is None


def test_distances_below_the_rounding_of_the_table_are_not_fitted() -> None:
    """ssprk53 is printed to 1e-9: its distances end there, and no slope is theirs."""
    shadow = Shadow(get("ssprk53"), PENDULUM, 5, START)
    for rate in shadow.rates(1.0, 4, 6):
        assert np.all(rate.distances[rate.used] > 1e-8)
        assert rate.fitted is None or rate.fitted == pytest.approx(rate.expected, abs=0.3)


def test_a_flow_that_takes_too_long_ends() -> None:
    with pytest.raises(AnalysisError, match="more than 500 values of the field, ask for a shorter time"):
        flow(lambda u: -1e4 * u, np.array([1.0]), [100.0], 500)


@pytest.mark.parametrize(("name", "shorter"), [("euler", 1), ("lm2 -99/100", 1), ("momentum", 1 / 2)])
def test_the_time_is_halved_until_the_points_are_near(name: str, shorter: float) -> None:
    """Momentum's effective step and lm2's at k near -1 are far from 1: their modified equations reach less far."""
    shadow, (speed,) = Shadow(scheme_of(name), PENDULUM, 3), speeds(scheme_of(name))
    time, steps = shadow.visible(6.0 / float(speed))
    assert time <= shorter * 6.0 / float(speed) and shadow.near(time / steps, steps)


def test_what_cannot_be_followed_is_refused() -> None:
    with pytest.raises(AnalysisError, match=r"free parameter k: fix it by scheme.at\(k=…\)"):
        trajectory(get("lm2"), PENDULUM, START, 0.1, 3)
    with pytest.raises(AnalysisError, match="2 components and lotka_volterra no such halves"):
        trajectory(get("revnet"), example("lotka_volterra"), START, 0.1, 3)
    with pytest.raises(AnalysisError, match="at least one term"):
        Shadow(get("euler"), PENDULUM, 0)
    with pytest.raises(AnalysisError, match="take a smaller h"):
        trajectory(get("backward_euler"), lambda u: 1 + u * u, np.array([1.0]), 1.0, 1)


def test_what_the_smooth_manifold_needs():
    with pytest.raises(AnalysisError, match="lm2 has the free parameter k"):
        smooth_start(get("lm2"), example("pendulum"), np.ones(2), 0.1, 2)
    with pytest.raises(AnalysisError, match="give f as a VectorField"):
        smooth_start(get("ab2"), np.sin, np.ones(2), 0.1, 2)
