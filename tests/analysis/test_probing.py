"""The black-box probe: it measures of a solver what the table of that solver says."""

from __future__ import annotations

from fractions import Fraction
from math import exp
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis import AnalysisError, bseries, principal_error_norm, probe, probe_convergence
from schemes import Scheme, formula, get, runge_kutta, step
from tests.strategies import runge_kuttas

PAIRS = ("rk4_classic", "rk4_38", "bosh3", "dopri5")
FALSE_FRIEND = runge_kutta("false_friend", [["1/4"], [0, "1/3"], [0, 0, "1/2"]], [0, 0, 0, 1])


def solver(scheme: Scheme) -> Any:
    """Its step in numpy; it knows no time."""
    return lambda f, t, y, h: step(scheme, lambda x: f(t, x), [y], h)[0]


def table(A: Any, b: Any, c: Any) -> Any:
    """The step that a Runge–Kutta table of floats makes, with nodes of its own."""

    def run(f: Any, t: float, y: Any, h: float) -> Any:
        slopes = np.zeros((len(b), len(y)))
        for i, row in enumerate(A):
            slopes[i] = f(t + c[i] * h, y + h * (row @ slopes))
        return y + h * (b @ slopes)

    return run


def arrays(scheme: Scheme) -> tuple[Any, Any, Any]:
    A, b = np.array(scheme.A, dtype=float), np.array(scheme.B[0], dtype=float)
    return A, b, A.sum(1)


RK4 = arrays(get("rk4_classic"))

# ---- what is measured is what the table says


@settings(max_examples=25, deadline=None)
@given(runge_kuttas().filter(lambda scheme: any(scheme.B[0])))
def test_the_measured_weights_are_the_schemes_own(scheme: Scheme) -> None:
    exact = bseries(scheme, 5)
    found = probe(solver(scheme), 5, timed=False)
    assert list(found.weights) == list(exact)
    size = max(1.0, *(float(abs(x)) for x in bseries(positive(scheme), 5).values()))
    assert all(abs(a - float(exact[key])) <= 1e-13 * size for key, a in found.weights.items())
    assert found.timed == {} and found.timed_order is None


def positive(scheme: Scheme) -> Scheme:
    """With absolute values of all entries: its weights bound the terms that are summed, and so the rounding."""
    return runge_kutta("absolute", [[abs(x) for x in row] for row in scheme.A], [abs(x) for x in scheme.B[0]])


def test_two_fields_are_probed_on_coloured_trees() -> None:
    scheme = formula("split", lambda f, g, u: u + f(u + g(u) / 2) + g(u), fields=("f", "g"))

    def split(f: Any, t: float, y: Any, h: float) -> Any:
        return step(scheme, {name: lambda x, g=g: g(t, x) for name, g in f.items()}, [y], h)[0]

    found = probe(split, 4, fields=("f", "g"), timed=False)
    exact = bseries(scheme, 4)
    assert found.weights == pytest.approx({key: float(a) for key, a in exact.items()}, abs=1e-14)
    assert found.order == 1
    assert ((1, 2), ("g", "f")) in found.violations


@pytest.mark.parametrize("name", PAIRS)
def test_the_order_and_the_error_norm_are_those_of_the_table(name: str) -> None:
    scheme = get(name)
    p = 5 if name == "dopri5" else 3 if name == "bosh3" else 4
    found = probe(table(*arrays(scheme)), p + 1)
    assert (found.order, found.timed_order, found.at_least) == (p, p, False)
    assert found.principal_error_norm == pytest.approx(principal_error_norm(scheme), rel=1e-9)
    assert found.timed == pytest.approx(found.weights, abs=1e-14)  # c = A 1
    less = probe(table(*arrays(scheme)), p)
    assert (less.order, less.at_least, less.principal_error_norm, less.violations) == (p, True, None, {})


def test_the_trees_see_what_a_linear_problem_does_not() -> None:
    run = table(*arrays(FALSE_FRIEND))
    errors = []
    for n in (16, 32):
        y = np.ones(1)
        for _ in range(n):
            y = run(lambda t, y: -y, 0.0, y, 1 / n)
        errors.append(abs(float(y[0]) - exp(-1)))
    assert np.log2(errors[0] / errors[1]) == pytest.approx(4, abs=0.1)
    found = probe(run, 4)
    assert found.order == 2
    assert found.violations == {(1, 2, 2): pytest.approx(Fraction(1, 4) - Fraction(1, 3))}


# ---- planted errors


def test_a_wrong_entry_and_a_wrong_node_are_found() -> None:
    A, b, c = RK4
    A = A.copy()
    A[2, 1] = 1 / 3
    assert probe(table(A, b, c), 5).order == 1  # Σ b c is no longer 1/2
    wrong = c.copy()
    wrong[2] = 1 / 3
    found = probe(table(RK4[0], b, wrong), 5)
    assert (found.order, found.timed_order) == (4, 1)
    assert list(found.timed_violations) == [(1, 2)]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PAIRS), st.data(), st.floats(1e-3, 1), st.booleans())
def test_every_single_change_of_a_table_is_found(name: str, data: st.DataObject, size: float, up: bool) -> None:
    A, b, c = arrays(get(name))
    p = probe(table(A, b, c), 6).order
    which = data.draw(st.sampled_from("Abc"))
    s = len(b) if b[-1] else len(b) - 1  # the last stage of an FSAL pair is for its error estimate only
    i = data.draw(st.integers(0 if which == "b" else 1, s - 1))
    assume(which == "b" or b[i] or np.any(A[i + 1 : s, i]))
    change = size if up else -size
    if which == "A":
        A[i, data.draw(st.integers(0, i - 1))] += change
    else:
        (b if which == "b" else c)[i] += change
    found = probe(table(A, b, c), p)
    assert (found.timed_order if which == "c" else found.order) < p


TIMES = {
    "t_0 forgotten": lambda t, c, h: c * h,
    "h forgotten": lambda t, c, h: t + c,
    "t_0 scaled by h": lambda t, c, h: (t + c) * h,
    "the end of the step": lambda t, c, h: t + h,
    "its beginning": lambda t, c, h: t,
}


@pytest.mark.parametrize("time", TIMES)
def test_a_solver_that_evaluates_at_wrong_times_is_found(time: str) -> None:
    A, b, c = RK4

    def run(f: Any, t: float, y: Any, h: float) -> Any:
        return table(A, b, c)(lambda s, y: f(TIMES[time](t, (s - t) / h, h), y), t, y, h)

    found = probe(run, 5)
    assert found.order == 4
    assert found.timed_order is not None and found.timed_order <= 1


def test_a_forgotten_h_is_found() -> None:
    assert probe(lambda f, t, y, h: y + h * f(t + h / 2, y + f(t, y) / 2), 3).order == 1


# ---- what is no one-step method


def history() -> Any:
    past: list[Any] = []

    def run(f: Any, t: float, y: Any, h: float) -> Any:
        past.append(f(t, y + len(past)))
        return y + h * past[-1]

    return run


def two_slopes() -> Any:
    """Adams–Bashforth 2 that keeps its last slope: asked the same twice, it answers the same twice."""
    past: list[Any] = []

    def run(f: Any, t: float, y: Any, h: float) -> Any:
        past.append(f(t, y))
        return y + h * (1.5 * past[-1] - 0.5 * past[-2] if len(past) > 1 else past[-1])

    return run


def test_a_kept_slope_is_seen() -> None:
    with pytest.raises(AnalysisError, match="keeps a history"):
        probe(two_slopes(), 3)


NO_SOLVERS = {
    "raised ZeroDivisionError": lambda f, t, y, h: 1 / 0,
    "returned the shape (2,)": lambda f, t, y, h: y[:2],
    "returned NaN": lambda f, t, y, h: y * np.nan,
    "returned the shape ()": lambda f, t, y, h: None,
    "from 1 to 0": lambda f, t, y, h: h * f(t, y),
    "from 1 to 2": lambda f, t, y, h: 2 * y + h * f(t, y),
    "twice differently": history(),
}


@pytest.mark.parametrize("sentence", NO_SOLVERS)
def test_what_is_no_solver_is_said_in_a_sentence(sentence: str) -> None:
    with pytest.raises(AnalysisError) as caught:
        probe(NO_SOLVERS[sentence], 3)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("asked", [{"order": 0}, {"order": 13}, {"order": 7, "fields": ("f", "g")}])
def test_an_order_that_is_not_probed_is_refused(asked: Any) -> None:
    with pytest.raises(AnalysisError, match="trees up to order 1 to"):
        probe(table(*RK4), **asked)
    with pytest.raises(AnalysisError, match="no step"):
        probe(table(*RK4), 2, h=0)


# ---- convergence


def repeated(run: Any) -> Any:
    def integrate(f: Any, y: Any, T: float, n: int) -> Any:
        for i in range(n):
            y = run(f, i * T / n, y, T / n)
        return y

    return integrate


def two_step(f: Any, y: Any, T: float, n: int) -> Any:
    """Adams–Bashforth 2 begun with a step of Heun."""
    h = T / n
    old = f(0.0, y)
    y = y + h / 2 * (old + f(h, y + h * old))
    for i in range(1, n):
        new = f(i * h, y)
        y, old = y + h * (1.5 * new - 0.5 * old), new
    return y


@pytest.mark.parametrize(("name", "p"), [("euler", 1), ("heun2", 2), ("bosh3", 3), ("rk4_38", 4), ("dopri5", 5)])
def test_convergence_sees_the_order(name: str, p: int) -> None:
    found = probe_convergence(repeated(table(*arrays(get(name)))), p + 1, steps=(4, 8, 16, 32))
    assert (found.order, found.at_least) == (p, False)
    assert found.slope == pytest.approx(p, abs=0.1)
    assert probe_convergence(repeated(table(*arrays(get(name)))), p, steps=(4, 8)).at_least


def test_convergence_sees_multistep_methods_and_all_trees() -> None:
    assert probe_convergence(two_step, 4).order == 2
    assert probe_convergence(repeated(table(*arrays(FALSE_FRIEND))), 5).order == 2


def test_convergence_sees_wrong_times() -> None:
    late = repeated(table(RK4[0], RK4[1], RK4[2] * 0.9))
    assert probe_convergence(late, 5, timed=False).order == 4
    assert probe_convergence(late, 5).order == 1


def test_convergence_to_nothing_is_refused() -> None:
    with pytest.raises(AnalysisError, match=r"power 0\.49 of the step"):
        probe_convergence(lambda f, y, T, n: two_step(f, y, T, n) * np.where(y == 1, 1, 1 + n**-0.5), 3)
    with pytest.raises(AnalysisError, match="T = 0"):
        probe_convergence(two_step, 3, T=0)
    with pytest.raises(AnalysisError, match="two ascending"):
        probe_convergence(two_step, 3, steps=(8, 8))
