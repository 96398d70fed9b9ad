"""Stability on u' = λu: exact matrices and intervals against published numbers, closed forms and floating point."""

from fractions import Fraction
from math import cos, factorial, inf, sin, sqrt

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import (
    AnalysisError,
    Interval,
    imaginary_interval,
    real_interval,
    spectral_radius,
    stability_function,
    stability_matrix,
)
from analysis.stability import characteristic, minimal_polynomial, multiply, pencil
from schemes import Parameter, Scheme, formula, get, multistep, runge_kutta, symbol
from schemes.linear import solve
from tests.strategies import numbers, rows, schemes

F = Fraction
z = symbol("z")
TRAPEZOID = runge_kutta("trapezoid", [[0, 0], ["1/2", "1/2"]], ["1/2", "1/2"])
BACKWARD_EULER = runge_kutta("backward_euler", [[1]], [1])
BDF3 = multistep("bdf3", ["-1/3", "3/2", -3, "11/6"], [0, 0, 0, 1])
MILNE = multistep("milne", [-1, 0, 1], ["1/3", "4/3", "1/3"])


def taylor(n):
    return sum((z**j / factorial(j) for j in range(n + 1)), F(0))


# ---- the matrix and the function -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "R"),
    [
        ("euler", 1 + z),
        ("heun2", taylor(2)),
        ("ssprk33", taylor(3)),
        ("rk4_classic", taylor(4)),
        ("rk4_38", taylor(4)),
        ("polynet_poly2", 1 + z + z**2),  # theory.md section 1
        ("polynet_poly3", 1 + z + z**2 + z**3),
        ("polynet_mpoly2", 1 + z + z**2),
        ("polynet_2way", 1 + 2 * z),
        ("stochastic_depth", 1 + z / 2),
    ],
)
def test_stability_functions(name, R):
    assert stability_function(get(name)) == R


def test_implicit_stability_functions():
    assert stability_function(BACKWARD_EULER) == 1 / (1 - z)
    assert stability_function(TRAPEZOID) == (1 + z / 2) / (1 - z / 2)


def test_the_characteristic_polynomial_of_the_paper_scheme():
    """ζ² - (1 - k + z) ζ - k, symbolic in k."""
    k, zeta = symbol("k"), symbol("zeta")
    assert stability_function(get("lm2")) == zeta**2 - (1 - k + z) * zeta - k


@settings(max_examples=30)
@given(schemes(True))
def test_step_gives_the_matrix_of_the_formula(scheme):
    """V + zB(I - zA)⁻¹U, expanded as V + Σ z^(n+1) B A^n U for an explicit scheme."""
    expected = [list(row) for row in scheme.V]
    inner = scheme.U
    for n in range(scheme.stages):
        for i, row in enumerate(multiply(scheme.B, inner)):
            expected[i] = [x + z ** (n + 1) * y for x, y in zip(expected[i], row, strict=True)]
        inner = multiply(scheme.A, inner)
    assert stability_matrix(scheme) == tuple(map(tuple, expected))


@settings(max_examples=30)
@given(st.one_of(schemes(True), schemes(False)), st.complex_numbers(max_magnitude=2))
def test_spectral_radius_is_that_of_the_exact_polynomial(scheme, point):
    """Eigenvalues in floating point against roots of the exact characteristic polynomial, away from poles."""
    A = np.array(scheme.A, dtype=float)
    if abs(np.linalg.det(np.eye(len(A)) - point * A)) < 0.1:
        return
    P = [complex(c(z=point)) if callable(c) else complex(c) for c in characteristic(stability_matrix(scheme))]
    expected = max(abs(np.roots(P[::-1])))
    assert spectral_radius(scheme, point) == pytest.approx(expected, rel=1e-3, abs=1e-3)


@settings(max_examples=30)
@given(schemes(False), st.fractions(-2, 2, max_denominator=9))
def test_the_pencil_is_the_matrix_solved_at_a_point(scheme, point):
    """V + zB(I - zA)⁻¹U with numbers, by elimination, at rational z."""
    s = range(scheme.stages)
    slopes = solve([[F(i == j) - point * scheme.A[i][j] for j in s] for i in s], [[*row] for row in scheme.U])
    N, Q = pencil(scheme)
    if (q := sum(c * point**j for j, c in enumerate(Q))) == 0:
        return
    for i, row in enumerate(multiply(scheme.B, slopes)):
        for entry, v, m in zip(N[i], scheme.V[i], row, strict=True):
            assert sum(c * point**j for j, c in enumerate(entry)) / q == v + point * m


def test_a_parameter_stays_symbolic_in_an_implicit_scheme():
    """θ method: R = (1 + (1-θ)z)/(1 - θz)."""
    t = symbol("theta")
    declared = Parameter("theta", "chosen", 0, "table")
    scheme = runge_kutta("theta", [[0, 0], [1 - t, t]], [1 - t, t], parameters=(declared,))
    assert stability_function(scheme) == (1 + (1 - t) * z) / (1 - t * z)


def test_rounded_tables_have_the_coefficients_that_are_meant():
    """Explicit: 1/j! to the order. Implicit with p = deg P + deg Q: the Padé approximation (Gauss, two stages)."""
    assert pencil(get("ssprk54"))[0][0][0][:5] == [F(1, factorial(j)) for j in range(5)]
    r = F("0.288675134594812882254574390251")  # √3/6
    gauss = runge_kutta("gauss2", [["1/4", F(1, 4) - r], [F(1, 4) + r, "1/4"]], ["1/2", "1/2"], tolerance="1e-29")
    assert stability_function(gauss) == (1 + z / 2 + z**2 / 12) / (1 - z / 2 + z**2 / 12)


def test_spectral_radius_keeps_the_shape_and_is_large_at_a_pole():
    grid = np.zeros((3, 4)) + 1j * np.arange(4)
    assert spectral_radius(get("ab3"), grid).shape == (3, 4)
    assert np.allclose(spectral_radius(get("euler"), grid), np.hypot(1, np.arange(4)))
    assert spectral_radius(BACKWARD_EULER, [1.0, 2.0])[0] > 1e300 and spectral_radius(BACKWARD_EULER, 2.0) == 1
    at_and_near = spectral_radius(get("bdf", steps=6), [2.45, 2.45 + 1e-15, 2.45 - 1e-12, 1e3])  # the pole 1/β = 147/60
    assert (at_and_near[:3] > 1e10).all() and np.isfinite(at_and_near).all() and at_and_near[3] < 1


@settings(max_examples=40)
@given(st.integers(1, 3).flatmap(lambda n: rows(numbers, n, n)))
def test_matrix_polynomials_annihilate(matrix):
    """Cayley–Hamilton, and the minimal polynomial divides the characteristic one in degree."""
    for polynomial in (characteristic(matrix), minimal_polynomial(matrix)):
        total = [[F(0)] * len(matrix) for _ in matrix]
        for c in reversed(polynomial):
            total = [list(row) for row in multiply(total, matrix)]
            for i in range(len(matrix)):
                total[i][i] += c
        assert not any(map(any, total))


def test_minimal_polynomials():
    assert minimal_polynomial(((F(1), F(0)), (F(0), F(1)))) == [-1, 1]
    assert minimal_polynomial(((F(1), F(1)), (F(0), F(1)))) == [1, -2, 1]


# ---- intervals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scheme", "end"),
    [
        (get("euler"), -2),
        (get("heun2"), -2),
        (get("polynet_poly2"), -1),  # theory.md section 1: poly-2, poly-3, poly-4
        (get("polynet_poly3"), -1.3532),
        (formula("poly4", lambda f, u: u + f(u) + f(f(u)) + f(f(f(u))) + f(f(f(f(u))))), -1),
        (get("kutta3"), -2.512745326618),  # Hairer, Wanner, Solving ODEs II, table IV.2.1 and figure 2.1
        (get("rk4_classic"), -2.785293563405),
        (get("ab2"), -1),  # Hairer, Wanner II, (V.1.10): 1, 6/11, 3/10
        (get("ab3"), F(-6, 11)),
        (get("ab4"), F(-3, 10)),
        (get("momentum"), -38),  # -2(1+γ)/(1-γ)
    ],
)
def test_real_intervals(scheme, end):
    interval = real_interval(scheme)
    assert float(interval.low) == pytest.approx(float(end), abs=5e-5 if end == -1.3532 else 1e-12)
    assert interval.low_closed and interval.high == 0 and interval.high_closed


@pytest.mark.parametrize("k", [F(-1, 2), F(-9, 10), F(1, 2), F(0), F(99, 100)])
def test_real_interval_of_the_paper_scheme(k):
    """[-2(1-k), 0] exactly, unit weight: theory.md section 2."""
    assert real_interval(get("lm2", k=k)) == Interval(-2 * (1 - k), F(0), True, True)
    assert imaginary_interval(get("lm2", k=k)) == Interval(F(0), F(0), True, True)


@pytest.mark.parametrize(
    ("scheme", "end", "closed"),
    [
        (get("euler"), 0, True),
        (get("kutta3"), sqrt(3), True),
        (get("rk4_classic"), 2 * sqrt(2), True),
        (get("ab3"), 12 * sqrt(11) / 55, True),  # Ghrist, Fornberg, Reeger, BIT 55 (2015): 0.72363
        (get("ab4"), 0.42999, True),
        (get("leapfrog"), 1, False),  # a double root ±i at the end
        (get("lm2", k=1), 2, False),
        (MILNE, sqrt(3), False),
        (get("ssprk53"), 2.695, True),  # Kubatko, Yeager, Ketcheson, J. Sci. Comput. 60 (2014); low powers must cancel
        (get("ssprk54"), 3.278, True),
        (get("revnet"), 2, False),  # Hairer, Lubich, Wanner, I.1: symplectic Euler, |hω| < 2
        (get("polynet_poly2"), 1, True),  # |1 + iy - y²|² = 1 - y² + y⁴
    ],
)
def test_imaginary_intervals(scheme, end, closed):
    interval = imaginary_interval(scheme)
    assert float(interval.high) == pytest.approx(end, abs={0.42999: 1e-5, 2.695: 5e-4, 3.278: 5e-4}.get(end, 1e-12))
    assert interval.low == -interval.high and (interval.low_closed, interval.high_closed) == (closed, closed)


def test_ends_are_exact_numbers():
    assert imaginary_interval(get("rk4_classic")).high ** 2 == 8 and imaginary_interval(get("kutta3")).high ** 2 == 3
    x = -real_interval(get("rk4_classic")).low  # |R(-x)| = 1 at x³ - 4x² + 12x - 24 = 0
    t = sympy.symbols("t")
    assert sympy.minimal_polynomial(x, t) == t**3 - 4 * t**2 + 12 * t - 24


def test_unbounded_intervals():
    for scheme in (BACKWARD_EULER, TRAPEZOID):
        assert real_interval(scheme) == Interval(-inf, F(0), False, True)
        assert imaginary_interval(scheme) == Interval(-inf, inf, False, False)
    assert real_interval(BDF3).low == -inf and imaginary_interval(BDF3).high == 0  # A(86°)-stable, not A-stable


def test_not_zero_stable_is_empty():
    for k in (-1, 2):
        assert str(real_interval(get("lm2", k=k))) == str(imaginary_interval(get("lm2", k=k))) == "empty"


def test_weakly_stable_schemes_have_no_real_interval():
    """The parasitic root of leapfrog and Milne–Simpson grows for every z < 0: numerics.md section 6."""
    assert str(real_interval(get("leapfrog"))) == str(real_interval(MILNE)) == "{0}"


def test_an_interval_continues_through_a_point_of_contact():
    """R = 1 + z + z²/2 + z³/16: R(z) - 1 = z(z + 4)²/16 touches 1 at z = -4 inside the interval; the end is R = -1."""
    scheme = formula("touching", lambda f, u: touching(f, u))
    interval = real_interval(scheme)
    low = float(interval.low)
    assert low < -4.3 and 1 + low + low**2 / 2 + low**3 / 16 == pytest.approx(-1)


def touching(f, u):
    a = f(u)
    b = f(a)
    return u + a + F(1, 2) * b + F(1, 16) * f(b)


def test_an_isolated_unstable_end_opens_the_interval():
    """M = [[1+z, 0], [1, -1]]: the eigenvalues 1 + z and -1 meet at z = -2 in a Jordan block on the unit circle."""
    scheme = Scheme("two", A=((0,),), U=((1, 0),), B=((1,), (0,)), V=((1, 0), (1, -1)), states=("u[n]", "v[n]"))
    assert real_interval(scheme) == Interval(F(-2), F(0), False, True)


def test_a_pole_opens_the_interval():
    """M = [[1, 0], [z/(1+z), 0]]: bounded powers wherever it exists, z = -1 excepted."""
    scheme = Scheme("pole", A=((-1,),), U=((1, 0),), B=((0,), (1,)), V=((1, 0), (0, 0)), states=("u[n]", "hf[n-1]"))
    assert real_interval(scheme) == Interval(F(-1), F(0), False, True)


def test_text():
    assert str(Interval(F(-1), F(1), False, True)) == "(-1, 1]" and str(Interval(-inf, inf, False, False)) == "(-∞, ∞)"
    assert str(imaginary_interval(get("kutta3"))) == "[-1.732050807569, 1.732050807569]"


def test_free_parameters_are_refused_with_the_repair():
    for question in (real_interval, imaginary_interval, lambda s: spectral_radius(s, 0)):
        with pytest.raises(AnalysisError, match=r"lm2 has free parameters: fix k first, scheme\.at\(k=…\)"):
            question(get("lm2"))
    with pytest.raises(AnalysisError, match="parameter called z"):
        stability_matrix(formula("named", lambda f, u: u + symbol("z") * f(u)))


# ---- closed forms --------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.fractions(F(-95, 100), F(95, 100), max_denominator=50), st.floats(0, 6.28))
def test_the_region_of_the_paper_scheme_is_an_ellipse(k, angle):
    """((x+1-k)/(1-k))² + (y/(1+k))² ≤ 1: numerics.md section 7."""
    scheme, a, b = get("lm2", k=k), 1 - float(k), 1 + float(k)

    def radius(scale):
        return spectral_radius(scheme, complex(a * (scale * cos(angle) - 1), b * scale * sin(angle)))

    assert radius(1) == pytest.approx(1, abs=1e-6) and radius(0.99) < 1 < radius(1.01)


@settings(max_examples=25)
@given(st.one_of(schemes(True), schemes(False)))
def test_intervals_agree_with_floating_point(scheme):
    """Inside the spectral radius is at most 1; just outside it is more, or the end itself is unstable."""
    for interval, turn in ((real_interval(scheme), -1), (imaginary_interval(scheme), 1j)):
        end = min(abs(float(interval.low)), 50.0)
        inside = np.linspace(0, end, 25)[1:-1]
        assert end == 0 or (spectral_radius(scheme, turn * inside) <= 1 + 1e-6).all()
        if str(interval) != "empty" and abs(interval.low) < 50 and interval.low_closed:
            beyond = end + np.geomspace(1e-9, 1e-2, 12) * (1 + end)
            assert spectral_radius(scheme, turn * beyond).max() > 1 - 1e-12
