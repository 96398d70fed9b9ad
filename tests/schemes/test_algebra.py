"""compose, average, repeat and rescale: their laws, and each against stepping numerically with nonlinear fields."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemes import SchemeError, average, compose, formula, get, learned, repeat, rescale, step
from tests.strategies import general_linears, multisteps, numbers, runge_kuttas

H = Fraction(1, 3)


def field(y):
    return y * y / 5 - y / 3 + 1


def other(y):
    return 2 - y * y / 7


def run(scheme, states, h=H):
    return step(scheme, {"f": field, "g": other}, states, h)


def same_states(kind, count):
    """`count` random schemes on the same states."""
    return st.lists(kind, min_size=count, max_size=count, unique_by=id).filter(
        lambda x: len({s.states for s in x}) == 1
    )


triples = st.one_of(
    same_states(runge_kuttas(most=2), 3),
    st.one_of(multisteps(), general_linears()).map(lambda s: [s, s, s]),
)


def start(scheme):
    return tuple(Fraction(i + 1, i + 2) for i in range(len(scheme.states)))


@settings(max_examples=25)
@given(triples)
def test_compose_applies_the_first_scheme_first(parts):
    first, second, _ = parts
    u = start(first)
    assert run(compose(first, second), u) == run(second, run(first, u))


@settings(max_examples=25)
@given(triples)
def test_compose_is_associative(parts):
    a, b, c = parts
    assert compose(compose(a, b), c).table == compose(a, compose(b, c)).table == compose(a, b, c).table


def test_compose_is_not_commutative_and_shares_equal_stages():
    euler, heun = get("euler"), get("heun2")
    assert compose(euler, heun).table != compose(heun, euler).table
    assert compose(euler, heun).stages == 3 and average([euler, heun]).stages == 2


@settings(max_examples=25)
@given(triples, st.integers(1, 3))
def test_repeat_is_composition_with_itself(parts, times):
    s, u = parts[0], start(parts[0])
    expected = u
    for _ in range(times):
        expected = run(s, expected)
    assert run(repeat(s, times), u) == expected
    assert repeat(s, times).table == compose(*[s] * times).table


@settings(max_examples=25)
@given(triples, numbers)
def test_average_is_the_weighted_mean_of_next_states(parts, w):
    a, b, c = parts
    u = start(a)
    mean = average([a, b, c], weights=[w, 1 - 2 * w, w])
    expected = zip(run(a, u), run(b, u), run(c, u), strict=True)
    assert run(mean, u) == tuple(w * x + (1 - 2 * w) * y + w * z for x, y, z in expected)
    assert average([a, b]).table == average([a, b], ["1/2", "1/2"]).table


@settings(max_examples=25)
@given(triples, numbers)
def test_rescale_is_another_step_size(parts, factor):
    s, u = parts[0], start(parts[0])
    assert run(rescale(s, factor), u) == run(s, u, H * factor)
    assert rescale(rescale(s, factor), "1/2").table == rescale(s, factor / 2).table


def test_two_half_steps_of_a_parametric_scheme_keep_the_parameter():
    twice = repeat(get("lm2"), 2)
    assert twice.role("learned") == ("k",) and twice.at(k="1/3").table == repeat(get("lm2", k="1/3"), 2).table


def test_strang_splitting_composes_different_fields():
    A = formula("A", lambda f, u: u + f(u) / 2)
    B = formula("B", lambda g, u: u + g(u), fields=("g",))
    strang = compose(A, B, A, name="strang")
    assert strang.fields == ("f", "g", "f") and strang.name == "strang"
    u = Fraction(1, 2)
    half = u + H * field(u) / 2
    whole = half + H * other(half)
    assert run(strang, (u,)) == (whole + H * field(whole) / 2,)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: compose(get("euler"), get("lm2")), "lm2 has the states ('u[n]', 'u[n-1]'), euler has"),
        (lambda: compose(get("lm2"), get("lm2", k=learned(0))), "k is declared in two ways"),
        (lambda: repeat(get("euler"), 0), "times = 0, it must be a whole number, at least 1"),
        (lambda: average([]), "average of 0 schemes"),
        (lambda: average([get("euler")], weights=["1/2", "1/2"]), "one a scheme"),
        (lambda: average([get("euler"), get("heun2")], weights=[1, 1]), "their sum is 1"),
        (lambda: average([get("euler"), get("heun2")], weights=[0.5, 0.5]), "weight = 0.5 is a float"),
        (lambda: rescale(get("euler"), 0.5), "0.5 is a float, write it exactly: '1/2'"),
    ],
)
def test_what_cannot_be_combined_is_refused(make, message):
    with pytest.raises(SchemeError) as error:
        make()
    assert message in str(error.value)
