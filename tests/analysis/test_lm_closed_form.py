"""u[n+1] = (1-k) u[n] + k u[n-1] + h f(u[n]) in closed form: every formula symbolic in k, every rate observed."""

from fractions import Fraction
from functools import cache
from math import log2

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import (
    effective_step,
    error_constant,
    modified_equation,
    real_interval,
    spectral_radius,
    stability_matrix,
    zero_stability,
)
from analysis.algebraic import rational
from analysis.examples import example
from analysis.fields import modified_field
from analysis.power_bounded import schur, simple_von_neumann
from analysis.stability import characteristic
from analysis.trajectories import flow
from analysis.trees import from_key, sigma
from schemes import get, step, symbol
from tests.analysis.reference import psi, psi_field

LM, k, z = get("lm2"), symbol("k"), symbol("z")
HIGHEST = 5

# The Taylor coefficients of ψ(x) = x/((e^x - 1) + k (1 - e^-x)), by hand. u' = ψ(hD) f(u) with D the derivative along
# the modified flow: Hairer, Lubich, Wanner, Geometric Numerical Integration, XV.3.
PSI = [
    1 / (1 + k),
    -(1 - k) / (2 * (1 + k) ** 2),
    (k**2 - 10 * k + 1) / (12 * (1 + k) ** 3),
    k * (1 - k) / (2 * (1 + k) ** 4),
    -(k**4 + 124 * k**3 - 474 * k**2 + 124 * k + 1) / (720 * (1 + k) ** 5),
]

# The coefficients of F(t), 1/σ(t) included, in u' = f + H (k-1)/(2(k+1)) f'f + …, time nH, H = h/(1+k); by hand from ψ.
PER_STEP = {
    (1,): Fraction(1),
    (1, 2): (k - 1) / (2 * (k + 1)),
    (1, 2, 2): (k**2 - 10 * k + 1) / (12 * (k + 1) ** 2),
    (1, 2, 3): (k**2 - 4 * k + 1) / (3 * (k + 1) ** 2),
    (1, 2, 2, 2): -k / 2 * (k - 1) / (k + 1) ** 3,
    (1, 2, 3, 2): (k**2 - 28 * k + 1) / 12 * (k - 1) / (k + 1) ** 3,
    (1, 2, 3, 3): (k**2 - 16 * k + 1) / 12 * (k - 1) / (k + 1) ** 3,
    (1, 2, 3, 4): (k**2 - 8 * k + 1) / 4 * (k - 1) / (k + 1) ** 3,
}


def symmetries(name):
    return sigma(from_key(name))


def per_step(order):
    """b(t) (1+k)^|t|, which belongs to the effective step H = h/(1+k)."""
    return {t: b * (1 + k) ** len(t) for t, b in modified_equation(LM, order).items()}


# ---- exact ---------------------------------------------------------------------------------------------------------


def test_modified_equation_is_the_printed_one():
    assert {t: b / symmetries(t) for t, b in per_step(4).items()} == PER_STEP


def test_it_follows_from_psi_to_order_five():
    assert psi([-k, k - 1, Fraction(1)], [Fraction(0), Fraction(1), Fraction(0)], HIGHEST) == PSI
    expected = psi_field(PSI, HIGHEST)
    found = modified_equation(LM, HIGHEST)
    assert len(found) == 17  # rooted trees of up to five nodes: 1 + 1 + 2 + 4 + 9
    assert {from_key(t): b for t, b in found.items()} == expected


def test_one_over_k_reverses_time():
    for t, b in per_step(HIGHEST).items():
        turned = b(k=1 / k) if hasattr(b, "symbols") else b
        assert turned == (-1) ** (len(t) - 1) * b


def test_ends_of_the_family_are_leapfrog_and_euler():
    b = modified_equation(LM, HIGHEST)
    at = {x: {t: c(k=Fraction(x)) for t, c in b.items()} for x in (0, 1)}
    assert at[0] == modified_equation(get("euler"), HIGHEST)
    assert all(c == 0 for t, c in at[1].items() if len(t) % 2 == 0)
    # k = 1 is the leapfrog u[n+1] = u[n-1] + 2 (h/2) f with half the step
    assert {t: c * 2 ** len(t) for t, c in at[1].items()} == modified_equation(get("leapfrog"), HIGHEST)


def test_effective_step_and_error_constant():
    assert effective_step(LM) == 1 / (1 + k)
    assert error_constant(LM) == (1 - k) / (2 * (1 + k))
    assert error_constant(get("lm2", k=1)) == Fraction(1, 6)


@pytest.mark.parametrize("value", [Fraction(-1, 2), Fraction(1, 3), Fraction(-9, 10)])
def test_growth_parameter_of_the_parasite(value):
    (root,) = zero_stability(LM.at(k=value)).parasitic
    assert (root.value, root.growth) == (-value, -1 / (1 + value))


# ---- absolute stability --------------------------------------------------------------------------------------------


def ellipse(x, y, k=k):
    """At most 1 inside."""
    return ((x + 1 - k) / (1 - k)) ** 2 + (y / (1 + k)) ** 2


def test_region_is_an_ellipse():
    """Schur–Cohn: the roots of ζ² + bζ + c lie in the open disc iff |c| < 1 and |b - b̄c| < 1 - |c|²."""
    c, b, one = characteristic(stability_matrix(LM))
    assert (c, b, one) == (-k, k - 1 - z, 1)
    x, y = symbol("x"), symbol("y")
    real, imaginary = b(z=x), (b - b(z=0)) / z * y
    distance = ((1 - c) * real) ** 2 + ((1 + c) * imaginary) ** 2 - (1 - c**2) ** 2
    assert distance == (1 - k**2) ** 2 * (ellipse(x, y) - 1)


inside = st.fractions(-1, 1, max_denominator=12).filter(lambda q: abs(q) < 1)
numbers = st.fractions(-3, 3, max_denominator=12)


def polynomial(value, x, y):
    """ζ² + bζ + c over the Gaussian rationals, ascending."""
    number = rational(0).number
    return [number(-value), number(value - 1 - x, -y), number(1)]


@settings(max_examples=60, deadline=None)
@given(inside, numbers, numbers)
def test_roots_are_inside_the_disc_inside_the_ellipse(value, x, y):
    assert schur(polynomial(value, x, y)) == (ellipse(x, y, value) < 1)


@settings(max_examples=30, deadline=None)
@given(inside, numbers)
def test_its_edge_belongs_to_the_region(value, t):
    cosine, sine = (1 - t**2) / (1 + t**2), 2 * t / (1 + t**2)
    f = polynomial(value, (1 - value) * (cosine - 1), (1 + value) * sine)
    assert simple_von_neumann(f) and not schur(f)


@pytest.mark.parametrize("value", [Fraction(-1, 2), Fraction(1, 3)])
def test_region_of_the_table(value):
    scheme, q = get("lm2", k=value), float(value)
    angles = np.linspace(0.1, 2 * np.pi + 0.1, 16)
    edge = (1 - q) * np.cos(angles) + 1j * (1 + q) * np.sin(angles)
    radii = [spectral_radius(scheme, q - 1 + edge * factor) for factor in (0.99, 1, 1.01)]
    assert radii[0].max() < 1 < radii[2].min()
    assert radii[1] == pytest.approx(1, abs=1e-12)
    interval = real_interval(scheme)
    assert str(interval) == f"[{-2 * (1 - value)}, 0]"


# ---- observed ------------------------------------------------------------------------------------------------------

TIME = 0.6  # in effective time, that of u' = f(u)
FIELDS = {"pendulum": (1.2, 0.3), "sines": (0.3, -0.2), "lotka_volterra": (1.0, 1.5)}


@cache
def field(value, name):
    return modified_field(get("lm2", k=value), example(name), HIGHEST)


def distance(value, name, q, n):
    """Of the point after n steps from the flow of the first q terms, started on it at t = 0 and -h."""
    time, u0 = TIME * float(1 + value), np.array(FIELDS[name])
    h = time / n
    back = flow(lambda u: -field(value, name)(u, h, q), u0, [h])[0]
    ahead = flow(lambda u: field(value, name)(u, h, q), u0, [time])[0]
    scheme, f, states = get("lm2", k=value), example(name).function(), (u0, back)
    for _ in range(n):
        states = step(scheme, f, states, h)
    return float(np.max(np.abs(states[0] - ahead)))


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("value", [Fraction(-1, 2), Fraction(1, 3)], ids=["-1/2", "1/3"])
def test_steps_follow_the_first_q_terms_to_order_q(value, name):
    rates = []
    for q in range(1, HIGHEST + 1):
        coarse, fine = (distance(value, name, q, n) for n in (24, 48))
        rates.append(log2(coarse / fine))
    assert rates == pytest.approx(list(range(1, HIGHEST + 1)), abs=0.25)
