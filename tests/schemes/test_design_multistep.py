"""Multistep schemes from conditions: the families have their order and hold the classical schemes."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import analysis
from schemes import SchemeError, adams_bashforth, adams_moulton, bdf, design, milne_simpson, multistep, nystrom, symbol
from tests.strategies import numbers


def free(scheme):
    return [p.name for p in scheme.parameters]


def test_the_two_step_families():
    k = symbol("k")
    lm = design.multistep(2, 1, {"beta0": 0, "alpha0": -k})
    assert free(lm) == ["k"]
    assert lm.table == multistep("lm", [-k, k - 1, 1], [0, 1 + k, 0]).table
    family = design.multistep(2, 2)
    assert free(family) == ["alpha0"] and analysis.order(family) == 2
    ab2, leapfrog = (design.multistep(2, 2, {"alpha0": a}) for a in (0, -1))
    assert ab2.table == adams_bashforth(2).table and leapfrog.table == nystrom(2).table


def test_classical_multistep_schemes_come_out():
    """The last one, explicit of two steps and order 3, is Hairer, Nørsett, Wanner I, (III.3.1)."""
    for k in range(1, 6):
        one_step = {f"alpha{j}": -int(j == k - 1) for j in range(k)}
        backward = {f"beta{j}": 0 for j in range(k)}
        assert design.multistep(k, k, one_step).table == adams_bashforth(k).table
        assert design.multistep(k, k + 1, one_step, explicit=False).table == adams_moulton(k).table
        assert design.multistep(k, k, backward, explicit=False).table == bdf(k).table
    assert design.multistep(2, 4, explicit=False).table == milne_simpson(2).table
    assert design.multistep(2, 3).table == multistep("unstable", [-5, 4, 1], [2, 4, 0]).table


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 4), st.booleans(), st.data())
def test_multistep_families_have_their_order_and_as_many_parameters_as_unknowns_less_conditions(k, explicit, data):
    order = data.draw(st.integers(1, 2 * k - explicit))
    family = design.multistep(k, order, explicit=explicit)
    assert len(free(family)) == 2 * k + (not explicit) - order - 1
    fixed = family.at(**{p: data.draw(numbers) for p in free(family)})
    rho, sigma = coefficients(fixed, k)
    powers = [
        sum(
            Fraction(j) ** q * a - (q * Fraction(j) ** (q - 1) * b if q else 0)
            for j, (a, b) in enumerate(zip(rho, sigma, strict=True))
        )
        for q in range(order + 1)
    ]
    assert not any(powers)


def coefficients(scheme, k):
    """α and β read back from the states of a multistep scheme."""
    alpha, beta = [Fraction(0)] * k + [Fraction(1)], [Fraction(0)] * (k + 1)
    weights = scheme.V[0]
    lags = {f"u[n-{j}]" if j else "u[n]": ("u", j) for j in range(k)} | {
        f"hf[n-{j}]" if j else "hf[n]": ("f", j) for j in range(k)
    }
    for state, weight in zip(scheme.states, weights, strict=True):
        kind, j = lags[state]
        if kind == "u":
            alpha[k - 1 - j] = -weight
        else:
            beta[k - 1 - j] = weight
    implicit = scheme.U[0] == weights and scheme.B[0] == scheme.A[0]
    beta[k if implicit else k - 1] = scheme.B[0][0]
    return alpha, beta


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: design.multistep(2, 4), r"an explicit scheme of 2 steps has at most order 3 \(HNW I, III.2\)"),
        (lambda: design.multistep(2, 5, explicit=False), "at most order 4"),
        (lambda: design.multistep(2, 3, {"alpha0": 0}), "2 steps with order 3 and .* that has alpha0 = 0: leave"),
        (lambda: design.multistep(2, 2, {"alpha0": 1}), r"order 2 and ρ'\(1\) = σ\(1\) ≠ 0 that has alpha0 = 1: leave"),
        (lambda: design.multistep(2, 2, {"alpha1": -2}), r"ρ'\(1\) = σ\(1\) ≠ 0 that has alpha1 = -2: leave it"),
        (lambda: design.multistep(2, 1, {"alpha0": 1, "alpha1": -2}), r"ρ'\(1\) = σ\(1\) ≠ 0 that has alpha1 = -2"),
        (lambda: design.multistep(2, 1, {"beta0": 0, "beta1": 0}), r"σ\(1\) ≠ 0 that has beta0 = 0 and beta1 = 0: "),
        (lambda: design.multistep(2, 2, {"gamma": 0}), "'gamma' is no entry that can be fixed"),
        (lambda: design.multistep(0, 1), "steps = 0 must be a whole number"),
    ],
)
def test_refusals_are_sentences(call, sentence):
    with pytest.raises(SchemeError, match=sentence) as caught:
        call()
    assert "\n" not in str(caught.value)
