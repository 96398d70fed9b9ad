"""Stochastic equations as text and as LaTeX."""

import re
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings

from analysis.stochastic.factors import LATEX, product_text, root_text
from analysis.stochastic.inertial import inertial_limit
from analysis.stochastic.limits import sde_limit
from schemes import Bernoulli, Parameter, Scheme, chosen, get, symbol
from tests.strategies import rationals

P, K, S = symbol("p"), symbol("k"), symbol("sigma")
HALF = chosen("1/2")

TEXTS = {
    "stochastic_depth": (
        {"p": HALF},
        ["Itô           du = p f dt + √(p*(1 - p)) f dB",
         "Stratonovich  du = (p f - p*(1 - p)/2 f'f) dt + √(p*(1 - p)) f ∘ dB",
         "B             one Brownian motion, the same for all samples of a batch and all components (eta)",
         "ODE           du = p f dt"],
    ),
    "shake_shake": ({}, ["Itô           du = 1/2 (f1 + f2) dt + 1/√12 (f1 - f2) dB"]),
    "gaussian_noise": (
        {"sigma": HALF},
        ["Itô = Stratonovich  du = f dt + sigma dB",
         "B                   an own Brownian motion for each element (xi)"],
    ),
    "dropout": ({"p": HALF}, ["Itô           du = f dt + √(1 - p)/√p f ⊙ dB",
                              "Stratonovich  du = (f - (1 - p)/(2*p) diag(f')f) dt + √(1 - p)/√p f ⊙ ∘ dB"]),
    "heun_stratonovich": ({}, ["Stratonovich  du = f dt + g ∘ dB", "Itô           du = (f + 1/2 g'g) dt + g dB"]),
    "lm2_stochastic_depth": (
        {"p": HALF},
        ["Itô           du = p/(k + 1) f dt + √(p*(1 - p))/(k + 1) f dB",
         "It is the slow motion of two states, where |k| < 1: noise in their difference dies out."],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_the_equation_reads_as_in_the_paper(name):
    values, said = TEXTS[name]
    lines = sde_limit(get(name, **values)).text().splitlines()
    assert lines[0] == f"{name} tends to"
    assert [line for line in lines if line in said] == said


def test_every_equation_says_its_scaling():
    text = sde_limit(get("shake_shake")).text()
    assert "deviations are of size √h" in text and "plain depth scaling" in text and "the ODE" in text


def test_latex_of_both_forms():
    rows = sde_limit(get("stochastic_depth", p=HALF)).latex().split(" \\\\\n")
    noise = "\\sqrt{p \\left(1 - p\\right)} f"
    assert rows == [
        f"du &= p f\\, dt + {noise}\\, dB",
        f"du &= \\left(p f - \\frac{{p \\left(1 - p\\right)}}{{2}} f'f\\right)\\, dt + {noise} \\circ dB",
    ]


def test_the_second_order_limit_and_the_slip_of_its_source():
    limit = inertial_limit(get("lm2_stochastic_depth", p=HALF))
    _, modified, recursion, *motion, slip = limit.text().splitlines()
    assert modified == "h*(1 - k)/2 u'' + (k + 1) u' = p f + √(p*(1 - p)) f Ḃ, to O(h)"
    assert "k = gamma*h - 1" in recursion and "(2 - gamma*h) u[n] - (1 - gamma*h) u[n-1]" in recursion
    assert motion == ["du = v dt", "dv = (p f - gamma v) dt + √(p*(1 - p)) f dB"]
    assert "2 + g and 1 + g" in slip and "g = -gamma" in slip
    assert limit.latex().splitlines()[-1].endswith("\\sqrt{p \\left(1 - p\\right)} f\\, dB")


ROOTS = {
    Fraction(1): "",
    Fraction(9, 4): "3/2",
    Fraction(1, 12): "1/√12",
    Fraction(2, 9): "√2/3",
    P - P**2: "√(p*(1 - p))",
    (P - P**2) / (1 + K) ** 2: "√(p*(1 - p))/(k + 1)",
    S**2 / 3: "sigma/√3",
    (1 + K) ** 2: "(k + 1)",
    K - 1: "√(k - 1)",
}


@pytest.mark.parametrize("x", ROOTS, ids=str)
def test_square_roots_as_they_are_written(x):
    assert root_text(x) == ROOTS[x]


def read(text):
    """The value of a text at k = 1/3 and p = 2/5, by sympy."""
    plain = re.sub(r"√(\w+)", r"sqrt(\1)", text.replace("^", "**").replace("√(", "sqrt("))
    return sympy.sympify(plain, {"k": sympy.Rational(1, 3), "p": sympy.Rational(2, 5)})


@settings(max_examples=40, deadline=None)
@given(rationals(("k", "p"), depth=2))
def test_texts_have_the_value_of_the_number(x):
    values = {"k": Fraction(1, 3), "p": Fraction(2, 5)}
    try:
        value = x(**values) if not isinstance(x, Fraction) else x
    except ZeroDivisionError:
        return
    assert read(product_text(x)) == sympy.Rational(value.numerator, value.denominator)
    assert product_text(x, LATEX).count("{") == product_text(x, LATEX).count("}")
    square = read(root_text(x * x) or "1")
    assert sympy.Abs(square) == abs(sympy.Rational(value.numerator, value.denominator)) or value == 0


def test_states_that_nothing_reads_or_keeps_have_no_equation():
    rows = {"A": ((0, 0), (0, 0)), "U": ((1, 0, 0), (0, 0, 1)), "B": (("eta", 0), (1, 0), (0, "eta"))}
    states = {"V": ((1, 0, 0), (0, 0, 0), (0, 0, 1)), "states": ("x[n]", "hf[n-1]", "y[n]"), "fields": ("f", "g")}
    eta = Parameter("eta", "random", Bernoulli("1/2"), "sample")
    limit = sde_limit(Scheme(name="two", parameters=(eta,), **rows, **states))
    assert limit.components == ("x", "y") and [edge.feeds for edge in limit.edges.values()] == [0, 1]
    assert list(map(str, limit.ode)) == ["f", "g"]
