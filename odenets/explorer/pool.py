"""Views are computed in worker processes: with a deadline, a bound on what waits, and answers that are kept.

At most as many requests as there are workers are handed over; the others wait here, where a visitor who leaves takes
the request along. A worker that takes too long, or that nobody waits for any more, is killed and replaced.
"""

from __future__ import annotations

import asyncio
import os
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import nullcontext
from multiprocessing import forkserver, get_all_start_methods, get_context
from typing import Any

from pebble import ProcessExpired, ProcessPool

from odenets.explorer import worker
from odenets.explorer.bounds import BOUNDS, canonical, refuse
from odenets.explorer.refusals import refused
from odenets.explorer.worker import Found

SECONDS = BOUNDS["seconds"].most
WAITING = 200  # requests that wait for a worker
KEPT = 32 * 2**20  # bytes of answers
GRACE = 3.0  # seconds that work goes on when nobody waits for it: most is nearly done, and is kept
TASKS = 2000  # of a worker: what libraries remember of many tables is freed with it
STARTING = 60  # seconds for a worker to be there

# views that take milliseconds: the page asks for those of a design together, and a worker is kept for them
QUICK = frozenset({"formula", "tableau", "parameters", "polynomial", "roots", "wiring", "source"})

Job = tuple[Callable[..., list[Found]], tuple[str, ...]]


class Kept:
    """Answers by what was asked, of at most `size` bytes together; those not asked for longest leave first."""

    def __init__(self, size: int = KEPT) -> None:
        self.size, self.held = size, 0
        self.found: OrderedDict[Any, Found] = OrderedDict()

    def get(self, key: Any) -> Found | None:
        if key in self.found:
            self.found.move_to_end(key)
        return self.found.get(key)

    def put(self, key: Any, found: Found) -> None:
        if key in self.found or cost(key, found) > self.size // 8:
            return
        self.found[key] = found
        self.held += cost(key, found)
        while self.held > self.size:
            self.held -= cost(*self.found.popitem(last=False))


def cost(key: tuple[str, ...], found: Found) -> int:
    """Bytes of an answer and what was asked; 500 for the objects around them."""
    return len(found[1]) + sum(map(len, key)) + 500


class Work:
    """One job under way, whether it takes milliseconds, and how many wait for what it finds."""

    def __init__(self, job: Job, quick: bool) -> None:
        self.job, self.quick, self.watchers, self.running = job, quick, 0, False
        self.task: asyncio.Task[list[Found]] | None = None


class Pool:
    """Worker processes of one server, `spare` of them for what takes milliseconds, which waits for nothing else.

    What it answers is a status and JSON; it raises nothing but CancelledError.
    """

    def __init__(self, workers: int, seconds: float = SECONDS, waiting: int = WAITING, spare: int = 1) -> None:
        self.workers, self.seconds, self.most = workers + spare, seconds, waiting
        self.kept, self.under_way = Kept(), dict[Job, Work]()
        self.places, self.slow = asyncio.Semaphore(self.workers), asyncio.Semaphore(workers)
        self.changing = asyncio.Lock()
        self.pool: ProcessPool | None = None

    async def answers(self, design: Any, views: Mapping[str, Any]) -> list[Found]:
        """Each view of a design, with its options: those that are not kept are one job, so that they share the scheme.

        A job that takes too long is tried again view by view, so that the slow ones alone go without an answer.
        """
        text = canonical(design)
        keys = {name: (name, text, canonical(options)) for name, options in views.items()}
        found = {name: kept for name, key in keys.items() if (kept := self.kept.get(key))}
        missing = [name for name in views if name not in found]
        if missing:
            asked = canonical([[name, views[name]] for name in missing])
            new = await self.ask((worker.answers, (text, asked)), quick=QUICK.issuperset(missing))
            if len(missing) > 1 and new[0] == LATE:
                new = await self.singly(design, {name: views[name] for name in missing})
            found |= dict(zip(missing, new if len(new) == len(missing) else new * len(missing), strict=True))
            for name in missing:
                if found[name][0] in KEEPS and found[name] not in PASSING:
                    self.kept.put(keys[name], found[name])
        return [found[name] for name in views]

    async def singly(self, design: Any, views: Mapping[str, Any]) -> list[Found]:
        """Views one after the other, as many as begin within another deadline."""
        clock = asyncio.get_running_loop().time
        until, found = clock() + self.seconds, list[Found]()
        for name, options in views.items():
            found += await self.answers(design, {name: options}) if clock() < until else [LATE]
        return found

    async def catalogue(self) -> Found:
        """All entries of the registry, with what the page says of them."""
        key = ("catalogue",)
        if not (found := self.kept.get(key)):
            (found,) = await self.ask((worker.catalogue, ()))
            if found[0] == 200:
                self.kept.put(key, found)
        return found

    async def ask(self, job: Job, quick: bool = False) -> list[Found]:
        """What a job finds, or one refusal. Cancelled, the job ends too unless another waits for it."""
        if not (work := self.under_way.get(job)):
            if len(self.under_way) >= self.workers + self.most:
                return [BUSY]
            work = self.under_way[job] = Work(job, quick)
            work.task = asyncio.ensure_future(self.do(work))
            work.task.add_done_callback(lambda _: self.finish(work))
        assert work.task
        work.watchers += 1
        try:
            return await asyncio.shield(work.task)
        finally:
            work.watchers -= 1
            asyncio.get_running_loop().call_later(GRACE if work.running else 0, self.drop, work)

    async def do(self, work: Work) -> list[Found]:
        async with nullcontext() if work.quick else self.slow, self.places:
            work.running = True
            return await self.done(work.job)

    def drop(self, work: Work) -> None:
        """End what nobody waits for."""
        if not work.watchers and work.task and not work.task.done():
            self.finish(work)
            work.task.cancel()

    def finish(self, work: Work) -> None:
        if self.under_way.get(work.job) is work:
            del self.under_way[work.job]

    async def done(self, job: Job) -> list[Found]:
        """What a worker finds; a pool that broke, as one does whose idle worker is killed, is made anew once."""
        for _ in range(2):
            try:
                future = await self.scheduled(job)
                return await asyncio.wait_for(asyncio.wrap_future(future), self.seconds + STARTING)
            except TimeoutError:
                return [LATE]
            except ProcessExpired:
                return [DIED]
            except RuntimeError:  # BrokenProcessPool is one
                continue
            except Exception:
                traceback.print_exc(limit=-8)
                return [DIED]
        return [DIED]

    async def scheduled(self, job: Job) -> Future[list[Found]]:
        async with self.changing:  # beginning starts processes, which takes a second
            if self.pool is None or not self.pool.active:
                await asyncio.to_thread(ended, self.pool)
                self.pool = await asyncio.to_thread(begun, self.workers)
            found: Future[list[Found]] = self.pool.schedule(job[0], job[1], timeout=self.seconds)
            return found

    async def close(self) -> None:
        """End all workers."""
        for work in list(self.under_way.values()):
            if work.task:
                work.task.cancel()
        await asyncio.to_thread(ended, self.pool)
        self.pool = None


BUSY: Found = (503, refused("too much is being asked at this moment: ask again in a few seconds"))
DIED: Found = (422, refused("the work on this view ended before it was done: ask again, or take a smaller scheme"))
LATE: Found = (422, refused(str(refuse("seconds"))))
KEEPS = (200, 422)
PASSING = (DIED, LATE)  # another time it may be done


def prepare() -> None:
    """Start the process that workers are forked from: what they need is imported while the server itself begins."""
    if "forkserver" in get_all_start_methods():
        get_context("forkserver").set_forkserver_preload(["odenets.explorer.warmed"])
        forkserver.ensure_running()


def begun(workers: int) -> ProcessPool:
    """A pool whose workers are forked from one process that has imported what they need, where the system has that."""
    if "forkserver" in get_all_start_methods():
        prepare()
        context: Any = get_context("forkserver")
    else:
        context = get_context("spawn")
    pool = ProcessPool(max_workers=workers, max_tasks=TASKS, initializer=worker.begin, context=context)
    pool.schedule(os.getpid)  # a first task starts the processes
    return pool


def ended(pool: ProcessPool | None) -> None:
    if pool:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()
