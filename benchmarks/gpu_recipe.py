"""How many images a second does one GPU train, step of tuning by step, and how near is that to its limits?

    python -m benchmarks.gpu_recipe [--seconds 3] [--models resnet20 lm_resnet56]

Steps on batches of 128 random images of 32 × 32 that lie on the device: forward, loss, backward, SGD. `trained` is
`odenets train` as it is, with its reading of the loss in each step, its crops and its flips; `eager` does not wait.
Limits are measured in the same process: a large bfloat16 product and a large copy. `odenets.studies.limits` says what
is counted; fp32 convolutions run in TF32, as torch has it unless told otherwise, and count as all others.
A step of tuning that the device refuses stands as a row with its reason.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from benchmarks.growing import Growing
from odenets.data import Dataset, Split
from odenets.jobs import Job, job_on
from odenets.named_models import models
from odenets.network import build
from odenets.studies.captured import Captured
from odenets.studies.evidence_tuning import PLAIN
from odenets.studies.lanes import Lane
from odenets.studies.limits import Limits, demand, measured, wait
from odenets.studies.stepping import Eager, Step
from odenets.training import Trainer

BATCH = 128
BEST = "bf16-channels-last"
EAGER = ("fp32", "fp32-channels-last", BEST)
AT_ONCE = (1, 2, 4, 8)
Batch = tuple[Tensor, Tensor]
Queued = tuple[Lane, Step, Batch]


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0, help="of measuring, each row")
    parser.add_argument("--models", nargs="+", default=["resnet20", "lm_resnet56"], choices=models(), metavar="MODEL")
    given = parser.parse_args(words)
    if not torch.cuda.is_available():
        print("gpu_recipe measures a CUDA device, and there is none here: run it on a machine with one")
        return 2
    torch.backends.cudnn.benchmark = True
    limits = measured(torch.device("cuda"))
    dataset = random_images(40 * BATCH)
    growing = Growing("gpu_recipe", PLAIN, batch=BATCH, seconds=given.seconds)
    found = {"operations_per_second": limits.operations, "bytes_per_second": limits.bytes}
    for name in given.models:
        for row in rows_of(name, dataset, limits, given.seconds):
            growing.add({**row, **found})
    return 0


def rows_of(name: str, dataset: Dataset, limits: Limits, seconds: float) -> Iterator[dict[str, Any]]:
    """The rows of a model, one a step of tuning, those that a compiler keeps waiting last."""
    work = job_on(dataset, spec=models()[name].spec, precision=BEST, device="cuda")
    ways: list[tuple[str, str, int, Callable[[], float]]] = [
        ("trained", "fp32", 1, lambda: trained(replace(work, precision="fp32"), dataset)),
        *(("eager", p, 1, timed([p], work, dataset, eager, seconds)) for p in EAGER),
        *(("captured", BEST, n, timed([BEST] * n, work, dataset, captured, seconds)) for n in AT_ONCE),
        ("compiled", BEST, 1, timed([BEST], work, dataset, compiled, seconds)),
        ("compiled and captured", BEST, 1, timed([BEST], work, dataset, both, seconds)),
    ]
    network = build(work.spec)
    for step, precision, count, measure in ways:
        row: dict[str, Any] = {"model": name, "step": step, "precision": precision, "at_once": count}
        try:
            speed = measure()
            asked = demand(network, (BATCH, *dataset.shape), 2 if precision.startswith("bf16") else 4)
            row |= {"images_per_second": speed, **limits.shares(asked, speed)}
        except (RuntimeError, ValueError) as error:  # memory, a compiler that is not there, a capture refused
            row["refused"] = str(error).partition("\n")[0]
        yield row
        torch.cuda.empty_cache()


def trained(work: Job, dataset: Dataset) -> float:
    """Images a second of `odenets train` in its second epoch."""
    trainer = Trainer(work, dataset)
    trainer.run_epoch(1, lambda event: None)
    return trainer.run_epoch(2, lambda event: None)["images_per_second"]


def timed(
    precisions: Sequence[str], work: Job, dataset: Dataset, make: Callable[[Trainer, Lane], Step], seconds: float
) -> Callable[[], float]:
    """A function that measures images a second of networks side by side, of all together."""

    def measure() -> float:
        queued = []
        for seed, precision in enumerate(precisions):
            lane = Lane(torch.device(work.device))
            with lane.entered():
                trainer = Trainer(replace(work, precision=precision, seed=seed), dataset)
                trainer.model.train()
                batch = next(trainer.train_batches.epoch(1))
                queued.append((lane, make(trainer, lane), batch))
        return speed_of(queued, torch.device(work.device), seconds)

    return measure


def speed_of(queued: Sequence[Queued], device: torch.device, seconds: float) -> float:
    """Images a second of steps in turn, behind some that warm up; waits for the device every 20."""

    def rounds(count: int) -> None:
        for _ in range(count):
            for lane, step, (images, labels) in queued:
                with lane.entered():
                    step(images, labels, 1e-3)
        wait(device)

    rounds(5)
    start, done = time.perf_counter(), 0
    while done == 0 or time.perf_counter() - start < seconds:
        rounds(20)
        done += 20
    images = sum(len(labels) for _, _, (_, labels) in queued)
    return done * images / (time.perf_counter() - start)


def eager(trainer: Trainer, lane: Lane) -> Step:
    return Eager(trainer)


def compiled(trainer: Trainer, lane: Lane) -> Step:
    return Eager(trainer, torch.compile(trainer.model))


def captured(trainer: Trainer, lane: Lane) -> Step:
    return Captured(trainer, lane, {BATCH})


def both(trainer: Trainer, lane: Lane) -> Step:
    return Captured(trainer, lane, {BATCH}, torch.compile(trainer.model))


def random_images(count: int) -> Dataset:
    """Noise in the shape of CIFAR-10."""
    draw = torch.Generator().manual_seed(0)
    images = torch.randint(256, (count, 3, 32, 32), generator=draw, dtype=torch.uint8)
    split = Split(images, torch.randint(10, (count,), generator=draw))
    return Dataset.of("cifar10", split, split, tuple(map(str, range(10))), augment=True)


if __name__ == "__main__":
    sys.exit(main())
