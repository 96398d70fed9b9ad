"""A table and its formal program are one thing: read back, printed and rebuilt, a scheme is the same scheme."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemes
from schemes import Scheme, SchemeError, formula, general_linear, get, multistep, names, read_back, runge_kutta, symbol
from schemes import trace as traced
from tests.strategies import general_linears, multisteps, numbers, parametric_schemes, runge_kuttas
from tests.strategies import schemes as random_schemes

NAMESPACE = {**vars(schemes), "Fraction": Fraction}


def again(s: Scheme) -> Scheme:
    about = {name: getattr(s, name) for name in ("source", "start", "embedded", "tolerance")}
    return read_back(traced(s), s.name, s.parameters, **about)


@pytest.mark.parametrize("name", names(explicit=True))
def test_every_catalogue_table_reads_back_through_formal_symbols(name):
    s = get(name)
    assert again(s) == s and again(s).table == s.table and hash(again(s)) == hash(s)


@given(st.one_of(random_schemes(), parametric_schemes()))
def test_every_random_table_reads_back_through_formal_symbols(s):
    assert again(s) == s


@pytest.mark.parametrize("name", names(explicit=True))
def test_repr_of_every_catalogue_entry_is_the_constructor_call(name):
    s = get(name)
    assert eval(repr(s), NAMESPACE) == s and repr(eval(repr(s), NAMESPACE)) == repr(s)


@given(st.one_of(random_schemes(), random_schemes(explicit=False), parametric_schemes()))
def test_repr_of_random_schemes_is_the_constructor_call(s):
    assert eval(repr(s), NAMESPACE) == s


CHANGES = (lambda x: x + 1, lambda x: x * 2, lambda x: x * 0, lambda x: -x, lambda x: x + Fraction(1, 1000))


def mutants(s: Scheme, most: int):
    """Every change of every entry, or about `most` of them, spread over the table."""
    entries = [(m, i, j) for m in "AUBV" for i, row in enumerate(getattr(s, m)) for j in range(len(row))]
    all_of_them = [(*entry, change) for entry in entries for change in CHANGES]
    for m, i, j, change in all_of_them[:: max(1, len(all_of_them) // most) | 1]:  # odd: all changes take their turn
        table = [list(r) for r in getattr(s, m)]
        if (y := change(table[i][j])) != table[i][j]:
            table[i][j] = y
            yield m, i, j, table


@pytest.mark.parametrize("most", [60, pytest.param(4000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", names(explicit=True))
def test_one_entry_mutants_are_refused_or_read_back_as_themselves_and_not_as_the_original(name, most):
    s = get(name)
    original = again(s)
    for m, i, j, table in mutants(s, most):
        where = f"{m}[{i + 1}][{j + 1}]"
        try:
            mutant = replace(s, **{m: table})
        except SchemeError as error:
            assert name in str(error), where
            continue
        assert mutant != s, where
        if m == "A" and j >= i:
            with pytest.raises(SchemeError, match="implicit"):
                again(mutant)
        else:
            assert again(mutant) == mutant != original, where


# ---- builders that describe the same method agree --------------------------------------------------------------------


def test_lm2_by_formula_by_alpha_and_beta_and_by_its_matrices():
    k = symbol("k")
    by_formula = formula("lm2", lambda f, u, old: ((1 - k) * u + k * old + f(u), u), states=("u[n]", "u[n-1]"))
    by_matrices = general_linear(
        "lm2", A=[[0]], U=[[1, 0]], B=[[1], [0]], V=[[1 - k, "k"], [1, 0]], states=("u[n]", "u[n-1]")
    )
    assert by_formula == by_matrices == multistep("lm2", [-k, k - 1, 1], [0, 1, 0])
    assert by_formula.table == get("lm2").table


@given(numbers.filter(bool), numbers.filter(bool))
def test_two_step_formula_is_the_two_step_table(a, b):
    rule = formula("x", lambda f, u, old: ((1 - a) * u + a * old + b * f(u), u), states=("u[n]", "u[n-1]"))
    assert rule == multistep("x", [-a, a - 1, 1], [0, b, 0])


@given(runge_kuttas())
def test_runge_kutta_by_formula_and_as_general_linear_scheme(s):
    def rule(f, u):
        slopes = []
        for row in s.A:
            slopes.append(f(sum((a * F for a, F in zip(row, slopes, strict=False)), u)))
        return sum((b * F for b, F in zip(s.B[0], slopes, strict=True)), u)

    assert general_linear(s.name, s.A, s.U, s.B, s.V) == s
    merged = formula(s.name, rule)  # equal stages are one evaluation in a formula
    distinct = len(set(s.A)) == len(s.A)
    assert (merged == s) if distinct else merged.stages < s.stages


@given(multisteps(), general_linears())
def test_a_random_scheme_is_the_general_linear_scheme_of_its_matrices(lmm, glm):
    for s in (lmm, glm):
        assert general_linear(s.name, s.A, s.U, s.B, s.V, states=s.states, fields=s.fields) == s


@given(runge_kuttas())
def test_ragged_and_square_tableaux_are_the_same_scheme(s):
    ragged = [row[:i] for i, row in enumerate(s.A)]
    nodes = [sum(row, Fraction(0)) for row in s.A]
    for A in (ragged, ragged[1:], s.A):
        assert runge_kutta(s.name, A, s.B[0], nodes) == s


def test_entries_as_integers_texts_and_fractions_are_the_same_scheme():
    ways = ([["1/2"]], [[Fraction(1, 2)]], [[], ["0.5"]], ((0, 0), ("1/2", 0)))
    assert len({runge_kutta("midpoint", A, b=[0, 1]) for A in ways}) == 1


@given(parametric_schemes(), numbers, numbers, numbers)
def test_fixing_parameters_commutes_with_reading_back(s, k, lam, mu):
    try:
        fixed = s.at(k=k, lam=lam, mu=mu)
    except SchemeError as error:
        assert "divides by zero" in str(error)
        return
    assert again(fixed) == fixed and fixed.exact and not fixed.parameters
    assert fixed == s.at(mu=mu).at(k=k).at(lam=lam) if not poles(s) else True


def poles(s):
    return any(len(x.den) > 1 or () not in x.den for x in s.entries if hasattr(x, "den"))
