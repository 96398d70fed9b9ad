"""Polynomial systems that fall apart: every solution is in one branch, and factors have the zeros of the product."""

from fractions import Fraction
from itertools import product
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemes import symbol
from schemes.design.elimination import System, branches
from schemes.design.factors import factors, square_root
from schemes.design.fixing import numerator

x, y, z = map(symbol, "xyz")
forms = st.builds(lambda a, b, c, d: a * x + b * y + c * z + d, *[st.integers(-1, 1)] * 3, st.integers(-2, 2))
products = st.builds(lambda f, g, h: f * g + h, forms, forms, st.one_of(st.just(0), forms))


def value(p, at):
    return sum(c * prod(at[name] ** e for name, e in m) for m, c in p.items())


def within(branch, at):
    """Whether a point lies in a branch: where its polynomials do not vanish, on what was found."""
    if any(value(p, at) == 0 for p in branch.nonzero) or any(value(p, at) != 0 for p in branch.equations):
        return False
    found = branch.values()
    return all((f if isinstance(f, int | Fraction) else f(**at)) == at[name] for name, f in found.items())


@settings(max_examples=60, deadline=None)
@given(st.lists(products, min_size=1, max_size=3))
def test_each_solution_lies_in_exactly_one_branch(equations):
    system = System(tuple(map(numerator, equations)))
    found = list(branches(system, lambda name, among: (0,)))
    for point in product(range(-2, 3), repeat=3):
        at = dict(zip("xyz", map(Fraction, point), strict=True))
        holds = all(value(p, at) == 0 for p in system.equations)
        assert sum(within(branch, at) for branch in found) == holds


@settings(max_examples=40, deadline=None)
@given(st.lists(forms.filter(lambda f: not isinstance(f, int | Fraction)), min_size=1, max_size=3))
def test_factors_have_the_zeros_of_the_product_and_squares_a_root(parts):
    whole = numerator(prod(parts, start=Fraction(1)))
    found = factors(whole)
    root = square_root(numerator(prod(parts, start=Fraction(1)) ** 2))
    assert root in (whole, {m: -c for m, c in whole.items()})
    for point in product(range(-2, 3), repeat=3):
        at = dict(zip("xyz", map(Fraction, point), strict=True))
        assert (value(whole, at) == 0) == any(value(f, at) == 0 for f in found)
    distinct = {frozenset(monic(numerator(f)).items()) for f in parts}
    assert len(parts) > 2 or len(found) == len(distinct)


def monic(p):
    return {m: Fraction(c, p[max(p)]) for m, c in p.items()}


def test_a_polynomial_that_is_no_square_has_no_root_and_an_irreducible_one_no_factors():
    assert square_root(numerator(x * x + y)) is None
    assert square_root(numerator(2 * x * x)) is square_root(numerator(3 * x * x)) is None
    assert square_root(numerator(-x * x)) is None
    assert factors(numerator(x * x + 1)) == [numerator(x * x + 1)]
    assert len(factors(numerator((x + y + 1) * (x - y + 2)))) == 2


@pytest.mark.parametrize(
    ("equation", "values"),
    [
        ((x - 1) ** 2, [{"x": 1}]),
        ((2 * x - 3) * (x + 1) * x, [{"x": 0}, {"x": -1}, {"x": Fraction(3, 2)}]),
        ((x * x - y) * (x * x - 2), [{"y": x * x}]),
    ],
)
def test_products_fall_apart(equation, values):
    found = list(branches(System((numerator(equation),)), lambda name, among: (0,)))
    solved = [branch.values() for branch in found if not branch.equations]
    assert sorted(solved, key=str) == sorted(values, key=str)
    assert all(monic(branch.equations[0]) == monic(numerator(x * x - 2)) for branch in found if branch.equations)


def test_a_branch_on_which_something_vanishes_that_must_not_is_empty():
    line = x + y * y + 1
    forbidden = numerator(line * (x * x + y**3 + 2))
    assert not list(branches(System((numerator(line),), (forbidden,)), lambda name, among: (0,)))
