"""Tables of implicit, implicit–explicit, low-storage and SSP schemes: what their sources say beyond the claims."""

from fractions import Fraction
from math import inf

import pytest

import analysis
from schemes import bdf, compose, get, reduce, rescale, runge_kutta
from schemes.scheme import Scheme

ROUNDING = Fraction(1, 10**45)  # of functions of entries with 50 digits
KVAERNO = ["kvaerno3", "kvaerno4", "kvaerno4_l_stable", "kvaerno5"]


def part(scheme: Scheme, field: str) -> Scheme:
    """The Runge–Kutta scheme of one field of a pair, the other one being 0."""
    own = [i for i, name in enumerate(scheme.fields) if name == field]
    A = [[scheme.A[i][j] for j in own] for i in own]
    b = [scheme.B[0][j] for j in own]
    return reduce(runge_kutta(f"{scheme.name}_{field}", A, b, tolerance=scheme.tolerance))


def near(x: object, y: object, tolerance: Fraction = ROUNDING) -> bool:
    return abs(x - y) <= tolerance


def quotient(scheme: Scheme, z: Fraction) -> Fraction:
    """R(z) of a one-state scheme."""
    return analysis.stability_matrix(scheme)[0][0](z=z)


# ---- stability in the left half plane: Hairer, Wanner, Solving ODEs II, IV.6; Kværnø 2004; Kennedy, Carpenter 2016


@pytest.mark.parametrize(
    ("names", "a_stable", "l_stable"),
    [
        ("alexander2 alexander3 ellsiepen2 sirk2 sdirk4 cash43 trbdf2 kvaerno3 kvaerno5 esdirk659l2sa", True, True),
        ("kvaerno4_l_stable backward_euler bdf cash42 billington2 dimsim2_parallel_implicit", True, True),
        ("ebdf2 ebdf3 ebdf4 mebdf2 mebdf3 mebdf4", True, True),
        ("esdirk324l2sa esdirk325l2sa esdirk32i5l2sa esdirk436l2sa esdirk43i6l2sa qesdirk436l2sa", True, True),
        ("esdirk437l2sa esdirk547l2sa esdirk547l2sa2 esdirk54i8l2sa esdirk436l2sa2", True, True),
        ("ark436l2sa_implicit ark437l2sa_implicit ark548l2sa_implicit ark548l2sa2_implicit", True, True),
        ("crouzeix3 crouzeix4 qin_zhang2 sdirk21 kvaerno4 lobatto_iiid2 lobatto_iiid3", True, False),
        ("norsett3 norsett4 radau_i2 radau_ii2 radau_i3 radau_ii3 lobatto_iii3 lobatto_iii4", False, False),
    ],
)
def test_schemes_are_as_stable_as_their_sources_say(names, a_stable, l_stable):
    for name in names.split():
        assert (analysis.a_stable(get(name)), analysis.l_stable(get(name))) == (a_stable, l_stable), name


def test_pareschi_and_russo_s_family_is_a_stable_from_one_quarter():
    assert analysis.a_stable(get("pareschi_russo2", gamma="1/4"))
    assert not analysis.a_stable(get("pareschi_russo2", gamma="6/25"))


def test_qin_and_zhang_s_scheme_is_twice_half_the_midpoint_rule_and_so_symplectic():
    s, half = get("qin_zhang2"), rescale(get("implicit_midpoint"), "1/2")
    assert s.table == compose(half, half).table == get("pareschi_russo2", gamma="1/4").table
    assert analysis.symplectic_order(s).order == inf


@pytest.mark.parametrize(("theta", "order", "a_stable"), [("1/2", 2, True), ("2/3", 1, True), ("2/5", 1, False)])
def test_theta_has_order_2_at_one_half_and_is_a_stable_from_there(theta, order, a_stable):
    s = get("theta", theta=theta)
    assert (analysis.order(s), analysis.a_stable(s)) == (order, a_stable)


def laguerre(s: int, x: Fraction) -> Fraction:
    """L_s(x) by its recurrence."""
    p, q = Fraction(1), 1 - x
    for n in range(1, s):
        p, q = q, ((2 * n + 1 - x) * q - n * p) / (n + 1)
    return q


@pytest.mark.parametrize("name", ["alexander2", "alexander3", "crouzeix3", "norsett3", "crouzeix4", "norsett4"])
def test_sdirk_schemes_of_order_at_least_s_have_laguerre_s_value_at_infinity(name):
    # R(z) (1-γz)^s = (-1)^s Σ_j L_s^(s-j)(1/γ) (γz)^j, so R(∞) = L_s(1/γ): Hairer, Wanner, Solving ODEs II, IV.6
    s = get(name)
    assert near(quotient(s, -(Fraction(10) ** 60)), laguerre(s.stages, 1 / s.A[0][0]))


def test_two_stage_schemes_of_order_3_have_the_printed_values_at_infinity():
    # 1 - √3 = -0.732: Hairer, Wanner, Solving ODEs II, IV.6
    assert float(quotient(get("crouzeix3"), -(Fraction(10) ** 60))) == pytest.approx(1 - 3**0.5, abs=1e-15)


@pytest.mark.parametrize(
    "name",
    ["alexander2", "alexander3", "sdirk4", "cash43", "trbdf2", "esdirk659l2sa", *KVAERNO],
)
def test_stiffly_accurate_schemes_end_with_their_last_stage(name):
    assert get(name).A[-1] == get(name).B[0]


@pytest.mark.parametrize("name", KVAERNO)
def test_kvaerno_s_embedded_scheme_is_the_last_but_one_stage(name):
    assert get(name).A[-2] == get(name).embedded


@pytest.mark.parametrize("name", ["kvaerno4", "kvaerno4_l_stable"])
def test_kvaerno_s_schemes_of_order_4_have_the_third_node_of_their_diagonal(name):
    # c3 = 2γ (12γ² - 9γ + 2) / (12γ² - 6γ + 1), solved from C(2) and the order conditions for any γ
    A = get(name).A
    g = A[1][1]
    assert near(sum(A[2]), 2 * g * (12 * g**2 - 9 * g + 2) / (12 * g**2 - 6 * g + 1))


def test_kvaerno_s_two_diagonals_are_zeros_of_laguerre_polynomials():
    # L_s(1/γ) = 0 makes R(∞) = 0 with s implicit stages of order s, of the main or of the embedded scheme, and
    # γ = 0.5728160625, 0.4358665215: Hairer, Wanner, Solving ODEs II, table IV.6.4
    for name, s, g in (("kvaerno4_l_stable", 4, "0.5728160625"), ("kvaerno4", 3, "0.4358665215")):
        diagonal = get(name).A[1][1]
        assert near(laguerre(s, 1 / diagonal), 0) and near(diagonal, Fraction(g), Fraction(1, 10**10))


def test_trbdf2_is_a_trapezoidal_step_and_one_of_bdf2():
    # R(z) = ((1 + (1-γ)²) z + 2 (2-γ)) / (γ (1-γ) z² + (γ²-2) z + 2 (2-γ)), γ = 2-√2: Bank et al. 1985
    s = get("trbdf2")
    g = sum(s.A[1])
    for z in (Fraction(-1), Fraction(-7, 3), Fraction(1, 5)):
        printed = ((1 + (1 - g) ** 2) * z + 2 * (2 - g)) / (g * (1 - g) * z**2 + (g**2 - 2) * z + 2 * (2 - g))
        assert near(quotient(s, z), printed)


def test_singly_implicit_means_one_eigenvalue():
    a, b, c, d = (x for row in get("sirk2").A for x in row)
    assert near((a + d) ** 2, 4 * (a * d - b * c))


# ---- implicit–explicit pairs


@pytest.mark.parametrize(
    ("pair", "implicit"),
    [
        ("imex_euler", "backward_euler"), ("ars122", "implicit_midpoint"), ("imex_trapezoid", "trapezoid"),
        ("ars222", "alexander2"), ("ars233", "crouzeix3"), ("ars343", "alexander3"), ("ark2", "trbdf2"),
        ("ssp2_222", "pareschi_russo2"), ("ark324l2sa", "esdirk324l2sa"), ("ark436l2sa", "ark436l2sa_implicit"),
        ("ark437l2sa", "ark437l2sa_implicit"), ("ark548l2sa", "ark548l2sa_implicit"),
        ("ark548l2sa2", "ark548l2sa2_implicit"),
    ],
)  # fmt: skip
def test_the_implicit_half_of_a_pair_is_the_known_scheme(pair, implicit):
    half = part(get(pair), "g")
    known = get(implicit, gamma=half.A[0][0]) if implicit == "pareschi_russo2" else get(implicit)
    for z in (Fraction(-1), Fraction(2, 7), Fraction(-30)):
        assert near(quotient(half, z), quotient(known, z), max(ROUNDING, 10**6 * half.tolerance))


@pytest.mark.parametrize(
    ("pair", "explicit"),
    [
        ("imex_euler", "euler"), ("ars122", "midpoint"), ("imex_trapezoid", "heun2"),
        ("ssp2_222", "heun2"), ("ssp2_322", "heun2"), ("ssp3_332", "ssprk33"), ("ssp3_433", "ssprk33"),
    ],
)  # fmt: skip
def test_the_explicit_half_of_a_pair_is_the_known_scheme(pair, explicit):
    assert part(get(pair), "f").table == get(explicit).table


@pytest.mark.parametrize(("name", "order"), [("ars343", 4), ("ars232", 3)])
def test_explicit_halves_have_the_stability_polynomial_of_order_s(name, order):
    # Ascher, Ruuth, Spiteri 1997, 2.5 and 2.7: the region of the classical scheme of as many stages
    half = part(get(name), "f")
    taylor = [Fraction(1)]
    for n in range(1, order + 1):
        taylor.append(taylor[-1] / n)
    for z in (Fraction(-1), Fraction(3, 4)):
        assert near(quotient(half, z), sum(c * z**n for n, c in enumerate(taylor)))


@pytest.mark.parametrize("steps", [2, 3, 4])
def test_sbdf_without_f_is_bdf(steps):
    s, values = get(f"sbdf{steps}"), range(steps)
    known = bdf(steps)
    assert (s.A[1][1],) == known.A[0] and s.U[1][:steps] == known.U[0]
    assert [s.V[i][:steps] for i in values] == [known.V[i][:steps] for i in values]


# ---- few registers


def test_williamson_s_scheme_has_its_printed_tableau():
    # Knoth, Wolke 1998 print it as a Butcher tableau
    s = get("williamson3")
    A = [["1/3"], ["-3/16", "15/16"]]
    assert s.table == runge_kutta("printed", A, ["1/6", "3/10", "8/15"], c=[0, "1/3", "3/4"]).table


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        # Carpenter, Kennedy, NASA TM-109112 (1994), as OrdinaryDiffEq.jl has it
        ("carpenter_kennedy54", "1432997174477/9575080441755 2526269341429/6820363962896 2006345519317/3224310063776 "
         "2802321613138/2924317926251"),
        # Berland, Bogey, Bailly 2006, as OrdinaryDiffEq.jl has it
        ("rk46nl", "0.032918605146 0.249351723343 0.466911705055 0.582030414044 0.847252983783"),
        # Toulorge, Desmet 2012, as OrdinaryDiffEq.jl has it
        ("toulorge_desmet_c73", "0.0119705267309784 0.1823177940361990 0.5082168062551849 0.6532031220148590 "
         "0.8534401385678250 0.9980466084623790"),
    ],
)  # fmt: skip
def test_nodes_are_the_printed_ones(name, printed):
    s = get(name)
    for row, node in zip(s.A[1:], printed.split(), strict=True):
        assert near(sum(row), Fraction(node), 20 * s.tolerance)


def test_carpenter_and_kennedy_s_scheme_is_stable_to_3_34_on_the_imaginary_axis():
    # Carpenter, Kennedy 1994: 3.34
    assert analysis.imaginary_interval(get("carpenter_kennedy54")).high == pytest.approx(3.34, abs=0.005)


@pytest.mark.parametrize("name", ["rdpk3sp_fsal35", "rdpk3sp_fsal49"])
def test_fsal_schemes_evaluate_the_next_state_last(name):
    assert analysis.first_same_as_last(get(name))


# ---- strong stability preservation


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        # Ruuth 2006
        ("ssprk73", 4.288), ("ssprk83", 5.107),
        # Higueras, Roldán 2019
        ("ssprk53_2n1", 2.180), ("ssprk53_2n2", 2.148), ("ssprk53_h", 2.65),
        # Ketcheson, Macdonald, Gottlieb 2009: 2s, and s-1+√(s²-1)
        ("qin_zhang2", 4), ("sspirk32", 6), ("sspirk42", 8),
        ("norsett3", 1 + 3**0.5), ("sspirk33", 2 + 8**0.5), ("sspirk43", 3 + 15**0.5),
    ],
)  # fmt: skip
def test_ssp_coefficients_are_the_published_ones(name, printed):
    assert float(analysis.ssp_coefficient(get(name))) == pytest.approx(printed, abs=1e-3)


@pytest.mark.parametrize("steps", [3, 4, 5])
def test_ssp_multistep_schemes_of_order_2_have_the_largest_coefficient_there_is(steps):
    # (k-2)/(k-1): Lenferink 1989; Gottlieb, Ketcheson, Shu 2009
    assert analysis.ssp_coefficient(get(f"sspms{steps}2")) == Fraction(steps - 2, steps - 1)


def test_downwind_schemes_have_negative_entries_and_so_no_ssp_coefficient():
    # no scheme of order 5 has A, b ≥ 0 and a coefficient > 0: Kraaijevanger 1991; Ruuth, Spiteri 2002
    for stages in (7, 8, 9):
        s = get(f"ruuth_spiteri{stages}5")
        assert min(s.B[0]) < 0 and analysis.ssp_coefficient(s) == 0
