"""Weak orders by coloured trees, against the literature, mutants, other laws and random tables."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError, order
from analysis.stochastic.weak_orders import weak_order
from schemes import gauss, get, radau_iia, reduce, symbol
from schemes.builders import formula
from schemes.laws import Bernoulli, Normal, StudentT, ThreePoint, TwoPoint, Uniform
from schemes.parameters import Parameter
from schemes.registry import entries
from tests import strategies

HALF, THREE_HALVES = Fraction(1, 2), Fraction(3, 2)
p = symbol("p")

ORDERS = {
    # Kloeden, Platen 1992: 14.1 (Euler), table of 15; Milstein's scheme is of weak order 1
    **dict.fromkeys(["euler_maruyama", "euler_weak", "milstein"], 1),
    **dict.fromkeys(["platen_weak2", "platen15"], 2),
    # Rümelin 1982: Heun and the like have strong order 1 for one Wiener process, and no weak order above it
    **dict.fromkeys(["euler_heun", "heun_stratonovich", "midpoint_stratonovich", "rk4_stratonovich"], 1),
    # Tocino, Vigo-Aguiar 2002; Rößler 2009, 2007; Debrabant, Rößler 2009
    **dict.fromkeys(["tocino_weak2", "ri1", "ri3", "ri5", "ri6", "dri1", "rs1", "rs2"], 2),
    # Strong order 3/2 is weak order 3/2 at least. E ΔW times the weight of g''(f, g) is 0 in the equation, but
    # in SRI1W1 E ξ Σ_i [ξ (-1, 4/3, 2/3, 0)_i + χ (2, -4/3, -2/3, 0)_i] (0, 1/4, 1, ·)_i (0, 1/2, -1, ·)_i = -1/2 + 1/4
    **dict.fromkeys(["sriw1", "sriw2"], THREE_HALVES),
    # Lu et al. 2018, section 3
    **dict.fromkeys(["stochastic_depth", "shake_shake", "gaussian_noise"], 1),
}


@pytest.mark.parametrize("name", ORDERS)
def test_orders_of_the_catalogue(name):
    assert weak_order(get(name)).order == ORDERS[name]


@pytest.mark.parametrize("name", ["sra1", "sra3", "sosra"])
def test_schemes_for_additive_noise_have_order_2_where_g_is_constant_alone(name):
    # Rößler 2010: SRA has strong order 3/2 for additive noise
    assert weak_order(get(name), constant=("g",)).order == 2
    assert weak_order(get(name)).order == 1


def test_what_is_off_in_rounded_tables_is_what_is_meant():
    found = weak_order(get("sriw2")).failing
    assert found[((1, 2, 3, 2), ("f", "g", "g", "g")),] == Fraction(-1, 12)
    assert found[((1,), ("g",)), ((1, 2, 2), ("g", "f", "g"))] == Fraction(1, 4)


def test_euler_keeps_order_1_for_additive_noise():
    assert weak_order(get("euler_maruyama"), constant=("g",)).order == 1


def test_the_obstruction_of_stochastic_depth():
    found = weak_order(get("stochastic_depth", p="p"))
    assert (found.order, found.obstruction) == (HALF, p * (1 - p) * (1 - 2 * p))
    assert list(found.failing) == [((1,), (1,), (1,))]
    assert str(found) == "weak order 1/2: E[f·f·f] is off by p*(p - 1)*(2*p - 1) h^(3/2)"


@pytest.mark.parametrize(
    ("path", "expected"),
    [("1/2", 1), ("4/5", HALF), ("1/2 + root_h/4", 1), ("1/2 + root_h**2", 1), ("1/3 + root_h", HALF), (p, HALF)],
)
def test_a_probability_that_tends_to_one_half_like_the_root_of_h_is_enough(path, expected):
    assert weak_order(get("stochastic_depth", p="p"), p=path).order == expected


def test_a_path_that_ends_at_one_half_is_compared_with_its_own_equation():
    """Against the equation of p = 1/2 the drift alone would be off by √h."""
    found = weak_order(get("stochastic_depth", p="p"), p="1/2 + root_h/4")
    # p(1-p)(1-2p) with 2p - 1 = √h/2 is -√h/8 + …
    assert found.failing[((1,), (1,), (1,))] == Fraction(-1, 8)


# ---- laws ------------------------------------------------------------------------------------------------------------


def mutants(name):
    """A table with one entry changed, for each entry that is not 0."""
    scheme = get(name)
    for m in "AB":
        table = getattr(scheme, m)
        for i, j in [(i, j) for i, row in enumerate(table) for j, x in enumerate(row) if x != 0]:
            rows = [list(row) for row in table]
            rows[i][j] = rows[i][j] * Fraction(11, 10)
            yield replace(scheme, **{m: rows})


@pytest.mark.parametrize("name", ["platen_weak2", "ri6", "rs1", "ri5"])
def test_every_entry_counts(name):
    found = list(mutants(name))
    assert len(found) > 10 and all(weak_order(scheme, most=2).order < 2 for scheme in found)


@given(strategies.runge_kuttas(explicit=False, most=3) | strategies.runge_kuttas(most=3))
@settings(max_examples=20, deadline=None)
def test_without_noise_it_is_the_order(scheme):
    found = reduce(scheme)
    if sum(found.B[0]) == 1:
        assert weak_order(found).order == min(order(found), 3)


@pytest.mark.parametrize("scheme", [get("euler"), get("heun2"), get("kutta3"), gauss(1), radau_iia(2)])
def test_known_tables_without_noise(scheme):
    assert weak_order(scheme).order == min(order(scheme), 3)


def with_law(name, law):
    """The scheme with another standardised law for ξ."""
    scheme = get(name)
    return replace(scheme, parameters=tuple(replace(q, value=law) for q in scheme.parameters))


@pytest.mark.parametrize(
    ("name", "law", "expected"),
    [
        # Kloeden, Platen, 14.1, 14.2: three moments are enough for order 1, five for order 2
        ("euler_maruyama", TwoPoint(), 1),
        ("euler_maruyama", ThreePoint(), 1),
        ("platen_weak2", ThreePoint(), 2),
        ("platen_weak2", TwoPoint(), 1),
        ("ri6", ThreePoint(), 2),
        ("rs1", ThreePoint(), 2),
        ("rs1", Normal(0, 2), 2),  # another equation, the same order: nothing but ξ stands in its table
    ],
)
def test_moments_of_the_law_decide(name, law, expected):
    assert weak_order(with_law(name, law), most=2).order == expected


def noisy_euler(law, per="sample"):
    xi = Parameter("xi", "random", law, per)
    return formula("noisy", lambda f, u: u + symbol("xi") * f(u), parameters=(xi,))


probabilities = st.fractions(Fraction(1, 20), Fraction(19, 20), max_denominator=20)


@given(probabilities)
@settings(max_examples=15, deadline=None)
def test_one_random_factor_has_order_1_where_its_third_central_moment_is_0(q):
    found = weak_order(noisy_euler(Bernoulli(q)))
    assert found.order == (1 if q == HALF else HALF)
    assert weak_order(noisy_euler(Uniform(0, q))).order == 1


@pytest.mark.parametrize("per", ["batch", "sample", "channel", "element"])
def test_the_order_of_a_random_factor_does_not_hang_on_its_spread(per):
    assert weak_order(noisy_euler(Bernoulli("1/2"), per)).order == 1
    assert weak_order(noisy_euler(Bernoulli("3/4"), per)).order == HALF


# ---- claims, refusals ------------------------------------------------------------------------------------------------


def two_spreads():
    x, y = symbol("x"), symbol("y")
    laws = (Parameter("x", "random", TwoPoint(), "channel"), Parameter("y", "random", TwoPoint(), "element"))
    return formula("two", lambda f, g, u: u + x * f(u) + y * g(u), fields=("f", "g"), parameters=laws)


CLAIM = re.compile(r"weak order (\d)(?:/(\d))?")
CLAIMED = [e.name for e in entries() if CLAIM.search(e.summary)]


@pytest.mark.parametrize("name", CLAIMED)
def test_the_catalogue_claims_what_is_so(name):
    summary = next(e.summary for e in entries() if e.name == name)
    top, below = CLAIM.search(summary).groups()
    constant = ("g", "one") if "constant g" in summary else ("one",)
    assert weak_order(get(name), constant=constant).order == Fraction(int(top), int(below or 1))


def test_something_is_claimed():
    assert {"platen_weak2", "euler_maruyama", "ri6", "rs2"} <= set(CLAIMED)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: weak_order(get("lm2_stochastic_depth")), r"keeps u\[n\], u\[n-1\]: .* moment_slopes"),
        (lambda: weak_order(get("stochastic_depth"), p="1/2"), r"has no free parameter 'p': .* p='p'"),
        (lambda: weak_order(get("stochastic_depth", p="p"), p="q"), "p = q names q: write it in terms of root_h"),
        (lambda: weak_order(get("stochastic_depth", p="p"), p="1/root_h"), "has a pole at root_h = 0"),
        (lambda: weak_order(get("polynet_poly2")), "applies a field to a slope"),
        (lambda: weak_order(get("euler_maruyama"), most=0), "most = 0"),
        (lambda: weak_order(two_spreads()), "draws x per channel and y per element: give both the same spread"),
        (lambda: weak_order(noisy_euler(Normal(1, 1)), noise=["f"]), "weighs the noise f by 1 on average"),
    ],
)
def test_sentences(call, sentence):
    with pytest.raises(AnalysisError, match=sentence):
        call()


def test_laws_without_the_moments():
    with pytest.raises(AnalysisError, match=r"StudentT\(5/2\) has no finite moment 3"):
        weak_order(noisy_euler(StudentT("5/2")))
    with pytest.raises(AnalysisError, match=r"p is a probability"):
        weak_order(get("stochastic_depth", p="p"), p="2 + root_h")


def test_a_draw_for_the_whole_network_is_no_white_noise():
    with pytest.raises(AnalysisError, match="once for the whole network"):
        weak_order(get("fractalnet_drop_path"))
    assert weak_order(get("fractalnet_drop_path", share=0, columns=2)).order == 1
