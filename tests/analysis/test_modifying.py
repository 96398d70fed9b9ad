"""Modifying integrators: closed forms, the literature, and what has none. The laws of the group: test_groups."""

from fractions import Fraction
from math import factorial

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis import AnalysisError, bseries, flow, modified_equation, modifying_integrator, substitute
from analysis.trees import children, from_key, gamma, key
from schemes import Scheme, get, multistep, runge_kutta, symbol
from tests.analysis.reference import psi, psi_field, trees_to
from tests.strategies import numbers

F = Fraction
k = symbol("k")


@st.composite
def linear_multisteps(draw):
    """(α, β, scheme), explicit or implicit, one to four steps, ρ'(1) ≠ 0 ≠ σ(1)."""
    middle = draw(st.lists(numbers, max_size=3))
    alpha = [-1 - sum(middle, F(0)), *middle, F(1)]
    beta = draw(st.lists(numbers, min_size=len(alpha), max_size=len(alpha)))
    assume(sum(beta) != 0 and sum(j * a for j, a in enumerate(alpha)) != 0)
    return alpha, beta, multistep("random", alpha, beta)


@given(linear_multisteps())
def test_multistep_schemes_in_closed_form(drawn):
    """m(t) = μ_|t| |t|!/γ(t), Σ μ_n x^n = ρ(e^x)/σ(e^x): numerics.md section 4. 1/ψ(x) = μ_1 + μ_2 x + …."""
    alpha, beta, scheme = drawn
    c, mu = psi(alpha, beta, 5), []
    for n in range(5):
        mu.append((F(n == 0) - sum((c[n - i] * mu[i] for i in range(n)), F(0))) / c[0])
    expected = {key(t): mu[len(key(t)) - 1] * F(factorial(len(key(t))), gamma(t)) for t in trees_to(5)}
    assert modifying_integrator(scheme, 5) == expected


@given(linear_multisteps())
def test_three_derivations_of_a_multistep_modified_equation(drawn):
    """The bordered system, u' = ψ(h d/dt) f(u), and Σ α_j E_j = Σ β_j E_j', E_j the flow for j steps."""
    alpha, beta, scheme = drawn
    b = modified_equation(scheme, 4)
    assert b == {key(t): x for t, x in psi_field(psi(alpha, beta, 4), 4).items()}
    trees = trees_to(4)
    for t in trees:
        left = sum((a * flow(b, j)[key(t)] for j, a in enumerate(alpha)), F(0))
        right = sum((x * slope(flow(b, j), t) for j, x in enumerate(beta)), F(0))
        assert left == right


def slope(a, t):
    """h f(B(a, y)) = B(a', y): a'([t_1 … t_m]) = Π a(t_l), numerics.md section 2."""
    product = F(1)
    for child in children(t):
        product *= a[key(child)]
    return product


def test_known_modifying_integrators():
    """Implicit midpoint: Chartier, Hairer, Vilmart, Math. Comp. 76 (2007), (10): f + h²/12 (½ f''(f,f) - f'f'f)."""
    midpoint = modifying_integrator(get("implicit_midpoint"), 4)
    assert midpoint[1, 2, 3] == F(-1, 12) and midpoint[1, 2, 2] == F(1, 12) and midpoint[1,] == 1
    assert not any(m for t, m in midpoint.items() if len(t) % 2 == 0)  # symmetric
    euler = modifying_integrator(get("euler"), 6)  # ∫_0^1 f(y(τh)) dτ along the exact solution
    assert euler == {t: F(1, gamma(from_key(t))) for t in euler}


def test_the_scheme_of_the_paper():
    """μ(x) = (e^x - 1) + k (1 - e^-x), the left side of the unresolved form in theory.md section 2."""
    found = modifying_integrator(get("lm2"), 5)
    for t, m in found.items():
        n = len(t)
        assert m == (1 - (-1) ** n * k) / factorial(n) * F(factorial(n), gamma(from_key(t)))


@pytest.mark.parametrize("name", ["ssprk53", "ssprk54"])
def test_a_rounded_table_is_what_it_is_meant_to_be(name):
    p = {"ssprk53": 3, "ssprk54": 4}[name]
    m = modifying_integrator(get(name), p + 1)
    assert {t for t, x in m.items() if x and len(t) <= p} == {(1,)} and m[1,] == 1
    undone = substitute(m, bseries(get(name), p + 1))
    assert all(abs(a - F(1, gamma(from_key(t)))) < 1000 * get(name).tolerance for t, a in undone.items())


def test_what_has_none():
    with pytest.raises(AnalysisError, match=r"revnet has 2 components.*modified_equation"):
        modifying_integrator(get("revnet"), 3)
    with pytest.raises(AnalysisError, match="nothing has weights on f that sum to 0"):
        modifying_integrator(runge_kutta("nothing", [[], [1]], [1, -1]), 3)
    with pytest.raises(AnalysisError, match="idle lets no field act"):
        modifying_integrator(Scheme("idle", A=((0,),), U=((1,),), B=((0,),), V=((1,),)), 3)
    with pytest.raises(AnalysisError, match="applies a field to a slope"):
        modifying_integrator(get("polynet_poly2"), 3)
