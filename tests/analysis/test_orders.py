"""Orders: exactly p and not p + 1, effective weights, error constants; sentences where there is none."""

from fractions import Fraction
from math import factorial, prod

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import schemes as catalogue
from analysis import (
    AnalysisError,
    bseries,
    effective_step,
    effective_weights,
    error_constant,
    linear_order,
    order,
)
from analysis.orders import embedded_order
from analysis.structure import structure
from analysis.trees import children, colour, from_key, gamma
from schemes import Scheme, adams_moulton, average, formula, get, learned, multistep, runge_kutta, symbol
from tests.analysis.reference import collocation, one_parameter_families
from tests.sample import has_b_series, over_b_series
from tests.strategies import numbers, schemes

F = Fraction
k = symbol("k")
ENTRIES = {e.name: e for e in catalogue.entries()}
OPERATORS = [name for name in ENTRIES if get(name).operator]
SERIES = [name for name in ENTRIES if has_b_series(get(name))]


def nodes(t):
    """The colours of all nodes."""
    return [colour(t), *(c for child in children(t) for c in nodes(child))]


@pytest.mark.parametrize("name", SERIES)
def test_the_order_claimed_is_the_order(name):
    assert order(get(name)) == ENTRIES[name].order


@pytest.mark.parametrize("name", over_b_series())
def test_exactly_p_and_not_p_plus_1(name):
    """Φ(t) = Π w / γ(t) for |t| ≤ p and not for all of p + 1, by the map instead of the modified equation."""
    scheme, p = get(name), order(get(name))
    names = structure(scheme).names
    weights = list(effective_weights(scheme).values())

    def met(name, a):
        t = from_key(name, names)
        return a == prod((weights[c] for c in nodes(t)), start=F(1)) / gamma(t)

    def size(name):
        return len(name if len(names) == 1 else name[0])

    verdicts = [(size(t), met(t, a)) for t, a in bseries(scheme, p + 1).items()]
    assert all(ok for n, ok in verdicts if n <= p) and not all(ok for n, ok in verdicts if n == p + 1)


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_have_a_linear_order_only(name):
    """1 + z + z² + … agrees with exp(z) through z: theory.md section 1."""
    assert ENTRIES[name].order is None and linear_order(get(name)) == 1
    with pytest.raises(AnalysisError, match="linear_order"):
        order(get(name))


@given(schemes())
def test_the_linear_order_is_no_lower(scheme):
    try:
        assert linear_order(scheme) >= order(scheme)
    except AnalysisError as error:
        assert scheme.name in str(error)


def test_a_linear_problem_is_blind_to_bushy_trees():
    """a = 1/4, 1/3, 1/2, b = (0, 0, 0, 1): order 2, but 4 on u' = Au (numerics.md, black-box probe)."""
    scheme = runge_kutta("tall", A=[["1/4"], [0, "1/3"], [0, 0, "1/2"]], b=[0, 0, 0, 1])
    assert (order(scheme), linear_order(scheme)) == (2, 4)


def test_implicit_schemes():
    """Collocation on s nodes has order ≥ s; the trapezoid 2; BDF k order k; Milne–Simpson 4."""
    for s in (1, 2, 3, 4):
        A, b = collocation(s)
        assert order(runge_kutta("collocation", A, b)) == (1, 2, 3, 4)[s - 1]
    assert order(runge_kutta("trapezoid", [[0, 0], ["1/2", "1/2"]], ["1/2", "1/2"])) == 2
    assert order(runge_kutta("midpoint", [["1/2"]], [1])) == 2  # attains the bound 2s, the Gauss scheme of one stage
    assert order(multistep("bdf3", ["-1/3", "3/2", -3, "11/6"], [0, 0, 0, 1])) == 3
    assert order(multistep("milne", [-1, 0, 1], ["1/3", "4/3", "1/3"])) == 4


def test_orders_in_a_parameter():
    """Order 2 for every λ; an entry that is right at one λ alone does not count."""
    assert order(get("zerosnet", lam=learned("-9/5"))) == 2
    assert order(get("zerosnet", lam=F(-1, 3))) == 3  # C* = (3λ + 1)/(9λ - 3) vanishes
    assert order(get("lm2")) == 1 and order(get("lm2", k=1)) == 2


def test_effective_steps():
    """1/(1+k) for the paper's scheme, 1 for the consistent form, p for stochastic depth: theory.md sections 2 and 3."""
    assert effective_step(get("lm2")) == 1 / (1 + k)
    assert effective_step(get("lm2_consistent")) == 1 == effective_step(get("momentum"))
    assert effective_step(get("stochastic_depth", p=F(1, 3))) == F(1, 3)
    assert effective_weights(get("shake_shake")) == {"f1": F(1, 2), "f2": F(1, 2)}
    assert effective_weights(get("gaussian_noise")) == {"f": 1}
    weighted = formula("weighted", lambda f, g, u: u + f(u) + 2 * g(u), fields=("f", "g"))
    with pytest.raises(AnalysisError, match="f: 1, g: 2"):
        effective_step(weighted)


@pytest.mark.parametrize(
    ("scheme", "constant"),
    [
        # Hairer, Nørsett, Wanner, Solving ODEs I, tables III.2.1 and III.2.2 (Adams–Bashforth, Nyström)
        (get("euler"), F(1, 2)),
        (get("ab2"), F(5, 12)),
        (get("ab3"), F(3, 8)),
        (get("ab4"), F(251, 720)),
        (get("leapfrog"), F(1, 6)),
        (multistep("milne", [-1, 0, 1], ["1/3", "4/3", "1/3"]), F(-1, 180)),
        (multistep("bdf2", ["1/2", -2, "3/2"], [0, 0, 1]), F(-1, 3)),
        # theory.md section 2: (1-k)/(2(1+k)) with respect to the effective step, with either weight
        (get("lm2"), (1 - k) / (2 * (1 + k))),
        (get("lm2_consistent"), (1 - k) / (2 * (1 + k))),
    ],
)
def test_error_constants(scheme, constant):
    assert error_constant(scheme) == constant


def test_error_constants_of_one_step_schemes():
    """exp(z) - R(z): of s stages and order s it is 1/(s+1)!; of the trapezoid, a multistep scheme too, -1/12."""
    assert [error_constant(get(n)) for n in ("midpoint", "kutta3", "rk4_classic")] == [F(1, 6), F(1, 24), F(1, 120)]
    assert error_constant(get("trapezoid")) == error_constant(adams_moulton(1)) == F(-1, 12)
    assert error_constant(get("polynet_poly2")) == F(-1, 2)
    with pytest.raises(AnalysisError, match="revnet has a multiple principal root"):
        error_constant(get("revnet"))


def test_embedded_orders():
    assert [embedded_order(get(n)) for n in ("bosh3", "dopri5", "rk4_classic")] == [2, 4, None]


@given(st.lists(numbers, min_size=0, max_size=3), st.lists(numbers, min_size=5, max_size=5))
def test_error_constants_of_multistep_schemes(middle, beta):
    """C_(p+1)/(σ(1) w^p), C_q = Σ α j^q/q! - Σ β j^(q-1)/(q-1)! with β scaled to consistency: numerics.md section 4."""
    alpha = [-1 - sum(middle, F(0)), *middle, F(1)]
    beta = beta[: len(alpha)]
    slope, total = sum(j * a for j, a in enumerate(alpha)), sum(beta)
    assume(slope != 0 and total != 0)
    scheme = multistep("random", alpha, beta)
    scaled = [b * slope / total for b in beta]

    def C(q):
        left = sum(a * F(j) ** q for j, a in enumerate(alpha)) / factorial(q)
        return left - sum(b * F(j) ** (q - 1) for j, b in enumerate(scaled)) / factorial(q - 1)

    p = order(scheme)
    assert all(C(q) == 0 for q in range(1, p + 1))
    assert error_constant(scheme) == C(p + 1) / slope


def test_sentences():
    cancelled = runge_kutta("cancelled", A=[[1]], b=[1, -1])
    with pytest.raises(AnalysisError, match="cancelled is inconsistent: its weights"):
        order(cancelled)
    with pytest.raises(AnalysisError, match="cancelled is inconsistent: its weights"):
        linear_order(cancelled)
    with pytest.raises(AnalysisError, match="multiple principal root"):
        order(get("lm2", k=-1))
    with pytest.raises(AnalysisError, match=r"revnet.*not a simple eigenvalue.*x\[n\], y\[n\]"):
        linear_order(get("revnet"))


def test_a_scheme_that_is_always_exact_has_no_finite_order():
    frozen = formula("frozen", lambda f, x, y: (x + f(y), y), states=("x[n]", "y[n]"))
    with pytest.raises(AnalysisError, match="frozen has no finite order"):
        order(frozen)


def test_the_mean_of_two_schemes_has_the_lower_order():
    assert order(average([get("rk4_classic"), get("heun2")])) == 2


def test_a_field_without_weight():
    """u' = u + h g(u + h f(u)) follows u' = g: Φ of the node f is 0 and of [f] under g is 1, so the order is 1."""
    scheme = formula("inner", lambda f, g, u: u + g(u + f(u)), fields=("f", "g"))
    assert effective_weights(scheme) == {"f": 0, "g": 1} and order(scheme) == 1
    assert bseries(scheme, 2)[(1, 2), ("g", "f")] == 1 and bseries(scheme, 2)[(1, 2), ("f", "g")] == 0


def test_a_state_that_only_stages_read():
    """u' = u + h f(u + ½ h f[n-1]), the pseudo-midpoint scheme: one component, order 2."""
    scheme = Scheme(
        "pseudo", A=((0,),), U=((1, "1/2"),), B=((1,), (1,)), V=((1, 0), (0, 0)), states=("u[n]", "hf[n-1]")
    )
    assert len(structure(scheme).components) == 1 and order(scheme) == 2


@settings(max_examples=20)
@given(one_parameter_families())
def test_families_give_an_order_or_a_sentence(scheme):
    try:
        assert 1 <= order(scheme) <= 6
    except AnalysisError as error:
        assert scheme.name in str(error)


def test_more_states_than_needed_change_nothing():
    """Euler with its last value kept: the same order and error constant."""
    kept = Scheme("kept", A=((0,),), U=((1, 0),), B=((1,), (0,)), V=((1, 0), (1, 0)), states=("u[n]", "u[n-1]"))
    assert order(kept) == 1 and error_constant(kept) == F(1, 2)
