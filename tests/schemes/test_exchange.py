"""Tables in and out: the round trip is exact in every format, and what is malformed is told by row, column and rule."""

from dataclasses import replace
from fractions import Fraction
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemes import SchemeError, dumps, equivalent, get, loads, names, power, read, tableau
from schemes.exchange import FORMATS
from schemes.forms import FORMS, claim, from_data
from schemes.numerals import Cells
from tests.strategies import general_linears, multisteps, runge_kuttas

F = Fraction
MIDPOINT = "0 | ; 1/2 | 1/2 ; | 0 1"
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=20)
anything = st.one_of(
    runge_kuttas(), runge_kuttas(explicit=False), multisteps(explicit=False), general_linears(explicit=False)
)


@settings(max_examples=30)
@given(anything, WORDS, st.sampled_from([F(0), F(1, 10**20)]), st.sampled_from(FORMATS))
def test_what_is_written_is_read_back_exactly(scheme, source, tolerance, form):
    scheme = replace(scheme, source=source, tolerance=tolerance)
    assert loads(dumps(scheme, form), form) == scheme


@pytest.mark.parametrize("form", FORMATS)
def test_every_entry_is_written_and_read_back_exactly(form):
    for name in names():
        assert loads(dumps(get(name), form), form) == get(name), name


def test_a_tableau_is_read_as_a_person_types_it():
    assert loads(MIDPOINT, name="m").table == get("midpoint").table
    ways = [
        "1/2 | 1/2 ; | 0 1",  # the first stage goes without saying
        "0 | \n1/2 | 1/2\n----+-----\n | 0 1\n",
        "0│0 0;1/2│1/2 0;│0 1",
        "? | ; ? | 1/2 ; b | 0 1",
        "0 | ;; 2/4 | (1+1)/4 ; | 0, 1",
    ]
    assert {loads(text, name="m").table for text in ways} == {get("midpoint").table}


@pytest.mark.parametrize("name", ["dopri5", "rk4_38", "implicit_midpoint", "trapezoid", "bosh3"])
def test_a_printed_tableau_is_read_back(name):
    s = get(name)
    assert loads(tableau(s), name=name).table == s.table and loads(tableau(s), name=name).embedded == s.embedded


def test_every_form_but_pairs_is_read_from_labelled_rows():
    assert equivalent(loads("A | 0 -1 ; B | 1 1/2", name="x"), get("heun2"))
    assert equivalent(loads("x | 0 1 ; y | 1/2 1/2", name="x"), get("stormer_verlet"))
    rows = "alpha | 1 ; alpha | 3/4 1/4 ; alpha | 1/3 0 2/3 ; beta | 1 ; beta | 0 1/4 ; beta | 0 0 2/3"
    assert equivalent(loads(rows, name="x"), get("ssprk33"))


def test_multistep_and_general_linear_tables_are_read_from_labelled_rows():
    assert loads("alpha | 0 -1 1 ; beta | -1/2 3/2 0", name="x").table == get("ab2").table
    text = "states | u[n] u[n-1]; A | 0; U | 1 0; B | 1; B | 0; V | 1-k k; V | 1 0; parameter | k learned step 0"
    text = "\n".join(text.split("; "))
    assert loads(text, name="x").table == get("lm2").table and loads(text, name="x").role("learned") == ("k",)


FORM_CASES = [
    ({"runge_kutta": {"A": [["1/2"]], "b": [0, 1], "c": [0, "1/2"]}}, "midpoint"),
    ({"multistep": {"alpha": "0 -1 1", "beta": "-1/2 3/2 0"}}, "ab2"),
    ({"low_storage": {"A": "0 -1", "B": "1 1/2"}}, "heun2"),
    ({"shu_osher": {"alpha": "1; 3/4 1/4; 1/3 0 2/3", "beta": "1; 0 1/4; 0 0 2/3"}}, "ssprk33"),
    ({"splitting": {"x": "0 1", "y": "1/2 1/2"}}, "stormer_verlet"),
    ({"splitting": {"x": "1", "y": "1"}}, "revnet"),
]


@pytest.mark.parametrize(("data", "name"), FORM_CASES)
def test_every_form_gives_the_scheme_that_another_form_gives(data, name):
    assert equivalent(from_data(data, "x"), get(name))


def test_an_additive_pair_weaves_its_tableaus():
    """Implicit–explicit Euler: u' = u + h f(u) + h g(u')."""
    pair = {"f": "0 | 0 0 ; 1 | 1 0 ; | 1 0", "g": "0 | 0 0 ; 1 | 0 1 ; | 0 1"}
    s = from_data({"additive": pair}, "imex")
    assert s.fields == ("f", "g") and s.A == ((0, 0), (1, 1)) and s.B == ((1, 1),)
    with pytest.raises(SchemeError, match="g has 1 stages, f has 2"):
        from_data({"additive": {**pair, "g": "0 | 0 ; | 1"}}, "imex")


def test_every_form_has_a_case():
    assert set(FORMS) == {next(iter(data)) for data, _ in FORM_CASES} | {"additive", "general_linear"}


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("-3/4", F(-3, 4)), ("sqrt(4/9)", F(2, 3)), ("cbrt(-8)", F(-2)), ("(1+sqrt(9))/2", F(2)), ("2^3", F(8)),
        ("−1", F(-1)),
    ],
)  # fmt: skip
def test_cells_are_exact_arithmetic(cell, value):
    cells = Cells()
    assert cells(cell, "x") == value and cells.off == 0


def test_an_irrational_cell_has_fifty_digits_and_says_so():
    """√2 to 60 digits from OEIS A002193."""
    cells = Cells()
    assert abs(cells("sqrt(2)", "x") - F("1.41421356237309504880168872420969807856967187537694807317667")) < F(
        1, 10**54
    )
    assert cells.off == F(1, 10**50)
    assert abs(cells("cbrt(2)", "x") ** 3 - 2) < F(1, 10**50)
    s = loads("? | (3-sqrt(3))/6 1 ; ? | 0 1 ; | 0 1", name="x")
    assert s.tolerance == F(1, 10**50) and not s.exact


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0 | ; 1/2 | 0.5 ; | 0 1", "m: A[2][1] = 0.5 is a decimal, write it exactly: '1/2'"),
        ("0 | ; 1/3 | 0.333 ; | 0 1", "A[2][1] = 0.333 is a decimal, write it exactly: '1/3'"),
        ("0 | ; 1/3 | 1/3 ; | 0 1e-3", "b[2] = 1e-3 is a decimal"),
        ("0 | ; 1/2 | 1/3 ; | 0 1", "m: c[2] = 1/2 is not the sum of row 2 of A, 1/3"),
        ("0 | ; 1/2 | 1/2 ; | 0 1 2", "m: A has 2 rows and b 3 weights, a stage has one of each" ),
        ("0 | ; 1/2 | 1/2 1 1 ; | 0 1", "m: row 2 of A has 3 entries, it must have 1 (an explicit stage), 2"),
        ("0 | ; 1/2 | x/0 ; | 0 1", "m: A[2][1] = 'x/0' divides by zero"),
        ("0 | ; 1/2 | a.b ; | 0 1", "m: A[2][1] = 'a.b' is no number"),
        ("0 | ; 1/2 | 9**9**9 ; | 0 1", "is no number"),
        ("0 | ; 1/2 | 1.5e99999 ; | 0 1", "no number of a sensible size"),
        ("0 | ; 1/2 1/2 ; | 0 1", "the row '1/2 1/2' has no bar"),
        ("0 | 1 ; 1/2 | 2", "a tableau ends with a row of weights"),
        ("", "a tableau ends with a row of weights"),
        ("alpha | -1 1", "m: beta is missing, the table has alpha"),
        ("A | 0 ; U | 1 ; B | 1", "m: V is missing"),
        ("A | 0 ; U | 1 ; B | 1 ; V | 2", "m moves even where the field is 0"),
        ("parameter | k", "write it as 'parameter | k learned step 0'"),
        ("0 | ; 1/2 | 1/00 ; | 0 1", "A[2][1] = '1/00' divides by zero"),
        ("0 | ; ? | ((9^64)^64)^64 ; | 0 1", "is no number"),
        ("0 | ; ? | (a+b+c+d)^50 ; | 0 1", "is no number"),
        ("0 | ; ? | nan ; | 0 1", "A[2][1] = 'nan' is no number"),
        ("0 | ; ? | 10^60*sqrt(2) ; | 0 1", "needs more than 55 digits on the way"),
        ("0 | ; ? | sqrt(2)*10^40-14142135623730950488016887242096980785696 ; | 0 1", "needs more than 55 digits"),
        ("0 | ; ? | " + "1" * 5000 + " ; | 0 1", "A[2][1] has 5000 characters"),
        ("alpha | -1 1 ; alpha | -1 0 1 ; beta | 1 0", "row 1 of alpha has 2 entries, it must have 1"),
        ("parameter | q chosen table 1\n0 | ; 1/2 | 1/2 ; | 0 1", "parameter q is declared and not in the table"),
        ("b̂ | 1", "a tableau ends with a row of weights"),
        ("tolerance | x\n| 1", "m: tolerance = x, it is a number"),
    ],
)  # fmt: skip
def test_a_malformed_tableau_gets_a_sentence(text, message):
    with pytest.raises(SchemeError) as error:
        loads(text, name="m")
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "m: a scheme has its table under one of runge_kutta"),
        ({"rungekutta": MIDPOINT}, "'rungekutta' is no key of a scheme, is runge_kutta meant"),
        ({"runge_kutta": MIDPOINT, "multistep": {}}, "it has runge_kutta and multistep"),
        ({"runge_kutta": 3}, "m: 3 must have the keys A, b"),
        ({"runge_kutta": {"A": [[1]], "b": [1], "q": 2}}, "'q' is no part of it"),
        ({"runge_kutta": {"A": 1, "b": [1]}}, "m: A = 1 is no list of rows"),
        ({"runge_kutta": {"A": [1], "b": [1]}}, "m: A[1] = 1 is no list"),
        ({"runge_kutta": {"A": [["x"]], "b": [1]}, "parameters": {"x": {"odd": 1}}}, "x is chosen, learned or random"),
        ({"runge_kutta": {"A": [["x"]], "b": [1]}, "parameters": {"x": {"random": "Cauchy(1)"}}}, "distributions are"),
        ({"runge_kutta": {"A": [["x"]], "b": [1]}, "parameters": {"x": {"random": "Normal(1)"}}}, "has 1 arguments"),
        ({"runge_kutta": {"A": [["x"]], "b": [1]}, "parameters": ["x"]}, "write them as {gamma = '1/2'}"),
        ({"low_storage": {"A": "1 1", "B": "1 1"}}, "A[1] is 0"),
        ({"additive": {}}, "an additive scheme has a tableau for each field"),
        (
            {"additive": {"f": "0 | ; 1 | 1 ; | 1 0", "g": "0 | 0 ; 9 | 0 1 ; | 0 1"}},
            "field g: c[2] = 9 is not the sum",
        ),
        ({"runge_kutta": {"A": [], "b": []}}, "the table has no stage"),
        ({"runge_kutta": "| 1", "start": 5}, "start = 5, it is a scheme"),
        ({"general_linear": {"A": "0", "U": "1", "B": "1", "V": "1", "fields": 5}}, "fields = 5 is no list of names"),
        ({"splitting": {"x": "1", "y": "1 1"}}, "they alternate"),
        ({"shu_osher": {"alpha": "1; 1 1", "beta": "1; 1 1"}}, "row 2 of alpha sums to 2, it must sum to 1"),
        ({"shu_osher": {"alpha": "1; 1", "beta": "1; 1 1"}}, "row 2 of alpha has 1 entries, it must have 2"),
    ],
)
def test_a_malformed_dictionary_gets_a_sentence(data, message):
    with pytest.raises(SchemeError) as error:
        from_data(data, "m")
    assert message in str(error.value)


def test_decimals_are_taken_where_somebody_vouches_for_them():
    s = loads("0 | ; 0.333 | 0.333 ; | 0 1", name="x", approximate=True)
    assert s.A[1][0] == F("0.333") and s.tolerance == F(1, 2000) and not s.exact
    exact = from_data({"tolerance": "0", "runge_kutta": "0.25 | 0.25 ; | 0 1"}, "x")
    assert exact.A[1][0] == F(1, 4) and exact.exact
    rounded = from_data({"tolerance": "1e-3", "runge_kutta": "0.334 | 0.333 ; | 0 1"}, "x")
    assert rounded.tolerance == F(1, 1000)  # and the node may be off by as much


@pytest.mark.parametrize(
    ("form", "text", "message"),
    [
        ("json", "{", "this is no JSON"),
        ("json", "[1]", "this JSON holds a list"),
        ("json", "[" * 100_000, "nested too deeply|no JSON"),
        ("json", '{"name": "x", "runge_kutta": {"A": [[0.5]], "b": [1]}}', "write it exactly: '1/2'"),
        ("toml", "a = ", "this is no TOML"),
        ("json", '{"name": "x", "name": "y"}', "a key is given twice"),
        ("json", '{"runge_kutta": {"A": [[NaN]], "b": [1]}}', "NaN is no number"),
        ("csv", "0," + "1" * 200_000, "this is no CSV of a scheme"),
        ("toml", "name = 'x'\n[runge_kutta]\nA=[[0.5]]\nb=[1]", "write it exactly: '1/2'"),
        ("csv", "a,b\n", "a tableau ends with|a scheme needs a name"),
        ("yaml", "", "format 'yaml' is none of text, json, toml, csv"),
    ],
)
def test_a_text_of_another_format_gets_a_sentence(form, text, message):
    with pytest.raises(SchemeError, match=message):
        loads(text, form, name="x")


def test_files_are_read_by_their_suffix(tmp_path):
    for suffix, form in ((".txt", "text"), (".json", "json"), (".toml", "toml"), (".csv", "csv")):
        path = tmp_path / f"mine{suffix}"
        path.write_text(dumps(get("bosh3"), form), encoding="utf-8")
        assert read(path) == get("bosh3")
    (tmp_path / "midpoint_of_mine.txt").write_text(MIDPOINT)
    assert read(tmp_path / "midpoint_of_mine.txt").name == "midpoint_of_mine"
    (tmp_path / "entry.toml").write_text(f"[mine]\nrunge_kutta = '{MIDPOINT}'\n")
    assert read(tmp_path / "entry.toml").name == "mine"


def test_files_that_are_none_get_a_sentence_with_their_name(tmp_path):
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    for name, message in (
        ("x.toml", "no UTF-8 text"),
        ("y.csv", "No such file"),
        ("z.doc", "its suffix names no format"),
    ):
        with pytest.raises(SchemeError, match=message) as error:
            read(tmp_path / name)
        assert name in str(error.value)


def test_claims_are_numbers():
    assert [claim("x", x) for x in (4, "3/2", "2.65", "inf")] == [4, F(3, 2), 2.65, inf]
    with pytest.raises(SchemeError, match="x = 'four' is no number"):
        claim("x", "four")


def test_small_numbers_and_decimals_in_arithmetic_keep_all_digits():
    assert Cells()("1/10^60", "x") == F(1, 10**60)
    assert Cells(F(0))("1-0.333333333333333333333333333333333333", "x") == 1 - F(
        "0.333333333333333333333333333333333333"
    )
    with pytest.raises(SchemeError, match="a rounded number inside arithmetic"):
        Cells(None, True)("1/0.03", "x")


def test_names_of_the_algebra_and_odd_parameters_survive_a_file():
    s = replace(get("euler"), name="euler*")
    assert all(loads(dumps(s, form), form) == s for form in FORMATS)
    family = loads("? | alpha ; | 0 1", name="x")
    assert all(loads(dumps(family, form), form) == family for form in FORMATS)


def test_the_tolerance_of_sums_and_products_of_rounded_numbers_grows():
    """Two stages of 2N form with B2 A2 in the table: 0.1·0.9 off by 1e-3 each is off by more than 1e-3."""
    s = from_data({"tolerance": "1e-3", "low_storage": {"A": "0 -3.0", "B": "4.0 2.0"}}, "x")
    assert s.tolerance > F(5, 1000)
    scaled = from_data({"tolerance": "1e-12", "multistep": {"alpha": "-0.001 0.001", "beta": "0.0003 0.0007"}}, "x")
    assert scaled.tolerance > F(1, 10**10)


def test_only_exact_tables_are_written():
    with pytest.raises(SchemeError, match="no exact numbers"):
        dumps(replace(get("euler"), B=((object(),),)))
    with pytest.raises(SchemeError, match="no stage"):
        dumps(power(get("euler"), 0))
    with pytest.raises(SchemeError, match="format 'xml'"):
        dumps(get("euler"), "xml")
