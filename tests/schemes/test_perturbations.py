"""Any scheme made noisy: the registry's networks again, and the same steps with a field that is drawn anew."""

# ruff: noqa: SIM300 - a matrix in capitals is no constant

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis import order
from schemes import SchemeError, chosen, consistent, get, learned, reduce, starter, step, symbol
from schemes.laws import Bernoulli, Normal, StudentT, ThreePoint, TwoPoint, Uniform
from schemes.parameters import Parameter
from schemes.perturbations import dropped, identified, multiplied, noised, shaken, weighted
from schemes.registry import entry
from schemes.rewriting import is_slope
from tests.strategies import parametric_schemes
from tests.strategies import schemes as random_schemes

F = Fraction
few = settings(max_examples=25, deadline=None)
eta, xi, p, sigma, k = map(symbol, ("eta", "xi", "p", "sigma", "k"))


# ---- the networks of the registry ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("stochastic_depth", lambda: dropped(get("euler"), None)),
        ("lm2_stochastic_depth", lambda: dropped(get("lm2"), "p")),
        ("drop_path", lambda: dropped(get("euler"), "p", "sample", inverted=True)),
        ("dropout", lambda: dropped(get("euler"), None, "element", inverted=True)),
        ("dropout_channels", lambda: dropped(get("euler"), chosen("1/2"), "channel", inverted=True)),
        ("shake_shake", lambda: shaken(get("euler"))),
        ("lm2_shake_shake", lambda: shaken(get("lm2"))),
        ("gaussian_noise", lambda: noised(get("euler"), None)),
        ("lm2_gaussian_noise", lambda: noised(get("lm2"), "sigma")),
        ("multiplicative_noise", lambda: multiplied(get("euler"), None)),
        ("rk4_random_step", lambda: multiplied(get("rk4_classic"), None, ThreePoint(), "sample")),
    ],
)  # fmt: skip
def test_a_network_of_the_registry_is_a_perturbed_one(name, made):
    scheme, known = made(), entry(name).usual
    assert scheme.table == known.table and set(scheme.parameters) == set(known.parameters)
    assert (scheme.states, scheme.embedded, scheme.tolerance) == (known.states, known.embedded, known.tolerance)
    assert (scheme.start is None) == (known.start is None)
    if scheme.start:
        assert scheme.start.table == known.start.table and set(scheme.start.parameters) == set(known.start.parameters)


def test_two_step_networks_are_those_of_their_authors():
    """Lu et al. 2018, (3) and section 3: u[n+1] = (1-k) u[n] + k u[n-1] + what the one-step network adds."""
    for name, B, start in [
        ("lm2_stochastic_depth", (eta,), "stochastic_depth"),
        ("lm2_shake_shake", (eta, 1 - eta), "shake_shake"),
        ("lm2_gaussian_noise", (1, sigma * xi), "gaussian_noise"),
    ]:
        scheme = entry(name).usual
        assert (scheme.B, scheme.V) == ((B, (0,) * len(B)), ((1 - k, k), (1, 0)))
        assert scheme.start.table == entry(start).usual.table


def test_shake_drop_is_stochastic_depth_that_shakes_where_it_drops():
    """Yamada et al. 2018: 1 with probability p, else α; mean p for α uniform on [-1, 1]."""
    scheme = entry("shake_drop").usual
    assert scheme.at(alpha=0).table == entry("stochastic_depth").usual.table
    assert scheme.at(eta=0).B == ((symbol("alpha"),),) and scheme.at(eta=1).B == ((1,),)
    assert scheme.mean().B == ((p,),)


# ---- a perturbed step is the step of a perturbed field ---------------------------------------------------------------

KINDS = {  # kind: (the scheme made noisy, its symbol, the field that it then has, of f and draw c)
    "dropped": (lambda s: dropped(s, "1/2"), "eta", lambda f, c: lambda u: c * f[0](u)),
    "inverted": (lambda s: dropped(s, "1/3", inverted=True), "eta", lambda f, c: lambda u: 3 * c * f[0](u)),
    "multiplied": (lambda s: multiplied(s, "1/5"), "xi", lambda f, c: lambda u: (1 + c / 5) * f[0](u)),
    "shaken": (shaken, "eta", lambda f, c: lambda u: c * f[0](u) + (1 - c) * f[1](u)),
}


def field(name, number):
    """Any function: another value at another point, and numbers that stay short."""
    return lambda u: F(hash((u, ord(name), number)) % 1009 - 504, 100)


def path(scheme, fields_of, draws, name=""):
    """The states after each step from u = 1/2, the fields and the coefficient of each step those of its draw."""
    states, found = (F(1, 2),), []
    for n, c in enumerate(draws):
        now = starter(scheme, n)
        if n == 0:
            q = now.preconsistency
            states = tuple(x * states[0] for x in q)
        states = step(now.at(**{name: c}) if name in now.symbols else now, fields_of(c), states, F(1, 4))
        found.append(states)
    return found


@pytest.mark.parametrize("kind", KINDS)
@few
@given(scheme=random_schemes(), draws=st.lists(st.fractions(-2, 2, max_denominator=3), min_size=4, max_size=4))
def test_it_steps_as_the_scheme_does_with_a_field_drawn_anew_each_step(kind, scheme, draws):
    """Also through the first steps of a history: a kept slope is what the step before has made of it."""
    make, name, perturbed = KINDS[kind]
    noisy = make(scheme)
    pairs = {x: (field(x, 1), field(x, 2)) for x in scheme.fields}
    numbered = {f"{x}{i}": f for x, fs in pairs.items() for i, f in enumerate(fs, 1)}
    plain = {x: fs[0] for x, fs in pairs.items()}
    theirs = path(noisy, lambda c: numbered if kind == "shaken" else plain, draws, name)
    assert theirs == path(scheme, lambda c: {x: perturbed(fs, c) for x, fs in pairs.items()}, draws)


@few
@given(scheme=random_schemes(), c=st.fractions(-2, 2, max_denominator=3))
def test_noise_is_added_to_the_next_value_and_to_nothing_else(scheme, c):
    assume((scheme.B[0], scheme.V[0]) not in zip(scheme.A, scheme.U, strict=True))
    noisy, fields = noised(scheme, "1/3"), {x: field(x, 1) for x in scheme.fields}
    states = tuple(F(i + 1, 3) for i in range(len(scheme.states)))
    plain, h = step(scheme, fields, states, F(1, 4)), F(1, 4)
    first, *others = step(noisy.at(xi=c), fields | {"one": lambda u: 1}, states, h)
    assert (first, *others) == (plain[0] + c * h / 3, *plain[1:])


# ---- the mean --------------------------------------------------------------------------------------------------------


@few
@given(scheme=parametric_schemes(), keep=st.fractions("1/9", 1, max_denominator=9))
def test_the_mean_of_what_is_inverted_is_the_scheme(scheme, keep):
    for noisy in (dropped(scheme, keep, inverted=True), dropped(scheme, None, inverted=True), multiplied(scheme)):
        mean = noisy.mean()
        assert mean.table == scheme.table and mean.embedded == scheme.embedded
    assert reduce(noised(scheme).mean()).table == reduce(scheme).table


@few
@given(scheme=parametric_schemes())
def test_two_branches_that_are_one_field_are_no_noise(scheme):
    same = {f"{x}{i}": (x, 1) for x in scheme.fields for i in (1, 2)}
    assert reduce(identified(shaken(scheme).mean(), same)).table == reduce(identified(scheme, {})).table
    assert reduce(identified(shaken(scheme), same)).table == reduce(identified(scheme, {})).table


@pytest.mark.parametrize(
    "name", ["euler", "heun2", "rk4_classic", "dopri5", "revnet", "stormer_verlet", "polynet_poly2"]
)
def test_the_raw_form_divided_by_its_weight_is_the_inverted_one(name):
    scheme = get(name)
    raw, inverted = consistent(dropped(scheme, None)), dropped(scheme, None, inverted=True)
    assert raw.table == inverted.table and raw.embedded == inverted.embedded
    assert raw.mean().table == scheme.table


def test_kept_slopes_of_the_consistent_form_have_the_path_of_the_inverted_one():
    start = consistent(dropped(get("euler"), "1/3"))
    raw = replace(consistent(dropped(get("ab3"), "1/3")), start=start)
    both = [
        path(scheme, lambda c: {"f": field("f", 1)}, [1, 0, 1, 1, 0, 1], "eta")
        for scheme in (raw, dropped(get("ab3"), "1/3", inverted=True))
    ]
    assert [u for u, *_ in both[0]] == [u for u, *_ in both[1]]


@pytest.mark.parametrize("name", ["euler", "heun2", "rk4_classic", "ab3", "lm2", "revnet", "dopri5", "gauss", "bdf"])
def test_the_order_of_the_mean_is_that_of_the_scheme(name):
    scheme = get(name)
    for noisy in (dropped(scheme, "1/3"), multiplied(scheme), noised(scheme), shaken(scheme)):
        assert order(noisy) == order(scheme)


# ---- tables ----------------------------------------------------------------------------------------------------------


def test_a_block_that_is_dropped_leaves_the_linear_part_of_the_step():
    off, on = (dropped(get("lm2")).at(eta=x) for x in (0, 1))
    assert off.B == ((0,), (0,)) and off.V == get("lm2").V
    assert on.table == get("lm2").table


def test_a_kept_slope_is_the_dropped_one():
    """u[n+1] = u[n] + 3/2 η[n] hf[n] - 1/2 η[n-1] hf[n-1]: the state is named for the slope and holds η hf."""
    scheme = dropped(get("ab2"))
    assert is_slope(scheme.states[1])
    assert (scheme.B, scheme.V) == (((F(3, 2) * eta,), (eta,)), ((1, F(-1, 2)), (0, 0)))
    assert scheme.start.table == get("stochastic_depth").table


def test_noise_and_drops_compose():
    noisy = noised(dropped(get("lm2"), None), None)
    assert noisy.B == ((eta, sigma * xi), (0, 0)) and noisy.fields == ("f", "one")
    assert noisy.start.B == ((eta, sigma * xi),) and noisy.start.fields == ("f", "one")
    both = dropped(shaken(get("euler")))
    eta_2 = symbol("eta_2")
    assert both.B == ((eta * eta_2, eta_2 - eta * eta_2),) and [q.name for q in both.parameters] == ["eta", "eta_2"]
    assert dropped(noised(get("euler")), fields=["f"]).B == ((eta, xi / 10),)
    assert shaken(dropped(get("euler"), name="keep")).B == ((eta * symbol("keep"), (1 - eta) * symbol("keep")),)


def test_each_component_has_its_noise_and_a_stage_at_the_next_value_sees_it():
    noisy = noised(get("revnet"), None)
    xi_2, g = symbol("xi_2"), noisy.fields.index("g")
    ones = [i for i, x in enumerate(noisy.fields) if x == "one"]
    assert [noisy.B[0][i] for i in ones] == [sigma * xi, 0] and [noisy.B[1][i] for i in ones] == [0, sigma * xi_2]
    assert (noisy.A[g], noisy.U[g]) == (noisy.B[0], noisy.V[0]) and noisy.explicit
    implicit = noised(get("backward_euler"), None)  # drift-implicit Euler–Maruyama: Kloeden, Platen, (12.2.2)
    assert (implicit.A, implicit.B) == (((0, 0), (sigma * xi, 1)), ((sigma * xi, 1),))


def test_an_error_estimate_sees_the_noise_of_both_results():
    noisy = noised(get("dopri5"), None)
    one = noisy.fields.index("one")
    assert noisy.embedded[one] == noisy.B[0][one] == sigma * xi and noisy.explicit
    last = noisy.stages - 1
    assert (noisy.A[last], noisy.U[last]) == (noisy.B[0], noisy.V[0])  # the slope that the next step reuses
    assert dropped(get("dopri5")).embedded == tuple(eta * x for x in get("dopri5").embedded)


def test_parameters_are_shared_or_new():
    assert noised(get("lm2"), "k").start.parameters[1] == get("lm2").parameters[0]
    assert multiplied(get("lm2"), learned("1/10")).parameters[-1] == Parameter("sigma", "learned", "1/10", "step")
    named = multiplied(get("euler"), "s", TwoPoint(), "batch", "chi")
    assert named.parameters == (
        Parameter("chi", "random", TwoPoint(), "batch"),
        Parameter("s", "chosen", "1/10", "table"),
    )
    assert weighted(get("euler"), "w").parameters == (Parameter("w", "chosen", None, "table"),)
    free = shaken(get("euler"), Uniform("a", 1))
    assert free.mean().B == (((symbol("a") + 1) / 2, (1 - symbol("a")) / 2),)
    assert dropped(get("euler"), 0.8).parameters[0].value == Bernoulli("4/5")
    assert noised(get("euler"), law=StudentT(5)).parameters[0].value == StudentT(5)


def test_a_field_may_be_read_as_a_multiple_of_another():
    scheme = identified(get("euler_maruyama"), {"g": ("f", "sigma")})
    assert scheme.table == multiplied(get("euler"), None, per="sample").table
    assert identified(get("platen_weak2"), {"g": ("f", "sigma"), "f": ("f", "p")}).stages == 4
    swapped = identified(get("revnet"), {"f": ("g", 2), "g": ("f", 3)})
    assert swapped.fields == ("g", "f") and swapped.B == ((2, 0), (0, 3)) and swapped.A[1] == (2, 0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: dropped(get("euler"), "6/5"), r"p is a probability, take it from \[0, 1\]"),
        (lambda: dropped(get("euler"), -0.1), r"p is a probability, take it from \[0, 1\]"),
        (lambda: dropped(get("euler"), 0, inverted=True), "p = 0 drops every slope and cannot divide them"),
        (lambda: dropped(get("lm2"), name="k"), "lm2 has a parameter k already, give the new one .* such as eta"),
        (lambda: shaken(dropped(get("euler")), name="eta"), "has a parameter eta already.* such as eta_2"),
        (lambda: noised(get("lm2"), name="k"), "lm2 has a parameter k already"),
        (lambda: weighted(get("lm2"), "k", Parameter("k", "learned", 0, "step")), "has a parameter k already"),
        (lambda: dropped(get("euler"), fields=["g"]), "euler has no field 'g', its fields are f"),
        (lambda: identified(get("euler"), {"g": ("f", 1)}), "euler has no field 'g', its fields are f"),
        (lambda: shaken(identified(get("revnet"), {"g": ("f1", 1)})), "has a field f1 already, call its fields f, g"),
        (lambda: dropped(get("euler"), per="pixel"), "per='pixel' is not one of batch, sample, channel, element"),
        (lambda: get("dropout", p=0), "dropout has no table at p = 0: a coefficient divides by zero there"),
        (lambda: noised(get("euler"), law=Normal(0, -1)), "sigma is a standard deviation"),
    ],
)  # fmt: skip
def test_what_cannot_be_perturbed_gets_a_sentence(make, words):
    with pytest.raises(SchemeError, match=words) as error:
        make()
    assert "\n" not in str(error.value)
