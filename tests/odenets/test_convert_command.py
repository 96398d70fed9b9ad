"""odenets convert: the answers, the run that it records, what it refuses."""

import json
from pathlib import Path

import pytest
import torch

from odenets.cli.convert import COMMANDS
from odenets.conversion import convert
from odenets.jobs import Job, prepare
from odenets.records import Records
from odenets.training import load, train
from tests.odenets.terminal import typed

SMALL = {"widths": (4, 4), "layers": (3, 3), "precision": "fp32", "recipe": {"epochs": 1}}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder of runs, and two in it: of group norm, and of batch norm."""
    root = tmp_path_factory.mktemp("runs")
    smooth, usual = ({"norm": "group", "activation": "gelu", "weights": "linear:2"}, {})
    return root, *(train(prepare(scheme="euler", **SMALL, **more)[0], root) for more in (smooth, usual))


@pytest.fixture
def ask(capsys, trained):
    root, *_ = trained

    def asked(command):
        return typed(f"convert {command} --runs {root}", capsys)

    return asked


def test_it_is_a_command_of_its_own():
    assert [command.__name__ for command in COMMANDS] == ["convert"]


def test_the_answer_and_the_run(ask, trained):
    root, run, _ = trained
    out, err, status = ask(f"{run} --scheme heun2 --steps 4 --refine 1 --data-limit 40 --json")
    assert (status, err) == (0, "")
    said = json.loads(out)
    assert said["images"] == 40
    assert [stage["after"] for stage in said["stages"]] == [4, 4]
    assert said["stages"][0]["weights"] == "linear:2"
    assert said["refinement"]["order"] == 2
    assert len(said["refinement"]["rows"]) == 2
    with Records(root) as records:
        found = records.run(said["run"])
    assert found.status == "done"
    assert found.summary["test_error"] == said["error"][1]
    work = Job.from_dict(found.config)
    assert (work.converted, work.spec.label) == (run, "heun2")
    x = torch.randn(3, *load(run, root).input_shape(8))
    expected, _ = convert(run, "heun2", 4, runs=root)
    assert torch.equal(load(said["run"], root)(x), expected(x))


def test_to_itself_the_two_agree(ask, trained):
    out, _, status = ask(f"{trained[2]} --refine 0 --json")
    said = json.loads(out)
    assert status == 0
    assert (said["agreement"], said["distances"]) == (100, [0, 0, 0])
    assert said["refinement"] is None
    again, _, status = ask(f"{said['run']} --refine 0 --steps 3 2 --json")
    assert (status, json.loads(again)["distances"]) == (0, [0, 0, 0])


def test_words(ask, trained, capsys):
    out, _, status = ask(f"{trained[2]} --scheme heun2 --steps 3 2 --refine 1 --data-limit 64 --recalibrate")
    assert status == 0
    assert "euler to heun2" in out
    assert "The two agree on" in out
    assert "2, here 1" in " ".join(out.split())
    assert "Blocks have relu" in out
    written, _, status = typed(f"report --output {trained[0] / 'all.html'} --runs {trained[0]}", capsys)
    assert status == 0
    assert Path(written.strip()).exists()


def test_statistics_are_measured_anew(ask, trained):
    found = [json.loads(ask(f"{trained[2]} --steps 6 --refine 0 --json {how}")[0]) for how in ("", "--recalibrate")]
    assert found[0]["error"][0] == found[1]["error"][0]
    assert found[0]["loss"][1] > found[1]["loss"][1]  # of half the step, the states are others


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("nothing", "no run 'nothing'"),
        ("{run} --scheme revnet", "the new scheme evaluates f, g"),
        ("{run} --scheme backward_euler", "is implicit and cannot be wired"),
        ("{run} --scheme polynet_poly2", "at no time"),
        ("{run} --scheme heun", "did you mean|nearest|no scheme"),
        ("{run} --steps 0", "steps = 0"),
        ("{run} --steps 1 2 3", "one for each of the 2 stages"),
        ("{run} --weights spline", "write a kind"),
        ("{run} --refine 9", "--refine 9: take 0 to 4"),
        ("{run} --data-limit 0", "--data-limit 0 must be at least 1"),
        ("{run} --set k", "write it as --set name=value"),
    ],
)
def test_one_sentence_for_what_is_wrong(ask, trained, asked, said):
    out, err, status = ask(asked.format(run=trained[1]))
    assert (out, status) == ("", 2)
    assert err.startswith("odenets: ")
    assert any(part in err for part in said.split("|"))
    assert err.count("\n") == 1


def test_a_run_that_is_not_done(ask, trained):
    root, run, _ = trained
    with Records(root) as records:
        left = records.create(records.run(run).config, {}, "left")
        records.finish(left, "interrupted", {})
    _, err, status = ask(left)
    assert (status, "is interrupted, not done: odenets train --resume" in err) == (2, True)
