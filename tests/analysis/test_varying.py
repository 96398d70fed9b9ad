"""Drifting parameters: the printed formula, the limit of constant ones, and the distance of real steps."""

from math import log2

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import schemes
from analysis import AnalysisError, modified_equation
from analysis.elementary import elementary_differentials
from analysis.structure import structure
from analysis.trees import from_key, order, sigma
from analysis.varying import varying_equation, varying_latex, varying_text
from schemes import get, runge_kutta, symbol

k, k_t = schemes.symbol("k"), schemes.symbol("k_t")


def test_lm2_is_the_published_formula():
    # numerics.md section 7: u' = f/(1+κ) - h (1-κ)/(2(1+κ)^3) (f'f - κ'f)
    c = (k - 1) / (2 * (1 + k) ** 3)
    assert varying_equation(schemes.get("lm2"), 2) == {(1,): (1 / (1 + k), -c * k_t), (1, 2): (c,)}
    text = "u' = 1/(k + 1) f + h [(k - 1)/(2*(k + 1)^3) f'f - k'*(k - 1)/(2*(k + 1)^3) f] + O(h^2)"
    assert varying_text(schemes.get("lm2"), 2) == text
    assert r"\frac{k' \left(k - 1\right)}{2 \left(k + 1\right)^{3}} f" in varying_latex(schemes.get("lm2"), 2)


@pytest.mark.parametrize("name", ["lm2", "lm2_consistent", "zerosnet_learned", "momentum", "rk4_classic", "revnet"])
def test_constant_parameters_give_the_modified_equation(name):
    scheme = schemes.get(name)
    b = modified_equation(scheme, 3)
    for drifting in (None, ()):
        found = varying_equation(scheme, 3, drifting)
        assert {t: row[0] for t, row in found.items()} == b
    assert all(x == 0 for row in found.values() for x in row[1:])


def test_what_cannot_drift_is_named():
    with pytest.raises(AnalysisError, match="'q' cannot drift, the free parameters are k"):
        varying_equation(schemes.get("lm2"), 2, ["q"])


# ---- observed ------------------------------------------------------------------------------------------------------


def kappa(t):
    """κ and its first three derivatives."""
    return tuple(0.3 * np.sin(t + 0.4 + i * np.pi / 2) for i in range(4))


W = np.array([[1.0, -0.4], [0.5, 0.9]])
C = np.array([[-0.3, 1.0], [-1.1, 0.2]])


def jet(y, *directions):
    """f = C sin(Wy + 0.3), a hidden layer: no derivative vanishes."""
    slopes = np.sin(W @ y + 0.3 + len(directions) * np.pi / 2)
    for v in directions:
        slopes = slopes * (W @ v)
    return C @ slopes


def modified(scheme, n, h):
    """The right-hand side to |t| + j ≤ n with k = κ(t), and 0.6 κ(t) for a second parameter."""
    rows = {from_key(name): row for name, row in varying_equation(scheme, n).items()}
    found = structure(scheme)

    def field(t, y):
        F = elementary_differentials(found, {"f": jet}, [y], rows)
        return sum(weight(c, t) * h ** (order(s) - 1 + j) / sigma(s) * F[s]
                   for s, row in rows.items() for j, c in enumerate(row) if c != 0)  # fmt: skip

    return field


def weight(c, t):
    values = {}
    for factor, name in [(1.0, "k"), (1.0, "k1"), (0.6, "k2"), (1.0, "lam")]:
        values |= {name + suffix: factor * x + (0.0 if suffix or name != "lam" else -1.8)
                   for suffix, x in zip(("", "_t", "_tt", "_ttt"), kappa(t), strict=True)}  # fmt: skip
    return c(**values) if hasattr(c, "symbols") else float(c)


def distance(scheme, n, h, end=1.0):
    """The largest distance of the steps from the modified flow, started on it at t = 0, -h, …."""
    field, y = modified(scheme, n, h), np.array([0.7, -0.4])
    options = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-12}
    lags = len(scheme.V)
    back = solve_ivp(field, (0, -lags * h), y, dense_output=True, **options).sol
    ahead = solve_ivp(field, (0, end), y, dense_output=True, **options).sol
    states, worst = tuple(back(-i * h) for i in range(lags)), 0.0
    for i in range(round(end / h)):
        now = {name: weight(schemes.symbol(name), i * h) for name in scheme.symbols}
        states = schemes.step(scheme.at(**now), jet, states, h)
        worst = max(worst, float(np.abs(states[0] - ahead((i + 1) * h)).max()))
    return worst


@pytest.mark.parametrize(
    ("name", "n"), [*(("lm2", n) for n in (1, 2, 3, 4)), *(("full_history", n) for n in (1, 2, 3))]
)
def test_steps_follow_it_to_each_order(name, n):
    scheme = schemes.get(name)
    rate = log2(distance(scheme, n, 1 / 20) / distance(scheme, n, 1 / 40))
    assert rate == pytest.approx(n, abs=0.3)


def test_names_of_derivatives_are_kept_free():
    """A parameter k_t beside a drifting k would be taken for κ'; one called k_tau is no derivative."""
    k, c = symbol("k"), symbol("k_t")
    with pytest.raises(AnalysisError, match="k_t is a parameter and would be the derivative"):
        varying_equation(runge_kutta("c", [[], [k]], [c, 1 - c]), 3, drifting=["k"])
    tau = symbol("k_tau")
    text = varying_text(runge_kutta("c", [[], [tau]], [tau, 1]), 2)
    assert text == "u' = (k_tau + 1) f + h [-(k_tau^2 + 1)/2 f'f - k_tau'/2 f] + O(h^2)"


def test_a_name_may_be_given_twice_or_alone():
    assert varying_equation(get("lm2"), 2, ["k", "k"]) == varying_equation(get("lm2"), 2, "k")
    with pytest.raises(AnalysisError, match="'lam' cannot drift"):
        varying_equation(get("lm2"), 2, "lam")


@pytest.mark.parametrize("name", ["ssprk53", "ssprk54"])
def test_a_rounded_table_stands_for_the_one_that_is_meant(name):
    found = varying_equation(get(name), 4)
    meant = modified_equation(get(name), 4)
    assert all(abs(row[0] - meant[t]) <= 100 * get(name).tolerance for t, row in found.items())
    assert not any(any(row[1:]) for row in found.values())
    assert varying_text(get(name), 3) == "u' = f + O(h^3)"
