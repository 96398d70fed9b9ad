"""Zero-stability: exact verdicts, growth parameters, ranges of a parameter."""

from fractions import Fraction
from math import comb, inf, isqrt, sqrt

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError, Interval, zero_stability, zero_stable_range
from analysis.algebraic import Point, rational
from analysis.power_bounded import power_bounded, schur, simple_von_neumann
from schemes import Scheme, SchemeError, bdf, get, learned, multistep, symbol
from tests.analysis.reference import one_parameter_families
from tests.strategies import schemes

F = Fraction


def growths(scheme):
    return {root.value: root.growth for root in zero_stability(scheme).parasitic}


def test_roots_of_the_paper_scheme():
    """1 and -k, growth -1/(1+k) at -k and 1/(1+k) at 1: numerics.md section 7."""
    for k in (F(-1, 2), F(1, 3), F(9, 10)):
        found = zero_stability(get("lm2", k=k))
        assert [r.value for r in found.roots] == [1, -k] and found.stable and found.strictly_stable
        assert growths(get("lm2", k=k)) == {-k: -1 / (1 + k)} and found.roots[0].growth == 1 / (1 + k)


@pytest.mark.parametrize(
    ("k", "stable", "strictly"),
    [(-1, False, False), (1, True, False), (F(-11, 10), False, False), (F(11, 10), False, False)],
)
def test_the_ends_of_the_range(k, stable, strictly):
    found = zero_stability(get("lm2", k=k))
    assert (found.stable, found.strictly_stable) == (stable, strictly)


@pytest.mark.parametrize(
    ("alpha", "beta", "growth"),
    [  # numerics.md section 6
        ([-1, 0, 1], [0, 2, 0], F(-1)),
        ([-1, 0, 1], ["1/3", "4/3", "1/3"], F(-1, 3)),
        ([0, -1, 0, 1], ["1/3", "-2/3", "7/3", 0], F(-5, 3)),
        ([0, 0, -1, 0, 1], ["-1/3", "4/3", "-5/3", "8/3", 0], F(-3)),
    ],
)
def test_growth_parameters_of_weakly_stable_schemes(alpha, beta, growth):
    found = zero_stability(multistep("weak", alpha, beta))
    assert found.stable and not found.strictly_stable
    assert {r.value: r.growth for r in found.parasitic if r.value}[-1] == growth


@pytest.mark.parametrize("steps", range(1, 8))
def test_bdf_is_zero_stable_to_six_steps(steps):
    """Cryer 1972; Hairer, Nørsett, Wanner I, theorem III.3.4; Σ ∇^j u / j = h f."""
    alpha = [F(0)] * (steps + 1)
    for j in range(1, steps + 1):
        for i in range(j + 1):
            alpha[steps - i] += F((-1) ** i * comb(j, i), j)
    assert zero_stability(multistep("bdf", alpha, [0] * steps + [1])).stable == (steps <= 6)


def test_verdicts_in_words():
    """BDF7: modulus by numpy's roots of the coefficients 420 Σ ∇^j/j."""
    modulus = max(abs(np.roots([1089, -2940, 4410, -4900, 3675, -1764, 490, -60])))
    assert zero_stability(bdf(7)).verdict == f"not zero-stable, a root of modulus {modulus:.6g}"
    assert zero_stability(bdf(2)).verdict.startswith("zero-stable")
    assert zero_stability(get("leapfrog")).verdict.startswith("weakly stable")
    assert zero_stability(get("lm2", k=-1)).verdict == "not zero-stable, a multiple root on the unit circle"


def test_several_roots_one_of_several_components():
    found = zero_stability(get("revnet"))
    assert found.stable and found.strictly_stable and found.parasitic == () and found.roots[0].multiplicity == 2
    shear = Scheme("shear", A=((0,),), U=((1, 0),), B=((1,), (0,)), V=((1, 1), (0, 1)), states=("u[n]", "v[n]"))
    assert not zero_stability(shear).stable


def test_zerosnet_optimum():
    """λ = -9/5 puts a double root at -1/3: theory.md section 1."""
    found = zero_stability(get("zerosnet"))
    assert [(r.value, r.multiplicity, r.growth) for r in found.parasitic] == [(F(-1, 3), 2, None)]


@settings(max_examples=40)
@given(schemes())
def test_growth_is_the_derivative_of_the_eigenvalue(scheme):
    """λ against a finite difference of the eigenvalues of V + zBU, where they are well apart."""
    V, B, U = (np.array(m, dtype=float) for m in (scheme.V, scheme.B, scheme.U))
    z, roots = 1e-7, zero_stability(scheme).roots
    values = np.array([complex(r.value) for r in roots])
    moved = np.linalg.eigvals(V + z * B @ U)
    for root, value in zip(roots, values, strict=True):
        gap = min((abs(value - other) for other in values if other != value), default=1)
        if root.growth is not None and gap > 0.1 and abs(value) > 0.1:
            nearest = moved[np.argmin(abs(moved - value))]
            assert (nearest / value - 1) / z == pytest.approx(complex(root.growth), abs=1e-3 * (1 + abs(root.growth)))


@settings(max_examples=60)
@given(schemes())
def test_verdicts_agree_with_powers(scheme):
    """sup ‖V^n‖, by squaring to n = 2^12; verdict exact, powers in floating point."""
    power = np.array(scheme.V, dtype=float)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(12):
            power = np.clip(power @ power, -1e100, 1e100)
    assert zero_stability(scheme).stable == bool(np.abs(power).max() < 500)


# ---- the test itself -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coefficients", "simple", "inside"),
    [
        ([-1, 1], True, False),
        ([1, -2, 1], False, False),  # a double root 1
        ([5, -6, 5], True, False),  # a pair on the circle that is no root of unity
        ([25, -60, 86, -60, 25], False, False),  # the same pair twice
        ([2, -5, 2], False, False),  # 2 and 1/2: self-reciprocal, off the circle
        ([0, 0, 1], True, True),
        ([F(1, 4), -1, 1], True, True),  # a double root 1/2
        ([F(-1, 2), F(3, 2), -2, 1], True, False),  # (ζ - 1)(ζ² - ζ + 1/2)
    ],
)
def test_miller(coefficients, simple, inside):
    f = [rational(0).number(c) for c in coefficients]
    assert (simple_von_neumann(f), schur(f)) == (simple, inside)


def test_powers_of_matrices_with_equal_eigenvalues():
    assert power_bounded(((1, 0), (0, 1)), rational(0))
    assert not power_bounded(((1, 1), (0, 1)), rational(0))
    assert power_bounded(((0, 1), (0, 0)), rational(0))


# ---- one parameter -------------------------------------------------------------------------------------------------


def test_ranges():
    """lm2: theory.md section 2. zerosnet: λ = -1 is the leapfrog scheme, zero-stable, and 1/3 has a double root 1."""
    assert zero_stable_range(get("lm2")) == (Interval(F(-1), F(1), False, True),)
    assert zero_stable_range(get("lm2_stochastic_depth")) == (Interval(F(-1), F(1), False, True),)
    assert zero_stable_range(get("momentum", gamma=learned(0))) == (Interval(F(-1), F(1), True, False),)
    zerosnet = get("zerosnet", lam=learned("-9/5"))
    assert zero_stable_range(zerosnet) == (Interval(-inf, F(-1), False, True), Interval(F(1, 3), inf, False, False))
    assert zerosnet.at(lam=-1).V[0] == (0, 1, 0) and zerosnet.at(lam=-1).B[0] == (2,)


def test_a_range_with_irrational_ends():
    """ρ = (ζ - 1)(ζ² + k² - 2): zero-stable where |k² - 2| < 1 or = 1 with simple roots, k² = 1 gives ζ = ±1."""
    k = symbol("k")
    scheme = multistep("square", [2 - k * k, k * k - 2, -1, 1], [0, 0, 1, 0])
    left, right = zero_stable_range(scheme)
    assert (right.low, right.low_closed, right.high_closed) == (1, False, True)
    assert float(right.high) == pytest.approx(sqrt(3), abs=1e-15) and right.high**2 == 3 and left.low == -right.high


def test_a_root_that_stays_at_minus_one():
    """ρ = (ζ² - 1)(ζ + k): zero-stable for |k| < 1, a double root -1 or 1 at the ends."""
    k = symbol("k")
    assert zero_stable_range(multistep("stays", [-k, -1, k, 1], [0, 0, 1, 0])) == (Interval(F(-1), F(1), False, False),)


def test_a_range_leaves_out_poles():
    """(ζ - 1)(ζ + 1/k²)…: stable for |k| ≥ 1, and the pole 0 is outside; at β = 1/(k - 2) the pole is cut out."""
    k = symbol("k")
    found = zero_stable_range(multistep("pole", [-1 / k**2, 1 / k**2 - 1, 1], [0, 1 / (k - 2), 0]))
    ends = [(i.low, i.low_closed, i.high, i.high_closed) for i in found]
    assert ends == [(-inf, False, -1, True), (1, True, 2, False), (2, False, inf, False)]


def test_sentences():
    with pytest.raises(AnalysisError, match="lm2 has free parameters: fix k first"):
        zero_stability(get("lm2"))
    with pytest.raises(AnalysisError, match="exactly one free parameter, free are k1, k2"):
        zero_stable_range(get("full_history"))
    with pytest.raises(AnalysisError, match="free are none"):
        zero_stable_range(get("euler"))


@settings(max_examples=25)
@given(one_parameter_families(), st.fractions(-4, 4, max_denominator=7))
def test_ranges_agree_with_verdicts(scheme, value):
    """The range as a set against the verdict at a value."""
    if len(scheme.symbols) != 1:
        return
    inside = any(value in interval for interval in zero_stable_range(scheme))
    try:
        assert inside == zero_stability(scheme.at(k=value)).stable
    except SchemeError:  # a pole
        assert not inside


def test_signs_next_to_zero():
    """θ = √2 against a fraction that agrees with it to 80 digits, and θ² - 2, which is 0."""
    theta = Point(sympy.sqrt(2), (F(1), F(0), F(-2))).theta
    near = F(isqrt(2 * 10**160), 10**80)
    assert [(theta - near).sign(), (near - theta).sign(), (theta * theta - 2).sign()] == [1, -1, 0]
