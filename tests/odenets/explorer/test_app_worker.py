"""A worker's answer: JSON or a sentence, whatever a view does."""

import json
import math

import pytest

from analysis.errors import AnalysisError
from odenets.errors import OdenetsError
from odenets.explorer import worker
from odenets.explorer.views import VIEWS
from schemes import SchemeError


def asked(monkeypatch, view):
    monkeypatch.setitem(VIEWS, "mine", view)
    return worker.answers('{"entry":"lm2"}', '[["mine",{"order":2}]]')[0]


def raising(error):
    def view(scheme, options):
        raise error

    return view


def test_a_view_has_the_scheme_its_options_and_the_design(monkeypatch):
    status, body = asked(monkeypatch, lambda scheme, options: {"scheme": scheme.name, "half": "½", **options})
    assert (status, json.loads(body)) == (
        200,
        {"scheme": "lm2", "half": "½", "order": 2, "design": {"entry": "lm2"}},
    )


@pytest.mark.parametrize(
    ("design", "parameters"),
    [
        ({"table": {"name": "rk4_classic", "runge_kutta": {"A": [[], ["a"]], "b": ["1-1/(2*a)", "1/(2*a)"]}}}, ["a"]),
        ({"table": {"name": "lm2", "runge_kutta": {"A": [[], ["1/2"]], "b": ["0", "1"]}}}, []),
        ({"entry": "full_history", "structure": {"steps": "4"}}, ["k1", "k2", "k3"]),
        ({"entry": "theta"}, ["theta"]),
        ({"entry": "lm2", "values": {"k": "1/2"}}, ["k"]),
    ],
)
def test_the_parameters_are_the_designs_own(design, parameters):
    """Asked as the page asks: not those of an entry that a typed scheme shares its name with, or of another size."""
    ((status, body),) = worker.answers(json.dumps(design), '[["parameters",{}]]')
    assert status == 200 and [p["name"] for p in json.loads(body)["parameters"]] == parameters


@pytest.mark.parametrize("kind", [SchemeError, AnalysisError, OdenetsError])
def test_what_the_library_refuses_is_its_own_sentence(monkeypatch, capsys, kind):
    status, body = asked(monkeypatch, raising(kind("lm2: A[2][1] = 'x' is no number")))
    assert status == 422
    error = json.loads(body)["error"]
    assert error == {
        "sentence": "lm2: A[2][1] = 'x' is no number",
        "cell": {"table": "A", "row": 2, "column": 1},
        "at": None,
    }
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "error",
    [KeyError("secret"), RecursionError("secret"), SystemExit("secret"), OSError("/home/secret"), ZeroDivisionError()],
)
def test_any_other_error_is_told_at_the_terminal_alone(monkeypatch, capsys, error):
    status, body = asked(monkeypatch, raising(error))
    assert status == 422
    assert json.loads(body)["error"]["sentence"].startswith("the view mine failed on this design")
    assert b"secret" not in body and b"Traceback" not in body
    err = capsys.readouterr().err
    assert "the view mine failed" in err and type(error).__name__ in err


@pytest.mark.parametrize("value", [math.nan, math.inf, object()])
def test_what_is_no_json_never_leaves(monkeypatch, capsys, value):
    status, body = asked(monkeypatch, lambda scheme, options: {"value": value})
    assert status == 422 and b"failed" in body
    assert "Traceback" in capsys.readouterr().err


def test_too_little_memory_is_the_bound_by_name(monkeypatch):
    status, body = asked(monkeypatch, raising(MemoryError()))
    assert status == 422 and b"2048 megabytes" in body


def test_half_characters_do_not_stop_an_answer(monkeypatch):
    assert asked(monkeypatch, lambda scheme, options: {"x": "\ud800"})[0] == 200
    assert asked(monkeypatch, raising(SchemeError("\ud800 is no name")))[0] == 422
