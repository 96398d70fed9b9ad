"""Stages that evaluate maps: the same step, for fields whose maps are known exactly."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemes import Scheme, SchemeError, formula_lines, get, names, runge_kutta, source, step
from schemes.linear import solve
from schemes.maps import factor, map_form, projected
from schemes.rewriting import without_idle
from tests.strategies import runge_kuttas

LAMBDA = {"f": Fraction(-1, 3), "g": Fraction(-2, 5)}


def linear(rate):
    return lambda y: rate * y


def solved(scheme: Scheme, fields: dict[str, Fraction], u: Fraction) -> Fraction:
    """The step of an implicit scheme for u' = λ u of each field: (1 - A λ) Y = U u, u' = V u + B λ Y."""
    rates = [fields[f] for f in scheme.fields]
    rows = [
        [(i == j) - a * rate for j, (a, rate) in enumerate(zip(row, rates, strict=True))]
        for i, row in enumerate(scheme.A)
    ]
    Y = [y for (y,) in solve(rows, [[x * u] for (x,) in scheme.U])]
    ((v,),) = scheme.V
    return v * u + sum(b * rate * y for b, rate, y in zip(scheme.B[0], rates, Y, strict=True))


@given(runge_kuttas(), st.fractions(-2, 2, max_denominator=9))
@settings(max_examples=40, deadline=None)
def test_the_map_form_of_an_explicit_scheme_steps_alike_with_u_plus_f_for_f(scheme, u):
    def field(y):
        return y * y - y / 3  # one line tells nothing of how stages enter one another

    def euler(y):
        return y + field(y)

    assert step(map_form(scheme), euler, (u,), 1) == step(scheme, field, (u,), 1)


@pytest.mark.parametrize("name", ["lm2", "ab3", "momentum", "revnet", "dimsim2", "zerosnet", "leapfrog", "tsrk3"])
def test_schemes_of_several_states_have_a_map_form(name):
    scheme = get(name)
    scheme = scheme.at(**{p.name: Fraction(1, 3) for p in scheme.parameters})
    states = tuple(Fraction(i + 2, 3) for i in range(len(scheme.states)))
    for mapped in (set(scheme.fields), set(scheme.fields[:1]), set()):
        fields = {f: (lambda y: y + y * y) if f in mapped else (lambda y: y * y) for f in set(scheme.fields)}
        plain = {f: lambda y: y * y for f in set(scheme.fields)}
        assert step(map_form(scheme, mapped), fields, states, 1) == step(scheme, plain, states, 1)


@pytest.mark.parametrize("name", ["imex_euler", "ars122", "ars222", "ars233", "ssp2_322", "backward_euler", "sdirk2"])
def test_resolvents_make_a_diagonally_implicit_scheme_explicit(name):
    scheme = without_idle(get(name))
    implicit = {f for i, f in enumerate(scheme.fields) if scheme.A[i][i] != 0}
    rates = {f: LAMBDA["g" if f in implicit else "f"] for f in scheme.fields}
    table = map_form(scheme, implicit)
    assert table.explicit
    if any(len({scheme.A[i][i] for i, f in enumerate(scheme.fields) if f == field}) > 1 for field in implicit):
        with pytest.raises(SchemeError, match="one block cannot be the resolvent of each"):
            [factor(scheme, field) for field in implicit]
        return
    maps = {f: linear(1 / (1 - factor(scheme, f) * rates[f])) if f in implicit else linear(rates[f]) for f in rates}
    assert step(table, maps, (Fraction(3, 2),), 1) == (solved(scheme, rates, Fraction(3, 2)),)


def test_known_networks_are_map_forms():
    assert formula_lines(map_form(get("euler"))) == ["u[n+1] = h f(u[n])"]  # a plain network
    assert "return self.g(u + self.f(u))" in source(map_form(get("imex_euler"), {"g"}))  # IMEXnet
    assert "return 1/2 * u + 1/2 * self.f(self.f(u))" in source(map_form(get("fractalnet")))


def test_what_is_no_map_form_is_refused():
    with pytest.raises(SchemeError, match=r"backward_euler: a stage of f is implicit: give the resolvent of f as its"):
        map_form(get("backward_euler"), [])
    with pytest.raises(SchemeError, match=r"depend on each other, .*: take a diagonally implicit scheme, or unroll it"):
        map_form(get("gauss"))
    mixed = runge_kutta("mixed", [[Fraction(1, 2)], [Fraction(1, 2), Fraction(1, 3)]], [0, 1])
    with pytest.raises(SchemeError, match=r"have the diagonal coefficients 1/2, 1/3, and one block cannot"):
        factor(mixed, "f")


@pytest.mark.parametrize("name", [n for n in names(explicit=True, kind="runge_kutta")][::12])
def test_a_map_behind_the_sum_is_applied_to_the_next_value_and_to_nothing_else(name):
    scheme = get(name)
    scheme = scheme.at(**{p.name: Fraction(1, 3) for p in scheme.parameters}) if scheme.parameters else scheme
    fields = {f: lambda y: y * y for f in set(scheme.fields)}
    (plain,) = step(scheme, fields, (0.3,), 0.5)
    (cubed,) = step(projected(scheme, scheme.states), {**fields, "after": lambda y: 2 * y**3}, (0.3,), 0.5)
    assert cubed == pytest.approx(plain**3, rel=1e-12)  # h = 1/2 halves what a map gives


def test_history_holds_values_behind_the_map_and_a_stage_at_the_next_value_sees_it_there():
    table = projected(get("lm2", k=Fraction(1, 4)), ["u[n]"])
    assert step(table, {"f": lambda y: y, "after": abs}, (-2, 4), 1) == (Fraction(5, 2), -2)
    assert "return self.after((1 - k) * u + k * u_prev + self.f(u)), u" in source(projected(get("lm2"), ["u[n]"]))
    verlet = source(projected(get("stormer_verlet"), ["x[n]", "y[n]"]))
    assert "F3 = self.after(x + self.f(Y2))" in verlet and "1/2 * self.g(F3)" in verlet


@pytest.mark.parametrize("name", ["lm2", "revnet", "heun2", "momentum"])
def test_behind_the_identity_nothing_changes(name):
    scheme = get(name)
    scheme = scheme.at(**{p.name: Fraction(1, 3) for p in scheme.parameters})
    states = tuple(Fraction(i + 2, 3) for i in range(len(scheme.states)))
    fields = {f: lambda y: y * y for f in set(scheme.fields)}
    table = projected(scheme, scheme.states[:1])
    assert step(table, {**fields, "after": lambda y: y}, states, 1) == step(scheme, fields, states, 1)
