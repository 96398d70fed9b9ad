"""Dissipation and dispersion of waves, and the momentum that a table holds."""

from fractions import Fraction

import numpy as np
import pytest

from analysis import AnalysisError, linear_equation, plots, velocity_form, wave_rates, zero_stability
from schemes import get, step, symbol

THETA = np.linspace(0, np.pi, 9)


@pytest.mark.parametrize("rates", [-1j * np.sin(THETA), 2 * np.cos(THETA) - 2])
@pytest.mark.parametrize(
    ("name", "values"), [("euler", {}), ("lm2", {"k": "-1/2"}), ("lm2", {"k": "1/2"}), ("ab3", {}), ("bdf", {})]
)
def test_rates_are_the_linear_modified_equation(name, values, rates):
    """log ζ(z)/H = λ + Σ c_n w^-n H^(n-1) λ^n, the deviation of three terms falling like H³."""
    scheme = get(name, **values)
    c = [float(x) for x in linear_equation(scheme, 3)]

    def left(H):
        series = sum(x / c[0] ** n * H ** (n - 1) * rates**n for n, x in enumerate(c, start=1))
        return np.abs(wave_rates(scheme, rates, H) - series).max()

    assert np.log2(left(1 / 128) / left(1 / 256)) > 2.8


def test_the_second_derivative_of_the_paper():
    """-(1-k)/(2(1+k)) H λ²: waves on advection grow, less for k > 0, more for k < 0; heat is damped the more."""
    H = 1e-4
    for k in (Fraction(-1, 2), Fraction(0), Fraction(1, 2)):
        c = float((1 - k) / (2 * (1 + k)))
        for rate in (-1j, -2.0):
            deviation = (wave_rates(get("lm2", k=k), [rate], H)[0] - rate) / H
            assert deviation.real == pytest.approx((-c * rate**2).real, rel=2e-3)


def test_exact_cases():
    assert wave_rates(get("euler"), [-1.0], 0.5)[0] == pytest.approx(2 * np.log(0.5))
    assert wave_rates(get("leapfrog"), [1j], 0.5)[0] == pytest.approx(2j * np.arcsin(0.5))
    assert wave_rates(get("euler"), [-1.0], 1.0)[0].real == -np.inf
    assert wave_rates(get("polynet_poly2"), [-1.0], 0.5)[0] == pytest.approx(2 * np.log(0.75))


def test_sentences():
    with pytest.raises(AnalysisError, match="lm2 has free parameters"):
        wave_rates(get("lm2"), [1.0], 0.1)
    with pytest.raises(AnalysisError, match="take H > 0"):
        wave_rates(get("euler"), [1.0], 0)
    many = {str(i): (THETA, THETA, THETA) for i in range(7)}
    with pytest.raises(AnalysisError, match="7 schemes in a picture of waves"):
        plots.waves(THETA, (THETA, THETA, THETA), many, title="waves")


def test_the_picture_holds_every_curve():
    curves = {name: (THETA, 2 * THETA, -THETA) for name in ("a", "b")}
    figure = plots.waves(THETA, (THETA, THETA, THETA), curves, title="waves")
    drawn = [[line.get_label() for line in axes.lines] for axes in figure.subfigs[0].axes]
    assert drawn == [["differential equation", "a", "b"]] * 3
    assert np.allclose(figure.subfigs[0].axes[1].lines[2].get_ydata(), 2 * THETA)


# ---- momentum ------------------------------------------------------------------------------------------------------


def test_the_momentum_of_the_papers_scheme():
    """u[n+1] - u[n] = -k (u[n] - u[n-1]) + h f(u[n]): Polyak's heavy ball with β = -k (theory.md section 2)."""
    found = velocity_form(get("lm2"))
    assert found.momentum == -symbol("k") and found.now == (1,) and found.before == (0,)
    assert velocity_form(get("momentum")).momentum == Fraction(9, 10)
    assert velocity_form(get("leapfrog")).momentum == -1


@pytest.mark.parametrize("name", ["lm2", "lm2_consistent"])
def test_the_heavy_ball_runs_as_the_scheme(name):
    """On the gradient of a quadratic, exactly."""
    scheme = get(name, k=Fraction(-1, 2))
    form, h = velocity_form(scheme), Fraction(1, 10)

    def descent(u):
        return -3 * u

    u, before = Fraction(2), Fraction(1)
    states = (u, before)
    for _ in range(6):
        states = step(scheme, descent, states, h)
        u, before = u + form.momentum * (u - before) + h * form.now[0] * descent(u), u
        assert states[0] == u


@pytest.mark.parametrize("name", ["lm2", "leapfrog", "momentum", "ab2"])
def test_momentum_is_the_parasitic_root(name):
    scheme = get(name, k=Fraction(1, 3)) if name == "lm2" else get(name)
    roots = [root.value for root in zero_stability(scheme).roots]
    assert velocity_form(scheme).momentum in roots


def test_what_has_no_velocity_form():
    with pytest.raises(AnalysisError, match="euler has 1 states of 1 unknowns"):
        velocity_form(get("euler"))
    with pytest.raises(AnalysisError, match="revnet has 2 states of 2 unknowns"):
        velocity_form(get("revnet"))
