"""The effective step from the table alone, and the scheme that divides by it."""

# ruff: noqa: SIM300 - a matrix in capitals is no constant

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import analysis
from schemes import SchemeError, formula, get, multistep, names, source, step, symbol
from schemes.consistency import consistent, weight
from tests.strategies import general_linears, multisteps, runge_kuttas


def claimed(scheme):
    """What the order theory says; None where it has no one step for all fields."""
    try:
        return analysis.effective_step(scheme)
    except analysis.AnalysisError:
        return None


def test_the_effective_step_of_every_explicit_entry_is_that_of_its_b_series():
    known = {name: get(name) for name in names(explicit=True)}
    found = {name: claimed(scheme) for name, scheme in known.items()}
    assert sum(x is not None for x in found.values()) > 250
    for name, psi in found.items():
        if psi is not None:
            assert weight(known[name]) == psi, name
            assert (consistent(known[name]) is known[name]) == (psi == 1), name
            assert weight(consistent(known[name])) == 1, name


def test_lm_resnet_gets_its_weight_and_heavy_ball_becomes_momentum():
    assert weight(get("lm2")) == 1 / (1 + symbol("k"))
    assert consistent(get("lm2")).table == get("lm2_consistent").table
    assert consistent(get("heavy_ball")).table == get("momentum").table
    assert consistent(get("lm2")).parameters == get("lm2").parameters


@pytest.mark.parametrize(
    "name", ["euler", "rk4_classic", "ab3", "momentum", "lm2_consistent", "revnet", "stormer_verlet"]
)
def test_a_consistent_scheme_is_the_very_same(name):
    scheme = get(name)
    assert consistent(scheme) is scheme


def test_random_coefficients_count_at_their_means():
    eta = symbol("eta")
    scheme = formula("depth", lambda f, u: u + eta * f(u), parameters=get("stochastic_depth").parameters)
    assert consistent(scheme).B == ((2 * eta,),)  # p = 1/2
    assert consistent(get("stochastic_depth", p="4/5")).B == ((Fraction(5, 4) * eta,),)
    assert consistent(get("shake_shake")).mean().B[0] == (1, 1)
    noisy = get("gaussian_noise")
    assert consistent(noisy) is noisy  # noise has no weight on average, and asks for none


def test_the_start_scheme_stays():
    made = consistent(get("lm2_stochastic_depth"))
    assert made.start == get("lm2_stochastic_depth").start and made.start is not None


@settings(max_examples=40, deadline=None)
@given(multisteps())
def test_a_multistep_scheme_has_the_step_sigma_over_rho_and_kept_slopes_stay_slopes(scheme):
    """ψ = σ(1)/ρ'(1), from the states alone: u' = Σ V u + Σ B f with the kept slopes at f = 1."""
    values = [i for i, state in enumerate(scheme.states) if state.startswith("u")]
    slopes = [i for i in range(len(scheme.states)) if i not in values]
    slope = 1 + sum(j * scheme.V[0][i] for j, i in enumerate(values))  # ρ'(1) = 1 + Σ_j j α_j, at lag j
    sigma = scheme.B[0][0] + sum((scheme.V[0][i] for i in slopes), Fraction(0))
    assume(slope != 0 and sigma != 0)
    assert weight(scheme) == sigma / slope
    made = consistent(scheme)
    assert weight(made) == 1 and made.start is scheme.start
    for i in slopes:  # each holds a slope or an older one, whatever the step
        assert made.B[i] == scheme.B[i] and made.V[i] == scheme.V[i]


@settings(max_examples=40, deadline=None)
@given(st.one_of(runge_kuttas(), general_linears(), multisteps()))
def test_the_rescaled_scheme_is_the_scheme_with_another_h(scheme):
    """Two steps with exact numbers on u' = 1 - u/3: h for the new scheme, h/ψ for the old one; hf states in their h."""

    def field(u):
        return 1 - Fraction(1, 3) * u

    try:
        psi, made, h = weight(scheme), consistent(scheme), Fraction(1, 2)
    except SchemeError:
        assume(False)
    begin = [Fraction(i + 1, 7) for i in range(len(scheme.states))]
    held = [psi if state.startswith("h") else 1 for state in scheme.states]
    old, new = begin, [x * y for x, y in zip(begin, held, strict=True)]
    for _ in range(2):
        old, new = step(scheme, field, old, h / psi), step(made, field, new, h)
    assert [x * y for x, y in zip(old, held, strict=True)] == list(new)


def test_embedded_weights_are_divided_too():
    scheme = get("bosh3")
    twice = replace(scheme, B=(tuple(2 * x for x in scheme.B[0]),), embedded=tuple(2 * x for x in scheme.embedded))
    doubled = consistent(twice)
    assert doubled.embedded == scheme.embedded and doubled.B == scheme.B
    assert doubled.A == tuple(tuple(x / 2 for x in row) for row in scheme.A)


def test_the_kept_slope_reads_as_the_increment_of_the_source():
    scheme = multistep("two", ["-1/3", "-2/3", 1], ["1/4", "1/2", 0])
    assert "2/3 * u + 1/3 * u_prev + 4/9 * f_prev + 8/9 * F1, u, F1" in source(consistent(scheme))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: get("leapfrog_second_order"),
            "1 is no simple eigenvalue of V, take a scheme of a first-order equation",
        ),
        (lambda: formula("still", lambda f, u: u + f(u) - f(u + f(u))), "its weights on the field sum to 0"),
        (
            lambda: formula("uneven", lambda f, g, u: u + f(u) + g(u) / 2, fields=("f", "g")),
            r"weighs its fields differently \(f: 1, g: 1/2\): divide each block by its weight",
        ),
    ],
)
def test_what_has_no_effective_step_gets_a_sentence(make, words):
    with pytest.raises(SchemeError, match=words) as error:
        consistent(make())
    assert "\n" not in str(error.value)
