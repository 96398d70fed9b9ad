"""Explicit Runge–Kutta tables against facts that their sources print beside the coefficients."""

import re
import tomllib
from dataclasses import replace
from fractions import Fraction
from math import isclose
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import schemes
from analysis import (
    first_same_as_last,
    imaginary_interval,
    linear_order,
    order,
    principal_error_norm,
    real_interval,
    stability_function,
    symplectic_order,
)
from schemes import get

FILES = ("explicit", "explicit_high")
CATALOGUE = Path(schemes.__file__).parent / "catalogue"
SUMMARIES = {
    name: entry["summary"]
    for file in FILES
    for name, entry in tomllib.loads((CATALOGUE / f"{file}.toml").read_text(encoding="utf-8")).items()
}
COUNTS = dict(
    two=2, three=3, four=4, five=5, six=6, seven=7, eight=8, nine=9, ten=10, eleven=11, twelve=12, thirteen=13,
    fifteen=15, sixteen=16, seventeen=17, eighteen=18, twenty_one=21, twenty_five=25, twenty_six=26,
)  # fmt: skip
nodes = st.fractions(min_value=-2, max_value=2, max_denominator=6)


# ---- what the summaries say


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_summary_tells_the_stages_of_the_table(name):
    words = re.search(r"([a-z-]+) stages(?: and one more)?", SUMMARIES[name])
    if words:
        assert get(name).stages == COUNTS[words[1].replace("-", "_")] + ("one more" in words[0])


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_summary_tells_whether_the_last_stage_is_the_first_of_the_next_step(name):
    assert bool(re.search("last (stage|of them) first", SUMMARIES[name])) == first_same_as_last(get(name))


# ---- families


@settings(max_examples=20, deadline=None)
@given(nodes, nodes)
def test_families_have_their_order_at_every_value(x, y):
    assume(x and y and x != y and 1 not in (x, y) and x not in (Fraction(1, 2), Fraction(2, 3)))
    assume(6 * x * y - 4 * x - 4 * y + 3)
    assert order(get("rk2_family", c2=x)) >= 2
    assert order(get("rk3_family", c2=x, c3=y)) == order(get("rk3_family_equal_nodes", b3=x)) == 3
    assert order(get("rk3_family_zero_node", b3=x)) == 3
    assert order(get("rk4_family", c2=x, c3=y)) == order(get("rk4_family_equal_nodes", b3=x)) == 4
    assert order(get("rk4_family_zero_node", b3=x)) == order(get("rk4_family_first_node_one", b4=x)) == 4


@pytest.mark.parametrize(
    ("family", "values", "member"),
    [
        ("rk2_family", {"c2": "1/2"}, "midpoint"),
        ("rk2_family", {"c2": 1}, "heun2"),
        ("rk2_family", {"c2": "2/3"}, "ralston2"),
        ("rk3_family", {"c2": "1/3", "c3": "2/3"}, "heun3"),
        ("rk3_family", {"c2": "1/2", "c3": "3/4"}, "ralston3"),
        ("rk3_family", {"c2": "1/2", "c3": 1}, "kutta3"),
        ("rk3_family", {"c2": 1, "c3": "1/2"}, "ssprk33"),
        ("rk3_family", {"c2": "8/15", "c3": "2/3"}, "rk3_wray"),
        ("rk3_family", {"c2": "-4/9", "c3": "2/3"}, "nssp33"),
        ("rk3_family_equal_nodes", {"b3": "3/8"}, "rk3_nystrom"),
        ("rk4_family", {"c2": "1/3", "c3": "2/3"}, "rk4_38"),
        ("rk4_family", {"c2": "2/5", "c3": "3/5"}, "kuntzmann4"),
        ("rk4_family_equal_nodes", {"b3": "1/3"}, "rk4_classic"),
    ],
)
def test_named_schemes_are_members_of_the_families(family, values, member):
    assert get(family, **values).table == get(member).table


@settings(max_examples=20, deadline=None)
@given(nodes.filter(bool))
def test_no_scheme_of_two_stages_has_a_smaller_error_than_ralstons(c2):
    assert principal_error_norm(get("ralston2")) <= principal_error_norm(get("rk2_family", c2=c2))


# ---- numbers that the sources print


def difference(name):
    """b̂ - b where it is not 0, by the number of the stage."""
    s = get(name)
    return {i: y - x for i, (x, y) in enumerate(zip(s.B[0], s.embedded, strict=True), start=1) if x != y}


def test_error_estimates_of_fehlberg_are_the_printed_ones():
    # NASA TR R-315 (1969), formula 2 of the pair 4(5); TR R-287 (1968), pairs 5(6) and 7(8)
    printed = {1: "1/360", 3: "-128/4275", 4: "-2197/75240", 5: "1/50", 6: "2/55"}
    assert difference("fehlberg45") == {i: Fraction(x) for i, x in printed.items()}
    ends = Fraction(5, 66), Fraction(41, 840)
    assert difference("fehlberg56") == {1: -ends[0], 6: -ends[0], 7: ends[0], 8: ends[0]}
    assert difference("fehlberg78") == {1: -ends[1], 11: -ends[1], 12: ends[1], 13: ends[1]}


def test_exact_fractions_of_prince_and_dormand_agree_with_the_printed_ones_of_ten_digits():
    # J. Comput. Appl. Math. 7 (1981), table 2
    s = get("dopri8")
    printed = {
        s.A[6][0]: "29443841/614563906",
        s.A[8][7]: "800635310/3783071287",
        s.A[12][10]: "248638103/1413531060",
        s.B[0][0]: "14005451/335480064",
        s.B[0][11]: "-528747749/2220607170",
        s.embedded[0]: "13451932/455176623",
    }
    assert all(abs(x - Fraction(y)) < Fraction(1, 10**17) for x, y in printed.items())


@pytest.mark.parametrize(
    ("name", "left"),
    [
        # "stability_size" in SciML, OrdinaryDiffEqExplicitTableaus, computed there from R(z) in floating point
        ("cash_karp5", 3.7343596072347225),
        ("bosh5", 3.9879271987261333),
        ("sharp_smart5", 3.9156746135081772),
        ("cassity5", 2.1686021275264866),
        ("papakostas_papageorgiou5", 3.4272251630453394),
        ("dverk", 4.064777441244461),
        ("huta6", 3.8400244379056505),
        ("verner65_classic", 4.457242953908324),
        ("butcher6_sixths", 2.856108978668386),
        ("verner76_classic", 5.062347991796731),
        ("verner87_classic", 5.076743619212314),
        ("ssprk43", 5.149486147774043),
        ("ssprk104", 13.917047464637367),
        # the optimum among 1 + … + z⁵/120 + γz⁶ at γ = 1/1280: Lawson 1966
        ("lawson5", 5.604),
    ],
)
def test_real_stability_intervals_are_the_known_ones(name, left):
    assert isclose(-float(real_interval(get(name)).low), left, rel_tol=1e-5)


# ---- structure


def test_the_classical_scheme_is_within_zonnevelds_and_ralstons_within_bogackis():
    classic, five = get("rk4_classic"), get("zonneveld43")
    assert five.B[0] == (*classic.B[0], 0) and [r[:4] for r in five.A[:4]] == list(classic.A)
    three, four = get("ralston3"), get("bosh3")
    assert four.B[0] == (*three.B[0], 0) and [r[:3] for r in four.A[:3]] == list(three.A)


def test_mersons_estimate_has_order_five_on_linear_equations():
    s = get("merson4")
    better = replace(s, B=(s.embedded,), embedded=None)
    assert (order(better), linear_order(better)) == (3, 5)


def test_pseudo_symplectic_schemes_keep_what_their_authors_say():
    kept = {name: symplectic_order(get(f"pseudo_symplectic{name}")) for name in ("35", "36", "47")}
    assert {name: reach.order for name, reach in kept.items()} == {"35": 5, "36": 6, "47": 7}


def test_papakostas_and_papageorgiou_share_a_stability_function_with_dormand_and_prince():
    assert stability_function(get("papakostas_papageorgiou5_stable")) == stability_function(get("dopri5"))


@pytest.mark.parametrize("name", ["nssp32", "nssp33", "ralston3"])
def test_stability_polynomials_of_degree_three_reach_the_root_of_three_on_the_imaginary_axis(name):
    assert float(imaginary_interval(get(name)).high) ** 2 == pytest.approx(3)


def test_shanks_formulas_nearly_meet_the_next_order():
    five, eight = get("shanks5_five_stages"), get("shanks8_ten_stages")
    assert (order(five), order(eight)) == (4, 7)
    assert 1000 * principal_error_norm(five) < principal_error_norm(get("rk4_classic"))
    assert 5 * principal_error_norm(eight) < principal_error_norm(get("shanks7"))


@pytest.mark.parametrize(
    ("name", "degree"), [("luther_konen5_lobatto", 5), ("luther_konen5_gauss", 5), ("luther_konen5_radau", 4)]
)
def test_weights_of_luther_and_konen_are_the_quadrature_of_their_nodes(name, degree):
    """Three Gauss nodes are exact to degree 5, four Lobatto nodes to 5, three Radau nodes to 4, and no further."""
    s = get(name)
    nodes = [sum(row) for row in s.A]
    errors = [abs(sum(b * c**k for b, c in zip(s.B[0], nodes, strict=True)) - Fraction(1, k + 1)) for k in range(7)]
    assert [float(x) < 1e-45 for x in errors] == [k <= degree for k in range(7)]
