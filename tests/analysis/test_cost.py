"""Evaluations, first same as last, and registers, against schemes whose storage is known."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import AnalysisError
from analysis.cost import evaluations, first_same_as_last, rank, registers
from schemes import average, compose, formula, full_history, get, recompute, runge_kutta
from tests.strategies import numbers, runge_kuttas

F = Fraction


def williamson(a, b):
    """dq = a dq + h f(u), u = u + b dq: two registers for any coefficients (Williamson 1980, (1))."""

    def rule(f, u):
        dq = a[0] * f(u)
        for i, x in enumerate(b):
            dq = f(u) if i == 0 else a[i] * dq + f(u)
            u = u + x * dq
        return u

    return formula("williamson", rule)


def test_first_same_as_last():
    """Bogacki–Shampine and Dormand–Prince by design; the trapezoid begins with the slope that it ended with."""
    assert [first_same_as_last(get(n)) for n in ("bosh3", "dopri5", "trapezoid")] == [True] * 3
    assert not any(first_same_as_last(get(n)) for n in ("euler", "rk4_classic", "ab3", "leapfrog", "backward_euler"))
    assert first_same_as_last(recompute(get("ab3")))  # which is why its increments are kept


@pytest.mark.parametrize(("last", "repeats"), [("f", True), ("g", False)])
def test_first_same_as_last_is_about_one_field(last, repeats):
    scheme = runge_kutta("midpoint", [["1/2"], [0, 1]], [0, 1, 0], fields=("f", "f", last))
    assert first_same_as_last(scheme) == repeats


def test_evaluations():
    assert evaluations(runge_kutta("twice", [["1/2"], ["1/2", 0]], [0, "1/2", "1/2"])) == {"f": 2}
    assert evaluations(get("dopri5")) == {"f": 6} and evaluations(get("bosh3")) == {"f": 3}
    assert evaluations(get("revnet")) == {"f": 1, "g": 1} and evaluations(get("ab4")) == {"f": 1}
    idle = runge_kutta("idle", [["1/2"], [0, 0]], [0, 1, 0])
    assert evaluations(idle) == {"f": 2}
    assert evaluations(runge_kutta("pair", [["1/2"], [0, 0]], [0, 1, 0], embedded=[0, 0, 1])) == {"f": 3}


@given(st.lists(numbers, min_size=5, max_size=5), st.lists(numbers, min_size=2, max_size=5))
def test_williamsons_schemes_need_two_registers(a, b):
    assert registers(williamson(a, b)) <= 2


def test_registers_of_known_schemes():
    """Euler runs in place; two for SSPRK(3,3) and Heun; three for the classical scheme (Blum 1962); the history."""
    known = {"euler": 1, "heun2": 2, "ssprk33": 2, "rk4_classic": 3, "leapfrog": 2, "ab4": 4, "revnet": 2}
    assert {name: registers(get(name)) for name in known} == known
    assert registers(full_history(5)) == 5
    assert registers(compose(*[get("euler")] * 6)) == 1
    assert registers(average([formula("identity", lambda f, u: u), get("heun2")])) == 2
    with pytest.raises(AnalysisError, match="trapezoid is implicit: the storage is that of its solver"):
        registers(get("trapezoid"))


@given(runge_kuttas())
def test_registers_are_at_least_one_and_at_most_one_a_stage_and_one(scheme):
    assert 1 <= registers(scheme) <= scheme.stages + 1


@given(st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=1, max_size=4))
def test_rank(rows):
    from sympy import Matrix, Rational

    assert rank(rows) == Matrix([[Rational(x.numerator, x.denominator) for x in row] for row in rows]).rank()
