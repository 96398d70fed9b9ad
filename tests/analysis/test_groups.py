"""Composition, flow, logarithm and substitution: the laws of the group, and what schemes say of them."""

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import mpmath
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import schemes as catalogue
from analysis import (
    AnalysisError,
    bseries,
    compose,
    flow,
    logarithm,
    modified_equation,
    modifying_integrator,
    substitute,
    underlying_map,
)
from analysis.structure import structure
from analysis.trees import from_key, gamma, key
from schemes import get, step, symbol
from tests.analysis.reference import Family, one_parameter_families, tree_system, trees_to
from tests.strategies import general_linears, numbers, runge_kuttas, schemes

F = Fraction
KEYS = [key(t) for t in trees_to(5)]
EXACT = {name: F(1, gamma(from_key(name))) for name in KEYS}
IDENTITY = {name: F(len(name) == 1) for name in KEYS}
series = st.lists(numbers, min_size=len(KEYS), max_size=len(KEYS)).map(lambda x: dict(zip(KEYS, x, strict=True)))
any_scheme = st.one_of(schemes(True), schemes(False))


def known(question, *arguments):
    try:
        return question(*arguments)
    except AnalysisError:
        assume(False)


def follows_f(names):
    """The field Σ of all fields to order 4, as {tree: b}: flow of it is the exact solution."""
    return lambda keys: {name: F(len(name[0] if len(names) > 1 else name) == 1) for name in keys}


# ---- the group -----------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(series)
def test_flow_and_logarithm_are_inverse(b):
    assert logarithm(flow(b)) == b
    assert flow(logarithm(b)) == b


def test_the_flow_of_f_is_exact():
    """τ^|t|/γ(t), symbolic in the time τ: Hairer, Lubich, Wanner, theorem III.1.3."""
    tau = symbol("tau")
    assert flow(IDENTITY) == EXACT
    assert flow(IDENTITY, tau) == {name: tau ** len(name) * x for name, x in EXACT.items()}


@settings(max_examples=20)
@given(series, numbers, numbers)
def test_flows_add_their_times(b, time, more):
    assert compose(flow(b, time), flow(b, more)) == flow(b, time + more)


@settings(max_examples=10)
@given(series, series, series)
def test_composition_is_associative(a, b, c):
    assert compose(compose(a, b), c) == compose(a, compose(b, c))


@settings(max_examples=10)
@given(series, series, series)
def test_substitution_is_associative_and_has_its_unit(a, b, c):
    assert substitute(substitute(a, b), c) == substitute(a, substitute(b, c))
    assert substitute(IDENTITY, a) == a == substitute(a, IDENTITY)


@settings(max_examples=10)
@given(series, series, series)
def test_substitution_is_a_homomorphism_of_composition(b, x, y):
    """Replacing the field in both maps is replacing it in what they do one after the other."""
    assert substitute(b, compose(x, y)) == compose(substitute(b, x), substitute(b, y))


def test_substitution_of_small_trees():
    """(b*a) of the trees of order ≤ 3 as printed: Chartier, Hairer, Vilmart, FoCM 10 (2010), example 3.1."""
    (b1, b2, b31, b32), (a1, a2, a31, a32) = ([symbol(f"{x}{i}") for i in (1, 2, 3, 4)] for x in "ba")
    keys = [(1,), (1, 2), (1, 2, 2), (1, 2, 3)]
    found = substitute(
        dict(zip(keys, (b1, b2, b31, b32), strict=True)), dict(zip(keys, (a1, a2, a31, a32), strict=True))
    )
    assert found == {
        (1,): a1 * b1,
        (1, 2): a1 * b2 + a2 * b1**2,
        (1, 2, 2): a1 * b31 + 2 * a2 * b1 * b2 + a31 * b1**3,
        (1, 2, 3): a1 * b32 + 2 * a2 * b1 * b2 + a32 * b1**3,
    }


# ---- schemes -------------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(runge_kuttas(most=3), runge_kuttas(most=3))
def test_steps_one_after_the_other_compose(first, second):
    assert compose(bseries(first, 4), bseries(second, 4)) == bseries(catalogue.compose(first, second), 4)


@settings(max_examples=25)
@given(any_scheme)
def test_a_map_is_the_flow_of_its_modified_equation(scheme):
    """Of several fields too: flow(modified) = map, logarithm(map) = modified, map = modified * exact."""
    b, a = known(modified_equation, scheme, 4), bseries(scheme, 4)
    exact = flow(follows_f(structure(scheme).names)(b))
    assert flow(b) == a and logarithm(a) == b
    assert len(structure(scheme).components) > 1 or substitute(b, exact) == a


@settings(max_examples=25)
@given(any_scheme)
def test_a_modifying_integrator_undoes_the_scheme(scheme):
    """modifying * map = exact, modifying * modified = modified * modifying = f."""
    m = known(modifying_integrator, scheme, 4)
    f = follows_f(structure(scheme).names)(m)
    assert substitute(m, bseries(scheme, 4)) == flow(f)
    assert substitute(m, modified_equation(scheme, 4)) == f == substitute(modified_equation(scheme, 4), m)


@settings(max_examples=10)
@given(one_parameter_families())
def test_the_same_with_symbols(scheme):
    b, a = known(modified_equation, scheme, 3), bseries(scheme, 3)
    assert flow(b) == a
    assert substitute(known(modifying_integrator, scheme, 3), a) == flow(follows_f([""])(b))


@settings(max_examples=25)
@given(general_linears())
def test_the_states_of_the_underlying_map_return(scheme):
    """`step` itself, started on S(u), is at S(Φ(u)) after it: on y_t' = Π y_c from 0, whose solution is the series."""
    phi, start = known(underlying_map, scheme, 4)
    names = structure(scheme).names
    keys = list(phi)
    states = [Family(start[name][i] for name in keys) for i in range(len(scheme.states))]
    after = step(scheme, tree_system(scheme, keys, names), states)
    for i, state in enumerate(after):
        expected = compose(phi, {name: x[i] for name, x in start.items()})
        assert expected.pop(()) == start[()][i]
        assert dict(zip(keys, state, strict=True)) == expected


def test_a_runge_kutta_scheme_is_its_general_linear_form():
    """A second state, the old value, that nothing reads: the same series."""
    rk4 = get("rk4_classic")
    old, weights = tuple(F(0) for _ in range(4)), rk4.B[0]
    grown = catalogue.general_linear(
        "grown", rk4.A, [(1, 0)] * 4, [weights, old], [(1, 0), (1, 0)], states=("u[n]", "u[n-1]")
    )
    assert modified_equation(grown, 6) == modified_equation(rk4, 6)
    assert modifying_integrator(grown, 6) == modifying_integrator(rk4, 6)
    _, start = underlying_map(grown, 2)
    assert start == {(): (1, 1), (1,): (0, -1), (1, 2): (0, F(1, 2))}  # u[n-1] is a step back


def test_numbers_of_other_arithmetics():
    with mpmath.workdps(30):
        found = modified_equation(get("ab3"), 5, mpmath.mpf)
    with mpmath.workdps(60):
        finer = modified_equation(get("ab3"), 5, mpmath.mpf)
    exact_ab3 = modified_equation(get("ab3"), 5)
    assert all(abs(finer[t] - mpmath.mpf(x.numerator) / x.denominator) < 1e-14 for t, x in exact_ab3.items())
    assert max(abs(found[t] - finer[t]) for t in finer) > 0  # the precision is that of the call
    with pytest.raises(AnalysisError, match="k is free in the table"):
        modified_equation(get("lm2"), 3, float)
    exact = modified_equation(get("rk4_classic"), 6)
    floats = modified_equation(get("rk4_classic"), 6, float)
    assert all(isinstance(x, float) for x in floats.values())
    assert floats == pytest.approx({name: float(x) for name, x in exact.items()}, abs=1e-14)
    assert bseries(get("heun2"), 3, complex)[1, 2] == 0.5 + 0j
    assert modifying_integrator(get("bdf", steps=3), 4, float)[1, 2, 3, 4] == pytest.approx(-0.25)


# ---- bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ({(1, 3): 1}, r"\(1, 3\) is no key of a tree"),
        ({(2,): 1, (): 1, (0, 1): 1}, "is no key of a tree"),
        ({"t": 1}, "'t' is no key of a tree"),
        ({(1,): 1, ((1,), ("f",)): 1}, "is no key of a tree"),
        ({1: 1}, "1 is no key of a tree"),
        ({**IDENTITY, (1, 2, 2, 3): 5}, "two keys of the same tree"),
        ({(1,): 1, (1, 2, 2): 1}, r"has the tree \(1, 2, 2\) and not \(1, 2\)"),
    ],
)
def test_what_is_no_series(bad, sentence):
    for question in (flow, logarithm, lambda x: compose(x, x), lambda x: substitute(x, x)):
        with pytest.raises(AnalysisError, match=sentence):
            question(bad)


def test_the_empty_tree():
    """compose(a, f) = h f(B(a, y)): product over the branches; the key () goes on, so that products associate."""
    a, field = bseries(get("heun2"), 4), {(): 0, **{name: x for name, x in IDENTITY.items() if len(name) < 5}}
    slopes = compose(a, field)
    assert slopes[()] == 0 and slopes[1,] == 1 and slopes[1, 2, 2] == a[1,] ** 2 and slopes[1, 2, 3] == a[1, 2]
    b = bseries(get("midpoint"), 4)
    assert compose(compose(b, a), field) == compose(b, slopes)
    assert substitute(IDENTITY, field) == field
    for wrong in (lambda: flow({**IDENTITY, (): 1}), lambda: substitute({**IDENTITY, (): 1}, EXACT)):
        with pytest.raises(AnalysisError, match="a field has 0 at the empty tree"):
            wrong()
    for wrong in (lambda: logarithm({**EXACT, (): 0}), lambda: compose({**EXACT, (): 2}, EXACT)):
        with pytest.raises(AnalysisError, match="a map has 1 at the empty tree"):
            wrong()
    assert flow({**IDENTITY, (): 0}) == EXACT


def test_series_of_other_fields_do_not_meet():
    with pytest.raises(AnalysisError, match="no tree in common: name their fields alike, here are f, g"):
        compose({((1,), ("f",)): F(1)}, {((1,), ("g",)): F(1)})


def test_partitioned_schemes_cannot_replace_their_fields():
    b, a = modified_equation(get("revnet"), 3), bseries(get("revnet"), 3)
    with pytest.raises(AnalysisError, match="reads more than it does in the second"):
        substitute(b, a)
    with pytest.raises(AnalysisError, match="revnet has 2 components"):
        modifying_integrator(get("revnet"), 2)


def test_the_lower_order_wins():
    a, b = bseries(get("heun2"), 5), bseries(get("heun2"), 3)
    assert set(compose(a, b)) == set(substitute(a, b)) == set(substitute(b, a)) == {key(t) for t in trees_to(3)}


def test_threads_share_the_series_of_a_scheme():
    """Four threads at once: each has the series, and so has who asks after them."""
    schemes_of_two_stages = [catalogue.runge_kutta("t", [[], [F(1, n)]], [F(1, 3), F(2, 3)]) for n in range(2, 10)]
    with ThreadPoolExecutor(4) as threads:
        for scheme in schemes_of_two_stages:
            found = list(threads.map(lambda _, scheme=scheme: modified_equation(scheme, 8), range(4)))
            assert all(x == modified_equation(scheme, 8) for x in found)


@pytest.mark.parametrize("question", [bseries, modified_equation, underlying_map])
def test_a_series_has_a_term(question):
    with pytest.raises(AnalysisError, match="euler: a series to order 0 has no term"):
        question(get("euler"), 0)
