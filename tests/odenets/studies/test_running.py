"""A study from its file to its results: what is trained, what goes on, what is never done twice."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
import torch

from odenets import OdenetsError, load
from odenets.records import Records
from odenets.studies import completing, running
from odenets.studies.completing import STOP, Places, read_once, untrained
from odenets.studies.plans import read
from odenets.studies.results import LOSSES, by_step, file_of
from odenets.studies.running import missing, run_study
from tests.odenets.studies.sides import first

TEXT = """
question = "?"
measures = ["inputs"]
[recipe]
epochs = 2
[options.inputs]
images = 50
levels = [0, 1.0]
[[cell]]
name = "lm"
title = "LM"
network = "lm2"
design = { layers = [2, 2], widths = [2, 4] }
"""


def test_a_result_says_what_was_trained_measured_and_learned(study, places):
    path = first(study, places)
    result = json.loads(path.read_text())
    assert path == file_of(places.results, "own", "lm", 0)
    with Records(places.runs) as records:
        (run,) = records.runs("done")
        logged = {m.epoch: m.value for m in records.metrics(run.id, "test_error")}
    assert result["metrics"]["test_error"] == pytest.approx([logged[0], logged[1], logged[2]], rel=1e-6)
    assert result["metrics"]["train_loss"][0] is None
    network = load(run.id, places.runs)
    own = {(stage, step): float(x) for stage, step, _, x in network.values()}
    flat = [result["learned"]["k"][-1][2 * stage + step] for stage, step in own]
    assert flat == pytest.approx(list(own.values()), rel=1e-6)
    assert [x is None for x in result["learned"]["k"][-1]] == [True, False, True, False]
    assert result["parameters"] == sum(p.numel() for p in network.parameters())
    assert (result["evaluations"], result["steps"], result["seed"]) == (4, [2, 2], 0)
    assert "folder" not in result["config"] and result["conditions"]["torch"] == torch.__version__
    assert result["measures"]["inputs"]["levels"] == [0, 1]


def test_standard_output_is_left_to_the_command(places, capsys):
    """`odenets study --json` prints JSON only: what a worker says of an epoch is progress."""
    (places.runs / "run").mkdir(parents=True)
    event = {"run": "run", "epoch": 1, "train_loss": 1.0, "test_error": 1.0, "images_per_second": 1.0}
    running.Watch(places, "lm s0")(event)
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith("lm s0: epoch   1")


def test_losses_by_step_are_those_of_the_batches(study, places):
    result = json.loads(first(study, places).read_text())
    loss, per_epoch = result["loss_by_step"]["loss"], result["metrics"]["train_loss"]
    batches = -(-1437 // 64)  # of the digits
    sizes = [20, batches - 20]
    for epoch in (1, 2):
        part = loss[2 * (epoch - 1) : 2 * epoch]
        mean = sum(n * x for n, x in zip(sizes, part, strict=True)) / batches
        assert mean == pytest.approx(per_epoch[epoch], rel=0.01)  # the last batch is smaller
    assert loss[0] > loss[-1]


def test_losses_cut_off_in_the_middle_of_a_line_cost_no_more_than_that_line(places):
    """As a full disk or a kill leaves them; the epoch is run again, and stands on a line of its own."""
    path = places.runs / "run" / LOSSES
    path.parent.mkdir(parents=True)
    watch = running.Watch(places, "lm s0")
    event = {"run": "run", "train_loss": 1.0, "test_error": 1.0, "images_per_second": 1.0}
    for epoch in (1, 2):
        watch({"batch": 1, "batch_loss": float(epoch)})
        watch({**event, "epoch": epoch})
    path.write_text(path.read_text().rstrip()[:-3])
    watch({"batch": 1, "batch_loss": 3.0})
    watch({**event, "epoch": 2})
    assert by_step(path)["loss"] == [1.0, 3.0]


def test_the_untrained_network_is_the_one_that_training_began_with(study, places):
    first(study, places)
    _, work = next(study.jobs())
    before = untrained(work, read_once("digits", None, 0))
    with Records(places.runs) as records:
        (run,) = records.runs("done")
        begun = [p.value for epoch, p in records.parameters(run.id) if epoch == 0]
    assert [float(x) for *_, x in before.values()] == pytest.approx(begun, abs=0)


def test_a_result_that_is_there_is_not_made_again(study, places, monkeypatch):
    path = first(study, places)
    assert missing(study, places) == ([], [])
    text = path.read_text()
    assert run_study(study, places, lambda text: None) == []
    assert path.read_text() == text


def test_a_result_of_another_job_is_not_taken_for_the_studys(study, places, tmp_path):
    first(study, places)
    (tmp_path / "own.toml").write_text(TEXT.replace("epochs = 2", "epochs = 3"))
    with pytest.raises(OdenetsError, match=r"lm-s0\.json is the result of another job"):
        missing(read(tmp_path / "own.toml"), places)


@pytest.mark.parametrize("change", [lambda x: x[:50], lambda x: "[]", lambda x: x.replace('"measures"', '"measured"')])
def test_a_broken_result_is_named_and_not_called_another_jobs(study, places, change):
    _, work = next(study.jobs())
    path = file_of(places.results, "own", "lm", 0)
    path.parent.mkdir(parents=True)
    path.write_text(change(json.dumps({"config": work.as_dict(), "measures": {}})))
    with pytest.raises(OdenetsError, match=r"lm-s0\.json is no result of a study .*: delete it"):
        missing(study, places)


def test_a_folder_that_cannot_be_made_is_told_before_anything_is_trained(study, places, monkeypatch):
    places.results.write_text("a file")
    monkeypatch.setattr(running, "pooled", lambda *_: pytest.fail("it is trained"))
    with pytest.raises(OdenetsError, match=r"own cannot be made: .*choose another folder by --results"):
        run_study(study, places, lambda text: None)


def test_on_another_machine_with_more_threads_it_is_the_same_job(study, places):
    path = first(study, places)
    result = json.loads(path.read_text())
    result["config"]["threads"] = 64
    path.write_text(json.dumps(result))
    assert missing(study, places) == ([], [])


def test_when_time_is_up_the_run_waits_and_goes_on_to_the_same_result(study, places, tmp_path, monkeypatch):
    whole = json.loads(first(study, places).read_text())
    events = []
    until = lambda places: len(events) > 30  # noqa: E731  in the second of two epochs
    monkeypatch.setattr(running, "stopped", until)
    monkeypatch.setattr(running, "Watch", counting(running.Watch, events))
    later = Places(tmp_path / "parts", tmp_path / "parts_results")
    assert first(study, later) is None
    with Records(later.runs) as records:
        assert [run.status for run in records.runs()] == ["interrupted"]
    monkeypatch.undo()
    parts = json.loads(first(study, later).read_text())
    for name in ("learned", "loss_by_step", "measures"):
        assert parts[name] == whole[name]
    assert parts["metrics"]["test_error"] == whole["metrics"]["test_error"]


def counting(kind, events):
    def made(*about):
        watch = kind(*about)

        def call(event):
            events.append(event)
            watch(event)

        return call

    return made


def test_a_study_whose_time_is_over_trains_nothing(study, places, tmp_path):
    over = Places(places.runs, places.results, time.time() - 1)
    assert first(study, over) is None and not places.runs.exists()


def test_a_stopped_worker_begins_nothing(study, places):
    class Set:
        def is_set(self):
            return True

    STOP[:] = [Set()]
    try:
        assert first(study, places) is None
    finally:
        STOP.clear()


def test_a_loss_that_is_not_finite_is_a_result(study, places, tmp_path):
    (tmp_path / "own.toml").write_text(TEXT.replace("epochs = 2", "epochs = 2\nlr = 1e30"))
    result = json.loads(first(read(tmp_path / "own.toml"), places).read_text())
    assert result["failed"] and result["measures"] == {} and len(result["metrics"]["test_error"]) == 1


def test_what_is_not_measured_yet_is_measured_without_training(study, places):
    """As after a training that time has ended before the measures."""
    path = first(study, places)
    whole = json.loads(path.read_text())
    path.write_text(json.dumps({**whole, "measures": {}}))
    assert missing(study, places)[1] != []
    run_study(study, places, lambda text: None)
    assert json.loads(path.read_text()) == whole
    with Records(places.runs) as records:
        assert len(records.runs()) == 1


def test_measures_are_written_one_by_one_until_the_next_would_end_too_late(places, tmp_path, one_thread, monkeypatch):
    (tmp_path / "own.toml").write_text(TEXT.replace('["inputs"]', '["inputs", "sensitivity"]'))
    study = read(tmp_path / "own.toml")
    in_time = iter([True, True, False, False])  # by measure: ablations, inputs, sensitivity, spectra
    clock = SimpleNamespace(fits=lambda: next(in_time), took=lambda seconds: None)
    monkeypatch.setattr(running, "Clock", lambda seconds: clock)
    (path,) = running.together(study, *missing(study, places), places, lambda text: None)
    assert list(json.loads(path.read_text())["measures"]) == ["inputs"]
    monkeypatch.undo()
    running.together(study, *missing(study, places), places, lambda text: None)
    assert list(json.loads(path.read_text())["measures"]) == ["inputs", "sensitivity"]


def test_what_is_measured_is_not_rounded_to_tf32(study, places, monkeypatch):
    flags = lambda: (torch.backends.cudnn.allow_tf32, torch.backends.cudnn.benchmark)  # noqa: E731
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)  # as a captured training step leaves it
    seen, before = [], flags()
    monkeypatch.setattr(completing, "measure", lambda *_: seen.append(flags()) or {"inputs": {}})
    first(study, places)
    assert seen == [(False, False)] and flags() == before


def test_what_cannot_be_measured_any_more_is_left_and_told(study, places, tmp_path):
    path = first(study, places)
    path.write_text(json.dumps({**json.loads(path.read_text()), "measures": {}}))
    gone, said = Places(tmp_path / "no_runs", places.results), []
    assert missing(study, gone, said.append) == ([], [])
    assert len(said) == 1 and re.search(r"lm-s0\.json lacks inputs, and its run is not below .*no_runs", said[0])


def test_side_by_side_gives_the_same_results(study, places, tmp_path):
    """The way of a GPU, here in turns on the processor."""
    alone = json.loads(first(study, places).read_text())
    other = Places(tmp_path / "other", tmp_path / "others")
    (path,) = running.together(study, *missing(study, other), other, lambda text: None)
    both = json.loads(path.read_text())
    for name in ("learned", "loss_by_step", "measures", "evaluations", "parameters"):
        assert both[name] == alone[name]
    assert both["metrics"]["test_error"] == alone["metrics"]["test_error"]


def test_two_workers_write_what_one_would(study, places, tmp_path):
    (tmp_path / "own.toml").write_text("workers = 2\nseeds = [0, 1]\n" + TEXT)
    said = []
    written = run_study(read(tmp_path / "own.toml"), places, said.append)
    assert sorted(path.name for path in written) == ["lm-s0.json", "lm-s1.json"]
    assert said[0] == "own: 0 results are there, 2 are left"
    alone = json.loads(first(study, Places(tmp_path / "other", tmp_path / "others")).read_text())
    both = [json.loads(path.read_text()) for path in sorted(written)]
    assert [r["seed"] for r in both] == [0, 1]
    assert both[0]["learned"] == alone["learned"] and both[1]["learned"] != alone["learned"]


def test_a_cell_that_cannot_be_trained_stops_the_study_with_its_name(tmp_path, places, one_thread):
    (tmp_path / "own.toml").write_text("precision = 'fp16'\n" + TEXT)
    with pytest.raises(OdenetsError, match="lm, seed 0: precision 'fp16' is unknown"):
        run_study(read(tmp_path / "own.toml"), places, lambda text: None)


def test_a_key_while_the_workers_begin_is_answered_in_a_sentence(tmp_path):
    command = [sys.executable, "-m", "odenets", "study", "studies/smoke.toml"]
    command += ["--results", str(tmp_path / "results"), "--runs", str(tmp_path / "runs")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as study:
        assert "4 are left" in study.stderr.readline()
        time.sleep(1)  # they import torch by now
        os.killpg(study.pid, signal.SIGINT)  # as a terminal does: to the workers, too
        said = study.stderr.read()
    assert "the same command goes on from here" in said
    assert "Traceback" not in said
