"""The captured step, with a recorder in the place of CUDA's graphs that runs the same work at each replay.

It cannot tell what a capture forbids: that takes a card, and a test below it runs where one is.
"""

import pytest
import torch

from odenets import OdenetsError, checkpoint, train
from odenets.studies import captured
from odenets.studies.captured import WARM_UP, Captured
from odenets.studies.lanes import Lane
from odenets.studies.packing import side_by_side
from odenets.studies.stepping import Eager
from odenets.training import Trainer
from tests.odenets.studies.sides import few_digits, job, outcome, the_run

CPU = torch.device("cpu")


@pytest.fixture
def digits():
    return few_digits()


@pytest.fixture
def recorder(monkeypatch):
    """What capture gives on CUDA: tensors at fixed addresses, and a function that writes them."""
    ran = []

    def capture(lane, work):
        found = (torch.full((), -1.0), torch.full((), -1))

        def replay():
            ran.append(len(ran))
            for fixed, new in zip(found, work(), strict=True):
                fixed.copy_(new)

        return replay, found

    monkeypatch.setattr(captured, "capture", capture)
    return ran


def state(trainer):
    tensors, _ = checkpoint.pack(trainer.model, trainer.optimizer)
    return {name: x.clone() for name, x in tensors.items()}


def made(digits, **more):
    return Trainer(job(digits, **more), digits)


def test_capturing_leaves_the_network_and_its_momenta_alone(digits, recorder):
    trainer = made(digits)
    batch = next(trainer.train_batches.epoch(1))
    trainer.model.train()
    Eager(trainer)(*batch, 0.1)
    before = state(trainer)
    Captured(trainer, Lane(CPU), {64, 8})
    assert recorder == []
    after = state(trainer)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(p.grad is None for p in trainer.model.parameters())


@pytest.mark.parametrize("precision", ["fp32", "fp32-channels-last", "bf16-channels-last"])
def test_replayed_steps_are_those_of_the_eager_one(digits, recorder, precision):
    ours, theirs = made(digits, precision=precision), made(digits, precision=precision)
    step, plain = Captured(ours, Lane(CPU), {64, 8}), Eager(theirs)
    theirs.model.train()
    for i, (images, labels) in enumerate(theirs.train_batches.epoch(1)):
        found, wanted = (s(images, labels, 0.1 / (i + 1)) for s in (step, plain))
        torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-6)
    assert len(recorder) == 4
    a, b = state(ours), state(theirs)
    assert a.keys() == b.keys()
    for name in a:
        torch.testing.assert_close(a[name], b[name], rtol=1e-4, atol=1e-6)
    assert [g["lr"] for g in ours.optimizer.param_groups] == [g["lr"] for g in theirs.optimizer.param_groups]


def test_a_checkpoint_of_it_is_one_of_training(digits, recorder, tmp_path):
    trainer = made(digits)
    step = Captured(trainer, Lane(CPU), {64})
    step(*next(trainer.train_batches.epoch(1)), 0.1)
    trainer.save(tmp_path / "c", 1)
    again = made(digits)
    checkpoint.unpack(*checkpoint.load(tmp_path / "c"), again.model, again.optimizer)
    a, b = state(trainer), state(again)
    assert a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
    assert any(x.abs().max() > 0 for name, x in a.items() if "momentum" in name)


def test_autocast_keeps_no_casts(digits, recorder, monkeypatch):
    trainer, seen = made(digits, precision="bf16"), []
    look = lambda *_: seen.append((torch.is_autocast_enabled("cpu"), torch.is_autocast_cache_enabled()))  # noqa: E731
    trainer.model.register_forward_hook(look)
    Captured(trainer, Lane(CPU), {64})
    assert seen == [(True, False)] * WARM_UP


def test_what_cannot_be_captured_is_a_sentence(digits, monkeypatch):
    def refuse(lane, work):
        raise RuntimeError("operation not permitted when stream is capturing\nCUDA kernel errors …")

    monkeypatch.setattr(captured, "capture", refuse)
    with pytest.raises(OdenetsError, match=r"cannot be captured .*stream is capturing\): train it by odenets train"):
        Captured(made(digits), Lane(CPU), {64})


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_a_card_side_by_side_is_near_training_alone(digits, tmp_path):
    jobs = [job(digits, scheme, device="cuda", epochs=2, lr=0.01) for scheme in ("lm2", "euler")]
    side_by_side(jobs, digits, tmp_path / "a")
    for work in jobs:
        alone = train(work, tmp_path / "b", dataset=digits)
        (ours, _, ms, _), (theirs, _, ns, _) = (
            outcome(tmp_path / "a", the_run(tmp_path / "a", work).id),
            outcome(tmp_path / "b", alone),
        )
        assert ours.keys() == theirs.keys()
        loss = [[m.value for m in found if m.key == "train_loss"] for found in (ms, ns)]
        assert loss[0] == pytest.approx(loss[1], rel=1e-2)
