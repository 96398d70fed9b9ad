"""Running a study: what has no result yet is trained and measured, several networks at once, a file for each."""

from __future__ import annotations

import json
import multiprocessing
import signal
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import torch

from odenets.data import Dataset
from odenets.errors import OdenetsError
from odenets.files import write_whole
from odenets.jobs import Job, dataset_of
from odenets.network import Network, build
from odenets.progress import LINE
from odenets.recalibration import recalibrate
from odenets.records import Records, Run
from odenets.repeats import alike, finished
from odenets.studies.measured import Measured
from odenets.studies.measures import measure
from odenets.studies.plans import Cell, Study
from odenets.studies.results import ANOTHER, LOSSES, Result, evaluations_of, file_of, result_of, write
from odenets.training import load

Tell = Callable[[str], None]
STOP: list[Event] = []  # of a worker: set when the study is stopped


@dataclass(frozen=True)
class Places:
    """Folders of the run records and of the results, and the time.time() at which the study stops."""

    runs: Path
    results: Path
    until: float = float("inf")


def missing(study: Study, results: Path) -> list[tuple[Cell, Job]]:
    """What has no result yet. Raises OdenetsError where the result of a cell is of another job than the study's."""
    found = []
    for cell, work in study.jobs():
        path = file_of(results, study.name, cell.name, work.seed)
        if not path.exists():
            found.append((cell, work))
        elif not of_job(path, work):
            raise OdenetsError(f"{path} is the result of another job: move it away, or give the cell another name")
    return found


def of_job(path: Path, work: Job) -> bool:
    with suppress(OSError, ValueError, KeyError, TypeError):
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["config"]
        same = replace(work, folder=None, device=config["device"], threads=config["threads"])
        return alike({**config, "folder": None}, same)
    return False


def run_study(study: Study, places: Places, tell: Tell) -> list[Path]:
    """Train and measure what has no result; gives the files written. Stopped by a key or by time, it goes on later.

    Raises OdenetsError for the first cell that cannot be trained at all; a loss that is not finite is a result.
    """
    left = missing(study, places.results)
    tell(f"{study.name}: {len(list(study.jobs())) - len(left)} results are there, {len(left)} are left")
    written: list[Path] = []
    spawn = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
    stop, count = spawn.Event(), max(1, min(study.workers, len(left)))
    with ProcessPoolExecutor(count, spawn, begin, (stop,)) as pool:
        running = {pool.submit(one, study, cell, work, places): f"{cell.name}, seed {work.seed}" for cell, work in left}
        try:
            for done in as_completed(running):
                if (path := path_of(done, running[done])) is not None:
                    written.append(path)
                    tell(f"{running[done]}: {path}")
        except BaseException as error:  # a key, or a cell that cannot be trained
            stop.set()
            pool.shutdown(cancel_futures=True)
            if not isinstance(error, KeyboardInterrupt):
                raise
            raise KeyboardInterrupt(f"{len(written)} results are new; the same command goes on from here") from None
    if rest := len(left) - len(written):
        tell(f"time is up: {rest} results are left, the same command goes on from here")
    return written


def begin(stop: Event) -> None:
    """A worker of a study: it leaves the keys to its parent, which sets `stop`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    STOP[:] = [stop]


def stopped(places: Places) -> bool:
    return time.time() > places.until or any(stop.is_set() for stop in STOP)


def path_of(done: Future[Path | None], name: str) -> Path | None:
    try:
        return done.result()
    except OdenetsError as error:
        raise OdenetsError(f"{name}: {error}") from None


def one(study: Study, cell: Cell, work: Job, places: Places) -> Path | None:
    """The result of one run as a file; None where time was up before it ended."""
    if stopped(places):
        return None
    dataset = read_once(work.data, work.folder, work.held_out)
    try:
        run = finished(work, places.runs, Watch(places, f"{cell.name} s{work.seed}"), dataset)
    except KeyboardInterrupt:  # recorded as interrupted: it goes on later
        return None
    except OdenetsError:
        if (found := failed(work, places.runs)) is None:
            raise
        run = found
    return write(places.results, complete(study, cell, run, places, dataset))


def complete(study: Study, cell: Cell, run: Run, places: Places, dataset: Dataset) -> Result:
    """What the records say of a run, with what is measured of its network; a run that failed has no measures."""
    work = Job.from_dict(run.config)
    before = untrained(work, dataset)
    with Records(places.runs) as records:
        result = result_of(study.name, cell, run, records, evaluations_of(before))
    if run.status == "failed":
        return {**result, "failed": True}
    network = load(run.id, places.runs).to(next(before.parameters()).device)
    about = Measured(network, before, dataset, work.seed)
    return {**result, "measures": measure(about, cell.measures, study.options)}


def untrained(work: Job, dataset: Dataset) -> Network:
    """The network of a job as it was before training, its batch norms calibrated."""
    torch.manual_seed(work.seed)
    network = build(work.spec).to(work.device).eval()
    recalibrate(network, Measured(network, network, dataset, work.seed).calibration())
    return network


@lru_cache(maxsize=2)
def read_once(name: str, folder: str | None, held_out: int) -> Dataset:
    return dataset_of(name, folder, held_out)


def failed(work: Job, root: Path) -> Run | None:
    with Records(root) as records:
        return next((r for r in reversed(records.runs("failed")) if alike(r.config, work)), None)


@dataclass
class Watch:
    """Keeps the losses of each epoch's batches beside the run, prints a line an epoch, and stops when time is up."""

    places: Places
    name: str

    def __post_init__(self) -> None:
        self.losses: list[float] = []

    def __call__(self, event: dict[str, Any]) -> None:
        if "batch" in event:
            self.losses.append(event["batch_loss"])
            if stopped(self.places):
                raise KeyboardInterrupt
            return
        path = self.places.runs / event["run"] / LOSSES
        known = json.loads(path.read_text()) if path.exists() else {}
        write_whole(path, json.dumps({**known, event["epoch"]: self.losses}), ANOTHER)
        self.losses = []
        print(f"{self.name}: {LINE.format(**event)}", flush=True)
