"""A formula is read as the scheme that it says: printed and read again, a table is the same method."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import schemes
from schemes import Bernoulli, Uniform, equivalent, formula, formula_lines, get, names, parse, recompute, symbol
from schemes.grammar_parameters import declaration
from schemes.numerals import IRRATIONAL
from schemes.scheme import lag
from tests.strategies import general_linears, multisteps, parametric_schemes, runge_kuttas

PRINTED = Fraction(1, 10**15)  # a rounded table is printed to 16 places
LONG = {  # exact tables with numbers of more than 60 digits, which a formula does not take
    "tanaka6_a", "tanaka6_d", "verner76_efficient", "verner76_efficient_old", "tanaka_yamashita7_efficient",
    "tanaka_yamashita7_stable", "dopri8", "verner87_efficient", "enright_verner8", "tsitouras_papakostas8",
}  # fmt: skip
COARSE = {"kovalnogov8", "verner89_classic"}  # rounded entries beyond 10, of which a float has fewer than 16 places
ROUNDED = {"tocino_weak2", "sosra", "ri3", "dri1"}  # functions of ξ with rounded coefficients: compared in numbers


def printed(s):
    return parse("\n".join(formula_lines(s)), s.name)


def agree(parsed, s, noise=PRINTED):
    """Whether the two are one method; a multistep formula is also one that evaluates f(u[n-1]) again."""
    if parsed.states != s.states:
        parsed = recompute(parsed)
    return equivalent(replace(parsed, tolerance=noise) if s.tolerance else parsed, s)


@pytest.mark.parametrize("name", sorted(set(names()) - LONG))
def test_the_lines_of_every_entry_are_read_as_its_method(name):
    s = get(name)
    again = printed(s)
    assert again.states == s.states and again.fields[0] in s.fields
    if name in ROUNDED:
        again, s = ((x.at(**dict.fromkeys(x.symbols, "3/7"))) for x in (again, s))
    assert agree(again, s, Fraction(1, 10**11) if name in COARSE else PRINTED)


@pytest.mark.parametrize("name", sorted(LONG))
def test_the_lines_of_other_entries_are_refused_for_their_long_numbers(name):
    with pytest.raises(schemes.SchemeError, match="more than 60 digits"):
        printed(get(name))


@pytest.mark.parametrize("name", ["lm2", "zerosnet_learned", "stochastic_depth", "shake_shake", "sra1", "full_history"])
def test_declarations_are_read_as_they_are_written(name):
    s = get(name)
    again = parse("\n".join([*formula_lines(s), *map(declaration, s.parameters)]))
    assert set(again.parameters) == set(s.parameters) and again.symbols == s.symbols


@st.composite
def two_fields(draw):
    """A partitioned scheme of two states and two fields, implicit or not."""
    entries = st.builds(Fraction, st.integers(-6, 6), st.integers(1, 5))
    stages = draw(st.integers(1, 4))
    row = st.lists(entries, min_size=stages, max_size=stages)
    explicit = draw(st.booleans())
    A = [[x if j < i or not explicit else 0 for j, x in enumerate(draw(row))] for i in range(stages)]
    fields = draw(st.lists(st.sampled_from("fg"), min_size=stages, max_size=stages))
    U = [(1, 0) if name == "f" else (0, 1) for name in fields]
    B = [draw(row), draw(row)]
    return schemes.Scheme("random", A, U, B, ((1, 0), (0, 1)), states=("x[n]", "y[n]"), fields=fields)


def reads_everything(s):
    """Whether the lines say that a state is there: another row reads it; and whether any field is called."""
    rows = [*s.U, *s.V]
    others = (rows[: len(s.U) + j] + rows[len(s.U) + j + 1 :] for j in range(1, len(s.states)))
    return any(map(any, s.B)) and all(any(row[j] for row in kept) for j, kept in enumerate(others, 1))


ANY = st.one_of(
    runge_kuttas(), runge_kuttas(explicit=False), multisteps(), multisteps(explicit=False), general_linears(),
    general_linears(explicit=False), two_fields(), parametric_schemes(),
)  # fmt: skip


@given(ANY)
def test_random_schemes_are_read_from_their_lines(s):
    assume(s.kind == "multistep" or len(s.states) == 1 or reads_everything(s))
    assume(any(map(any, s.B)))
    assert agree(printed(s), s)


@given(multisteps(), st.integers(-2, 4))
def test_a_multistep_equation_is_read_at_any_step_with_its_values_on_the_left(s, shift):
    """Σ α u = h Σ β f, multiplied by 3; the table is that of `multistep`."""
    back = recompute(s)
    assume(len(back.states) > 1)
    steps = [shift - 1 - lag(state) for state in back.states]
    at = [steps[row.index(1)] for row in back.U]
    terms = [f"3 u[n{shift:+d}]", *(f"({-3 * x}) u[n{j:+d}]" for x, j in zip(back.V[0], steps, strict=True))]
    terms += [f"({-3 * x}) h f(u[n{j:+d}])" for x, j in zip(back.B[0], at, strict=True)]
    typed = parse(" + ".join(terms).replace("n+0", "n").replace("n-0", "n") + " = 0")
    assert typed.table == s.table and typed.states == s.states


SAME = {
    "u[n+1] = u[n] + h f(u[n])": [
        "u_{n+1} = u_n + h f(u_n)", "u[n] = u[n-1] + h·f(u[n−1])", "(u[n+1] − u[n])/h = f(u[n])",
        "F1 = h f(u[n])\nu[n+1] = u[n] + F1/2 + 1/2 F1",
        "u[n+1] = u[n] +\n  h f_n", "u[n+1] = u[n]\n + hf[n]  # one line", "2u[n+1] = 2*u[n] + (h + h)*f(u[n])",
        "u[n+1] = k u[n+1] + (1 - k)(u[n] + h f(u[n])) + 0 k h f(u[n])",
        "k1 = f(u[n]); u[n+1] = u[n] + h*k1", "u[n+1] = u[n] + h**2/h f (u[n])", "u[n+1] = u[n] - -h f(u [n])",
    ],
    "u[n+1] = u[n] + h f(u[n] + 1/2 h f(u[n]))": [
        "k_{1} = f(u[n]); k_{2} = f(u[n] + h/2 k1); u[n+1] = u[n] + h k2",
        "Y2 = u[n] + 0.5 h f(u[n]); u[n+1] = u[n] + h f(Y2)", "u[n+1] = u[n] + h f(u[n] + 5e-1 h f(u[n]))",
    ],
    "u[n+1] = u[n] + 3/2 h f(u[n]) - 1/2 h f(u[n-1])": [
        "u[n+2] - u[n+1] = h*(3/2 f(u[n+1]) - 1/2 f(u[n]))", "2 u_{n+2} = 2 u_{n+1} + h (3 f_{n+1} - f_n)",
        "F1 = h f(u[n]); u[n+1] = u[n] - 1/2 hf[n-1] + 3/2 F1; hf[n] = F1", "u[n+1] = u[n] + 3/2 hf[n] - 1/2 hf[n-1]",
    ],
    "u[n+1] = u[n] + h f(u[n]) + h f(h f(u[n]))": ["u[n+1] = u[n] + h f(u[n]) + h² f(f(u[n]))"],
    "Y1 = u[n] + h/2 f(Y1); u[n+1] = u[n] + h f(Y1)": ["k1 = f(u[n] + h/2 k1); u[n+1] = u[n] + h k1"],
    "u[n+1] = u[n] + lam^2 h f(u[n])": ["u[n+1] = u[n] + λ² h f(u[n])", "a = λ*λ; u[n+1] = u[n] + a h f(u[n])"],
}  # fmt: skip


@pytest.mark.parametrize(("text", "other"), [(a, b) for a, others in SAME.items() for b in others])
def test_one_method_has_many_spellings(text, other):
    first, second = parse(text), parse(other)
    assert equivalent(first, second) and first.states == second.states


def test_a_formula_is_the_table_of_the_same_code():
    k = symbol("k")
    typed = parse("u[n+1] = (1-k)*u[n] + k*u[n-1] + h*f(u[n])")
    assert typed.table == get("lm2").table and typed.states == get("lm2").states
    assert parse("F1 = h f(u[n]); u[n+1] = u[n] + k F1 + (1 - k) h g(u[n] + F1/k)").table == (
        formula("x", lambda f, g, u: u + k * f(u) + (1 - k) * g(u + f(u) / k), fields=("f", "g")).table
    )


def test_free_names_are_learned_and_lines_say_otherwise():
    typed = parse("""
        u[n+1] = (1-k) u[n] + k u[n-1] + gamma eta h f(u[n]) + 1/lam h g(u[n])
        k learned per channel in -1..1 from Uniform(-1/10, 0)
        eta ~ Bernoulli(p) per batch
        gamma = 1 - sqrt(1/4)""")
    told = {p.name: (p.kind, p.value, p.per, p.within) for p in typed.parameters}
    assert told == {
        "k": ("learned", Uniform("-1/10", 0), "channel", (-1, 1)),
        "eta": ("random", Bernoulli(symbol("p")), "batch", None),
        "p": ("chosen", None, "table", None),
        "gamma": ("chosen", Fraction(1, 2), "table", None),
        "lam": ("learned", None, "step", None),  # a pole at 0: no start that would always do
    }
    assert parse("u[n+1] = u[n] + k h f(u[n])").parameters[0].value == 0


def test_roots_are_rounded_and_the_table_says_so():
    typed = parse(
        "Y1 = u[n] + (1 - sqrt(2)/2) h f(Y1)\nu[n+1] = u[n] + sqrt(2)/2 h f(Y1) + (1 - sqrt(2)/2) h f(u[n+1])"
    )
    assert typed.tolerance == IRRATIONAL and agree(typed, get("alexander2"), IRRATIONAL)
    assert parse("u[n+1] = u[n] + sqrt(4) cbrt(1/8) h f(u[n])").tolerance == 0


def test_the_first_state_is_u_or_the_first_in_the_alphabet():
    assert parse("y[n+1] = y[n] + h g(x[n]); x[n+1] = x[n] + h f(y[n+1])").states == ("x[n]", "y[n]")
    lines = "a[n+1] = h f(u[n-1]); k10[n+1] = hf[n-1]; k2[n+1] = k10[n]; u[n+1] = u[n] + h f(u[n] + a[n] + k2[n])"
    assert parse(f"{lines}; hf[n] = h f(u[n])").states == ("u[n]", "u[n-1]", "hf[n-1]", "a[n]", "k2[n]", "k10[n]")
