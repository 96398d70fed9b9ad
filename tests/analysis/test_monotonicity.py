"""SSP coefficients: published values, the closed form of multistep schemes, the conditions in floating point."""

from fractions import Fraction
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError
from analysis.monotonicity import ssp_coefficient, values_only
from schemes import adams_bashforth, bdf, formula, get, multistep, runge_kutta
from schemes import reduce as reduced
from tests.strategies import numbers, schemes

F = Fraction
SIXTH = [[F(1, 6)] * i if i < 5 else [F(1, 15)] * 5 + [F(1, 6)] * (i - 5) for i in range(10)]


@pytest.mark.parametrize(
    ("scheme", "coefficient"),
    [
        # Gottlieb, Ketcheson, Shu, Strong Stability Preserving Runge–Kutta and Multistep Time Discretizations (2011)
        (get("euler"), 1),
        (get("heun2"), 1),
        (get("ssprk33"), 1),
        (get("rk4_classic"), 0),  # Kraaijevanger 1991: b_4 > 0 but a_31 = 0
        (get("midpoint"), 0),
        (runge_kutta("ssprk104", SIXTH, [F(1, 10)] * 10), 6),  # Ketcheson 2008
        (get("backward_euler"), inf),
        (get("trapezoid"), 2),
        (get("implicit_midpoint"), 2),
        (adams_bashforth(2), 0),
        (bdf(2), 0),
        (multistep("shu43", [F(-11, 27), 0, 0, F(-16, 27), 1], [F(4, 9), 0, 0, F(16, 9), 0]), F(1, 3)),  # Shu 1988
        (multistep("shu32", [F(-1, 4), 0, F(-3, 4), 1], [0, 0, F(3, 2), 0]), F(1, 2)),
        (get("lm2", k=F(1, 3)), F(2, 3)),  # 1 - k: numerics.md section 7
        (get("lm2", k=F(-1, 3)), 0),
        (get("lm2", k=1), 0),
    ],
)
def test_published_coefficients(scheme, coefficient):
    assert ssp_coefficient(scheme) == coefficient


def test_rounded_tables():
    """Spiteri, Ruuth 2002: 2.65062919 and 1.50818004918983; digits as the tables have them."""
    assert ssp_coefficient(get("ssprk53")) == pytest.approx(2.65062919, abs=2e-8)
    assert ssp_coefficient(get("ssprk54")) == pytest.approx(1.50818004918983, abs=1e-11)


def test_an_irrational_coefficient_is_exact():
    """The end against the conditions in floating point."""
    scheme = runge_kutta("sdirk", [[F(1, 3), 0], [F(1, 3), F(1, 3)]], [F(2, 3), F(1, 3)])
    c = ssp_coefficient(scheme)
    assert smallest(scheme, float(c) - 1e-9) >= -1e-12 and smallest(scheme, float(c) + 1e-6) < 0


def test_equal_stages_count_once():
    """Euler's step, backward Euler's and the midpoint rule, each of two equal stages."""
    for A, weights, found in [
        ([[0, 0], [0, 0]], [2, -1], 1),
        ([[1, 0], [0, 1]], [2, -1], inf),
        ([[1, "-1/2"]] * 2, ["3/2", "-1/2"], 2),
    ]:
        assert ssp_coefficient(runge_kutta("twice", A, weights)) == found


def test_a_stage_that_no_one_needs_does_not_limit():
    assert ssp_coefficient(formula("idle", lambda f, u: (f(u - f(u)), u + f(u))[1])) == 1


@settings(max_examples=40)
@given(st.lists(numbers, min_size=1, max_size=3), st.data())
def test_multistep_schemes_have_the_closed_form(weights, data):
    """min -α_j/β_j over j < k with β_j > 0, if all α_j ≤ 0 and β_j ≥ 0: Lenferink 1989 (explicit), 1991 (implicit)."""
    beta = data.draw(st.lists(numbers, min_size=len(weights) + 1, max_size=len(weights) + 1))
    total = sum(weights, F(0))
    if not total or not any(beta) or not beta[-2]:
        return
    alpha = [*(-w / total for w in weights), F(1)]
    explained = all(a <= 0 for a in alpha[:-1]) and all(b >= 0 for b in beta)
    ratios = [-a / b for a, b in zip(alpha[:-1], beta[:-1], strict=True) if b]
    expected = min(ratios, default=inf) if explained else 0
    assert ssp_coefficient(multistep("closed", alpha, beta)) == expected


def smallest(scheme, r):
    """The least entry of (I + rT)⁻¹ S and r (I + rT)⁻¹ T, in floating point."""
    scheme = values_only(reduced(scheme))
    S = np.array((*scheme.U, *scheme.V), dtype=float)
    T = np.zeros((len(S), len(S)))
    T[:, : scheme.stages] = np.array((*scheme.A, *scheme.B), dtype=float)
    inverse = np.linalg.inv(np.eye(len(S)) + r * T)
    return min((inverse @ S).min(), (r * inverse @ T).min())


@settings(max_examples=20)
@given(st.one_of(schemes(True), schemes(False)))
def test_the_coefficient_is_where_the_conditions_end(scheme):
    try:
        c = ssp_coefficient(scheme)
    except AnalysisError as error:
        assert str(error).startswith(scheme.name)
        return
    for r in np.linspace(0, min(float(c), 100), 6)[1:-1] if c else ():
        assert smallest(scheme, r) >= -1e-9
    if c != inf:
        beyond = float(c) * (1 + 1e-4) + 1e-4
        assert smallest(scheme, beyond) < 0 or smallest(scheme, beyond * 1.01) < 1e-12


def test_sentences():
    with pytest.raises(AnalysisError, match="fix k first"):
        ssp_coefficient(get("lm2"))
    with pytest.raises(AnalysisError, match="momentum keeps v"):
        ssp_coefficient(get("momentum"))
    with pytest.raises(AnalysisError, match="revnet keeps y"):
        ssp_coefficient(get("revnet"))
    with pytest.raises(AnalysisError, match="applies a field to a slope"):
        ssp_coefficient(get("polynet_poly2"))
