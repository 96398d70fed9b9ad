"""A user's own schemes from the command line: checked, certified, kept, found, removed; nothing half-written."""

import json
import re
import shlex

import pytest

from schemes import get, names, registry
from tests.odenets.terminal import typed

MIDPOINT = "0 | ; 1/2 | 1/2 ; | 0 1"


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs a command as a new process would, with a folder of schemes of its own."""
    names()
    catalogue = dict(registry.ENTRIES)
    monkeypatch.setenv("ODENETS_SCHEMES", str(tmp_path / "own"))
    monkeypatch.chdir(tmp_path)

    def run(command):
        registry.load.cache_clear()
        registry.ENTRIES.clear()
        registry.ENTRIES.update(catalogue)
        return typed(command, capsys)

    yield run
    registry.ENTRIES.clear()
    registry.ENTRIES.update(catalogue)
    registry.load.cache_clear()
    monkeypatch.undo()
    registry.load()


def own(tmp_path):
    return sorted(p.name for p in (tmp_path / "own").glob("*")) if (tmp_path / "own").exists() else []


def test_a_typed_tableau_becomes_a_name_like_any_other(run, tmp_path):
    (tmp_path / "mine.txt").write_text(MIDPOINT)
    out, err, status = run("scheme new mine.txt")
    assert (err, status) == ("", 0) and "order               2" in out and "added as mine: " in out
    assert own(tmp_path) == ["mine.toml"]
    out, err, status = run("show mine --json")
    assert status == 0 and json.loads(out)["order"] == 2
    listed = json.loads(run("schemes --order 2 --explicit --max-stages 2 --json")[0])
    assert "midpoint" in [row["name"] for row in listed]
    assert "mine" in [row["name"] for row in json.loads(run("schemes --json")[0])]
    run("show euler")
    assert get("mine").table == get("midpoint").table
    assert run("scheme remove mine")[2] == 0 and own(tmp_path) == []
    assert run("show mine")[2] == 2


def test_summary_claims_and_parameters_are_kept(run, tmp_path):
    text = """
        [mine]
        summary = "A family of mine."
        source = "here"
        claims = {order = 2}
        parameters = {c2 = "2/3"}
        runge_kutta = "c2 | c2 ; | 1-1/(2*c2) 1/(2*c2)"
    """
    (tmp_path / "family.toml").write_text(re.sub(r"(?m)^ +", "", text))
    assert run("scheme new family.toml --json")[1:] == ("", 0)
    out, _, status = run("show mine")
    assert status == 0 and "A family of mine." in out
    assert get("mine").table == get("ralston2").table
    assert get("mine", c2=1).table == get("heun2").table
    assert registry.entry("mine").claims == {"order": 2} and registry.entry("mine").origin.endswith("mine.toml")


@pytest.mark.parametrize("form", ["text", "json", "toml", "csv"])
def test_an_exported_table_is_read_again_under_another_name(run, tmp_path, form):
    out = run(f"scheme export lm2_stochastic_depth --form {form}")[0]
    suffix = "txt" if form == "text" else form
    (tmp_path / f"copy.{suffix}").write_text(out)
    assert run(f"scheme new copy.{suffix} --name copy")[1:] == ("", 0)
    run("show euler")
    assert get("copy").table == get("lm2_stochastic_depth").table


WRONG = [
    ("x.txt", "0 | ; 1/3 | 0.333 ; | 0 1", "A[2][1] = 0.333 is a decimal, write it exactly: '1/3'"),
    ("x.txt", "0 | ; 1/2 | 1/3 ; | 0 1", "c[2] = 1/2 is not the sum of row 2 of A, 1/3"),
    ("x.txt", "", "a tableau ends with a row of weights"),
    ("x.json", "{", "this is no JSON"),
    ("x.toml", "claims = {order = 3}\nrunge_kutta = '1/2 | 1/2 ; | 0 1'", "claims order = 3, computed is 2"),
    ("x.toml", "claims = {beauty = 3}\nrunge_kutta = '1/2 | 1/2 ; | 0 1'", "claims 'beauty', which nothing computes"),
    ("x.toml", "claims = 3\nrunge_kutta = '1/2 | 1/2 ; | 0 1'", "claims = 3, write them as {order = 4}"),
    ("euler.txt", "0 | ; | 1", "euler is a scheme of the catalogue or a plug-in already, choose another --name"),
    ("a b.txt", MIDPOINT, "a scheme needs a name like 'my_rk4'"),
    ("x.md", MIDPOINT, "its suffix names no format"),
]


@pytest.mark.parametrize(("name", "text", "message"), WRONG)
def test_what_is_wrong_is_a_sentence_and_nothing_is_written(run, tmp_path, name, text, message):
    (tmp_path / name).write_text(text)
    out, err, status = run(f"scheme new {shlex.quote(name)}")
    assert (out, status) == ("", 2) and message in err and err.count("\n") == 1 and own(tmp_path) == []


def test_other_wrong_requests_are_sentences(run, tmp_path):
    (tmp_path / "mine.txt").write_text(MIDPOINT)
    (tmp_path / "other.txt").write_text("0 | ; 1 | 1 ; | 1/2 1/2")
    assert run("scheme new mine.txt")[2] == 0
    for command, message in (
        ("scheme new mine.txt", "mine is a scheme of your own already"),
        ("scheme new nothing.txt", "nothing.txt cannot be read: No such file or directory"),
        ("scheme remove other", "other is no scheme of your own in"),
        ("scheme remove ../mine", "a scheme needs a name"),
        ("scheme export nothing", "no scheme is called 'nothing'"),
        ("scheme export euler --form xml", "xml"),
        ("schemes --order 40", "no scheme meets all of these"),
        ("schemes --sort beauty", "'beauty' is no fact of a scheme"),
        ("schemes --limit 0", "--limit 0: it must be at least 1"),
    ):
        out, err, status = run(command)
        assert (out, status) == ("", 2) and message in err and err.count("\n") == 1, command
    assert run("scheme new other.txt --name mine --replace")[2] == 0
    run("show euler")
    assert get("mine").table == get("heun2").table


def test_rounded_decimals_are_taken_when_asked_for(run, tmp_path):
    (tmp_path / "rough.txt").write_text("0 | ; 0.6666666667 | 0.6666666667 ; | 0.25 0.75")
    out, err, status = run("scheme new rough.txt --approximate")
    assert (err, status) == ("", 0) and "added as rough" in out and "order               2" in out
    (tmp_path / "rougher.txt").write_text("0 | ; 0.667 | 0.667 ; | 0.25 0.75")
    out, err, status = run("scheme new rougher.txt --approximate")
    assert status == 0 and "give more digits" in out  # kept, and said that its order cannot be told
    assert run("schemes --order 2 --stages 2")[2] == run("schemes --invertible --limit 3")[2] == 0


def test_a_broken_file_in_the_folder_is_named(run, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "bad.toml").write_text("runge_kutta = 1 2")
    out, err, status = run("show euler")
    assert (out, status) == ("", 2) and "bad.toml" in err and "this is no TOML" in err
    (tmp_path / "own" / "bad.toml").write_text("[euler]\nrunge_kutta = '0 | ; | 1'")
    assert "bad.toml: euler is registered already" in run("show euler")[1]
    (tmp_path / "own" / "bad.toml").write_text("[odd]\nrunge_kutta = '0 | ; | 1'\nx = 1")
    assert "odenets" in run("show odd")[1] and run("show odd")[2] == 2
    (tmp_path / "own" / "bad.toml").write_text("odd = 1")
    assert "stands outside of a table" in run("show euler")[1]
