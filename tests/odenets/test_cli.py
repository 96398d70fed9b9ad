"""The command line: answers, JSON that is JSON only, one sentence and status 2 for what is wrong."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import schemes
from odenets.cli import app
from tests.odenets.terminal import typed
from tests.sample import over

COMMANDS = [
    "schemes",
    "scheme",
    "show",
    "compare",
    "certify",
    "modified",
    "sde",
    "weak",
    "noise",
    "study",
    "models",
    "build",
    "draw",
    "emit",
    "convert",
    "identify",
    "train",
    "runs",
    "report",
    "demo",
    "obeys",
    "audit",
    "explore",
    "evidence",
]
TINY = "--depth 8 --widths 4 --widths 8 --widths 16 --epochs 1 --precision fp32"


class Terminal:
    """Runs a command in this process: its output, its errors, its exit status."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        monkeypatch.chdir(folder)
        self.capsys = capsys

    def __call__(self, command: str) -> tuple[str, str, int]:
        return typed(command, self.capsys)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    return Terminal(capsys, monkeypatch, tmp_path)


def answer(run: Terminal, command: str) -> Any:
    out, _, status = run(command)
    assert status == 0
    return json.loads(out)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(run: Terminal, command: str) -> None:
    out, _, status = run(f"{command} --help")
    assert status == 0
    assert f"Example: odenets {command}" in out


def test_the_help_lists_exactly_these_commands(run: Terminal) -> None:
    out, _, _ = run("--help")
    assert all(command in out for command in COMMANDS)
    assert sorted(name for name in app if not name.startswith("-")) == sorted(COMMANDS)


def test_schemes_lists_the_registry(run: Terminal) -> None:
    assert [row["name"] for row in answer(run, "schemes --json")] == schemes.names()
    assert [row["name"] for row in answer(run, "schemes --learned --kind multistep --json")] == schemes.names(
        learned=True, kind="multistep"
    )
    out, _, _ = run("schemes")
    assert all(name in out for name in schemes.names())


@pytest.mark.parametrize("name", over())
def test_show_answers_for_every_entry(run: Terminal, name: str) -> None:
    found = answer(run, f"show {name} --json")
    assert found["name"] == name
    assert found["order"] == next(e.order for e in schemes.entries() if e.name == name) or schemes.get(name).operator
    out, err, status = run(f"show {name} --order 2")
    assert (err, status) == ("", 0)
    assert "def forward(self" in out or "is implicit" in out
    assert schemes.get(name).source in out
    latex, _, status = run(f"show {name} --latex --order 2")
    assert status == 0
    assert latex.count(r"\begin{") == latex.count(r"\end{") > 0


def test_show_of_the_papers_scheme_says_what_the_paper_says(run: Terminal) -> None:
    found = answer(run, "show lm2 --json")
    assert found["effective_step"] == "1/(k + 1)"
    assert found["zero_stability"]["parameter"] == "k"
    assert found["zero_stability"]["intervals"] == [
        {"low": "-1", "high": "1", "low_closed": False, "high_closed": True}
    ]
    assert found["unanswered"]["real_interval"] == "lm2 has free parameters: fix k first, scheme.at(k=…)"
    assert answer(run, "show lm2 --set k=-0.5 --json")["real_interval"]["low"] == "-3"


def test_show_prints_the_tableau_as_html(run: Terminal) -> None:
    out, _, status = run("show dopri5 --html")
    assert status == 0
    assert out.startswith("<table") and out.rstrip().endswith("</table>")


def test_compare_has_a_column_a_scheme_and_overlays_pictures(run: Terminal, tmp_path: Path) -> None:
    pictures = ("plot", "star", "roots", "errors", "waves")
    out, err, status = run("compare kutta3 lm2:k=-1/2 " + " ".join(f"--{x} {x}.png" for x in pictures))
    assert (err, status) == ("", 0)
    assert "lm2, k = -1/2" in out and "-2.512745326618" in out
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"{x}.png" for x in pictures)
    found = answer(run, "compare kutta3 lm2:k=-1/2 --json")
    assert found["kutta3"]["order"] == 3 and found["lm2, k = -1/2"]["effective_step"] == "2"


def test_certify_computes_every_claim(run: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    out, _, status = run("certify")
    assert status == 0 and out.count("confirmed") == sum(len(e.claims) for e in schemes.entries())
    monkeypatch.setitem(schemes.registry.entry("heun2").claims, "order", 3)
    out, err, status = run("certify")
    assert status == 1 and "REFUTED" in out and "heun2" in err


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_show_draws(run: Terminal, tmp_path: Path, suffix: str) -> None:
    out, _, status = run(f"show lm2 --set k=-1/2 --plot region.{suffix} --wiring wiring.{suffix} --json")
    json.loads(out)
    assert status == 0
    assert (tmp_path / f"region.{suffix}").stat().st_size > 1000
    assert (tmp_path / f"wiring.{suffix}").stat().st_size > 1000


def test_build_counts_as_the_paper_does(run: Terminal) -> None:
    found = answer(run, "build lm2 --depth 110 --json")
    assert found["parameters"] == 1_731_760 - 1_091
    assert sum(part["parameters"] for part in found["parts"]) == found["parameters"]
    out, _, _ = run("build revnet --depth 20")
    assert "x_next = x + self.f(y)" in out


def test_build_speaks_of_whole_steps_where_there_are_any(run: Terminal) -> None:
    found = answer(run, "build zerosnet --depth 20 --json")
    assert found["facts"]["whole steps"].startswith("3 of 9")
    assert "u_prev2" in found["code"]["zerosnet"].splitlines()[1]
    found = answer(run, "build ab4 --depth 20 --json")
    assert found["facts"]["whole steps"].startswith("0 of 9")
    assert list(found["code"]) == ["ab4, a step that starts its history or changes the shape,"]


def test_train_runs_and_report_follow_one_another(run: Terminal, tmp_path: Path) -> None:
    first = answer(run, f"train lm2 {TINY.replace('8', '14', 1)} --json")
    assert answer(run, f"train euler {TINY} --seed 1 --json")["epochs"] == 1
    assert [row["id"] for row in answer(run, "runs --where scheme=lm2 --json")] == [first["run"]]
    csv, _, _ = run("runs --format csv --status done")
    assert len(csv.strip().splitlines()) == 3
    table, _, _ = run("runs")
    assert first["run"] in table
    out, _, status = run(f"report {first['run']} --figures pictures")
    assert status == 0
    assert sorted(p.name for p in (tmp_path / "pictures").iterdir()) == ["learned-k-lm2-14.png", "learned-k-lm2-14.svg"]
    page = Path(out.strip()).read_text()
    assert first["run"] in page
    assert not re.search(r"(src|href)=\"(?!data:|#)", page)  # nothing to fetch
    assert "(1 - k) u[n] + k u[n-1] + h f(u[n])" in page
    command = re.search(r"<pre>(odenets train .*)</pre>", page)
    assert command
    app.parse_args(shlex.split(command[1])[1:], exit_on_error=False, print_error=False)


def test_help_does_not_import_torch() -> None:
    script = """
import atexit, sys
from odenets.cli import main
atexit.register(lambda: print("torch" in sys.modules))
main(["--help"])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


OUTPUTS = {  # how a shell may treat the output: status and a word of the error
    "> /dev/full": (2, "cannot be written"),
    ">&-": (0, ""),
    "| cat": (0, ""),
}


@pytest.mark.parametrize("redirection", OUTPUTS)
def test_output_that_nobody_can_read_is_no_traceback(redirection: str) -> None:
    status, word = OUTPUTS[redirection]
    command = f"PYTHONIOENCODING=ascii {sys.executable} -m odenets show euler {redirection}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.returncode == status
    assert word in done.stderr and "Traceback" not in done.stderr


def test_a_closed_pipe_is_no_traceback() -> None:
    command = f"{sys.executable} -m odenets schemes --json | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout == "[\n"
    assert "Traceback" not in done.stderr
