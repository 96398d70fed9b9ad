"""Series as JSON: what is written is read back, and what is no series is refused in one sentence."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import AnalysisError, bseries, modified_equation
from analysis.exchange import read_series, series_json
from analysis.terms import unknowns
from analysis.trees import key, rooted
from schemes import Scheme, get, symbol
from tests.strategies import rationals, runge_kuttas, schemes

F = Fraction
SHAPES = [key(t) for n in range(1, 6) for t in rooted(n)]


def through_text(data: Any) -> Any:
    return read_series(json.loads(json.dumps(data, allow_nan=False)))


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.sampled_from(SHAPES), rationals()))
def test_what_is_written_is_read_back(series: dict[Any, Any]) -> None:
    assert through_text(series_json(series)) == series


@settings(max_examples=25, deadline=None)
@given(st.one_of(schemes(), schemes(explicit=False), runge_kuttas(parametric=True, most=2)))
def test_the_series_of_random_schemes_are_read_back(scheme: Scheme) -> None:
    try:
        names, field, step = unknowns(scheme), modified_equation(scheme, 2), bseries(scheme, 2)
    except AnalysisError:
        return  # no simple principal root
    assert through_text(series_json(field, "field", names)) == field
    assert through_text(series_json({(): F(1), **step}, "map", names)) == {(): 1, **step}


@given(
    st.one_of(
        st.floats(allow_nan=False, allow_infinity=False), st.complex_numbers(allow_nan=False, max_magnitude=1e300)
    )
)
def test_floating_point_numbers_are_read_back_to_the_last_bit(x: complex) -> None:
    assert through_text(series_json({(1,): x})) == {(1,): x}


def test_the_file_says_what_its_numbers_mean() -> None:
    data = series_json(modified_equation(get("heun2"), 3), about="Heun's method")
    assert list(data) == ["about", "kind", "convention", "keys", "unknowns", "order", "coefficients", "trees"]
    assert (data["about"], data["kind"], data["unknowns"], data["order"]) == ("Heun's method", "field", {"u": ["f"]}, 3)
    assert data["coefficients"] == {"1": "1", "1,2": "0", "1,2,2": "1/6", "1,2,3": "-1/6"}
    assert data["trees"]["1,2,2"] == {"order": 3, "sigma": 2, "differential": "f''(f, f)"}
    assert "h^(|t|-1)/σ(t)" in data["convention"]


def test_coloured_trees_name_the_field_of_every_node() -> None:
    revnet = get("revnet")
    data = series_json(modified_equation(revnet, 2), "field", unknowns(revnet))
    assert data["coefficients"] == {"1:f": "1", "1:g": "1", "1:f,2:g": "-1/2", "1:g,2:f": "1/2"}
    assert data["unknowns"] == {"x": ["f"], "y": ["g"]}


def test_branches_and_notation_are_free() -> None:
    data = {"kind": "field", "coefficients": {"1,2,2,3": "-(k + 1)**2/3", "1": "0.5", "1,2": " 2 "}}
    k = symbol("k")
    assert read_series(data) == {(1, 2, 3, 2): -(k + 1) * (k + 1) / 3, (1,): 0.5, (1, 2): 2}


GOOD: dict[str, Any] = {"kind": "field", "unknowns": {"u": ["f"]}, "coefficients": {"1": "1"}}
TWO = {"x": ["f"], "y": ["g"]}
BAD: dict[str, Any] = {
    "a series is a JSON object": [1],
    "a series is a JSON object with kind": {"kind": "field"},
    "None is no kind of series, choose field or map": {"coefficients": {}},
    "[] is no kind of series": GOOD | {"kind": []},
    "unknowns: ['f'] does not list": GOOD | {"unknowns": ["f"]},
    "unknowns: {'u': 'f'} does not list": GOOD | {"unknowns": {"u": "f"}},
    "a series with trees needs at least one field": GOOD | {"unknowns": {"u": []}},
    "name each field once": GOOD | {"unknowns": {"x": ["f"], "y": ["f"]}},
    "each field once, as text": GOOD | {"unknowns": {"u": [1]}},
    "'1,x' is no key of a tree, write it as '1,2,2'": GOOD | {"coefficients": {"1,x": "1"}},
    "'1:f' is no key of a tree": GOOD | {"coefficients": {"1:f": "1"}},
    "'' is no key of a tree": GOOD | {"coefficients": {"": "1"}},
    "'1' is no key of a tree, write it as '1:f,2:g'": GOOD | {"unknowns": TWO},
    "node of the field 'q'": GOOD | {"unknowns": TWO, "coefficients": {"1:q": "1"}},
    "(1, 3) is no key": GOOD | {"coefficients": {"1,3": "1"}},
    "'1,2,2,3' is a tree that is given twice": GOOD | {"coefficients": {"1,2,3,2": "1", "1,2,2,3": "1"}},
    "coefficient 1: write it as text": GOOD | {"coefficients": {"1": 1}},
    "'1/0', which divides by zero": GOOD | {"coefficients": {"1": "1/0"}},
    "'1/(k - k)', which divides by zero": GOOD | {"coefficients": {"1": "1/(k - k)"}},
    "'half of it', write a number": GOOD | {"coefficients": {"1": "half of it"}},
    "'k.real', write a number": GOOD | {"coefficients": {"1": "k.real"}},
    "'print(1)', write a number": GOOD | {"coefficients": {"1": "print(1)"}},
    "'9**9**9', write a number": GOOD | {"coefficients": {"1": "9**9**9"}},
    "'9**99999', write a number": GOOD | {"coefficients": {"1": "9**99999"}},
    "'True', write a number": GOOD | {"coefficients": {"1": "True"}},
    "'', write a number": GOOD | {"coefficients": {"1": ""}},
    "'" + "(" * 40 + "', write a number": GOOD | {"coefficients": {"1": "(" * 9999}},
}


@pytest.mark.parametrize("sentence", BAD)
def test_what_is_no_series_is_refused(sentence: str) -> None:
    with pytest.raises(AnalysisError, match=re.escape(sentence)) as caught:
        read_series(BAD[sentence])
    assert "\n" not in str(caught.value)


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(AnalysisError, match="'1' has the coefficient nan: only finite"):
        series_json({(1,): float("nan")})
    with pytest.raises(AnalysisError, match="'1' has a coefficient of the type list"):
        series_json({(1,): [1]})
