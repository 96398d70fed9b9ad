"""The course of one training run in turns, so that others run beside it in one process."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from typing import Any

import torch
from torch import Tensor

from odenets import checkpoint
from odenets.data import Batches, Dataset, Split
from odenets.environment import environment
from odenets.errors import OdenetsError
from odenets.jobs import Job
from odenets.records import Records
from odenets.repeats import newest
from odenets.studies.captured import Captured
from odenets.studies.lanes import Clock, Lane
from odenets.studies.stepping import Eager, Step
from odenets.training import CHECKPOINT, Report, Tally, Tested, Trainer, coefficients_of, on_test

State = tuple[dict[str, Tensor], dict[str, Any]]  # tensors and meta data of a checkpoint

QUEUED = 8  # steps that are put into a lane at a time, while as many more are still there
MADE = 64  # batches whose images are made at a time


class Course:
    """One run: begun, or taken up where its checkpoint is. It records and saves what `odenets.training.train` does.

    turns   goes through what is left; gives True where it has done something, False where the lane is still busy
    pause   saves the last whole epoch and marks the run as interrupted
    status  "running", then "done", "failed" or "interrupted", as recorded
    """

    def __init__(
        self, work: Job, dataset: Dataset, records: Records, lane: Lane, clock: Clock, tell: Report, every: int
    ) -> None:
        self.lane, self.records, self.clock, self.tell, self.every = lane, records, clock, tell, every
        self.work = work
        left = newest(records, "interrupted", work)
        self.trainer = Trainer(Job.from_dict(left.config) if left else work, dataset)
        if left:
            records.claim(left.id)  # before the checkpoint is read: another process may just be writing one
        path = left.folder / CHECKPOINT if left else None
        self.saved = self.trainer.restore(path) if path is not None and path.exists() else -1
        self.epoch = max(0, self.saved)
        self.step = self.step_of()  # before there is a record: what cannot be captured leaves none
        own = self.trainer.work
        self.run = left.id if left else records.create(own.as_dict(), environment(), f"{own.spec.name}-s{own.seed}")
        records.truncate(self.run, self.epoch)
        self.path = records.run(self.run).folder / CHECKPOINT
        self.first, self.status = self.epoch + 1, "running"
        self.seconds: float | None = None  # of the epoch before
        self.kept: State | None = self.taken() if self.saved >= 0 else None

    def step_of(self) -> Step:
        if self.lane.stream is None:
            return Eager(self.trainer)
        size, count = self.trainer.work.recipe.batch_size, len(self.trainer.train_batches.labels)
        return Captured(self.trainer, self.lane, {min(size, count), count % size or size})  # the last batch is smaller

    def turns(self) -> Iterator[bool]:
        """Raises OdenetsError where the loss is not finite, once the run is recorded as failed."""
        if self.kept is None:
            tested = yield from self.tested()
            self.records.log(self.run, 0, tested, coefficients_of(self.trainer.model))
            self.keep()
            yield True
        while self.epoch < self.trainer.work.recipe.epochs:
            if not self.clock.fits(self.seconds):
                self.pause()
                return
            try:
                metrics = yield from self.one_epoch(self.epoch + 1)
            except OdenetsError:
                self.finish("failed")
                raise
            self.epoch += 1
            metrics |= yield from self.tested()
            self.records.log(self.run, self.epoch, metrics, coefficients_of(self.trainer.model))
            self.keep()
            self.tell({"run": self.run, "epoch": self.epoch, **metrics})
            yield True
        self.finish("done")

    def one_epoch(self, epoch: int) -> Generator[bool, None, dict[str, float]]:
        """One pass over the training set; its metrics are the generator's value."""
        trainer, recipe = self.trainer, self.trainer.work.recipe
        trainer.model.train()
        start, count = time.perf_counter(), len(trainer.train_batches)
        losses = torch.empty(count, device=trainer.device)
        rights = torch.empty(count, dtype=torch.long, device=trainer.device)
        sizes: list[int] = []
        passed = self.lane.mark()
        for i, (images, labels) in enumerate(batches(trainer.train_batches, epoch), 1):
            lr = recipe.lr_at(epoch - 1 + (i - 0.5) / count)
            losses[i - 1], rights[i - 1] = self.step(images, labels, lr)
            sizes.append(len(labels))
            if i % QUEUED == 0 or i == count:
                while not passed():
                    yield False
                passed = self.lane.mark()
                yield True
        while not passed():  # so that reading below finds the lane empty and does not keep others waiting
            yield False
        self.seconds = time.perf_counter() - start
        self.clock.took(self.seconds)
        read = list(zip(losses.tolist(), rights.tolist(), sizes, strict=True))
        return {**self.summed(epoch, read), "lr": lr, "seconds": self.seconds}

    def tested(self) -> Generator[bool, None, dict[str, float]]:
        """`Trainer.evaluate`, a batch a turn: what reads each result at once keeps all other lanes waiting."""
        found: list[Tested] = []
        passed = self.lane.mark()
        for batch in self.trainer.tested():
            found.append(batch)
            while not passed():
                yield False
            passed = self.lane.mark()
            yield True
        while not passed():
            yield False
        return on_test(found)

    def summed(self, epoch: int, read: list[tuple[float, int, int]]) -> dict[str, float]:
        """Tell each batch of an epoch (its mean loss, how many were right, its size); gives the epoch's metrics."""
        tally = Tally(epoch, self.trainer.work.recipe.epochs, len(read))
        speed = sum(size for *_, size in read) / (self.seconds or 1.0)
        for batch in read:
            self.tell({**tally.add(*batch), "first_epoch": self.first, "images_per_second": speed})
        return {**tally.metrics, "images_per_second": speed}

    def keep(self) -> None:
        """Take the state behind a whole epoch; at the first, every so many and the last it becomes the checkpoint."""
        self.kept = self.taken()
        if self.epoch % self.every == 0 or self.epoch == self.trainer.work.recipe.epochs:
            self.save()

    def taken(self) -> State:
        tensors, meta = checkpoint.pack(self.trainer.model, self.trainer.optimizer)
        return {name: x.detach().clone() for name, x in tensors.items()}, {**meta, "epoch": self.epoch}

    def save(self) -> None:
        if self.kept is not None and self.saved < self.kept[1]["epoch"]:
            checkpoint.save(self.path, *self.kept)
            self.saved = self.kept[1]["epoch"]

    def pause(self) -> None:
        self.save()
        self.records.truncate(self.run, max(0, self.saved))
        self.finish("interrupted")

    def finish(self, status: str) -> None:
        self.status = status
        self.records.finish(self.run, status, self.trainer.summary(self.records, self.run))


def batches(split: Batches, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of an epoch, bit for bit; the images of many are made at once: a dozen launches for 64 batches."""
    many = Batches(
        Split(split.images, split.labels), MADE * split.batch_size, mean=split.mean, std=split.std,
        device=split.labels.device, augment=split.augment, shuffle=split.shuffle, seed=split.seed,
    )  # fmt: skip
    for images, labels in many.epoch(epoch):
        yield from zip(images.split(split.batch_size), labels.split(split.batch_size), strict=True)
