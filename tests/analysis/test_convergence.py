"""The modified equation seen: steps lie on its flow, one order of h closer with each order of trees.

The field has non-vanishing derivatives of every order, so trees of every shape count (a quadratic one is blind).
"""

from functools import cache
from math import log2

import numpy as np
import pytest
import sympy
from scipy.integrate import solve_ivp

from analysis import modified_equation
from analysis.structure import structure
from analysis.trees import children, colour, from_key, order, sigma
from schemes import Scheme, get, step

x, y = sympy.symbols("x y")
FIELDS = {"f": (sympy.sin(y) + x / 2, sympy.cos(x + y / 3)), "g": (sympy.exp(-x / 2), sympy.sin(2 * x) * y / 2)}
START = np.array([0.4, -0.3])


@cache
def differential(t: int, names: tuple[str, ...]) -> tuple[sympy.Expr, ...]:
    """F(t) = f^(m)(F(t_1), …, F(t_m)), one directional derivative a child with the argument held fixed."""
    weights = [sympy.symbols(f"a{i} b{i}") for i, _ in enumerate(children(t))]
    value = list(FIELDS[names[colour(t)]])
    for a, b in weights:
        value = [a * sympy.diff(v, x) + b * sympy.diff(v, y) for v in value]
    arguments = [differential(c, names) for c in children(t)]
    known = {
        s: e for pair, direction in zip(weights, arguments, strict=True) for s, e in zip(pair, direction, strict=True)
    }
    return tuple(v.subs(known, simultaneous=True) for v in value)


def modified_field(scheme: Scheme, h: float, terms: int):
    """Σ h^(|t|-1)/σ(t) b(t) F(t) to a number of orders, as a function on the plane."""
    names = structure(scheme).names
    total = [sympy.Integer(0)] * 2
    for name, b in modified_equation(scheme, terms).items():
        t = from_key(name, names)
        c = float(b) / sigma(t) * h ** (order(t) - 1)
        total = [s + c * d for s, d in zip(total, differential(t, names), strict=True)]
    f = sympy.lambdify((x, y), total, cse=True)
    return lambda time, u: np.array(f(*u))


def distance(scheme: Scheme, h: float, terms: int) -> float:
    """|u_n - modified flow at nh| at nh = 1, started on the modified flow."""
    rhs = modified_field(scheme, h, terms)

    def flow(time):
        return solve_ivp(rhs, (0, time), START, method="DOP853", rtol=1e-13, atol=1e-14).y[:, -1]

    fields = {name: sympy.lambdify((x, y), FIELDS[name]) for name in scheme.fields}
    callables = {name: (lambda u, f=f: np.array(f(*u))) for name, f in fields.items()}
    past = {"u[n]": START, "u[n-1]": flow(-h)}
    states = [past[name] for name in scheme.states]
    for _ in range(round(1 / h)):
        states = list(step(scheme, callables, states, h))
    return float(np.abs(states[0] - flow(1.0)).max())


@pytest.mark.parametrize("terms", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("name", "values"), [("lm2", {"k": "1/3"}), ("lm2", {"k": "-1/4"}), ("euler", {}), ("shake_shake", {})]
)
def test_each_order_of_trees_brings_the_flow_an_order_closer(name, values, terms):
    scheme = get(name, **values).mean()
    if set(scheme.fields) == {"f1", "f2"}:
        scheme = Scheme(scheme.name, scheme.A, scheme.U, scheme.B, scheme.V, fields=("f", "g"))
    rate = log2(distance(scheme, 1 / 16, terms) / distance(scheme, 1 / 32, terms))
    assert rate == pytest.approx(terms, abs=0.35)


@pytest.mark.parametrize(("terms", "rate"), [(1, 2), (2, 2), (3, 4), (4, 4)])
def test_symmetric_schemes_gain_two_orders_at_a_time(terms, rate):
    scheme = get("leapfrog")
    measured = log2(distance(scheme, 1 / 16, terms) / distance(scheme, 1 / 32, terms))
    assert measured == pytest.approx(rate, abs=0.35)
