"""Training: what is recorded, that a killed run continues to the same bits, and what is refused."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from odenets import OdenetsError, Records, checkpoint, data, load, prepare, resume, train
from odenets.jobs import Job
from odenets.training import CHECKPOINT, Trainer, optimizer

TINY = {"depth": 8, "widths": (4, 8, 16), "precision": "fp32", "threads": 1}
TINY_WORDS = [
    "--depth",
    "8",
    "--widths",
    "4",
    "--widths",
    "8",
    "--widths",
    "16",
    "--precision",
    "fp32",
    "--threads",
    "1",
]


@pytest.fixture(scope="module")
def digits() -> data.Dataset:
    return data.load("digits")


def tiny(scheme: str, epochs: int = 2, **more: object) -> Job:
    return prepare("digits", recipe={"epochs": epochs}, scheme=scheme, **{**TINY, **more})[0]


def outcome(root: Path, run: str) -> tuple[dict[str, torch.Tensor], list[object], list[object]]:
    """Everything that must not depend on interruptions: weights and momenta, metrics but for speed, coefficients."""
    with Records(root) as records:
        tensors, _ = checkpoint.load(records.run(run).folder / CHECKPOINT)
        timed = ("seconds", "images_per_second")
        return tensors, [m for m in records.metrics(run) if m.key not in timed], records.parameters(run)


def same(a: tuple[object, ...], b: tuple[object, ...]) -> bool:
    (first, *rest), (second, *others) = a, b
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first) and rest == others  # type: ignore[attr-defined, index]


def test_a_run_records_each_epoch_and_learned_coefficient(tmp_path: Path, digits: data.Dataset) -> None:
    events: list[dict[str, object]] = []
    run = train(tiny("lm2", depth=14), tmp_path, events.append, digits)
    with Records(tmp_path) as records:
        found = records.run(run)
        assert found.status == "done"
        assert [m.epoch for m in records.metrics(run, "test_error")] == [0, 1, 2]
        places = {(v.stage, v.step, v.name) for _, v in records.parameters(run)}
        assert places == {(stage, 1, "k") for stage in range(3)}  # two steps a stage, and none has a k at its first
        assert {epoch for epoch, _ in records.parameters(run)} == {0, 1, 2}
        start = [v.value for epoch, v in records.parameters(run) if epoch == 0]
        assert all(-0.1 <= k <= 0 for k in start)
        assert found.summary["test_error"] == records.metrics(run, "test_error")[-1].value
    assert [e["epoch"] for e in events if "test_error" in e] == [1, 2]


def test_learning_beats_chance_by_far(tmp_path: Path, digits: data.Dataset) -> None:
    run = train(tiny("lm2", epochs=4, widths=(8, 16, 32)), tmp_path, dataset=digits)
    with Records(tmp_path) as records:
        assert records.run(run).summary["test_error"] < 20  # chance: 90


def test_the_loaded_network_is_the_trained_one(tmp_path: Path, digits: data.Dataset) -> None:
    work = tiny("lm2_stochastic_depth", epochs=1)
    run = train(work, tmp_path, dataset=digits)
    model = load(run, tmp_path)
    assert not model.training
    trainer = Trainer(work, digits)
    trainer.model.load_state_dict(model.state_dict())
    with Records(tmp_path) as records:
        assert trainer.evaluate()["test_error"] == records.run(run).summary["test_error"]


def test_a_job_survives_its_record() -> None:
    work = tiny("lm2", values={"k": "learned(-1/2, channel)"}, seed=3)
    assert Job.from_dict(work.as_dict()) == work


def test_equal_seeds_give_equal_runs_and_others_do_not(tmp_path: Path, digits: data.Dataset) -> None:
    first, second, third = (
        outcome(tmp_path, train(tiny("stochastic_depth", seed=s), tmp_path, dataset=digits)) for s in (1, 1, 2)
    )
    assert same(first, second)
    assert not same(first, third)


def command(root: Path, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "odenets", "train", *words, "--runs", str(root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def stopped_after(root: Path, process: subprocess.Popen[bytes], epoch: int, how: signal.Signals) -> str:
    """Wait until an epoch is recorded, send the signal, and give the run's id."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if (root / "runs.sqlite").exists():
            with Records(root) as records:
                found = records.runs()
                if found and any(m.epoch >= epoch for m in records.metrics(found[0].id)):
                    process.send_signal(how)
                    process.wait(60)
                    return found[0].id
        time.sleep(0.01)
    raise AssertionError(f"no epoch {epoch} was recorded: {process.communicate()[1].decode()}")


def test_a_killed_run_resumes_to_the_bits_of_an_uninterrupted_one(tmp_path: Path, digits: data.Dataset) -> None:
    words = ["lm2_stochastic_depth", *TINY_WORDS, "--epochs", "30"]
    run = stopped_after(tmp_path / "cut", command(tmp_path / "cut", *words), 3, signal.SIGKILL)
    with Records(tmp_path / "cut") as records:
        assert records.run(run).status == "interrupted"
        assert max(m.epoch for m in records.metrics(run)) < 30
    assert resume(run, tmp_path / "cut") == run
    whole = train(tiny("lm2_stochastic_depth", epochs=30), tmp_path / "whole", dataset=digits)
    assert same(outcome(tmp_path / "cut", run), outcome(tmp_path / "whole", whole))


def test_a_run_killed_before_its_first_checkpoint_starts_again(tmp_path: Path, digits: data.Dataset) -> None:
    whole = train(tiny("lm2"), tmp_path, dataset=digits)
    with Records(tmp_path) as records:
        run = records.create(records.run(whole).config, {})
        records.finish(run, "interrupted", {})
    assert resume(run, tmp_path) == run
    assert same(outcome(tmp_path, run), outcome(tmp_path, whole))


def test_an_interrupt_from_the_keyboard_leaves_a_run_that_resumes(tmp_path: Path) -> None:
    process = command(tmp_path, "lm2", *TINY_WORDS, "--epochs", "400")
    run = stopped_after(tmp_path, process, 1, signal.SIGINT)
    assert process.returncode == 130
    error = process.stderr.read().decode() if process.stderr else ""
    assert "Traceback" not in error
    assert f"--resume {run}" in error
    with Records(tmp_path) as records:
        assert records.run(run).status == "interrupted"


def test_a_finished_run_has_nothing_to_resume(tmp_path: Path, digits: data.Dataset) -> None:
    run = train(tiny("euler", epochs=1), tmp_path, dataset=digits)
    with pytest.raises(OdenetsError, match="nothing to resume"):
        resume(run, tmp_path)


def test_reading_makes_no_records(tmp_path: Path) -> None:
    for read in (load, resume):
        with pytest.raises(OdenetsError, match="no run records"):
            read("lm2", tmp_path / "nowhere")
    assert not list(tmp_path.iterdir())


def test_a_loss_that_is_not_finite_ends_the_run_as_failed(tmp_path: Path, digits: data.Dataset) -> None:
    work = prepare("digits", recipe={"epochs": 2, "lr": 1e20}, scheme="euler", **TINY)[0]
    with pytest.raises(OdenetsError, match="lower --lr"):
        train(work, tmp_path, dataset=digits)
    with Records(tmp_path) as records:
        assert [run.status for run in records.runs()] == ["failed"]


@pytest.mark.parametrize("last", [0, 1])
def test_a_checkpoint_that_cannot_be_written_leaves_a_run_that_goes_on(
    tmp_path: Path, digits: data.Dataset, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    """A full disk is no loss that is not finite: a study would take it for a network that diverges."""
    whole, save = train(tiny("lm2"), tmp_path / "whole", dataset=digits), Trainer.save

    def full(trainer: Trainer, path: Path, epoch: int) -> None:
        if epoch == last:
            raise OdenetsError("the disk is full")
        save(trainer, path, epoch)

    monkeypatch.setattr(Trainer, "save", full)
    with pytest.raises(OdenetsError, match="the disk is full"):
        train(tiny("lm2"), tmp_path, dataset=digits)
    monkeypatch.undo()
    with Records(tmp_path) as records:
        (run,) = records.runs()
    assert run.status == "interrupted"
    assert same(outcome(tmp_path, resume(run.id, tmp_path)), outcome(tmp_path / "whole", whole))


def test_weight_decay_spares_the_coefficients_and_nothing_else(digits: data.Dataset) -> None:
    model = Trainer(tiny("lm2", depth=14), digits).model
    decayed, spared = optimizer(model, tiny("lm2").recipe).param_groups
    assert [p.dim() for p in spared["params"]] == [0, 0, 0]
    assert spared["weight_decay"] == 0
    assert len(decayed["params"]) + 3 == len(list(model.parameters()))
    assert decayed["weight_decay"] == 1e-4


def test_a_scheme_without_a_name_travels_with_the_run(tmp_path: Path, digits: data.Dataset) -> None:
    import schemes

    own = schemes.compose(schemes.get("heun2"), schemes.get("euler"), name="mine")
    run = train(tiny(own, epochs=1), tmp_path, dataset=digits)
    assert load(run, tmp_path).spec.scheme == own
    with Records(tmp_path) as records:
        assert records.run(run).config["scheme"] == "mine"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"recipe": {"epochs": 0}}, "epochs"),
        ({"recipe": {"lr": -1.0}}, "lr"),
        ({"device": "tpu"}, "device"),
        ({"depth": 21}, "6n"),
        ({"block": "basik"}, "basic"),
        ({"scheme": "lm3"}, "lm2"),
        ({"values": {"k": "half"}}, "half"),
        ({"name": "cifar11"}, "cifar10"),
    ],
)
def test_what_is_no_job_is_one_sentence(options: dict[str, object], sentence: str, tmp_path: Path) -> None:
    given = {"name": "digits", "scheme": "euler", **TINY, **options}
    with pytest.raises(ValueError, match=sentence) as caught:
        work, dataset = prepare(**given)  # type: ignore[arg-type]
        train(work, tmp_path, dataset=dataset)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())  # nothing half-written
