"""Exact moments after n steps: by enumeration of all draws, by closed forms, and the slopes that they give."""

from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import comb, exp, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError
from analysis.stochastic.end_moments import moment_slopes, moments, root
from analysis.stochastic.polynomial_fields import polynomial_fields
from analysis.stochastic.standard_problems import closed_problems
from analysis.stochastic.weak_orders import weak_order
from schemes import get, step, symbol
from schemes.builders import formula
from schemes.diffusion import diffusive
from schemes.laws import Bernoulli, Normal, ThreePoint, TwoPoint
from schemes.parameters import Parameter
from schemes.starting import initial, starter

H, S = Fraction(1, 16), Fraction(1, 4)
HALF = Fraction(1, 2)
numbers = st.fractions(-2, 2, max_denominator=5)


def after_all_draws(scheme, fields, start, steps, outcomes, power, **values):
    """E u_N^power by stepping through every sequence of draws of one random coefficient; {draw: probability}."""
    table = diffusive(scheme).at(root_h=S, **values)
    (name,) = table.role("random")
    tables = [{draw: starter(table, i).at(**{name: draw}) for draw in outcomes} for i in range(steps)]
    total = Fraction(0)
    for draws in product(outcomes, repeat=steps):
        states, weight = initial(table, start), Fraction(1)
        for i, draw in enumerate(draws):
            states = step(tables[i][draw], fields, states, H)
            weight *= outcomes[draw]
        total += weight * states[0] ** power
    return total


def coin(p):
    return {Fraction(1): p, Fraction(0): 1 - p}


@given(
    numbers, st.fractions(Fraction(1, 10), Fraction(9, 10), max_denominator=10), st.fractions(-1, 0, max_denominator=5)
)
@settings(max_examples=8, deadline=None)
def test_lm2_with_dropped_blocks_by_enumeration(a, p, k):
    """The first step is that of the start scheme, as in the network."""
    scheme = get("lm2_stochastic_depth", k=k / 2, p=p)
    found = moments(scheme, {"f": a}, 2, h=H, steps=5)
    assert found == tuple(
        after_all_draws(scheme, lambda u: a * u, Fraction(2), 5, coin(p), n) for n in (1, 2, 3, 4)
    )  # fmt: skip


@given(numbers, numbers)
@settings(max_examples=8, deadline=None)
def test_quadratic_fields_of_two_components_by_enumeration(a, b):
    """u1' = a, u2' = b u1²: stepped as pairs, whose product with a number is componentwise."""
    scheme = formula("two_point", lambda f, g, u: u + f(u) + symbol("x") * g(u + f(u)), fields=("f", "g"),
                     parameters=(Parameter("x", "random", TwoPoint(), "sample"),))  # fmt: skip
    fields = {"f": [str(a), "u1**2"], "g": ["1", f"({b})*u1**2 - u1"]}
    mine = {"f": lambda u: Pair(a, u.y[0] ** 2), "g": lambda u: Pair(Fraction(1), b * u.y[0] ** 2 - u.y[0])}
    draws = {Fraction(1): HALF, Fraction(-1): HALF}
    expected = after_all_draws(scheme, mine, Pair(Fraction(1), Fraction(-1)), 4, draws, 2)
    assert moments(scheme, fields, [1, -1], h=H, steps=4, powers=[2], component=2) == (expected,)


class Pair:
    """Two numbers; its powers are those of the second."""

    def __init__(self, *y):
        self.y = y

    def __add__(self, other):
        return Pair(*(a + b for a, b in zip(self.y, other.y, strict=True)))

    def __rmul__(self, c):
        return Pair(*(c * a for a in self.y))

    def __mul__(self, c):
        return c * self

    def __pow__(self, n):
        return self.y[1] ** n


def test_draws_per_element_by_enumeration():
    """Each component has its own coin: all pairs of draws, for a matrix that mixes the components."""
    p, A = Fraction(1, 3), ((1, 2), (Fraction(-1, 2), 1))
    scheme = formula("own", lambda f, u: u + symbol("eta") * f(u),
                     parameters=(Parameter("eta", "random", Bernoulli(p), "element"),))  # fmt: skip
    total = Fraction(0)
    for draws in product((0, 1), repeat=6):
        u, weight = (Fraction(1), Fraction(1)), Fraction(1)
        for pair in (draws[:2], draws[2:4], draws[4:]):
            slope = [sum(a * x for a, x in zip(row, u, strict=True)) for row in A]
            w = [H * p + S * (eta - p) for eta in pair]
            u = tuple(x + c * y for x, c, y in zip(u, w, slope, strict=True))
            for eta in pair:
                weight *= p if eta else 1 - p
        total += weight * u[0] ** 3
    assert moments(scheme, {"f": A}, h=H, steps=3, powers=[3]) == (total,)
    shared = replace(scheme, parameters=(replace(scheme.parameters[0], per="sample"),))
    assert moments(shared, {"f": A}, h=H, steps=3, powers=[3]) != (total,)


def test_states_besides_the_network_s_own_by_enumeration():
    """Leimkuhler–Matthews keeps the noise of the step before, and begins with none."""
    scheme = get("leimkuhler_matthews")
    scheme = replace(scheme, parameters=(replace(scheme.parameters[0], value=TwoPoint()),))
    draws = {Fraction(1): HALF, Fraction(-1): HALF}
    mine = {"f": lambda u: -u, "g": lambda u: u / 2}
    expected = tuple(after_all_draws(scheme, mine, Fraction(3), 5, draws, n) for n in (1, 2))
    assert moments(scheme, {"f": -1, "g": HALF}, 3, h=H, steps=5, powers=[1, 2]) == expected


@pytest.mark.parametrize(("per", "field"), list(product(("sample", "element"), ([[0, 1], [-1, "1/2"]], ["u2", "u1"]))))
def test_noise_that_stages_read_corrects_by_its_own_component_alone(per, field):
    """Were the whole Jacobian taken, the error would not fall at all."""

    def rule(f, g, u):
        G = g(u)
        return u + f(u) + symbol("x") * (G + g(u + symbol("x") * G)) / 2

    scheme = formula("own", rule, fields=("f", "g"), parameters=(Parameter("x", "random", TwoPoint(), per),))
    found = moment_slopes(scheme, {"f": [["-1/3", 0], [0, "1/4"]], "g": field}, [1, 2], levels=range(2, 8))
    assert found.order == pytest.approx(1, abs=5e-4)


@given(st.fractions(Fraction(1, 10), Fraction(9, 10), max_denominator=10), numbers)
@settings(max_examples=10, deadline=None)
def test_stochastic_depth_on_a_number(p, a):
    """E u^n of independent factors 1 + h p a + s (η - p) a is the n-th power's mean, to the N."""
    low, high = 1 + H * p * a - S * p * a, 1 + H * p * a + S * (1 - p) * a
    expected = tuple((p * high**n + (1 - p) * low**n) ** 7 for n in (1, 2, 3, 4))
    assert moments(get("stochastic_depth", p=p), {"f": a}, h=H, steps=7) == expected


# ---- the equation ----------------------------------------------------------------------------------------------------


def test_geometric_brownian_motion():
    """E X^n = exp(n a + n (n-1)/2 b²) at time 1, Itô; of Stratonovich's equation a + b²/2 is in place of a."""
    a, b = Fraction(1, 3), Fraction(1, 2)
    for name, drift in (("euler_maruyama", a), ("heun_stratonovich", a + b**2 / 2)):
        found = moment_slopes(get(name), {"f": a, "g": b}, levels=range(2, 8)).exact
        for n, x in found.items():
            assert x == pytest.approx(exp(n * drift + n * (n - 1) / 2 * b**2), rel=1e-14)


def test_the_limits_of_the_paper():
    """Lu et al. 2018, section 3: p f dt + √(p(1-p)) f dB, ½ (f1 + f2) dt + (f1 - f2)/√12 dB, and lm2 over 1 + k."""
    p, k = Fraction(4, 5), Fraction(-1, 4)
    for scheme, fields, a, variance in (
        (get("stochastic_depth", p=p), {"f": HALF}, p / 2, p * (1 - p) / 4),
        (get("lm2_stochastic_depth", p=p, k=k), {"f": HALF}, p / 2 / (1 + k), p * (1 - p) / 4 / (1 + k) ** 2),
        (get("shake_shake"), {"f1": 1, "f2": Fraction(1, 3)}, Fraction(2, 3), Fraction(4, 9) / 12),
    ):
        found = moment_slopes(scheme, fields, levels=range(2, 11)).exact
        for n, x in found.items():
            assert x == pytest.approx(exp(n * a + n * (n - 1) / 2 * variance), rel=1e-14)


def test_ornstein_uhlenbeck():
    """u' = -u + σ dB from 1: normal with mean 1/e and variance σ² (1 - e⁻²)/2."""
    found = moment_slopes(get("gaussian_noise", sigma=2), {"f": -1}).exact
    mean, variance = exp(-1), 2 * (1 - exp(-2))
    for n, x in found.items():
        expected = sum(comb(n, j) * mean ** (n - j) * float(Normal(0, 1).moment(j)) * sqrt(variance) ** j
                       for j in range(0, n + 1, 2))  # fmt: skip
        assert x == pytest.approx(expected, rel=1e-13)


def test_noncommuting_matrices_by_the_moment_equation():
    """u = (u1, u2), f = A u, g = B u: d E[uuᵀ]/dt = A P + P Aᵀ + B P Bᵀ, by scipy."""
    import numpy as np
    from scipy.linalg import expm

    A, B = [[0, 1], [-1, "-1/2"]], [["1/3", 0], [1, "-1/4"]]
    a, b, unit = np.array([[0, 1], [-1, -0.5]]), np.array([[1 / 3, 0], [1, -0.25]]), np.eye(2)
    L = np.kron(a, unit) + np.kron(unit, a) + np.kron(b, b)
    expected = (expm(L) @ np.ones(4))[0]
    found = moment_slopes(get("euler_maruyama"), {"f": A, "g": B}, powers=[2])
    assert found.exact[2] == pytest.approx(expected, rel=1e-12) and found.slopes[2] == pytest.approx(1, abs=5e-4)


# ---- slopes ----------------------------------------------------------------------------------------------------------

# theory of Lu et al. 2018, section 3, on f = u: 1 where E (η - p)³ falls like √h, else 1/2 from the third moment on
DEPTH = [
    ({}, {"f": 1}, (1, 1, 1, 1)),
    ({"p": "4/5"}, {"f": 1}, (1, 1, 0.5, 0.5)),
    ({"p": "p"}, {"f": 1}, (1, 1, 1, 1)),
]


@pytest.mark.parametrize(("values", "fields", "expected"), DEPTH)
@pytest.mark.parametrize("name", ["stochastic_depth", "lm2_stochastic_depth"])
def test_slopes_of_stochastic_depth_to_three_digits(name, values, fields, expected):
    path = {"p": "1/2 + root_h/4"} if values.get("p") == "p" else {}
    k = {"k": "-1/2"} if name.startswith("lm2") else {}
    found = moment_slopes(get(name, **values, **k), fields, **path)
    assert tuple(found.slopes.values()) == pytest.approx(expected, abs=5e-4)
    assert max(found.moved.values()) <= 5e-4


@pytest.mark.parametrize(
    ("fields", "start"),
    [({"f1": 1, "f2": "u/3"}, 1), ({"f1": [[0, 1], [-1, 0]], "f2": [["1/3", 0], [1, 0]]}, [1, 2])],
)
def test_slopes_of_shake_shake(fields, start):
    assert tuple(moment_slopes(get("shake_shake"), fields, start).slopes.values()) == pytest.approx((1,) * 4, abs=5e-4)


INTEGRATORS = ["euler_maruyama", "milstein", "rk4_stratonovich", "platen_weak2", "tocino_weak2", "ri6", "rs2", "dri1"]


@pytest.mark.parametrize("name", [*INTEGRATORS, "sriw1", "sriw2", "stochastic_depth", "gaussian_noise"])
def test_slopes_are_not_below_the_order_of_the_trees(name):
    """Both from one table, but neither knows of the other; the triangular problem shows the order itself."""
    scheme = get(name)
    _, triangular = closed_problems(scheme)
    found = moment_slopes(scheme, triangular.fields, component=triangular.component, levels=range(2, 9))
    assert found.order == pytest.approx(float(weak_order(scheme).order), abs=5e-4)


@pytest.mark.parametrize("name", ["sra1", "sra3", "sosra"])
def test_additive_noise(name):
    _, triangular = closed_problems(get(name), ("g",))
    found = moment_slopes(get(name), triangular.fields, component=2)
    assert found.order == pytest.approx(2, abs=5e-4)


@pytest.mark.parametrize(("law", "expected"), [(TwoPoint(), 1), (ThreePoint(), 2)])
def test_the_law_decides(law, expected):
    scheme = get("platen_weak2")
    scheme = replace(scheme, parameters=(replace(scheme.parameters[0], value=law),))
    found = moment_slopes(scheme, {"f": HALF, "g": Fraction(1, 3)}, levels=range(2, 8))
    assert found.order == pytest.approx(expected, abs=5e-4)


def test_an_error_that_is_zero_has_no_slope():
    found = moment_slopes(get("gaussian_noise"), {"f": ["1"]}, powers=[1, 2])
    assert found.slopes == {1: None, 2: None} and found.order is None


# ---- input -----------------------------------------------------------------------------------------------------------


def test_fields_as_numbers_rows_and_text():
    u, u1, u2 = symbol("u"), symbol("u1"), symbol("u2")
    assert polynomial_fields({"f": 2, "g": "1/2"}, ["f", "g", "one"]) == {"one": (1,), "f": (2 * u,), "g": (HALF * u,)}
    assert polynomial_fields({"f": [[0, 1], ["-1/2", 0]]}, ["f"]) == {"f": (u2, -u1 / 2)}
    assert polynomial_fields({"f": ["u1*u2 - 3", "1"]}, ["f"]) == {"f": (u1 * u2 - 3, 1)}


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: moments(get("euler_maruyama"), {"f": 1, "g": "u**2"}, h=H, steps=2), "do not close on these fields"),
        (lambda: moments(get("euler_maruyama"), {"f": 1, "g": 1}, h="1/2", steps=2), "h = 1/2 is no square"),
        (lambda: moments(get("euler_maruyama"), {"f": 1}, h=H, steps=2), "the field g is not given"),
        (lambda: moments(get("euler_maruyama"), {"f": 1, "g": ["u1", "u2"]}, h=H, steps=2), "1, 2 components"),
        (lambda: moments(get("euler_maruyama"), {"f": "v", "g": 1}, h=H, steps=2), "f = v is no polynomial in u"),
        (lambda: moments(get("euler_maruyama"), {"f": "1/u", "g": 1}, h=H, steps=2), "is no polynomial in u"),
        (lambda: moments(get("euler_maruyama"), {"f": [[1, 2]], "g": 1}, h=H, steps=2), "f is no square matrix"),
        (lambda: moments(get("euler_maruyama"), {"f": 1, "g": 1}, [1, 2], h=H, steps=2), "have 1 components"),
        (lambda: moments(get("lm2_stochastic_depth"), {"f": 1}, h=H, steps=2), "k is free in the table"),
        (lambda: moments(get("lm2_stochastic_depth", k="-1/2"), {"f": 1}, h=H, steps=0), "take more steps"),
        (lambda: moments(get("euler"), {"f": 1}, h=H, steps=2), "nothing is random in euler"),
        (lambda: moments(get("stochastic_depth", p="p"), {"f": 1}, h=H, steps=2, p=2), "p is a probability"),
        (lambda: moment_slopes(get("stochastic_depth", p="p"), {"f": 1}, p="1/2 + 4*root_h"), "h = 1/16 is too large"),
        (lambda: moment_slopes(get("stochastic_depth", p="4/5"), {"f": 1}, levels=range(1, 6)), "take finer levels"),
        (lambda: moment_slopes(get("stochastic_depth"), {"f": 1}, levels=range(1, 4)), "at 5 levels"),
        (lambda: moment_slopes(get("stochastic_depth"), {"f": 1}, levels=(2, 4, 6)), "levels such as 2, 3, 4"),
        (lambda: moment_slopes(get("stochastic_depth"), {"f": 1}, time=0), "give a whole time"),
        (
            lambda: moment_slopes(get("sosra"), {"f": 1, "g": ["1"]}, levels=range(8, 14)),
            "near to the table's rounding",
        ),
    ],
)
def test_sentences(call, sentence):
    with pytest.raises(AnalysisError, match=sentence):
        call()


def test_roots_of_steps():
    assert (root(Fraction(9, 4)), root(Fraction(1))) == (Fraction(3, 2), 1)
