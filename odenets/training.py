"""Training: one readable loop, whose every epoch depends on (seed, epoch) and the checkpoint before it alone."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from odenets import checkpoint, data
from odenets.database import existing
from odenets.environment import environment
from odenets.errors import OdenetsError
from odenets.jobs import Job, dataset_of, get_device
from odenets.memory import MemoryWarning
from odenets.network import Network, build
from odenets.precision import arrange, autocast, choose
from odenets.recalibration import recalibrate
from odenets.recipes import Recipe
from odenets.records import ParameterValue, Records, Run
from odenets.skipping import guards

CHECKPOINT = "checkpoint.safetensors"
CALIBRATING = 2048  # training images that set the batch norms of a network with drop-path before it is evaluated
Report = Callable[[dict[str, Any]], None]
Tested = tuple[Tensor, Tensor, int]  # of a test batch


def train(
    work: Job, root: Path | str = "runs", report: Report | None = None, dataset: data.Dataset | None = None
) -> str:
    """Train a network from the start; gives the id of its run record under `root`.

    report   is called with a dictionary after each batch ("batch", "loss", …) and after each epoch ("test_error", …)

    Raises OdenetsError for data or a network that cannot be had, and where the loss is no longer finite.
    """
    dataset = dataset or dataset_of(work.data, work.folder, work.held_out)
    trainer = Trainer(work, dataset)
    work = trainer.work
    with Records(Path(root)) as records:
        run = records.create(work.as_dict(), environment(), f"{work.spec.name}-s{work.seed}")
        return follow(trainer, records, run, 0, report)


def resume(run: str, root: Path | str = "runs", report: Report | None = None) -> str:
    """Continue a run from its checkpoint, to the result of an uninterrupted one, bit for bit on the same machine."""
    with Records(existing(Path(root))) as records:
        found = records.run(run)
        if found.status == "done":
            raise OdenetsError(f"run {found.id} is done: there is nothing to resume")
        records.claim(found.id)  # before the checkpoint is read: another process may just be writing one
        work = Job.from_dict(found.config)
        trainer = Trainer(work, dataset_of(work.data, work.folder, work.held_out))
        done = 0
        if (path := found.folder / CHECKPOINT).exists():  # none: killed before the first one, the seed tells the rest
            done = trainer.restore(path)
        records.truncate(found.id, done)
        return follow(trainer, records, found.id, done, report)


def load(run: str, root: Path | str = "runs") -> Network:
    """The network of a run with its last saved weights, in evaluation mode."""
    with Records(existing(Path(root))) as records:
        found: Run = records.run(run)
    with warnings.catch_warnings():  # of coefficients that the checkpoint replaces
        warnings.simplefilter("ignore", MemoryWarning)
        model = build(Job.from_dict(found.config).spec)
    checkpoint.unpack(*checkpoint.load(found.folder / CHECKPOINT), model)
    return model.eval()


def follow(trainer: Trainer, records: Records, run: str, done: int, report: Report | None) -> str:
    """Run the epochs that are left; each is recorded, then saved: a kill between the two only repeats it."""
    path = records.run(run).folder / CHECKPOINT
    epoch, ends = done, "failed"

    def keep(epoch: int, metrics: dict[str, float]) -> None:
        nonlocal ends
        ends = "interrupted"  # what cannot be written is no fault of the network: the run goes on later
        records.log(run, epoch, metrics, coefficients_of(trainer.model))
        trainer.save(path, epoch)
        ends = "failed"

    def tell(event: dict[str, Any], **more: Any) -> None:
        if report is not None:
            report({**event, **more})

    try:
        if not path.exists():
            keep(0, trainer.evaluate())
        for epoch in range(done + 1, trainer.work.recipe.epochs + 1):
            metrics = {**trainer.run_epoch(epoch, partial(tell, first_epoch=done + 1)), **trainer.evaluate()}
            keep(epoch, metrics)
            tell({"run": run, "epoch": epoch, **metrics})
    except KeyboardInterrupt:
        records.finish(run, "interrupted", trainer.summary(records, run))
        raise KeyboardInterrupt(f"stopped in epoch {epoch}; odenets train --resume {run} continues") from None
    except OdenetsError:
        records.finish(run, ends, trainer.summary(records, run))
        raise
    records.finish(run, "done", trainer.summary(records, run))
    return run


class Trainer:
    """Model, data and optimizer of a job on its device."""

    def __init__(self, work: Job, dataset: data.Dataset) -> None:
        torch.set_num_threads(work.threads)
        torch.manual_seed(work.seed)
        self.device = get_device(work.device)
        model = build(work.spec).to(self.device)
        about: dict[str, Any] = {"mean": dataset.mean, "std": dataset.std, "device": self.device, "seed": work.seed}
        size = work.recipe.batch_size
        if len(dataset.train) % size == 1:
            raise OdenetsError(
                f"batch_size = {size} leaves a last batch of one of {len(dataset.train)} images, which batch "
                "normalisation cannot use: take another --batch-size"
            )
        self.train_batches = data.Batches(dataset.train, size, augment=dataset.augment, shuffle=True, **about)
        self.test_batches = data.Batches(dataset.test, 8 * size, augment=False, shuffle=False, **about)
        few = data.Split(dataset.train.images[:CALIBRATING], dataset.train.labels[:CALIBRATING])
        drops = model.column is not None
        self.plain_batches = data.Batches(few, size, augment=False, shuffle=False, **about) if drops else None
        precision = choose(work.precision, model, *next(self.train_batches.epoch(0)))
        self.work = replace(work, precision=precision)
        self.model: Network = arrange(model, precision)
        self.optimizer = optimizer(self.model, work.recipe)
        self.skips = any(any(guards(step.scheme)) for *_, step in self.model.steps())
        for p in self.model.parameters() if self.skips else ():
            p.grad = torch.zeros_like(p)  # of a block that is dropped it is 0, not missing: momentum and decay go on

    def run_epoch(self, epoch: int, report: Report) -> dict[str, float]:
        """One pass over the training set; epochs count from 1. Raises OdenetsError where the loss is not finite."""
        recipe, count = self.work.recipe, len(self.train_batches)
        seed_draws(self.work.seed, epoch)
        self.model.train()
        start, tally = time.perf_counter(), Tally(epoch, recipe.epochs, count)
        for i, (images, labels) in enumerate(self.train_batches.epoch(epoch), 1):
            lr = self.set_rate(recipe.lr_at(epoch - 1 + (i - 0.5) / count))
            loss, right = self.gradients(images, labels)
            self.optimizer.step()
            event = tally.add(loss.item(), int(right), len(labels))
            report({**event, "images_per_second": tally.seen / (time.perf_counter() - start)})
        seconds = time.perf_counter() - start
        return {**tally.metrics, "lr": lr, "seconds": seconds, "images_per_second": tally.seen / seconds}

    def set_rate(self, lr: float) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        return lr

    def gradients(
        self, images: Tensor, labels: Tensor, forward: Callable[[Tensor], Any] | None = None
    ) -> tuple[Tensor, Tensor]:
        """The gradients of a batch in the place of those before; gives its mean loss and how many were right.

        forward   what stands for the network, as where it is compiled
        """
        with autocast(self.work.precision, self.device):
            logits = (forward or self.model)(arrange(images, self.work.precision))
            loss = F.cross_entropy(logits, labels, label_smoothing=self.work.recipe.label_smoothing)
        self.optimizer.zero_grad(set_to_none=not self.skips)
        loss.backward()
        return loss.detach(), (logits.detach().argmax(1) == labels).sum()

    def evaluate(self) -> dict[str, float]:
        """Loss and error in % on the test set, random coefficients at their means."""
        return on_test(self.tested())

    @torch.no_grad()
    def tested(self) -> Iterator[Tested]:
        """The test set by batches: the sum of losses and how many were wrong, on the device, and of how many.

        Nothing waits for the device, but for networks with drop-path.
        """
        self.model.eval()
        if self.plain_batches is not None:
            with autocast(self.work.precision, self.device):
                recalibrate(self.model, (arrange(images, self.work.precision) for images, _ in self.plain_batches))
        for images, labels in self.test_batches:
            with autocast(self.work.precision, self.device):
                logits = self.model(arrange(images, self.work.precision))
                loss = F.cross_entropy(logits, labels, reduction="sum")
            yield loss, (logits.argmax(1) != labels).sum(), len(labels)

    def summary(self, records: Records, run: str) -> dict[str, Any]:
        """The results of the last recorded epoch, and what the run took; nothing before the first epoch has ended."""
        metrics = records.metrics(run)
        last = max((m.epoch for m in metrics), default=0)
        if last == 0:
            return {}
        seconds = sum(m.value for m in metrics if m.key == "seconds")
        parameters = sum(p.numel() for p in self.model.parameters())
        return {
            **{m.key: m.value for m in metrics if m.epoch == last},
            "epochs": last,
            "parameters": parameters,
            "seconds": seconds,
        }

    def save(self, path: Path, epoch: int) -> None:
        tensors, meta = checkpoint.pack(self.model, self.optimizer)
        checkpoint.save(path, tensors, {**meta, "epoch": epoch})

    def restore(self, path: Path) -> int:
        """Take over the state of a checkpoint; gives the epochs that it has behind it."""
        tensors, meta = checkpoint.load(path)
        checkpoint.unpack(tensors, meta, self.model, self.optimizer)
        return int(meta["epoch"])


class Tally:
    """What the batches of an epoch sum up to."""

    def __init__(self, epoch: int, epochs: int, batches: int) -> None:
        self.about = {"epoch": epoch, "epochs": epochs, "batches": batches}
        self.batch, self.seen, self.total, self.right = 0, 0, 0.0, 0

    def add(self, loss: float, right: int, size: int) -> dict[str, Any]:
        """Count a batch (its mean loss, how many were right, its size); gives what is reported of it.

        Raises OdenetsError where the loss is not finite.
        """
        self.batch, self.seen = self.batch + 1, self.seen + size
        self.total, self.right = self.total + loss * size, self.right + right
        if not math.isfinite(self.total):
            raise OdenetsError(
                f"the loss is {self.total} in epoch {self.about['epoch']}, batch {self.batch}: lower --lr, or look at "
                "the scheme's stability"
            )
        return {**self.about, "batch": self.batch, "batch_loss": loss,
                "loss": self.total / self.seen, "accuracy": self.right / self.seen}  # fmt: skip

    @property
    def metrics(self) -> dict[str, float]:
        return {"train_loss": self.total / self.seen, "train_error": 100 * (1 - self.right / self.seen)}


def on_test(found: Iterable[Tested]) -> dict[str, float]:
    """Mean loss and error in % of `Trainer.tested`."""
    loss, wrong, seen = 0.0, 0, 0
    for losses, errors, size in found:
        loss, wrong, seen = loss + losses.item(), wrong + int(errors), seen + size
    return {"test_loss": loss / seen, "test_error": 100 * wrong / seen}


def seed_draws(seed: int, epoch: int, rank: int = 0) -> None:
    """Seed random coefficients for an epoch: the same after a resume, and others on each of several processes.

    Within an epoch they follow torch's generators, whatever workers load the data. Raises OdenetsError below 0.
    """
    if min(seed, epoch, rank) < 0:
        raise OdenetsError(f"seed = {seed}, epoch = {epoch}, rank = {rank}: none of them is below 0")
    number = seed * 1_000_003 + epoch  # of one process alone, as in earlier versions
    if rank:
        number = int(np.random.SeedSequence((epoch, rank, seed)).generate_state(1, np.uint64)[0] >> 1)
    torch.manual_seed(number)


def coefficients_of(model: Network) -> list[ParameterValue]:
    """The learned coefficients as a run records them."""
    return [
        ParameterValue(stage, step, name, channel, value)
        for stage, step, name, found in model.values()
        for channel, value in enumerate(found.flatten().tolist())
    ]


def optimizer(model: Network, recipe: Recipe) -> torch.optim.SGD:
    """The recipe's optimizer. Weight decay spares the scheme's coefficients: see docs/decisions/0003."""
    spared = {id(p) for *_, p in model.coefficients()}
    groups = [
        {"params": [p for p in model.parameters() if id(p) not in spared], "weight_decay": recipe.weight_decay},
        {"params": [p for p in model.parameters() if id(p) in spared], "weight_decay": 0.0},
    ]
    return torch.optim.SGD([g for g in groups if g["params"]], lr=recipe.lr, momentum=recipe.momentum)
