"""Stabilized schemes, compositions, predictor–corrector pairs: orders, intervals, printed coefficients.

HNW: Hairer, Nørsett, Wanner, Solving ODEs I, 2nd ed., 1993.
"""

from fractions import Fraction
from math import acosh, cosh, factorial, perm, sinh, sqrt

import pytest

import analysis
from schemes import SchemeError, adams_bashforth, adams_moulton, adjoint, equivalent, get, runge_kutta, step
from schemes.collocated import gauss
from schemes.compositions import suzuki, triple_jump
from schemes.predictors import pece
from schemes.stabilized import rkc1, rkc2, ssprk2, ssprk3

HEUN = runge_kutta("heun", [[1]], ["1/2", "1/2"])
H = Fraction(1, 3)


def field(y):
    return y * y / 5 - y / 3 + 1


# ---- stabilized ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("s", [2, 3, 4, 6])
def test_ssprk2_has_order_2_and_the_ssp_coefficient_s_minus_1(s):
    """Ketcheson 2008; the stability function 1/s + (s-1)/s (1 + z/(s-1))^s is the optimal one."""
    scheme, z = ssprk2(s), Fraction(-3, 2)
    assert (scheme.stages, analysis.order(scheme), analysis.ssp_coefficient(scheme)) == (s, 2, s - 1)
    assert analysis.stability_function(scheme)(z=z) == Fraction(1, s) + Fraction(s - 1, s) * (1 + z / (s - 1)) ** s
    assert ssprk2(2).table == HEUN.table


@pytest.mark.parametrize("n", [2, 3])
def test_ssprk3_has_order_3_and_the_ssp_coefficient_n_squared_minus_n(n):
    scheme = ssprk3(n)
    assert (scheme.stages, analysis.order(scheme), analysis.ssp_coefficient(scheme)) == (n * n, 3, n * n - n)


def test_ssprk3_of_four_stages_is_the_printed_one():
    """Spiteri, Ruuth 2002, SSP(4,3): three steps of h/2, a mean 2/3 u + 1/3 y, another."""
    A = [["1/2"], ["1/2", "1/2"], ["1/6", "1/6", "1/6"]]
    assert ssprk3(2).table == runge_kutta("ssp43", A, ["1/6", "1/6", "1/6", "1/2"]).table


@pytest.mark.parametrize("s", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("damping", ["0", "1/20", "2"])
def test_rkc1_is_stable_to_the_end_of_the_damped_chebyshev_polynomial(s, damping):
    """HW IV.2: the interval ends at -2 w0/w1, undamped at -2 s²; R is T_s(w0 + w1 z)/T_s(w0), order 1."""
    scheme = rkc1(s, damping)
    T, first, _ = chebyshev(s, w0 := 1 + Fraction(damping) / s**2)
    interval = analysis.real_interval(scheme)
    assert scheme.exact and scheme.stages == s and analysis.order(scheme) == 1
    assert interval.low == -2 * w0 * first / T and interval.high == 0
    assert damping != "0" or interval.low == -2 * s * s
    z = Fraction(-5, 3)
    assert analysis.stability_function(scheme)(z=z) == chebyshev(s, w0 + T / first * z)[0] / T


def chebyshev(s, x):
    """T_s, T'_s, T''_s from the closed form s Σ_k (-1)^k (s-k-1)!/(k! (s-2k)!) (2x)^(s-2k) / 2, s ≥ 1."""
    terms = [
        (Fraction(s * (-1) ** k * factorial(s - k - 1), 2 * factorial(k) * factorial(s - 2 * k)), s - 2 * k)
        for k in range(s // 2 + 1)
    ]
    return tuple(sum(2**d * a * perm(m, d) * (2 * x) ** (m - d) for a, m in terms if m >= d) for d in range(3))


@pytest.mark.parametrize("s", [2, 3, 4, 5, 8])
@pytest.mark.parametrize("damping", ["0", "2/13", "1"])
def test_rkc2_has_order_2_and_an_interval_that_grows_as_two_thirds_of_s_squared(s, damping):
    """Verwer, Hundsdorfer, Sommeijer 1990: R = 1 + b_s (T_s(w0 + w1 z) - T_s(w0)) stays in (0, 1] to -2 w0/w1."""
    scheme = rkc2(s, damping)
    T, first, second = chebyshev(s, w0 := 1 + Fraction(damping) / s**2)
    w1, z = first / second, Fraction(-5, 3)
    assert scheme.exact and scheme.stages == s and analysis.order(scheme) == 2
    R = 1 + second / first**2 * (chebyshev(s, w0 + w1 * z)[0] - T)
    assert analysis.stability_function(scheme)(z=z) == R
    low = analysis.real_interval(scheme).low
    assert low == -2 * w0 / w1 if s % 2 == 0 else low < -2 * w0 / w1  # an odd T_s is below -T_s(w0) next
    if damping == "0":
        assert 2 * w0 / w1 == Fraction(2 * (s * s - 1), 3)


def test_every_stage_of_rkc2_from_the_second_on_is_of_second_order_on_linear_problems():
    """Verwer 1990: P_j(z) = 1 + c_j z + (c_j z)²/2 + …, what b_j = T''_j/T'_j² is for."""
    scheme = rkc2(5)
    c = [sum(row, Fraction(0)) for row in scheme.A]
    squares = [sum((a * x for a, x in zip(row, c, strict=True)), Fraction(0)) for row in scheme.A]
    assert all(2 * square == x * x for x, square in zip(c[2:], squares[2:], strict=True))
    assert sorted(c) == c and c[-1] < 1


def test_rkc2_begins_as_the_program_of_its_authors():
    """rkc.f, netlib: w0 = 1 + 2/(13 s²), w1 by hyperbolic functions, first stage of w1/(2 w0)², second at w1/w0."""
    s = 6
    w0 = 1 + 2 / (13 * s**2)
    sinh_s, cosh_s, root = sinh(s * acosh(w0)), cosh(s * acosh(w0)), sqrt(w0 * w0 - 1)
    w1 = sinh_s * root**2 / (cosh_s * s * root - w0 * sinh_s)
    A = rkc2(s).A
    assert float(A[1][0]) == pytest.approx(w1 / (2 * w0) ** 2, rel=1e-10)
    assert float(sum(A[2])) == pytest.approx(w1 / w0, rel=1e-10)


# ---- compositions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("jump", "copies"), [(triple_jump, 3), (suzuki, 5)])
def test_a_composition_raises_a_symmetric_scheme_by_two_orders(jump, copies):
    for base, p in ((gauss(1), 2), (gauss(2), 4), (jump(gauss(1), 2), 4)):
        scheme = jump(base, p)
        assert analysis.order(scheme) == p + 2 and scheme.stages == copies * base.stages
        assert str(analysis.symmetric_order(scheme)) == str(analysis.symplectic_order(scheme)) == "∞"
        assert 0 < scheme.tolerance < Fraction(1, 10**45) and not scheme.exact
    assert equivalent(adjoint(jump(gauss(1), 2)), jump(gauss(1), 2))  # exactly, in spite of rounding
    assert analysis.order(jump(HEUN, 2)) == 3  # not symmetric: one order


def test_steps_are_those_of_the_papers():
    """Yoshida 1990: 1.351207, -1.702414; Suzuki 1990: 0.414490, -0.657963."""
    outer, inner, _ = triple_jump(gauss(1), 2).B[0]
    assert (round(float(outer), 6), round(float(inner), 6)) == (1.351207, -1.702414)
    weights = suzuki(gauss(1), 2).B[0]
    assert [round(float(x), 6) for x in weights[:3]] == [0.414491, 0.414491, -0.657963]
    for scheme in (triple_jump(gauss(1), 2), suzuki(gauss(1), 2)):
        b = scheme.B[0]
        assert sum(b) == 1 and b == b[::-1] and abs(sum(x**3 for x in b)) < Fraction(1, 10**55)


def test_a_jump_of_verlet_shares_its_half_steps():
    scheme = triple_jump(get("stormer_verlet"), 2)
    assert scheme.explicit and scheme.fields.count("f") == 3 and scheme.fields.count("g") == 4
    assert scheme.states == ("x[n]", "y[n]") and analysis.order(scheme) == 4


# ---- predictor–corrector -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["PECE", "PEC", "PECECE", "PECEC"])
@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_pece_has_the_order_of_its_corrector(k, mode):
    for m in range(1, k + 1):
        scheme = pece(k, m, mode)
        assert scheme.explicit and scheme.exact and analysis.order(scheme) == m + 1
        assert scheme.stages == mode.count("E") and len(scheme.states) == k + (not mode.endswith("E"))
    assert pece(k, mode=mode).table == pece(k, k, mode).table


def test_pece_is_what_the_books_print():
    """AB4 and AM3, (55, -59, 37, -9)/24 and (9, 19, -5, 1)/24; HNW III.1."""
    u, *old = (Fraction(x) for x in (2, "1/2", "1/3", "-1/4"))
    F = H * field(u)
    predicted = u + (55 * F - 59 * old[0] + 37 * old[1] - 9 * old[2]) / 24
    corrected = u + (9 * H * field(predicted) + 19 * F - 5 * old[0] + old[1]) / 24
    assert step(pece(4, 3), field, [u, *old], H) == (corrected, F, old[0], old[1])
    newest = Fraction(3, 7)  # the slope of the predicted value before
    known = [newest, *old]
    predicted = u + (55 * known[0] - 59 * known[1] + 37 * known[2] - 9 * known[3]) / 24
    F = H * field(predicted)
    corrected = u + (9 * F + 19 * known[0] - 5 * known[1] + known[2]) / 24
    assert step(pece(4, 3, "PEC"), field, [u, *known], H) == (corrected, F, *known[:3])
    assert pece(1).table == HEUN.table


@pytest.mark.parametrize("k", [1, 2, 3])
def test_weights_are_those_of_adams(k):
    am = adams_moulton(k)
    scheme = pece(k)
    beta = am.B[0][0], *am.V[0][1:]  # of f[n+1], f[n], f[n-1], …
    assert (scheme.B[0][1], scheme.B[0][0], *scheme.V[0][1:]) == beta
    ab = adams_bashforth(k)
    assert (scheme.A[1][0], *scheme.U[1][1:]) == (ab.B[0][0], *ab.V[0][1:])


# ---- wrong arguments -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ssprk2(1), "ssprk2: stages = 1"),
        (lambda: ssprk3(1), "ssprk3: root = 1"),
        (lambda: rkc1(0), "rkc1: stages = 0"),
        (lambda: rkc2(1), "rkc2: stages = 1"),
        (lambda: rkc1(3, -1), "damping = -1"),
        (lambda: rkc2(3, "eps"), "damping = eps"),
        (lambda: rkc2(3, 0.5), "float"),
        (lambda: triple_jump(HEUN, 3), "order = 3 is odd"),
        (lambda: suzuki(HEUN, 0), "order = 0"),
        (lambda: pece(0), "steps = 0"),
        (lambda: pece(2, 3), "corrector has 3 steps"),
        (lambda: pece(2, 0), "corrector = 0"),
        (lambda: pece(2, mode="ECP"), "mode 'ECP'"),
        (lambda: pece(2, mode=None), "mode None must be"),
        (lambda: triple_jump("heun", 2), "'heun' is no scheme"),
    ],
)
def test_wrong_arguments_get_a_sentence(make, words):
    with pytest.raises(SchemeError, match=words) as error:
        make()
    assert "\n" not in str(error.value)
