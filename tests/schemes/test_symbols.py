"""Rational functions are a field, in canonical form, and evaluation is a homomorphism."""

from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from schemes import RationalFunction, SchemeError, symbol
from schemes.symbols import polynomial_gcd
from tests.strategies import SYMBOLS, numbers, rationals

x, y, z = (rationals() for _ in range(3))
k, lam = symbol("k"), symbol("lam")


@given(x, y, z)
def test_sums_and_products_associate_commute_and_distribute(x, y, z):
    assert (x + y) + z == x + (y + z)
    assert (x * y) * z == x * (y * z)
    assert x + y == y + x and x * y == y * x
    assert x * (y + z) == x * y + x * z


@given(x, y)
def test_subtraction_and_division_undo_addition_and_multiplication(x, y):
    assert x - x == 0 and x + (-x) == 0 and (x + y) - y == x
    if x != 0:
        assert x / x == 1 and (y * x) / x == y and 1 / (1 / x) == x and x**-2 * x**2 == 1


@given(x, y)
def test_equal_functions_have_equal_form_and_hash(x, y):
    assume(y != 0)
    for other in (x * y / y, (x + y) - y, (x * y - y) / y + 1, 0 - (0 - x), (x * x * y) / (x * y) if x != 0 else x):
        assert other == x and hash(other) == hash(x) and type(other) is type(x) and str(other) == str(x)


@given(x, y, numbers, numbers, numbers)
def test_evaluation_is_a_homomorphism(x, y, a, b, c):
    at = dict(zip(SYMBOLS, (a, b, c), strict=True))

    def value(f):
        return f(**at) if isinstance(f, RationalFunction) else f

    try:
        left, right = value(x), value(y)
    except ZeroDivisionError:
        assume(False)
    assert value(x + y) == left + right and value(x * y) == left * right and value(x - y) == left - right
    if right:
        assert value(x / y) == left / right


@given(x)
@example(-3 * k / (2 * lam))
@example((1 - k) / (k * lam))
@example(1 / k**3)
def test_text_reads_back_as_the_same_function(x):
    assert eval(repr(x), {"symbol": symbol, "Fraction": Fraction}) == x
    if isinstance(x, RationalFunction):
        assert eval(str(x), {name: symbol(name) for name in SYMBOLS}) == x


@given(x, numbers)
def test_partial_evaluation_commutes_with_full_evaluation(x, a):
    assume(isinstance(x, RationalFunction))
    rest = {"lam": Fraction(3, 7), "mu": Fraction(-5, 11)}
    try:
        whole = x(k=a, **rest)
        part = x(k=a)
    except ZeroDivisionError:
        assume(False)
    assert (part(**rest) if isinstance(part, RationalFunction) else part) == whole


@given(x)
def test_lowest_terms_with_a_positive_leading_denominator(x):
    assume(isinstance(x, RationalFunction))
    assert x.den[max(x.den)] > 0 and 0 not in x.num.values() and 0 not in x.den.values()
    num, den = (RationalFunction(p, {(): 1}) for p in (x.num, x.den))
    assert polynomial_gcd(x.num, x.den) in ({(): 1}, {(): -1}) and num / den == x


def test_a_square_cancels_against_its_factor():
    assert (k**2 - lam**2) / (k - lam) == k + lam
    assert (k**2 + 2 * k * lam + lam**2) / (k + lam) == k + lam
    assert str((3 * lam + 3) / (4 * lam)) == "(3*lam + 3)/(4*lam)" and str(1 - k) == "1 - k"
    assert k - k == Fraction(0) and k / k == Fraction(1) and isinstance(k / k, Fraction)


def test_evaluation_in_other_arithmetics():
    f = (3 * lam + 3) / (4 * lam)
    assert f(lam=2.0) == 1.125 and f(lam=2) == Fraction(9, 8) and f(lam=1j) == (3j + 3) / 4j
    assert f(lam=k)(k=2) == Fraction(9, 8)
    assert symbol("self")(self=3) == 3


def test_division_by_zero_and_bad_names_are_refused():
    with pytest.raises(ZeroDivisionError, match="divided by zero"):
        k / (lam - lam)
    with pytest.raises(ZeroDivisionError):
        (1 / (k - lam))(k=2, lam=2)
    with pytest.raises(SchemeError, match="no name"):
        symbol("1 k")


@settings(max_examples=60)
@given(*(st.lists(st.tuples(*[st.integers(0, 3)] * 3, st.integers(-9, 9)), min_size=1, max_size=5) for _ in "pqs"))
def test_the_gcd_of_polynomials_is_that_of_sympy(p, q, shared):
    """Of three symbols, with a factor in common, up to the sign."""
    import sympy

    p, q, shared = ({t[:3]: t[3] for t in terms if t[3]} for terms in (p, q, shared))
    assume(p and q and shared)
    polys = [sympy.Poly(f, *sympy.symbols(SYMBOLS), domain="ZZ") for f in (p, q, shared)]
    a, b = polys[0] * polys[2], polys[1] * polys[2]
    ours = [{tuple((n, e) for n, e in zip(SYMBOLS, m, strict=True) if e): int(c) for m, c in f.terms()} for f in (a, b)]
    expected = {tuple((n, e) for n, e in zip(SYMBOLS, m, strict=True) if e): int(c) for m, c in sympy.gcd(a, b).terms()}
    assert polynomial_gcd(*ours) in (expected, {m: -c for m, c in expected.items()})
