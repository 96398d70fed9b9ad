"""Modified equations written out."""

from fractions import Fraction

import pytest

import analysis
from analysis import AnalysisError, modified_latex, modified_text
from schemes import chosen, formula, get, learned, symbol

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
    for name, order in [("rk4_classic", 5), ("shake_shake", 3), ("full_history", 3)]:
        latex = modified_latex(get(name), order)
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
