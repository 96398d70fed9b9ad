"""A-, L- and A(α)-stability: published verdicts and angles, and the region in floating point."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError, spectral_radius
from analysis.angles import a_alpha, a_stable, hurwitz, l_stable
from schemes import Scheme, adams_moulton, bdf, get, milne_simpson, nystrom, runge_kutta
from tests.analysis.reference import collocation
from tests.strategies import numbers, schemes

F = Fraction


def sdirk(gamma):
    """R = (1 + (1-2γ)z + (½-2γ+γ²)z²)/(1-γz)²: A-stable iff γ ≥ 1/4 (Hairer, Wanner II, IV.6)."""
    return runge_kutta("sdirk", [[gamma, 0], [1 - 2 * gamma, gamma]], [F(1, 2), F(1, 2)])


RADAU = runge_kutta("radau_iia2", [[F(5, 12), F(-1, 12)], [F(3, 4), F(1, 4)]], [F(3, 4), F(1, 4)])
RADAU_I = runge_kutta("radau_i", [[0, 0], [F(1, 3), F(1, 3)]], [F(1, 4), F(3, 4)])
LOBATTO_C = runge_kutta("lobatto_iiic2", [[F(1, 2), F(-1, 2)], [F(1, 2), F(1, 2)]], [F(1, 2), F(1, 2)])
LOBATTO_A = runge_kutta(
    "lobatto_iiia3",
    [[0, 0, 0], [F(5, 24), F(1, 3), F(-1, 24)], [F(1, 6), F(2, 3), F(1, 6)]],
    [F(1, 6), F(2, 3), F(1, 6)],
)


@pytest.mark.parametrize(
    ("scheme", "a", "l"),
    [  # Hairer, Wanner, Solving ODEs II, table IV.5.13 and theorem V.1.4
        (get("backward_euler"), True, True),
        (get("trapezoid"), True, False),
        (get("implicit_midpoint"), True, False),
        (RADAU, True, True),
        (LOBATTO_C, True, True),
        (LOBATTO_A, True, False),
        (bdf(1), True, True),
        (bdf(2), True, True),
        (bdf(3), False, False),
        (adams_moulton(1), True, False),
        (adams_moulton(2), False, False),
        (get("rk4_classic"), False, False),
        (get("leapfrog"), False, False),
        (sdirk(F(1, 4)), True, False),
        (sdirk(F(1, 5)), False, False),
        (sdirk(F(3)), True, False),
    ],
)
def test_verdicts(scheme, a, l):
    assert (a_stable(scheme), l_stable(scheme)) == (a, l)
    assert (a_alpha(scheme) == 90) >= a


@pytest.mark.parametrize(
    ("steps", "alpha"),
    [(3, 86.0323668602), (4, 73.3516704746), (5, 51.8397558360), (6, 17.8397777922), (7, 0)],
)
def test_angles_of_bdf(steps, alpha):
    """Hairer, Wanner II, (V.2.7): 86.03, 73.35, 51.84, 17.84; digits by the formula of numerics.md section 8."""
    assert a_alpha(bdf(steps)) == pytest.approx(alpha, abs=1e-10)


@pytest.mark.parametrize(
    "scheme", [get("euler"), get("leapfrog"), nystrom(3), milne_simpson(2), adams_moulton(2), adams_moulton(3), RADAU_I]
)
def test_angles_of_zero(scheme):
    """No sector: explicit, growing parasites, finite real intervals."""
    assert a_alpha(scheme) == 0


@pytest.mark.parametrize("stages", [3, 5])
def test_an_angle_of_an_implicit_runge_kutta_scheme(stages):
    """Collocation on equal steps; by floating point stable on a ray inside, unstable on one outside."""
    scheme = runge_kutta("collocation", *collocation(stages))
    alpha = a_alpha(scheme)
    x = np.geomspace(1e-1, 1e2, 20000)
    inside, outside = (spectral_radius(scheme, -x * np.exp(1j * np.radians(alpha + d))).max() for d in (-1e-4, 1e-4))
    assert 0 < alpha < 90 and inside <= 1 < outside


def test_a_pole_that_no_eigenvalue_shows():
    """M = [[1/(1-z), 0], [z/(1+z/2), 0]] does not exist at -2."""
    scheme = Scheme(
        "pole",
        A=((1, 0), (0, F(-1, 2))),
        U=((1, 0), (1, 0)),
        B=((1, 0), (0, 1)),
        V=((1, 0), (0, 0)),
        states=("u[n]", "v[n]"),
    )
    assert not a_stable(scheme)


@settings(max_examples=60)
@given(st.lists(numbers, min_size=1, max_size=5).filter(lambda p: p[-1]))
def test_routh(p):
    roots = np.roots([float(c) for c in p[::-1]])
    if len(roots) == 0 or abs(roots.real).min() > 1e-6:
        assert hurwitz(p) == bool((roots.real < 0).all())


@settings(max_examples=30, deadline=None)
@given(st.one_of(schemes(True), schemes(False), schemes(False)))
def test_random_schemes_agree_with_floating_point(scheme):
    """An answer is true on a fan of rays; what cannot be decided is said in a sentence."""
    try:
        alpha = a_alpha(scheme)
    except AnalysisError as error:
        assert str(error).startswith(scheme.name)
        return
    assert not a_stable(scheme) or alpha == 90
    x = np.geomspace(1e-2, 1e2, 40)
    for fraction in (0, 0.5, 0.99):
        z = -x * np.exp(1j * np.radians(float(alpha) * fraction))
        assert alpha == 0 or spectral_radius(scheme, z).max() <= 1 + 1e-6


def test_free_parameters_are_refused():
    for question in (a_stable, l_stable, a_alpha):
        with pytest.raises(AnalysisError, match="fix k first"):
            question(get("lm2"))


@pytest.mark.parametrize("digits", [9, 10, 12, 14, 15, 18])
def test_l_stable_methods_of_irrational_entries_are_l_stable(digits):
    """Alexander 1977, γ = 1 - √2/2: |R(iy)|² - 1 has no y² whatever the rounding."""
    near = F(1, 10**digits)
    g = round(F("0.292893218813452475599155637895") / near) * near
    s = runge_kutta("alexander", [[g, 0], [1 - g, g]], [1 - g, g], tolerance=near)
    assert a_stable(s) and l_stable(s) and a_alpha(s) == 90
