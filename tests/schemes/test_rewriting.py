"""The same step in another form: laws of reduce, adjoint and recompute, and the second weights of a pair."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import bseries, modified_equation, order
from schemes import (
    Scheme,
    SchemeError,
    adams_moulton,
    adjoint,
    average,
    compose,
    formula_lines,
    general_linear,
    get,
    milne_simpson,
    recompute,
    reduce,
    register,
    rescale,
    runge_kutta,
    step,
)
from tests.strategies import general_linears, multisteps, numbers, runge_kuttas

F = Fraction


def invertible(scheme: Scheme) -> bool:
    try:
        return bool(adjoint(scheme))
    except SchemeError:
        return False


@given(st.one_of(runge_kuttas(), runge_kuttas(explicit=False), general_linears()).filter(invertible))
def test_the_adjoint_of_the_adjoint_is_the_scheme(scheme):
    assert adjoint(adjoint(scheme)) == replace(scheme, start=None)


@given(runge_kuttas(explicit=False))
def test_the_adjoint_undoes_the_step_with_minus_h(scheme):
    """On B-series: the modified field of the adjoint is that of the scheme with -h, b*(t) = (-1)^(|t|-1) b(t)."""
    b, star = (modified_equation(s, 4) for s in (scheme, adjoint(scheme)))
    assert star == {t: (-1) ** (len(t) - 1) * x for t, x in b.items()}


def test_adjoints_of_the_textbook():
    """Hairer, Lubich, Wanner, II.3: Euler and backward Euler are adjoint, midpoint and trapezoid are self-adjoint."""
    assert adjoint(get("euler")).table == get("backward_euler").table
    assert adjoint(get("implicit_midpoint")).table == get("implicit_midpoint").table
    A, b = adjoint(get("trapezoid")).A, adjoint(get("trapezoid")).B
    assert (A, b) == (((F(1, 2), F(1, 2)), (0, 0)), ((F(1, 2), F(1, 2)),))  # the stages change places
    with pytest.raises(SchemeError, match="ab2 cannot be undone: V is singular"):
        adjoint(get("ab2"))


def test_the_adjoint_of_an_explicit_invertible_step_runs_it_backwards():
    """RevNet: the inverse stages are explicit when they are taken in reverse."""
    s, u = get("revnet"), (F(3), F(5))
    fields = (lambda y: y * y, lambda x: x + 1)
    star = adjoint(s)
    x, y = step(s, fields, u)
    backwards = Scheme(
        "backwards",
        A=[row[::-1] for row in star.A[::-1]],
        U=star.U[::-1],
        B=[row[::-1] for row in star.B],
        V=star.V,
        states=star.states,
        fields=star.fields[::-1],
    )
    assert backwards.explicit and step(backwards, [lambda v, f=f: -f(v) for f in fields[::-1]], (x, y)) == u


@given(st.one_of(multisteps(), multisteps(explicit=False)))
def test_recomputed_increments_leave_the_method_as_it_is(scheme):
    again = recompute(scheme)
    assert all(state.startswith("u") for state in again.states)
    try:
        expected = bseries(scheme, 4)
    except ValueError:
        return
    assert bseries(again, 4) == expected


def test_a_multistep_scheme_recomputed_is_its_alpha_and_beta():
    s = recompute(milne_simpson(2))
    assert s.states == ("u[n]", "u[n-1]") and s.V == ((0, 1), (1, 0)) and s.B[0] == (F(4, 3), F(1, 3), F(1, 3))
    assert recompute(adams_moulton(1)).table == get("trapezoid").table
    assert recompute(get("momentum")) == get("momentum")


def test_a_stage_that_only_the_embedded_scheme_reads_is_left_out():
    s = get("dopri5")
    assert s.stages == 7 and reduce(s).stages == 6 and reduce(s).embedded is None
    assert bseries(reduce(s), 4) == bseries(s, 4)
    assert reduce(get("rk4_classic")) == get("rk4_classic")


@given(runge_kuttas(), numbers)
def test_reduce_drops_what_nothing_reads_and_nothing_else(scheme, x):
    A = [[*row, 0] for row in scheme.A] + [[x] * scheme.stages + [0]]
    wider = runge_kutta("wider", A, [*scheme.B[0], 0])
    assert reduce(wider).table == reduce(scheme).table


@pytest.mark.parametrize("name", ["bosh3", "dopri5", "cash_karp5", "kvaerno4", "ark436l2sa"])
def test_the_embedded_weights_are_a_scheme_of_their_own(name):
    pair = get(name)
    assert order(replace(pair, B=(pair.embedded, *pair.B[1:]), embedded=None)) == order(pair) - 1


def test_embedded_weights_and_tolerance_are_checked():
    with pytest.raises(SchemeError, match="pair: embedded has 1 weights, it needs one a stage, 2"):
        runge_kutta("pair", [[1]], ["1/2", "1/2"], embedded=[1])
    with pytest.raises(SchemeError, match=r"pair: embedded\[2\] = 0.5 is a float"):
        runge_kutta("pair", [[1]], ["1/2", "1/2"], embedded=[0, 0.5])
    with pytest.raises(SchemeError, match="pair: tolerance = 1e-10 is a float"):
        runge_kutta("pair", [[1]], ["1/2", "1/2"], tolerance=1e-10)
    assert not get("ssprk53").exact and get("euler").exact


def test_a_claim_that_nothing_computes_is_refused():
    with pytest.raises(SchemeError, match="odd claims 'beauty', which nothing computes; claims are order, stage_order"):

        @register(beauty=3)
        def odd() -> Scheme:
            return get("euler")


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("backward_euler", ["u[n+1] = u[n] + h f(u[n+1])"]),
        ("implicit_midpoint", ["Y1 = u[n] + 1/2 h f(Y1)", "u[n+1] = u[n] + h f(Y1)"]),
        ("trapezoid", ["u[n+1] = u[n] + 1/2 h f(u[n]) + 1/2 h f(u[n+1])"]),
        ("bdf", ["u[n+1] = 4/3 u[n] - 1/3 u[n-1] + 2/3 h f(u[n+1])"]),
    ],
)
def test_an_implicit_scheme_is_written_as_its_equations(name, lines):
    assert formula_lines(get(name)) == lines


MOMENTUM = [[0]], [[1, 0]], [[1], [1]], [[1, "1/2"], [0, "1/2"]]
PREDICTED = [[0, 0], [1, 0]], [[1, 0], [1, 0]], [["1/2", "1/4"], [0, 1]], [[1, "1/4"], [0, 0]]


@pytest.mark.parametrize(
    ("table", "state"),
    [(MOMENTUM, "hf[n]"), (MOMENTUM, "hf[n-1]"), (MOMENTUM, "u[n-1]"), (PREDICTED, "hf[n]"), (PREDICTED, "hf[n-1]")],
)
def test_a_state_that_is_not_what_its_name_says_is_not_recomputed(table, state):
    """Momentum is no slope of u, and a predictor's slope is not that of the value kept."""
    s = general_linear("named", *table, states=("u[n]", state))
    assert recompute(s) is s


def test_schemes_from_rounded_tables_are_rounded():
    s = get("ssprk54")
    assert compose(s, s).tolerance == s.tolerance <= average([s, s]).tolerance <= adjoint(s).tolerance
    assert rescale(s, 3).tolerance == 3 * s.tolerance and order(compose(s, s, name="two")) == 4  # of two steps h
    assert order(rescale(compose(s, s), F(1, 2))) == 4
