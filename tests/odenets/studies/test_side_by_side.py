"""Networks trained side by side have the very results of each alone, whatever stops them and when."""

import itertools
import signal

import pytest
import torch

from odenets import OdenetsError, checkpoint, train
from odenets.studies import lanes
from odenets.studies.courses import batches
from odenets.studies.packing import packed, side_by_side
from odenets.training import Trainer
from tests.odenets.studies.sides import TIMED, few_digits, job, outcome, the_run


@pytest.fixture
def digits():
    return few_digits()


@pytest.fixture
def pair(digits):
    return [job(digits), job(digits, "euler", seed=1, depth=14)]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What each of the pair is alone: its outcome and its events."""
    root, found, digits = tmp_path_factory.mktemp("alone"), [], few_digits()
    for work in (job(digits), job(digits, "euler", seed=1, depth=14)):
        events = []
        found.append((outcome(root, train(work, root, events.append, digits)), [untimed(e) for e in events]))
    return found


def untimed(event):
    return {name: x for name, x in event.items() if name not in (*TIMED, "run")}


def outcomes(root, jobs):
    return [outcome(root, the_run(root, work).id) for work in jobs]


def stopping(at, how):
    """A report that calls `how` with the events of an epoch, or its end."""

    def report(event):
        if event["epoch"] == at:
            how()

    return report


def interrupt():
    raise KeyboardInterrupt


def test_side_by_side_gives_the_bits_of_each_alone(tmp_path, digits, pair, alone):
    events, ended = {}, []
    left = side_by_side(
        pair, digits, tmp_path,
        report=lambda work: events.setdefault(work.seed, []).append,
        finished=lambda work, run: ended.append((work.seed, run.status)),
    )  # fmt: skip
    assert left == []
    assert sorted(ended) == [(0, "done"), (1, "done")]
    assert outcomes(tmp_path, pair) == [result for result, _ in alone]
    assert [[untimed(e) for e in events[work.seed]] for work in pair] == [told for _, told in alone]
    assert all(the_run(tmp_path, work).summary["epochs"] == 3 for work in pair)


def test_they_take_turns(tmp_path, digits, pair):
    told = []
    side_by_side(pair, digits, tmp_path, report=lambda work: lambda e: "batch" in e or told.append(work.seed))
    assert told == [0, 1, 0, 1, 0, 1]
    told.clear()
    other = [job(digits), job(digits, seed=1)]
    side_by_side(
        other, digits, tmp_path / "b", at_once=1, report=lambda w: lambda e: "batch" in e or told.append(w.seed)
    )
    assert told == [0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("how", [interrupt, lambda: signal.raise_signal(signal.SIGTERM)])
@pytest.mark.parametrize("every", [1, 10])
def test_what_is_stopped_goes_on_to_the_same_bits(tmp_path, digits, pair, alone, how, every):
    with pytest.raises(KeyboardInterrupt, match="the same command goes on"):
        side_by_side(pair, digits, tmp_path, every=every, report=lambda work: stopping(2, how))
    assert [the_run(tmp_path, work).status for work in pair] == ["interrupted"] * 2
    assert [outcome(tmp_path, the_run(tmp_path, work).id)[1]["epoch"] for work in pair] == [1, 1]
    assert side_by_side(pair, digits, tmp_path) == []
    assert outcomes(tmp_path, pair) == [result for result, _ in alone]


def test_a_lane_that_is_busy_is_waited_for_and_changes_nothing(tmp_path, digits, pair, alone, monkeypatch):
    def mark(lane):
        looks = iter([False])
        return lambda: next(looks, True)

    monkeypatch.setattr(lanes.Lane, "mark", mark)
    side_by_side(pair, digits, tmp_path)
    assert outcomes(tmp_path, pair) == [result for result, _ in alone]


def test_signals_are_as_before_afterwards(tmp_path, digits, pair):
    before = signal.getsignal(signal.SIGTERM)
    side_by_side([], digits, tmp_path)
    assert signal.getsignal(signal.SIGTERM) is before


def test_an_epoch_that_would_end_too_late_is_not_begun(tmp_path, digits, pair, alone, monkeypatch):
    now = itertools.count()
    monkeypatch.setattr(lanes.time, "monotonic", lambda: next(now))  # a second passes with each look
    left = side_by_side(pair, digits, tmp_path, seconds=7, every=10)
    assert sorted(w.seed for w in left) == [0, 1]
    assert [the_run(tmp_path, work).status for work in pair] == ["interrupted"] * 2
    epochs = [outcome(tmp_path, the_run(tmp_path, work).id)[1]["epoch"] for work in pair]
    assert all(0 < epoch < 3 for epoch in epochs)
    assert side_by_side(pair, digits, tmp_path, seconds=0) == packed(pair, digits.shape)
    monkeypatch.undo()
    assert side_by_side(pair, digits, tmp_path) == []
    assert outcomes(tmp_path, pair) == [result for result, _ in alone]


def test_the_clock_allows_for_the_slowest_epoch_and_a_tenth(monkeypatch):
    monkeypatch.setattr(lanes.time, "monotonic", lambda: 0.0)
    clock = lanes.Clock(10.0)
    assert clock.fits() and clock.fits(9.0) and not clock.fits(9.1)
    clock.took(9.5)
    clock.took(1.0)
    assert not clock.fits() and clock.fits(1.0)


def test_what_is_done_is_told_and_not_trained_again(tmp_path, digits):
    work, told = job(digits, epochs=1), []
    side_by_side([work], digits, tmp_path)
    side_by_side([work], digits, tmp_path, report=lambda w: told.append, finished=lambda w, run: told.append(run.id))
    assert told == [the_run(tmp_path, work).id]


def test_a_loss_that_is_not_finite_ends_its_run_alone(tmp_path, digits, pair, alone):
    bad, told = job(digits, lr=1e30, seed=5), {}
    side_by_side([*pair, bad], digits, tmp_path, finished=lambda w, run: told.update({w.seed: run.status}))
    assert told == {0: "done", 1: "done", 5: "failed"}
    assert outcomes(tmp_path, pair) == [result for result, _ in alone]


def test_an_error_that_is_no_loss_stops_and_saves_all(tmp_path, digits, pair):
    def full(*_):
        raise OdenetsError("the disk is full")

    with pytest.raises(OdenetsError, match="full"):
        side_by_side(pair, digits, tmp_path, report=lambda work: lambda e: "batch" in e or full())
    assert [the_run(tmp_path, work).status for work in pair] == ["interrupted"] * 2


@pytest.mark.parametrize(("every", "epochs"), [(1, [0, 1, 2, 3]), (2, [0, 2, 3]), (10, [0, 3])])
def test_checkpoints_are_written_every_so_many_epochs_and_at_the_end(tmp_path, digits, monkeypatch, every, epochs):
    written = []
    monkeypatch.setattr(checkpoint, "save", lambda path, tensors, meta: written.append(meta["epoch"]))
    side_by_side([job(digits)], digits, tmp_path, every=every)
    assert written == epochs


def test_whole_seeds_in_order_and_the_most_work_first(digits):
    sizes = [(8, 3), (14, 3), (8, 9)]  # the third has the work of depth 20 over three epochs
    jobs = [job(digits, depth=depth, epochs=epochs, seed=seed) for seed in (1, 0) for depth, epochs in sizes]
    order = [(w.seed, w.spec.depth, w.recipe.epochs) for w in packed(jobs, digits.shape)]
    assert order == [(seed, *size) for seed in (0, 1) for size in ((8, 9), (14, 3), (8, 3))]


@pytest.mark.parametrize(
    ("jobs", "said"),
    [
        (lambda d: [job(d, "stochastic_depth")], "draws random numbers"),
        (lambda d: [job(d, block="conv", residual=False, options={"dropout": 0.5})], "draws random numbers"),
        (lambda d: [job(d), job(d, held_out=20)], "one data set"),
    ],
)
def test_what_cannot_be_side_by_side_is_refused(tmp_path, digits, jobs, said):
    with pytest.raises(OdenetsError, match=said):
        side_by_side(jobs(digits), digits, tmp_path)


def test_the_batches_of_an_epoch_are_the_trainers_own(digits, monkeypatch):
    monkeypatch.setattr("odenets.studies.courses.MADE", 2)  # 128 images at a time
    own = Trainer(job(digits), digits).train_batches
    pairs = zip(batches(own, 3), own.epoch(3), strict=True)
    assert all(torch.equal(a, b) for ours, theirs in pairs for a, b in zip(ours, theirs, strict=True))
