"""One interpreter: the same step in every arithmetic, from the table and from its source, with no idle operation."""

from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given

from schemes import SchemeError, formula, get, names, reduce, source, step, symbol
from tests.strategies import numbers, parametric_schemes
from tests.strategies import schemes as random_schemes

VALUES = {"k": "-1/3", "lam": "-9/5", "k1": "1/4", "k2": "-1/5", "eta": "2/3", "xi": "1/7"}


def fixed(name):
    s = get(name)
    return s.at(**{p: VALUES.get(p, "1/7") for p in (x.name for x in s.coefficients)})


def fields_of(scheme):
    """A quadratic field for each name, in any arithmetic; `one` is the constant.

    Quadratics double the digits of exact numbers at each stage: behind eight stages the fields are affine.
    """
    bend = 2 if scheme.stages <= 8 else 0
    polynomials = {
        name: lambda y, i=i: (y * y * bend - y * (3 + i)) / 8 + 1 for i, name in enumerate(sorted(set(scheme.fields)))
    }
    return polynomials | ({"one": lambda y: y * 0 + 1} if "one" in polynomials else {})


class Owner:
    """What `self` is for a source that is run: the fields and the parameters of a step."""

    def __init__(self, fields, values):
        self.__dict__.update(fields, **values)


def executed(scheme, states, fields, **values):
    scope = {}
    exec(source(scheme), scope)
    out = scope["forward"](Owner(fields, values), *states)
    return out if isinstance(out, tuple) else (out,)


def states_of(scheme):
    return tuple(Fraction(i + 1, 4) for i in range(len(scheme.states)))


@pytest.mark.parametrize("name", names(explicit=True))
def test_fractions_arrays_tensors_and_source_agree(name):
    s = fixed(name)
    f, exact = fields_of(s), states_of(s)
    found = step(s, f, exact)
    assert all(isinstance(x, Fraction) for x in found)
    expected, rounding = [float(x) for x in found], 1e-15 * float(growth(s))
    assert [float(x) for x in step(s, f, tuple(map(float, exact)))] == pytest.approx(expected, abs=rounding)
    arrays = step(s, f, tuple(np.full((2, 3), float(x)) for x in exact))
    np.testing.assert_allclose(arrays, [np.full((2, 3), x) for x in expected], rtol=0, atol=rounding)
    tensors = tuple(torch.full((2, 3), float(x), dtype=torch.float64) for x in exact)
    for out in (step(s, f, tensors), executed(s, tensors, f)):
        torch.testing.assert_close(torch.stack(out), torch.tensor(np.array(arrays)), rtol=0, atol=rounding)


def growth(scheme):
    """How much a step may magnify roundings: the step of absolute values, with fields that bound the others."""
    sizes = scheme.mapped(abs)
    return 10 + max(
        step(sizes, dict.fromkeys(scheme.fields, lambda y: 2 + y), tuple(Fraction(4) for _ in scheme.states))
    )


@given(random_schemes())
def test_source_of_random_schemes_computes_what_the_table_computes(s):
    f, floats = fields_of(s), tuple(map(float, states_of(s)))
    expected = step(s, f, floats)
    assert executed(s, floats, f) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(parametric_schemes(), numbers, numbers, numbers)
def test_source_of_parametric_schemes_computes_what_the_fixed_table_computes(s, k, lam, mu):
    try:
        exact = s.at(k=k, lam=lam, mu=mu)
    except SchemeError:
        return
    f, states = fields_of(s), states_of(s)
    floats = tuple(map(float, states))
    values = {"k": float(k), "lam": float(lam), "mu": float(mu)}
    expected = [float(x) for x in step(exact, f, states)]
    assert executed(s, floats, f, **values) == pytest.approx(expected, rel=1e-6, abs=1e-6)


class Counter:
    """A value that counts the operations done with it."""

    done = ()

    def __add__(self, other):
        Counter.done += ("+",)
        return Counter()

    def __mul__(self, other):
        Counter.done += ("*",)
        return Counter()

    __radd__, __rmul__, __sub__, __rsub__ = __add__, __mul__, __add__, __add__


def operations(run):
    Counter.done = ()
    run()
    return Counter.done.count("+"), Counter.done.count("*")


@pytest.mark.parametrize(
    ("name", "additions", "products"),
    [
        ("euler", 1, 0),
        ("midpoint", 2, 1),
        ("heun2", 3, 2),
        ("rk4_classic", 7, 6),  # 1/2, 1/2, 1 and four weights
        ("leapfrog", 1, 1),
        ("ab2", 2, 2),
        ("polynet_poly3", 3, 0),
        ("full_history", 3, 3),
        ("lm2", 2, 2),
    ],
)
def test_zeros_and_ones_leave_no_operation(name, additions, products):
    s = fixed(name)
    states = tuple(Counter() for _ in s.states)

    def f(_):
        return Counter()

    assert operations(lambda: step(s, f, states)) == (additions, products)
    assert operations(lambda: executed(s, states, dict.fromkeys(s.fields, f))) == (additions, products)
    assert operations(lambda: step(s, f, states, h=2)) == (additions, products + s.stages)


@pytest.mark.parametrize("name", names(explicit=True))
def test_source_calls_each_stage_once(name):
    s = reduce(get(name))  # a stage that only an embedded scheme reads is not called
    text = source(s, call=lambda i, field: f"stage_{i}_")
    assert all(text.count(f"stage_{i}_(") == 1 for i in range(s.stages)), text


def test_a_sum_that_is_a_stage_and_a_next_state_is_added_once_in_source():
    s = get("revnet")
    f = dict.fromkeys("fg", lambda _: Counter())
    assert operations(lambda: executed(s, (Counter(), Counter()), f)) == (2, 0)


def test_a_slope_that_two_calls_or_two_states_share_is_evaluated_once():
    shared = formula("shared", lambda f, g, u: u + g(f(u)) + f(f(u)), fields=("f", "g"))
    both = formula("both", lambda f, u, v: (u + f(u), u + f(u)), states=("u[n]", "v[n]"))
    assert source(shared).count("self.f(u)") == 1 and source(both).count("self.f(u)") == 1


def test_a_step_of_size_zero_moves_nothing_in_any_arithmetic():
    s, u = get("rk4_classic"), torch.ones(3)
    assert torch.equal(step(s, torch.sin, (u,), 0)[0], u)
    assert step(s, lambda y: y * y, (Fraction(1, 2),), 0) == (Fraction(1, 2),)


def test_arrays_of_fractions_stay_exact():
    u = np.array([Fraction(1, 3), Fraction(2, 7)], dtype=object)
    (out,) = step(get("midpoint"), lambda y: y * y, (u,))
    assert list(out) == [x + (x + x * x / 2) ** 2 for x in u]


def test_float32_stays_float32():
    s = get("rk4_38")
    assert step(s, np.sin, (np.ones(3, np.float32),))[0].dtype == np.float32
    assert step(s, torch.sin, (torch.ones(3, dtype=torch.float16),))[0].dtype == torch.float16


def test_a_tensor_coefficient_is_trained_through_the_step():
    k = torch.tensor(0.25, dtype=torch.float64, requires_grad=True)
    u, old = torch.randn(2, 3, dtype=torch.float64)
    step(get("lm2").at(k=k), torch.sin, (u, old))[0].sum().backward()
    torch.testing.assert_close(k.grad, (old - u).sum())


def test_fields_by_mapping_by_list_and_alone_are_the_same():
    s, u = get("heun2"), (Fraction(1, 3),)

    def f(y):
        return y * y

    assert step(s, f, u) == step(s, {"f": f}, u) == step(s, [f, f], u)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda: step(get("lm2"), abs, (1,)), "lm2 steps 2 states ('u[n]', 'u[n-1]'), 1 were given"),
        (lambda: step(get("revnet"), {"f": abs}, (1, 1)), "evaluates the field 'g', which was not given"),
        (lambda: step(get("heun2"), [abs], (1,)), "heun2 has 2 stages, 1 fields were given"),
        (lambda: source(formula("x", lambda f, u: u + symbol("u") * f(u))), "x: the name 'u' is taken in its source"),
        (lambda: source(formula("x", lambda f, u: u + f(u), states=("self[n]",))), "'self' is taken in its source"),
        (lambda: source(formula("x", lambda f, u: u + f(u), states=("class[n]",))), "'class' is taken in its source"),
    ],
)
def test_wrong_calls_are_refused(run, message):
    with pytest.raises(SchemeError) as error:
        run()
    assert message in str(error.value)
