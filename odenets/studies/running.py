"""Running a study: what has no result yet is trained and measured, several networks at once, a file for each."""

from __future__ import annotations

import json
import math
import multiprocessing
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from odenets.errors import OdenetsError
from odenets.files import make_folder
from odenets.jobs import Job
from odenets.processes import deaf
from odenets.progress import LINE
from odenets.records import Run
from odenets.repeats import finished
from odenets.studies.completing import (
    STOP,
    Places,
    asked_otherwise,
    completed,
    completed_by,
    done,
    measured_of,
    of_job,
    read_once,
    recorded,
    result_at,
    stopped,
    unmeasured,
)
from odenets.studies.lanes import Clock
from odenets.studies.measures import MEASURES
from odenets.studies.packing import side_by_side
from odenets.studies.plans import Cell, Study
from odenets.studies.results import ANOTHER, LOSSES, file_of

Pairs = list[tuple[Cell, Job]]
Tell = Callable[[str], None]
MEASURING = 0.15  # of the time that is left is for measures, where all networks are trained first


def run_study(study: Study, places: Places, tell: Tell) -> list[Path]:
    """Train and measure what has no result; gives the files written. Stopped by a key or by time, it goes on later.

    On CUDA the networks are trained side by side in this process, and measured when all are trained.
    Raises OdenetsError for the first cell that cannot be trained at all; a loss that is not finite is a result.
    """
    new, half = missing(study, places, tell)
    make_folder(places.results / study.name, ANOTHER)  # before anything is trained for it
    tell(f"{study.name}: {len(list(study.jobs())) - len(new)} results are there, {len(new)} are left")
    way = pooled if all(work.device == "cpu" for _, work in new + half) else together
    written = way(study, new, half, places, tell)
    if rest := sum(map(len, missing(study, places))):
        tell(f"time is up: {rest} results are left or not wholly measured, the same command goes on from here")
    return written


def missing(study: Study, places: Places, tell: Tell = lambda text: None) -> tuple[Pairs, Pairs]:
    """What has no result yet, and what is not wholly measured though its run is there; where that is gone it is told.

    Raises OdenetsError where the result of a cell is of another job than the study's, was measured with other options,
    or its file is none.
    """
    new, half = [], []
    for cell, work in study.jobs():
        path = file_of(places.results, study.name, cell.name, work.seed)
        if not path.exists():
            new.append((cell, work))
            continue
        result = result_at(study, cell, work, places)
        if not of_job(result["config"], work):
            raise OdenetsError(f"{path} is the result of another job: move it away, or give the cell another name")
        if odd := asked_otherwise(study, result):
            raise OdenetsError(f"{path} has {odd[0]} with other options than the study: move it away, or take those")
        if left := unmeasured(cell, result):
            if done(work, places.runs):
                half.append((cell, work))
            else:
                tell(f"{path} lacks {', '.join(left)}, and its run is not below {places.runs}: give the folder of the "
                     "runs by --runs, or move the file away to train again")  # fmt: skip
    return new, half


# ---- on one device, in this process --------------------------------------------------------------------------------


def together(study: Study, new: Pairs, half: Pairs, places: Places, tell: Tell) -> list[Path]:
    cells = {id(work): cell for cell, work in new}
    written: list[Path] = []
    half = list(half)
    endless = replace(places, until=math.inf)  # the packing looks at the time itself

    def watch(work: Job) -> Watch:
        return Watch(endless, f"{cells[id(work)].name} s{work.seed}")

    def finish(work: Job, run: Run) -> None:
        cell = cells[id(work)]
        written.append(recorded(study, cell, run, places))
        half.extend([(cell, work)] if cell.measures else [])
        tell(f"{cell.name}, seed {work.seed}: {written[-1]}")

    sources = {(work.data, work.folder, work.held_out) for _, work in new}
    for source in sorted(sources, key=str):
        jobs = [work for _, work in new if (work.data, work.folder, work.held_out) == source]
        seconds = (1 - MEASURING) * (places.until - time.time())
        dataset = read_once(*source)
        side_by_side(jobs, dataset, places.runs, seconds=seconds, at_once=study.workers, report=watch, finished=finish)
    written += measured_in_time(study, half, places, tell)
    return sorted(set(written))


def measured_in_time(study: Study, half: Pairs, places: Places, tell: Tell) -> list[Path]:
    """One measure of all networks after the other, the longest last, each written at once; gives the files.

    One that would end too late, by the longest so far, is not begun: deep networks' spectra take minutes.
    """
    runs = [(cell, work, run) for cell, work in half if (run := done(work, places.runs))]
    about = cache(lambda i: measured_of(*runs[i][1:], places))
    written: list[Path] = []
    clock = Clock(places.until - time.time())
    for name in MEASURES:
        for i, (cell, work, _) in enumerate(runs):
            if clock.fits() and name in unmeasured(cell, result_at(study, cell, work, places)):
                start = time.perf_counter()
                written.append(completed_by(name, study, cell, work, about(i), places))
                clock.took(time.perf_counter() - start)
                tell(f"{cell.name}, seed {work.seed}: {name} measured")
    return written


# ---- in processes of their own -------------------------------------------------------------------------------------


def pooled(study: Study, new: Pairs, half: Pairs, places: Places, tell: Tell) -> list[Path]:
    """`workers` at once."""
    written: list[Path] = []
    spawn = multiprocessing.get_context("spawn")  # torch's threads do not survive a fork
    stop, count = spawn.Event(), max(1, min(study.workers, len(new + half)))
    with ProcessPoolExecutor(count, spawn, begin, (stop,)) as pool:
        with deaf():
            running = {
                pool.submit(one, study, cell, work, places): f"{cell.name}, seed {work.seed}"
                for cell, work in half + new
            }
        try:
            for future in as_completed(running):
                if (path := path_of(future, running[future])) is not None:
                    written.append(path)
                    tell(f"{running[future]}: {path}")
        except BaseException as error:  # a key, or a cell that cannot be trained
            stop.set()
            pool.shutdown(cancel_futures=True)
            if not isinstance(error, KeyboardInterrupt):
                raise
            raise KeyboardInterrupt(f"{len(written)} results are new; the same command goes on from here") from None
    return written


def begin(stop: Event) -> None:
    """A worker of a study: its parent sets `stop`."""
    STOP[:] = [stop]


def path_of(future: Future[Path | None], name: str) -> Path | None:
    try:
        return future.result()
    except OdenetsError as error:
        raise OdenetsError(f"{name}: {error}") from None
    except BrokenProcessPool:
        raise OdenetsError(f"{name}: its process was ended, as for want of memory: take fewer --workers") from None


def one(study: Study, cell: Cell, work: Job, places: Places) -> Path | None:
    """The result of one run as a file; None where time was up before it ended."""
    if stopped(places):
        return None
    run = done(work, places.runs)
    if run is None:
        dataset = read_once(work.data, work.folder, work.held_out)
        try:
            run = finished(work, places.runs, Watch(places, f"{cell.name} s{work.seed}"), dataset)
        except KeyboardInterrupt:  # recorded as interrupted: it goes on later
            return None
        except OdenetsError:
            run = done(work, places.runs, "failed")
            if run is None:
                raise
    if not file_of(places.results, study.name, cell.name, work.seed).exists():
        recorded(study, cell, run, places)
    return completed(study, cell, work, run, places)


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
        with (self.places.runs / event["run"] / LOSSES).open("a") as file:
            file.write("\n" + json.dumps([event["epoch"], self.losses]))  # on a line of its own behind one cut off
        self.losses = []
        print(f"{self.name}: {LINE.format(**event)}", file=sys.stderr, flush=True)  # standard output is the command's
