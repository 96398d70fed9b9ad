"""What is not a scheme is refused with the entry, the rule and the repair."""

# ruff: noqa: SIM300 - a matrix in capitals is no constant

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from schemes import (
    Bernoulli,
    Normal,
    Parameter,
    Scheme,
    SchemeError,
    Uniform,
    formula,
    general_linear,
    get,
    learned,
    multistep,
    random,
    runge_kutta,
    symbol,
)

EULER = {"A": [[0]], "U": [[1]], "B": [[1]], "V": [[1]]}


def euler(**changes):
    return lambda: Scheme("x", **{**EULER, **changes})


def glm(**changes):
    return lambda: general_linear("x", **{**EULER, **changes})


REFUSALS = {
    "float in A": (lambda: runge_kutta("x", [[0.5]], [0, 1]), "x: A[1][1] = 0.5 is a float, write it exactly: '1/2'"),
    "third": (lambda: runge_kutta("x", [], [0.333333333]), "b[1] = 0.333333333 is a float, write it exactly: '1/3'"),
    "nan": (lambda: runge_kutta("x", [], [float("nan")]), "b[1] = nan is a float, write it exactly: a finite fraction"),
    "numpy float": (lambda: runge_kutta("x", [], [np.float32(1.5)]), "is a float, write it exactly: '3/2'"),
    "decimal": (lambda: runge_kutta("x", [], [Decimal(1)]), "b[1] = Decimal('1') is not an exact number"),
    "complex": (lambda: runge_kutta("x", [], [1j]), "b[1] = 1j is not an exact number, write it as '1/3'"),
    "nothing": (lambda: runge_kutta("x", [], [None]), "b[1] = None is not an exact number"),
    "truth value": (lambda: runge_kutta("x", [], [True]), "x: b[1] = True is a truth value, write 0 or 1"),
    "no number": (lambda: runge_kutta("x", [], ["1/0"]), "b[1] = '1/0' is not a number, write it as '1/3', '-2'"),
    "bad text": (lambda: runge_kutta("x", [], ["1/2/3"]), "b[1] = '1/2/3' is not a number"),
    "flat A": (lambda: runge_kutta("x", ["1/2"], [0, 1]), "x: A[1] = '1/2' is no list, put brackets around it"),
    "flat b": (lambda: runge_kutta("x", [], 1), "x: b = 1 is no list, put brackets around it"),
    "long row": (
        lambda: runge_kutta("x", [[0, 0], [1, 0, 0]], [0, 1]),
        "x: row 2 of A has 3 entries, it must have 1 (an explicit stage), 2",
    ),
    "few rows": (lambda: runge_kutta("x", [[1]], [0, 1, 1]), "x: A has 1 rows and b 3 weights"),
    "node": (
        lambda: runge_kutta("x", [["1/2"]], [0, 1], c=[0, 1]),
        "x: c[2] = 1 is not the sum of row 2 of A, 1/2",
    ),
    "nodes": (lambda: runge_kutta("x", [["1/2"]], [0, 1], c=[0]), "row 1 of c has 1 entries"),
    "lengths": (lambda: multistep("x", [-1, 1], [1]), "x: alpha has 2 entries and beta 1"),
    "no step": (lambda: multistep("x", [1], [1]), "with k ≥ 1"),
    "no next value": (lambda: multistep("x", [1, -1, 0], [0, 1, 0]), "x: alpha[3] and some beta must not be 0"),
    "no field": (lambda: multistep("x", [-1, 1], [0, 0]), "some beta must not be 0"),
    "sum of alpha": (lambda: multistep("x", [-1, 0, 2], [0, 1, 0]), "x: the alpha sum to 1, they must sum to 0"),
    "float in alpha": (lambda: multistep("x", [-1, 0.5, 0.5], [0, 1, 0]), "x: alpha[2] = 0.5 is a float"),
    "inconsistent V": (glm(V=[[2]]), "x moves even where the field is 0: no q with V q = q, U q = 1, q[1] = 1; let"),
    "inconsistent U": (glm(U=[[2]]), "let the rows of V and U that act on values of u sum to 1"),
    "idle stage": (glm(U=[[0]]), "x: stage 1 reads neither a state nor a slope, give row 1 of U or A an entry"),
    "shape of B": (glm(B=[[1, 1]]), "x: row 1 of B has 2 entries, it must be 1 × 1 (stages by stages A"),
    "no state": (lambda: Scheme("x", (), (), (), ()), "x: a scheme has at least one state, give V at least one row"),
    "state name": (euler(states=["u"]), "x: state 'u' is not written like 'u[n]', 'u[n-1]' or 'hf[n-1]'"),
    "state ahead": (euler(states=["u[n+1]"]), "state 'u[n+1]' is not written"),
    "state count": (euler(states=["u[n]", "v[n]"]), "x: 1 different state names are needed"),
    "same states": (
        glm(A=[[0]], U=[[1, 0]], B=[[1], [0]], V=[[1, 0], [1, 0]], states=["u[n]", "u[n]"]),
        "x: 2 different state names are needed",
    ),
    "field count": (euler(fields=["f", "g"]), "x: fields name one field a stage (1), fields = ('f', 'g')"),
    "field name": (euler(fields=["1f"]), "fields name one field a stage"),
    "keyword": (euler(fields=["lambda"]), "fields name one field a stage"),
    "loose symbol": (euler(B=[["k"]]), "x: symbol k is in the table but not declared, add it to parameters"),
    "unnamed parameter": (euler(parameters=[learned(0)]), "parameters have different names such as 'k'"),
    "same parameters": (
        euler(parameters=[Parameter("k", "learned", 0, "step")] * 2),
        "parameters have different names",
    ),
    "state plus 1": (lambda: formula("x", lambda f, u: u + 1), "x: a state is added to 1: a scheme adds states"),
    "1 minus state": (lambda: formula("x", lambda f, u: 1 - u), "x: a state is added to 1"),
    "product": (lambda: formula("x", lambda f, u: u * f(u)), "x: a state is multiplied or divided by a state"),
    "quotient": (lambda: formula("x", lambda f, u: u / f(u)), "linear in its states and slopes, use a field"),
    "inverse": (lambda: formula("x", lambda f, u: 1 / u), "linear in its states and slopes, use a field"),
    "division by 0": (lambda: formula("x", lambda f, u: u / 0), "or divided by 0"),
    "power": (lambda: formula("x", lambda f, u: u**2), "linear in its states and slopes, use a field"),
    "other function": (lambda: formula("x", lambda f, u: abs(u)), "x: bad operand type for abs(): 'Form'"),
    "float in formula": (
        lambda: formula("x", lambda f, u: u + 0.5 * f(u)),
        "x: coefficient = 0.5 is a float, write it",
    ),
    "arguments": (lambda: formula("x", lambda f: f, states=["u[n]"]), "takes 1 positional argument but 2 were given"),
    "returned states": (lambda: formula("x", lambda f, u: (u, u)), "x: the rule returns 2 states, it must return 1"),
    "nothing returned": (lambda: formula("x", lambda f, u: None), "x: a state is added to None"),
    "field of nothing": (
        lambda: formula("x", lambda f, u: u + f(0 * u)),
        "x: stage 1 reads neither a state nor a slope",
    ),
    "probability": (lambda: Bernoulli("3/2"), "Bernoulli(p=3/2): p is a probability, take it from [0, 1]"),
    "interval": (lambda: Uniform(1, 0), "Uniform(1, 0): low is above high, exchange them"),
    "float law": (lambda: Normal(0, 0.1), "coefficient = 0.1 is a float, write it exactly: '1/10'"),
    "law wanted": (lambda: random("1/2"), "1/2 is no distribution, say Bernoulli, Uniform or Normal"),
    "spread": (lambda: learned(0, per="sample"), "per='sample' is not one of step, channel"),
    "kind": (lambda: Parameter("k", "learnt", 0, "step"), "kind = 'learnt' is not one of chosen, learned, random"),
    "pole": (lambda: get("zerosnet", lam=0), "zerosnet has no table at lam = 0: a coefficient divides by zero there"),
    "parameter": (lambda: get("lm2").at(q=1), "lm2 has no parameter 'q': its parameters are k"),
    "no parameter": (lambda: get("euler").at(k=1), "euler has no parameter 'k': it has none"),
    "infinite value": (lambda: get("lm2", k=float("inf")), "parameter value inf is not a number, give a finite one"),
    "no value": (lambda: get("lm2", k=None), "parameter value = None is not an exact number"),
    "new probability": (lambda: get("stochastic_depth", p=1.5), "Bernoulli(p=3/2): p is a probability"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_not_a_scheme_is_refused_by_entry_rule_and_repair(case):
    make, message = REFUSALS[case]
    with pytest.raises(SchemeError) as error:
        make()
    assert message in str(error.value) and "\n" not in str(error.value)


def test_numbers_of_numpy_become_exact_python_numbers():
    s = runge_kutta("x", [[np.int64(1)]], [np.int32(0), np.uint8(1)])
    assert all(type(x.numerator) is int and type(x.denominator) is int for x in s.entries)
    assert get("lm2", k=np.float64(0.9)) == get("lm2", k=np.float32(0.9)) == get("lm2", k="9/10")


def test_undeclared_symbols_make_a_family_of_chosen_parameters():
    theta = runge_kutta("theta", [[0, 0], [1 - symbol("theta"), "theta"]], [1 - symbol("theta"), "theta"])
    assert theta.role("chosen") == ("theta",) and not theta.explicit
    assert theta.at(theta=0).explicit and theta.at(theta=0.5).B == ((Fraction(1, 2), Fraction(1, 2)),)


def test_two_fields_evaluated_at_one_state_are_two_stages_and_one_field_is_one():
    assert formula("x", lambda f, u: u + f(u) + f(u)).B == ((2,),)
    assert formula("x", lambda f, g, u: u + f(u) + g(u), fields=("f", "g")).stages == 2


def test_states_that_a_multistep_scheme_does_not_read_are_not_kept():
    assert multistep("x", [0, 0, -1, 1], [0, 0, 1, 0]).states == ("u[n]",)
    assert multistep("x", [-1, 0, 0, 1], [0, 0, 3, 0]).states == ("u[n]", "u[n-1]", "u[n-2]")
    assert multistep("x", [0, -1, 1], [0, "1/2", "1/2"]).states == ("u[n]", "hf[n]")


def test_a_multistep_scheme_is_the_same_in_every_scaling():
    bdf2 = multistep("bdf2", [1, -4, 3], [0, 0, 2])
    assert bdf2 == multistep("bdf2", ["1/3", "-4/3", 1], [0, 0, "2/3"])
    assert (bdf2.A, bdf2.U) == (((Fraction(2, 3),),), ((Fraction(4, 3), Fraction(-1, 3)),))
