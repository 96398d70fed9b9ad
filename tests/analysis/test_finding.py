"""find: each criterion is what its words say, also for what is unknown, infinite, open or empty."""

from fractions import Fraction
from math import inf

import pytest

from analysis import AnalysisError, find, recall
from analysis.certificates import Unknown
from analysis.finding import TABLE, magnitude, search
from analysis.geometry import Reach
from analysis.intervals import Interval
from schemes import get, names

F = Fraction


def found(**criteria):
    return {s.name for s in find(**criteria)}


def test_the_issue_s_own_question():
    """Order 4, explicit, at most 6 stages, stable on [-5, 0]: only SSPRK(5,4) has so long an interval."""
    listed = find(order=4, explicit=True, max_stages=6, real_interval=5, sort="error_constant")
    assert [s.name for s in listed] == ["ssprk54"]


def test_facts_of_the_table_are_those_of_the_table():
    assert found(explicit=True) == set(names(explicit=True)) and found(kind="operator") == set(names(kind="operator"))
    assert found(stages=4) == set(names(stages=4)) and found(learned=True) == set(names(learned=True))
    assert found(embedded=True, max_stages=4) >= {"bosh3"} and "rk4_classic" not in found(embedded=True)
    assert found() == set(names())


def test_a_bound_is_the_least_or_the_most_that_is_wanted():
    some = {name: recall(get(name), ["registers"])["registers"] for name in ("euler", "rk4_classic", "ssprk104")}
    assert some == {"euler": 2, "rk4_classic": 3, "ssprk104": 2} or some["rk4_classic"] > some["ssprk104"]
    few = found(order=4, explicit=True, registers=some["ssprk104"], kind="runge_kutta")
    assert "ssprk104" in few and "rk4_classic" not in few
    assert found(min_order=8) < found(min_order=7) and "feagin10" in found(min_order=10)
    assert found(order=3, max_stages=3, explicit=True) >= {"kutta3", "ssprk33"}


def test_implicit_facts():
    stable = found(l_stable=True, min_order=4)
    assert {"sdirk4", "radau_iia", "lobatto_iiic"} <= stable and not stable & {"gauss", "lobatto_iiia", "rk4_classic"}
    assert {"gauss", "implicit_midpoint", "triple_jump"} <= found(symplectic=True, symmetric=True)
    assert {"revnet", "stormer_verlet", "leapfrog", "lm2", "momentum"} <= found(invertible=True)


def test_the_best_come_first_and_the_unknown_last():
    errors = [f.facts["principal_error_norm"] for f in search("principal_error_norm", order=4, explicit=True)]
    known = [float(x) for x in errors if not isinstance(x, Unknown)]
    assert known == sorted(known) and not any(isinstance(x, Unknown) for x in errors[: len(known)])
    intervals = [magnitude(f.facts["real_interval"]) for f in search("real_interval", order=2, explicit=True)]
    sizes = [float(x) for x in intervals if x is not None]
    assert sizes == sorted(sizes, reverse=True)
    turned = [s.stages for s in find(sort="-stages", order=2, explicit=True)]
    assert turned == sorted(turned, reverse=True)


@pytest.mark.parametrize(
    ("x", "size"),
    [
        (Interval(F(-2), F(0), True, True), 2), (Interval(F(0), F(0), False, False), 0),
        (Interval(F(-1), F(1), False, False), 1), (Interval(-inf, F(0), False, True), inf), (Reach(inf), inf),
        ({"f": 2, "g": 1}, 3), (F(-1, 3), F(1, 3)), (True, 1), (None, None), (Unknown("why"), None), ("text", None),
    ],
)  # fmt: skip
def test_sizes_of_facts(x, size):
    assert magnitude(x) == size


def test_an_open_end_is_not_reached_and_exact_bounds_are_exact():
    """leapfrog is stable on the open (-1, 1) i alone."""
    assert "leapfrog" not in found(imaginary_interval=1) and "leapfrog" in found(imaginary_interval=F(99, 100))
    assert "heun2" in found(real_interval=2) and "heun2" not in found(real_interval=F(2) + F(1, 10**9))


@pytest.mark.parametrize(
    ("criteria", "message"),
    [
        ({"colour": 1}, "'colour' is no fact of a scheme"),
        ({"colour": None}, "'colour' is no fact of a scheme"),
        ({"min_colour": 1}, "'colour' is no fact of a scheme"),
        ({"real_intervall": 1}, "near it are real_interval"),
        ({"sort": "beauty"}, "'beauty' is no fact of a scheme"),
        ({"sort": "kind"}, "kind is no number of any of them"),
        ({"kind": "multisteps"}, "no entry has kind 'multisteps', take one of general_linear"),
        ({"order": "4"}, "order = 4: facts are compared by their size"),
        ({"real_interval": -5}, "give a number that is at least 0"),
        ({"max_stages": "4"}, "facts are compared by their size"),
        ({"explicit": "yes"}, "explicit = 'yes': it is True or False"),
    ],
)
def test_what_is_no_question_is_refused(criteria, message):
    with pytest.raises(AnalysisError) as error:
        find(**criteria)
    assert message in str(error.value)


def test_every_fact_of_the_table_can_be_asked():
    assert all(find(**{name: value(name)}) for name in TABLE)


def value(name):
    values = [TABLE[name](None, get(n)) for n in ("rk4_classic", "lm2", "bosh3", "stormer_verlet", "gauss")]
    return values[0] if name != "kind" else "runge_kutta"
