"""Designs: the four kinds say the same scheme, values are exact, and what is wrong is one sentence."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemes
from odenets.errors import OdenetsError
from odenets.explorer import designs
from odenets.explorer.designs import is_entry, opened, scheme_of, shown
from schemes import Scheme, SchemeError, get
from tests import strategies
from tests.sample import over

K = "-37/100"
LM2 = {
    "entry": {"entry": "lm2", "values": {"k": K}},
    "table": {"table": {"multistep": {"alpha": ["-k", "k - 1", "1"], "beta": ["0", "1", "0"]}}, "values": {"k": K}},
    "text": {"text": "alpha | -k k-1 1\nbeta | 0 1 0", "values": {"k": K}},
    "formula": {"formula": "u[n+1] = (1-k)*u[n] + k*u[n-1] + h*f(u[n])", "values": {"k": K}},
}


@pytest.mark.parametrize("kind", LM2)
def test_the_four_kinds_of_design_say_the_same_scheme(kind):
    assert scheme_of(LM2[kind]).table == get("lm2", k=Fraction(K)).table


@pytest.mark.parametrize("text", ["-0.37", "-37/100", " −0.37 ", "-.37", "-37e-2"])
def test_a_value_is_the_exact_number_that_is_written(text):
    assert scheme_of({"entry": "lm2", "values": {"k": text}}) == get("lm2", k=Fraction(-37, 100))


def test_a_value_fixes_a_random_coefficient_and_structure_chooses_the_size():
    assert scheme_of({"entry": "stochastic_depth", "values": {"eta": "1"}}).table == get("euler").table
    assert scheme_of({"entry": "gauss", "structure": {"stages": "3"}}) == get("gauss", stages=3)


WRONG = {
    "one of entry, table": [{}, [], None, {"entry": "lm2", "text": "| 1"}],
    "is no part of a design": [{"entry": "lm2", "colour": "red"}, {"text": "| 1", "structure": {}}],
    "no scheme is called": [{"entry": "lm22"}, {"entry": ["lm2"]}],
    "has no parameter 'q'": [{"entry": "lm2", "values": {"q": "1"}}],
    "is no number": [{"entry": "lm2", "values": {"k": x}} for x in ("x", "nan", True, None, "1/0", "9**9", "1e999")],
    "structure =": [{"entry": "gauss", "structure": "3"}],
    "has no size": [{"entry": "gauss", "structure": {"columns": "3"}}, {"entry": "lm2", "structure": {"steps": "2"}}],
    "whole number": [{"entry": "gauss", "structure": {"stages": x}} for x in ("1/2", "0", "-4")],
    "36 stages": [
        {"entry": name, "structure": {key: "36"}}
        for name, key in (("fractalnet", "columns"), ("fractalnet_drop_path", "columns"), ("ssprk3", "root"))
    ] + [{"entry": "gauss", "structure": {"stages": "37"}}, {"entry": "rkc2", "structure": {"stages": "9" * 40}},
         {"table": {"runge_kutta": {"A": [["0"] * 37] * 37, "b": ["0"] * 37}}}],
    "12 states": [{"entry": "pece", "structure": {"steps": "36"}}, {"entry": "bdf", "structure": {"steps": "13"}}],
    "20000 characters": [{"text": "|" + " 1" * 10_001}],
    "60 digits": [{"text": "| " + "1" * 61}, {"entry": "lm2", "values": {"k": "0." + "3" * 61}}],
    "sensible size": [{"table": {"tolerance": "0", "runge_kutta": {"A": [[]], "b": ["1e5000"]}}}],
    r"A\[2\]\[1\] = 0.5 is a decimal": [{"table": {"runge_kutta": {"A": [[], ["0.5"]], "b": ["0", "1"]}}}],
    "its table under one of": [{"table": {}}, {"table": {"name": "x"}}],
    "a table is a dictionary": [{"table": "| 1"}],
    "needs a name": [{"text": "| 1", "name": "<b>"}, {"text": "name | <b>\n| 1"}, {"entry": "lm2", "name": "ü"}],
    "is a text": [{"entry": "lm2", "name": 5}],
    "no table at lam = 0": [{"entry": "zerosnet", "values": {"lam": "0"}}],
}  # fmt: skip


@pytest.mark.parametrize(("says", "design"), [(says, design) for says, wrong in WRONG.items() for design in wrong])
def test_a_wrong_design_is_one_sentence(says, design):
    with pytest.raises((SchemeError, OdenetsError), match=says) as refused:
        scheme_of(design)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 400


def test_a_large_family_is_refused_before_it_is_made(monkeypatch):
    made = []

    def counted(name, **values):
        made.append(get(name, **values).stages)
        return get(name, **values)

    monkeypatch.setattr(designs, "get", counted)
    for name, key, size in (("fractalnet", "columns", "30"), ("rkc2", "stages", "37"), ("pece", "steps", "36")):
        with pytest.raises(OdenetsError):
            scheme_of({"entry": name, "structure": {key: size}})
    designs.grown("gauss", "stages", 2, 36)
    assert max(made) < 16


@pytest.mark.parametrize("name", over())
def test_what_is_shown_is_a_table_of_numbers_at_values_that_are_told(name):
    scheme = scheme_of({"entry": name})
    fixed, at = shown(scheme)
    assert not fixed.symbols
    assert set(at) >= scheme.symbols
    assert is_entry(scheme)
    again = scheme_of({"entry": name, "values": {k: x for k, x in at.items() if k not in scheme.role("random")}})
    assert again.mean() == fixed


def test_the_usual_value_is_the_mean_of_the_law_of_the_start():
    assert shown(get("lm2"))[1] == {"k": "-1/20"}
    assert shown(scheme_of({"text": "0 | ; 1 | 1 ; | a 1-a"}))[1] == {"a": "1/2"}


def test_a_pole_is_no_usual_value():
    scheme = scheme_of({"text": "0 | ; 1 | 1 ; | 1/(2*a-1) 1"})
    assert shown(scheme)[1] == {"a": "1/3"}


def test_an_opened_design_has_all_that_it_declares():
    assert opened(LM2["entry"]).symbols == {"k"}
    assert opened({"entry": "theta", "values": {"theta": "1"}}).symbols == {"theta"}
    assert opened(LM2["text"]).symbols == {"k"}


def test_a_visitors_table_is_no_entry():
    assert not is_entry(scheme_of(LM2["text"]))
    assert not is_entry(scheme_of({"text": "| 1", "name": "lm2"}))


junk = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from(["1/2", "k", "sqrt(2)", "0.5"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)
KEYS = ("runge_kutta", "multistep", "name", "parameters", "start", "tolerance")
forms = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, junk))
rk = st.fixed_dictionaries({"A": junk, "b": junk}, optional={"c": junk, "embedded": junk})
tables = st.one_of(forms, junk, st.fixed_dictionaries({"runge_kutta": rk}))
sent = st.one_of(
    junk,
    st.fixed_dictionaries({"table": tables}, optional={"values": junk, "name": junk}),
    st.fixed_dictionaries({"text": st.text("|01/k;- \nab.", max_size=30)}, optional={"values": junk}),
    st.fixed_dictionaries({"entry": st.sampled_from(["lm2", "gauss"])}, optional={"structure": junk, "values": junk}),
)


@given(sent)
def test_whatever_is_sent_is_a_scheme_or_one_of_two_errors(design):
    try:
        assert isinstance(scheme_of(design), Scheme)
    except (SchemeError, OdenetsError) as error:
        assert str(error)


@given(strategies.schemes())
def test_a_table_that_was_written_is_read_as_the_same_scheme(scheme):
    typed = scheme_of({"text": schemes.dumps(scheme), "name": "other"})
    assert typed.table == scheme.table and typed.name == scheme.name
