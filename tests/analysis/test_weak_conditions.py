"""Moments that a law must share with the normal one, against Kloeden and Platen."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Symbol, sqrt

from analysis import AnalysisError
from analysis.stochastic.weak_laws import weak_conditions
from analysis.stochastic.weak_orders import weak_order
from schemes import symbol
from schemes.builders import formula
from schemes.laws import Bernoulli, Normal, StudentT, ThreePoint, TwoPoint, Uniform
from schemes.parameters import Parameter

HALF = Fraction(1, 2)
s, c, p = symbol("root_h"), symbol("c"), symbol("p")


@pytest.mark.parametrize(
    ("law", "first", "second"),
    [
        # Kloeden, Platen, (14.1.2), (14.2.2): two points for order 1, three for order 2; the normal law for both
        (TwoPoint(), True, False),
        (ThreePoint(), True, True),
        (Normal(3, "1/2"), True, True),
        (Uniform(0, 1), True, False),
        (Bernoulli("1/2"), True, False),
        (Bernoulli("4/5"), False, False),
        (StudentT(7), True, False),
        (Bernoulli(s / 4 + HALF), True, False),
        (Bernoulli(c * s + HALF), True, False),
        (Bernoulli(p), False, False),
    ],
)
def test_verdicts(law, first, second):
    assert (weak_conditions(law, 1).holds, weak_conditions(law, 2).holds) == (first, second)


def test_two_points_that_are_not_one_half():
    """E (η - p)³ = p (1-p) (1-2p), over variance^(3/2)."""
    found = weak_conditions(Bernoulli(p))
    assert [t.error for t in found.terms] == [0, 0, p * (1 - p) * (1 - 2 * p)]
    assert found.exponent == Fraction(3, 2) and found.constant is None
    assert str(found.terms[2]) == "E ΔŴ³ = (1 - 2*p)/sqrt(-p*(p - 1)) h^(3/2)"


def test_the_constant():
    """p = 1/2 + c √h: |1-2p|/√(p(1-p)) h^(3/2) → 4|c| h²."""
    found = weak_conditions(Bernoulli(c * s + HALF))
    assert found.exponent == 2 and found.constant == 4 * Abs(Symbol("c"))
    assert weak_conditions(Normal(0, 1), 2).constant == 0


def test_the_fourth_moment():
    """E X⁴/variance² is 1 of two points, 9/5 of a uniform law, 3 + 6/(ν-4) of Student's (Johnson, Kotz, 28.2)."""
    for law, kurtosis in ((TwoPoint(), 1), (Uniform(-1, 5), Fraction(9, 5)), (StudentT(8), 3 + Fraction(6, 4))):
        term = weak_conditions(law, 2).terms[3]
        assert Fraction(str(term.value)) == kurtosis - 3 and term.exponent == 2
    assert weak_conditions(Bernoulli(p), 2).terms[4].value.subs(Symbol("p"), Fraction(4, 5)) == -sqrt(2601) / 8


laws = st.builds(Bernoulli, st.fractions(Fraction(1, 20), Fraction(19, 20), max_denominator=20)) | st.builds(
    Uniform, st.fractions(-2, 0, max_denominator=5), st.fractions(1, 2, max_denominator=5)
)


@given(laws)
@settings(max_examples=15, deadline=None)
def test_order_1_of_a_step_is_that_of_its_law(law):
    scheme = formula(
        "noisy", lambda f, u: u + symbol("x") * f(u), parameters=(Parameter("x", "random", law, "sample"),)
    )
    assert (weak_order(scheme, most=1).order == 1) == weak_conditions(law).holds


@given(st.fractions(-3, 3, max_denominator=5), st.fractions(Fraction(1, 5), 3, max_denominator=5))
@settings(max_examples=15, deadline=None)
def test_shift_and_scale_do_not_matter(a, b):
    unit, moved = weak_conditions(Uniform(0, 1), 2), weak_conditions(Uniform(a, a + b), 2)
    assert [t.value for t in unit.terms] == [t.value for t in moved.terms]


@pytest.mark.parametrize(
    ("law", "order", "sentence"),
    [
        (Normal(0, 1), 3, "they are written down for 1 and 2"),
        ("normal", 1, "'normal' is no law"),
        (StudentT(3), 1, r"StudentT\(3\) has no finite moment 3"),
        (StudentT(5), 2, r"StudentT\(5\) has no finite moment 5"),
        (Normal(1, 0), 1, r"Normal\(1, 0\) has no variance"),
        (Bernoulli(s), 1, "has no variance at root_h = 0"),
    ],
)
def test_sentences(law, order, sentence):
    with pytest.raises(AnalysisError, match=sentence):
        weak_conditions(law, order)


def test_text():
    assert str(weak_conditions(TwoPoint())) == "the moments fit weak order 1: the sum is 0"
    assert str(weak_conditions(Bernoulli(s / 4 + HALF))).endswith("at most K h^2, K → 1 as h → 0")
    assert str(weak_conditions(TwoPoint(), 2)) == (
        "the moments do not fit weak order 2: E ΔŴ⁴ - 3h² = -2 h^2, and h^3 is needed"
    )
