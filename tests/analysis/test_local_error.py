"""Stage orders and principal errors, against published numbers and a second derivation by the map."""

from fractions import Fraction
from math import isqrt, prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError, bseries, order
from analysis.local_error import principal_error, principal_error_norm, principal_error_square, stage_order
from analysis.series import underlying
from analysis.trees import children, colour, from_key, gamma, sigma
from schemes import adams_moulton, bdf, formula, get, names, runge_kutta, symbol
from tests.analysis.reference import collocation
from tests.strategies import multisteps, schemes

F = Fraction
ROOT3 = F(isqrt(3 * 10**60), 10**30)
GAUSS2 = runge_kutta(
    "gauss2",
    [[F(1, 4), F(1, 4) - ROOT3 / 6], [F(1, 4) + ROOT3 / 6, F(1, 4)]],
    [F(1, 2), F(1, 2)],
    tolerance=F(1, 10**29),
)
RADAU2 = runge_kutta("radau_iia2", [["5/12", "-1/12"], ["3/4", "1/4"]], ["3/4", "1/4"])
LOBATTO3 = runge_kutta(
    "lobatto_iiia3", [[0, 0, 0], ["5/24", "1/3", "-1/24"], ["1/6", "2/3", "1/6"]], ["1/6", "2/3", "1/6"]
)
SDIRK3 = runge_kutta(  # Crouzeix 1975, γ = (3 + √3)/6
    "crouzeix3",
    [[(3 + ROOT3) / 6, 0], [-ROOT3 / 3, (3 + ROOT3) / 6]],
    [F(1, 2), F(1, 2)],
    tolerance=F(1, 10**29),
)


@pytest.mark.parametrize(
    ("scheme", "q"),
    [
        (get("euler"), 1),
        (get("backward_euler"), 1),
        (get("implicit_midpoint"), 1),
        (get("trapezoid"), 2),
        (GAUSS2, 2),  # this and the next: Hairer, Wanner, Solving ODEs II, IV.5
        (RADAU2, 2),
        (LOBATTO3, 3),
        (SDIRK3, 1),
        (adams_moulton(3), 4),
        (bdf(4), 4),
        (get("leapfrog"), 2),
        (get("milne_simpson"), 4),
        (get("revnet"), 1),
    ],
    ids=lambda x: getattr(x, "name", x),
)
def test_known_stage_orders(scheme, q):
    assert stage_order(scheme) == q


@pytest.mark.parametrize(
    "name", [n for n in names(kind="runge_kutta", explicit=True) if get(n).stages > 1 and len(set(get(n).fields)) == 1]
)
def test_explicit_stages_have_order_one(name):
    """The second stage is an Euler step: Hairer, Wanner, Solving ODEs II, IV.15."""
    assert stage_order(get(name)) == 1


@pytest.mark.parametrize("s", [1, 2, 3])
def test_collocation_has_as_many_as_stages(s):
    assert stage_order(runge_kutta("collocation", *collocation(s))) == s


@given(st.one_of(multisteps(), multisteps(explicit=False)))
@settings(max_examples=25)
def test_the_stage_of_a_multistep_scheme_is_a_value_of_it(scheme):
    try:
        assert stage_order(scheme) == order(scheme)
    except AnalysisError as error:
        assert scheme.name in str(error)


def test_an_idle_stage_does_not_count():
    """The trapezoid with a third stage of order 1 that the next state reads not at all, or a little."""
    A = [[0, 0, 0], ["1/2", "1/2", 0], ["1/2", 0, 0]]
    idle, busy = runge_kutta("idle", A, ["1/2", "1/2", 0]), runge_kutta("busy", A, ["7/16", "7/16", "1/8"])
    assert order(idle) == order(busy) == 2 and (stage_order(idle), stage_order(busy)) == (2, 1)


def test_a_stage_at_two_times_has_no_order():
    """g is read where f has moved on and g has not."""
    sequential = formula("sequential", lambda f, g, u: (v := u + f(u)) + g(v), fields=("f", "g"))
    assert stage_order(sequential) == 0 and order(sequential) == 1


@pytest.mark.parametrize(
    ("scheme", "norm"),
    [  # NodePy 1.1.1, principal_error_norm
        (get("dopri5"), 0.0003990801609343635),
        (get("bosh3"), 0.04181109228747325),
        (get("rk4_classic"), 0.014504582343198208),
        (get("midpoint"), 0.1717960677340692),
        (get("ssprk33"), 0.07216878364870323),
        (get("trapezoid"), 0.11785113019775793),
        (RADAU2, 0.024497697324672135),
        (LOBATTO3, 0.00570544330734548),
        (GAUSS2, 0.0043306219754327985),
    ],
    ids=lambda x: getattr(x, "name", None),
)
def test_known_norms(scheme, norm):
    assert principal_error_norm(scheme) == pytest.approx(norm, rel=1e-12)


def test_the_square_is_exact():
    """RK4's nine coefficients of order 5 have the common denominator 2880."""
    assert principal_error_square(get("rk4_classic")) == F(1745, 2880**2)


@given(schemes())
@settings(max_examples=25)
def test_it_is_the_error_of_the_map(scheme):
    """τ(t) = (Φ(t) - Π w/γ(t))/(σ(t) Π w) at order p+1: numerics.md section 2, by the map instead of the field."""
    try:
        tau, p = principal_error(scheme), order(scheme)
    except AnalysisError as error:
        assert scheme.name in str(error)
        return
    series = underlying(scheme)
    weights = [series.map[t] for t in series.trees(1)]
    a = bseries(scheme, p + 1)
    for key, value in tau.items():
        t = from_key(key, series.structure.names)
        w = prod((weights[c] for c in nodes(t)), start=F(1))
        assert value == (a[key] - w / gamma(t)) / (sigma(t) * w)
    assert any(tau.values()) and len(tau) == len(series.trees(p + 1))


def nodes(t):
    return [colour(t), *(c for child in children(t) for c in nodes(child))]


def test_it_is_measured_in_effective_steps():
    """LM-ResNet: u' = f + H (k-1)/(2(k+1)) f'f: numerics.md section 7; its norm waits for k."""
    k = symbol("k")
    assert principal_error(get("lm2")) == {(1, 2): (k - 1) / (2 * (k + 1))}
    with pytest.raises(AnalysisError, match="k=…"):
        principal_error_norm(get("lm2"))
    assert principal_error_norm(get("lm2", k=F(1, 2))) == pytest.approx(1 / 6)


def test_a_field_of_weight_zero_has_no_unit():
    """g comes and goes: u + f(u) + g(u) - g(u + f(u))."""
    scheme = formula("there_and_back", lambda f, g, u: u + f(u) + g(u) - g(u + f(u)), fields=("f", "g"))
    with pytest.raises(AnalysisError, match="'g' sum to 0"):
        principal_error(scheme)
