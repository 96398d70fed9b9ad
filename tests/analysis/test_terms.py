"""Modified equations written out."""

import re
from fractions import Fraction

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

import analysis
from analysis import AnalysisError, bseries, modified_equation, modified_latex, modified_text
from analysis.differentials import LATEX, TEXT, differential, factored, named_tree
from analysis.terms import series_latex, series_text, unknowns
from analysis.trees import key, order, rooted, sigma
from schemes import RationalFunction, chosen, formula, get, learned, symbol
from tests.sample import over_b_series
from tests.strategies import numbers, rationals, runge_kuttas

F = Fraction


def test_the_paper_scheme():
    assert modified_text(get("lm2"), 3) == (
        "u' = 1/(k + 1) f + h (k - 1)/(2*(k + 1)^3) f'f + h^2 [(k^2 - 10*k + 1)/(12*(k + 1)^5) f''(f, f)"
        " + (k^2 - 4*k + 1)/(3*(k + 1)^5) f'f'f] + O(h^3)"
    )
    assert modified_text(get("lm2", k=F(-1, 2)), 2) == "u' = 2 f - h 6 f'f + O(h^2)"


def test_signs_powers_and_missing_terms():
    assert modified_text(get("leapfrog"), 4) == "u' = f + h^2 [-1/6 f''(f, f) - 1/6 f'f'f] + O(h^4)"
    assert modified_text(get("euler"), 1) == "u' = f + O(h)"
    assert "1/2880 f^(4)(f, f, f, f)" in modified_text(get("rk4_classic"), 5)


def test_a_line_a_component():
    assert modified_text(get("revnet"), 2) == "x' = f - h 1/2 f'g + O(h^2)\ny' = g + h 1/2 g'f + O(h^2)"
    assert modified_latex(get("revnet"), 2).count(" \\\\\n") == 1


def test_names_of_fields():
    assert modified_text(get("shake_shake"), 2) == (
        "u' = 1/2 f1 + 1/2 f2 + h [-1/8 f1'f1 - 1/8 f1'f2 - 1/8 f2'f1 - 1/8 f2'f2] + O(h^2)"
    )


def test_latex():
    text = modified_latex(get("lm2"), 2)
    assert text == "u' &= \\frac{1}{k + 1} f + h \\frac{k - 1}{2 \\left(k + 1\\right)^{3}} f'f + O(h^{2})"
    assert "\\lambda" in modified_latex(get("zerosnet", lam=learned("-9/5")), 3)
    for name, n in [("rk4_classic", 5), ("shake_shake", 3), ("full_history", 3)]:
        latex = modified_latex(get(name), n)
        assert latex.count("{") == latex.count("}") and latex.count("\\left") == latex.count("\\right")


def test_a_polynomial_coefficient_stands_in_brackets():
    assert modified_text(get("stochastic_depth", p=chosen("1/2")), 2) == "u' = p f - h p^2/2 f'f + O(h^2)"
    k = symbol("k")
    assert modified_text(formula("sum", lambda f, u: u + (1 + k) * f(u)), 1) == "u' = (k + 1) f + O(h)"


def test_no_series_no_text():
    with pytest.raises(AnalysisError):
        modified_text(get("polynet_poly2"), 2)


def test_public_names_exist_and_are_listed():
    assert set(analysis.__all__) == set(analysis.HOME) and all(getattr(analysis, name) for name in analysis.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        analysis.nothing  # noqa: B018


# ---- any series -----------------------------------------------------------------------------------------------------


def test_the_step_of_a_method_is_a_series_as_well():
    """Heun's method by hand: u + h/2 (f + f(u + h f)) expanded."""
    assert (
        series_text(bseries(get("heun2"), 3), "map") == "u[n+1] = u[n] + h f + h^2 1/2 f'f + h^3 1/4 f''(f, f) + O(h^4)"
    )
    assert series_text({(): 0, (1,): 2, (1, 2): F(-1)}, "map") == "u[n+1] = h 2 f - h^2 f'f + O(h^3)"
    assert series_text({}) == "u' = 0 + O(1)" and series_text({(1,): 1, (1, 2): 0}) == "u' = f + O(h^2)"


def test_the_order_of_a_dictionary_and_of_branches_is_free():
    tidy = {(1,): 1, (1, 2): F(1, 2), (1, 2, 3, 2): F(1, 3)}
    assert series_text(dict(reversed(tidy.items()))) == series_text(tidy)
    assert series_text({(1, 2, 2, 3): 1}) == "u' = h^3 f''(f, f'f) + O(h^4)"


NUMBERS = {
    F(-3, 2): ("-3/2 f", "-\\tfrac{3}{2} f"),
    1: ("f", "f"),
    -1: ("-f", "-f"),
    0.5: ("0.5 f", "0.5 f"),
    -2.5e-07: ("-2.5e-07 f", "-2.5 \\cdot 10^{-7} f"),
    1 + 2j: ("(1+2j) f", "(1+2j) f"),
    1 - symbol("lam"): ("(1 - lam) f", "\\left(1 - \\lambda\\right) f"),
}


@pytest.mark.parametrize("number", NUMBERS)
def test_every_type_of_number(number):
    text, latex = NUMBERS[number]
    assert series_text({(1,): number}) == f"u' = {text} + O(h)"
    assert series_latex({(1,): number}) == f"u' &= {latex} + O(h)"


def test_an_expression_of_sympy_is_a_number():
    from sympy import Symbol, sqrt

    k = Symbol("k")
    assert series_text({(1,): 1 - k}) == "u' = (1 - k) f + O(h)"
    assert series_latex({(1, 2): sqrt(2)}) == "u' &= h \\sqrt{2} f'f + O(h^{2})"


def test_a_remainder_that_is_known():
    assert series_text({(1,): 1}, remainder=6) == "u' = f + O(h^6)"
    assert series_latex({(1,): 1}, remainder=6) == "u' &= f + O(h^{6})"


def test_a_rounded_table_is_written_in_decimals():
    assert "- 0.00911163 f''(f, f'f)" in modified_text(get("ssprk53"), 4)
    assert len(max(re.findall(r"\d+", modified_text(get("ssprk53"), 6)), key=len)) <= 12


BAD = {
    "(2,) is no key": {(2,): 1},
    "(1, 3) is no key": {(1, 3): 1},
    "(1, 2.0) is no key": {(1, 2.0): 1},
    "(1, 1) is no key": {(1, 1): 1},
    "() is no key": {(): 1},
    "'1,2' is no key": {"1,2": 1},
    "7 is no key": {7: 1},
}


@pytest.mark.parametrize("sentence", BAD)
def test_what_is_no_tree_is_refused(sentence):
    with pytest.raises(AnalysisError, match=re.escape(sentence)):
        series_text(BAD[sentence])


def test_what_is_no_field_and_no_kind_is_refused():
    two = {"x": ("f",), "y": ("g",)}
    with pytest.raises(AnalysisError, match="field 'q', the fields are f, g"):
        series_text({((1, 2), ("f", "q")): 1}, unknowns=two)
    with pytest.raises(AnalysisError, match=re.escape("write it as ((1, 2), ('f', 'g'))")):
        series_text({(1, 2): 1}, unknowns=two)
    with pytest.raises(AnalysisError, match="'fields' is no kind of series, choose field or map"):
        series_text({(1,): 1}, "fields")


def test_a_scheme_that_does_nothing():
    still = formula("still", lambda f, u: u + 0 * f(u))
    assert modified_text(still, 3) == "u' = 0 + O(h^3)" and unknowns(still) == {"u": ()}
    with pytest.raises(AnalysisError, match="no field is named"):
        series_text({(1,): 1}, unknowns={"u": ()})


def test_unknowns_and_the_fields_that_feed_them():
    assert unknowns(get("lm2")) == {"u": ("f",)}
    assert unknowns(get("revnet")) == {"x": ("f",), "y": ("g",)}
    assert unknowns(get("shake_shake")) == {"u": ("f1", "f2")}


def test_a_field_that_serves_two_equations_says_which_in_latex():
    direction = {"x": ("f[y>x]",), "y": ("f[x>y]",)}
    series = {((1, 2), ("f[y>x]", "f[x>y]")): 1}
    assert series_latex(series, unknowns=direction).startswith("x' &= h f_{y\\to x}'f_{x\\to y} + O(h^{2})")


# ---- laws -----------------------------------------------------------------------------------------------------------


def test_an_elementary_differential_determines_its_tree():
    every = [t for n in range(1, 8) for t in rooted(n)]
    assert len({differential(t, ["f"], TEXT) for t in every}) == len(every)
    assert all(differential(t, ["f"], TEXT).count("f") == order(t) for t in every)


TERM = re.compile(
    r"(?P<sign>[+-] ?)?((?P<step>h(\^\d+)?) )?(?P<open>\[)?(?P<minus>-)?((?P<number>[\d/]+) )?"
    r"(?P<differential>f[f'()^\d]*(, [f'()^\d]+)*)(?P<close>\])?"
)


def read(text):
    """{elementary differential: (power of h, coefficient)} of a text, by its grammar alone."""
    found, step = {}, ""
    for term in TERM.finditer(text.partition(" = ")[2].rpartition(" + O(")[0]):
        step = term["step"] or step
        sign = (-1) ** ((term["sign"] or "").strip() == "-") * (-1) ** bool(term["minus"])
        found[term["differential"]] = (
            int(step.removeprefix("h").removeprefix("^") or bool(step)),
            sign * F(term["number"] or 1),
        )
    return found


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from([key(t) for n in range(1, 7) for t in rooted(n)]), numbers))
def test_the_text_says_the_series(series):
    trees = {named_tree(name, ["f"]): c for name, c in series.items() if c != 0}
    expected = {differential(t, ["f"], TEXT): (order(t) - 1, c / sigma(t)) for t, c in trees.items()}
    assert read(series_text(series)) == read(" ".join(series_text(series, width=60).split())) == expected


@settings(max_examples=10, deadline=None)
@given(st.lists(rationals(), min_size=8, max_size=8), st.integers(40, 120))
def test_a_broken_line_says_the_same(coefficients, width):
    series = dict(zip([key(t) for n in range(1, 5) for t in rooted(n)], coefficients, strict=True))
    whole, broken = series_text(series), series_text(series, width=width)
    assert " ".join(broken.split()) == whole
    assert ("\n" in broken) == (len(whole) > width)
    longest = max(len(line) for line in broken.splitlines())
    assert longest <= width or len(max(re.split(r" [+-] ", whole), key=len)) > width - 20  # a term is not broken


# ---- LaTeX ----------------------------------------------------------------------------------------------------------


def assert_typesets(latex):
    """Each row is a formula that matplotlib's TeX subset sets; of amsmath it lacks the \\tfrac alone."""
    for row in latex.split(" \\\\\n"):
        assert row.count("&") == 1 and row.count("\\left") == row.count("\\right"), row
        MathTextParser("path").parse(f"${row.replace('&', '').replace('tfrac', 'frac')}$")


@pytest.mark.parametrize("name", over_b_series())
@pytest.mark.parametrize("width", [None, 60])
def test_the_latex_of_every_entry_typesets(name, width):
    assert_typesets(modified_latex(get(name), 3, width=width))


@pytest.mark.parametrize("name", ["lm2", "rk4_classic", "revnet", "ssprk53"])
def test_long_latex_typesets(name):
    assert_typesets(modified_latex(get(name), 5, width=80))
    assert_typesets(series_latex(bseries(get(name), 5), "map", unknowns(get(name)), width=80))


@settings(max_examples=8, deadline=None)
@given(runge_kuttas(parametric=True, most=2))
def test_the_latex_of_random_schemes_typesets(scheme):
    assert_typesets(modified_latex(scheme, 2, width=80))


def test_the_derivative_of_a_numbered_field_in_latex():
    t = named_tree(((1, 2, 2, 2, 2), ("f1", "f2", "f2", "f2", "f2")), ["f1", "f2"])
    assert differential(t, ["f1", "f2"], LATEX) == "f_{1}^{(4)}(f_{2}, f_{2}, f_{2}, f_{2})"


def test_the_modified_equation_is_the_series_of_its_dictionary():
    scheme = get("lm2")
    assert modified_text(scheme, 4) == series_text(modified_equation(scheme, 4))
    assert modified_latex(scheme, 4) == series_latex(modified_equation(scheme, 4))


@given(
    st.lists(st.lists(st.integers(-4, 4), min_size=2, max_size=2), min_size=1, max_size=3),
    st.sampled_from([symbol("k") * 0 + 1, symbol("k") + 1, 2 * (symbol("k") - 1) ** 2, -(symbol("k") + symbol("lam"))]),
    st.fractions(-3, 3, max_denominator=5),
)
def test_factors_are_those_of_sympy_in_its_form(rows, below, number):
    k, lam = symbol("k"), symbol("lam")
    c = number * sum((x * k**i * lam**j for i, row in enumerate(rows) for j, x in enumerate(row)), Fraction(0)) / below
    assume(isinstance(c, RationalFunction) and c.symbols)
    assert str(factored(c)) == str(sympy.factor(c(**{name: sympy.Symbol(name) for name in c.symbols})))
