"""Several networks trained at once in one process on one device: see docs/decisions/0019."""

from __future__ import annotations

import math
import time
import warnings
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from torch.nn.modules.dropout import _DropoutNd

from odenets.costs import multiply_adds
from odenets.data import Dataset
from odenets.errors import OdenetsError
from odenets.jobs import Job, get_device
from odenets.network import Network, build
from odenets.processes import terminable
from odenets.records import Records, Run
from odenets.repeats import newest
from odenets.studies.courses import Course
from odenets.studies.lanes import Clock, Lane
from odenets.training import Report

BUSY = 2e-4  # seconds between looks at lanes that are all busy


def side_by_side(
    jobs: Sequence[Job],
    dataset: Dataset,
    root: Path | str = "runs",
    *,
    seconds: float = math.inf,
    at_once: int = 8,
    every: int = 10,
    report: Callable[[Job], Report] | None = None,
    finished: Callable[[Job, Run], None] | None = None,
) -> list[Job]:
    """Train jobs on one data set and one device, some at once; gives those that time has left over.

    On CUDA each network has a stream, and its training step is one captured graph; on the CPU they take turns, and the
    results are those of `odenets.training.train`, bit for bit. Runs that are done are not trained again, those that
    were interrupted go on. Whole seeds in order, the most work first within one. Recorded seconds and images_per_second
    are those of a run among the others.

    seconds   an epoch that would end later is not begun: the run is saved, and marked as interrupted
    at_once   how many networks take turns
    every     epochs between checkpoints; KeyboardInterrupt and SIGTERM save the last whole epoch besides
    report    gives a job's report, which is called as `train` calls it, a batch's events when its epoch has ended
    finished  is called with each job whose run is done, also where it was before, or has failed by its loss

    Raises OdenetsError for jobs of several data sets or devices, for networks that draw random numbers, and as `train`
    does for a network that cannot be trained at all.
    """
    if at_once < 1 or every < 1:
        raise OdenetsError(f"at_once = {at_once} and every = {every} must be at least 1")
    same("device", (job.device for job in jobs))
    same("data set", ((job.data, job.folder, job.held_out) for job in jobs))
    order = packed(jobs, dataset.shape)
    with Records(Path(root)) as records, terminable():
        packing = Packing(dataset, records, Clock(seconds), every, report, finished)
        packing.go(order, at_once)
    return packing.left


class Packing:
    """Which runs are on the device, and which wait for a lane."""

    def __init__(
        self,
        dataset: Dataset,
        records: Records,
        clock: Clock,
        every: int,
        report: Callable[[Job], Report] | None,
        finished: Callable[[Job, Run], None] | None,
    ) -> None:
        self.dataset, self.records, self.clock, self.every = dataset, records, clock, every
        self.report, self.finished = report or (lambda work: lambda event: None), finished or (lambda work, run: None)
        self.waiting: deque[Job] = deque()
        self.free: list[Lane] = []
        self.running: dict[Course, Iterator[bool]] = {}
        self.left: list[Job] = []

    def go(self, order: Iterable[Job], at_once: int) -> None:
        for work in order:
            if (run := newest(self.records, "done", work)) is None:
                self.waiting.append(work)
            else:
                self.finished(work, run)
        self.free = [Lane(get_device(work.device)) for work in list(self.waiting)[:at_once]]
        try:
            while self.waiting or self.running:
                self.begin()
                if not self.advanced():
                    time.sleep(BUSY)
        except BaseException as stop:
            self.stop(stop)

    def begin(self) -> None:
        """Fill the free lanes; all their steps are captured before any run goes on, which would blur the warm-up."""
        while self.waiting and self.free:
            if not self.clock.fits():
                self.left += self.waiting
                self.waiting.clear()
                return
            lane, work = self.free.pop(), self.waiting.popleft()
            with lane.entered():
                course = Course(work, self.dataset, self.records, lane, self.clock, self.report(work), self.every)
            self.running[course] = course.turns()

    def advanced(self) -> bool:
        """One turn of every run; whether any of them has done something."""
        found = not self.running
        for course, turns in list(self.running.items()):
            try:
                with course.lane.entered():
                    found |= next(turns, True)
            except OdenetsError:
                if course.status != "failed":
                    raise
            if course.status != "running":
                self.leave(course)
        return found

    def leave(self, course: Course) -> None:
        del self.running[course]
        self.free.append(course.lane)
        if course.status == "interrupted":
            self.left.append(course.work)
        else:
            self.finished(course.work, self.records.run(course.run))

    def stop(self, why: BaseException) -> NoReturn:
        for course in self.running:
            with course.lane.entered():
                course.pause()
        if isinstance(why, KeyboardInterrupt):
            count = len(self.running)
            raise KeyboardInterrupt(f"{count} runs are stopped and saved; the same command goes on there") from None
        raise why


# ---- what is trained, and in which order ---------------------------------------------------------------------------


def packed(jobs: Iterable[Job], shape: Sequence[int]) -> list[Job]:
    """Whole seeds in order, within one the most work first, so that the last to begin are short.

    Work: multiply-adds of a forward pass on an image of that shape (C, H, W), times epochs.
    Raises OdenetsError for a network that draws random numbers: those of several would come from one generator in turn.
    """
    found = []
    for work in jobs:
        with warnings.catch_warnings():  # they are given when it is built to be trained
            warnings.simplefilter("ignore")
            network = build(work.spec)
        if draws(network):
            raise OdenetsError(
                f"{work.spec.name} draws random numbers, and networks side by side share one generator: train it alone"
            )
        found.append((work.seed, -multiply_adds(network, (1, *shape)) * work.recipe.epochs, work))
    return [work for *_, work in sorted(found, key=lambda item: item[:2])]


def draws(network: Network) -> bool:
    """Whether training draws anything: coefficients, or units that are dropped."""
    dropped = any(isinstance(m, _DropoutNd) and m.p for m in network.modules())
    return dropped or any(step.scheme.role("random") for *_, step in network.steps())


def same(what: str, given: Iterable[Hashable]) -> None:
    if len(found := set(given)) > 1:
        names = " and ".join(sorted(map(str, found)))
        raise OdenetsError(f"networks side by side have one {what}, not {names}: train them one after the other")
