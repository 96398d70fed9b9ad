"""The modified equation on u' = λu: the tall trees of the B-series, and the logarithm of R(z) for operator schemes."""

from fractions import Fraction
from math import factorial

import pytest
from hypothesis import given, settings

import schemes
from analysis import AnalysisError, modified_equation
from analysis.linear_problem import linear_equation, linear_text
from tests.strategies import multisteps, runge_kuttas

ORDER = 5


@settings(max_examples=15, deadline=None)
@given(runge_kuttas() | runge_kuttas(explicit=False) | multisteps() | multisteps(explicit=False))
def test_it_is_the_modified_equation_on_tall_trees(scheme):
    try:
        b = modified_equation(scheme, ORDER)
        found = linear_equation(scheme, ORDER)
    except AnalysisError:
        return  # no simple principal root, or no weight on the field
    assert found == tuple(b[tuple(range(1, n + 1))] for n in range(1, ORDER + 1))


def test_it_is_symbolic_and_lm2s_is_the_published_series():
    k = schemes.symbol("k")
    # numerics.md section 7, the coefficients of f'f, f'f'f and f'f'f'f, times (1+k)^-n
    assert linear_equation(schemes.get("lm2"), 4) == (
        1 / (1 + k),
        (k - 1) / (2 * (k + 1) ** 3),
        (k**2 - 4 * k + 1) / (3 * (k + 1) ** 5),
        (k - 1) * (k**2 - 8 * k + 1) / (4 * (k + 1) ** 7),
    )


@pytest.mark.parametrize("name", ["polynet_poly2", "polynet_poly3"])
def test_its_flow_is_the_stability_function_of_an_operator_scheme(name):
    c = [Fraction(0), *linear_equation(schemes.get(name), ORDER)]
    power, total = [Fraction(1)] + [Fraction(0)] * ORDER, [Fraction(0)] * (ORDER + 1)
    for j in range(ORDER + 1):  # exp(Σ c_n z^n) by its Taylor series
        total = [x + y / factorial(j) for x, y in zip(total, power, strict=True)]
        power = [sum(power[i] * c[n - i] for i in range(n)) for n in range(ORDER + 1)]
    stages = int(name[-1])
    assert total == [Fraction(n <= stages) for n in range(ORDER + 1)]  # I + F + F², Zhang et al. 2017, (1)


def test_the_text_and_the_order_asked():
    assert linear_text(schemes.get("polynet_poly2"), 3) == "u' = λ u + 1/2 h λ^2 u - 2/3 h^2 λ^3 u + O(h^3)"
    assert linear_text(schemes.get("rk4_classic"), 3) == "u' = λ u + O(h^3)"
    with pytest.raises(AnalysisError, match="ask for 1 or more"):
        linear_equation(schemes.get("lm2"), 0)


def test_an_operator_scheme_is_sent_here():
    with pytest.raises(AnalysisError, match="linear_equation"):
        modified_equation(schemes.get("polynet_poly2"), 2)
