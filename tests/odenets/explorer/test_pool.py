"""Work in other processes: deadlines, memory, deaths, what waits and what is kept; each ends in a sentence."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from odenets.explorer import pool as pools
from odenets.explorer.pool import BUSY, DIED, LATE, Pool
from tests.odenets.explorer.test_cli_explore import alive, linux, until

# ---- jobs, run by a worker ------------------------------------------------------------------------------------------


def number(text):
    return [(200, str(os.getpid()).encode()), (200, text.encode())]


def sleeping(seconds):
    time.sleep(float(seconds))
    return [(200, b"slept")]


def held(name, gate):
    """Goes on until the file `gate` is there: what waits for it has all the time of a loaded machine."""
    while not os.path.exists(gate):
        time.sleep(0.01)
    return [(200, name.encode())]


def busy(_):
    while True:
        pass


def killed(_):
    os.kill(os.getpid(), signal.SIGKILL)


def left(_):
    os._exit(0)


def greedy(megabytes):
    try:
        return [(200, str(len(bytearray(int(megabytes) * 2**20))).encode())]
    except MemoryError:
        return [(422, b"memory")]


def raising(_):
    raise KeyError("a worker that raises")


def marking(path):
    with open(path, "w") as file:
        file.write("done")
    return [(200, b"")]


def run(test, workers=1, spare=0, **bounds):
    """A test's coroutine with a pool, closed afterwards: no worker outlives it."""

    async def whole():
        pool = Pool(workers, spare=spare, **bounds)
        try:
            return await test(pool)
        finally:
            await pool.close()

    return asyncio.run(whole())


async def pid(pool):
    return int((await pool.ask((number, ("",))))[0][1])


# ---- ends -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("job", [(busy, ("",)), (sleeping, ("60",))])
def test_work_beyond_its_deadline_is_killed_and_refused(job):
    async def test(pool):
        before = await pid(pool)
        late = await pool.ask(job)
        return before, late, await pid(pool)

    before, late, after = run(test, seconds=0.3)
    assert late == [LATE] and b"10 seconds" in LATE[1]
    assert after != before and not alive(before)


@pytest.mark.parametrize("job", [killed, left, raising])
def test_a_worker_that_dies_or_raises_is_a_sentence_and_the_next_is_answered(job, capsys):
    async def test(pool):
        return await pool.ask((job, ("",))), await pid(pool)

    found, after = run(test, seconds=2)
    assert found in ([DIED], [LATE])  # one that leaves as if all were well is seen by the deadline alone
    assert (found == [LATE]) == (job is left)
    assert after
    err = capsys.readouterr().err
    assert "a worker that raises" in err if job is raising else err == ""


def test_an_idle_worker_that_is_killed_is_replaced():
    async def test(pool):
        before = await pid(pool)
        os.kill(before, signal.SIGKILL)
        await asyncio.sleep(0.5)
        return before, await pid(pool), await pid(pool)

    before, after, again = run(test)
    assert after == again != before


def test_memory_of_a_worker_is_bounded():
    async def test(pool):
        return [(await pool.ask((greedy, (size,))))[0] for size in ("100", "4000", "100")]

    assert [status for status, _ in run(test)] == [200, 422, 200]


BUSY_SERVER = """
import asyncio
from odenets.explorer.pool import Pool
from tests.odenets.explorer.test_pool import busy, pid

async def main():
    pool = Pool(1)
    worker = await pid(pool)
    work = asyncio.ensure_future(pool.ask((busy, ("",))))
    await asyncio.sleep(0.2)
    print(worker, flush=True)
    await work

if __name__ == "__main__":
    asyncio.run(main())
"""


@linux
def test_a_busy_worker_ends_with_its_server():
    words = [sys.executable, "-c", BUSY_SERVER]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as server:
        process = int(server.stdout.readline())
        assert alive(process)
        server.kill()
    until(lambda: not alive(process))


@linux
def test_closing_leaves_no_process():
    process = run(pid)
    assert not alive(process)


# ---- waiting --------------------------------------------------------------------------------------------------------


def test_what_is_quick_waits_for_nothing_slow(tmp_path):
    async def test(pool):
        slow = [asyncio.ensure_future(pool.ask((held, (name, str(tmp_path / "gate"))))) for name in "ab"]
        await asyncio.sleep(0.3)
        found = await pool.answers({"entry": "euler"}, {"formula": {}})
        assert found[0][0] == 200 and not any(task.done() for task in slow)
        (tmp_path / "gate").touch()
        assert [await task for task in slow] == [[(200, b"a")], [(200, b"b")]]

    run(test, spare=1, seconds=60)


def test_more_than_may_wait_are_told_to_come_again(tmp_path):
    async def test(pool):
        jobs = [asyncio.ensure_future(pool.ask((held, (name, str(tmp_path / "gate"))))) for name in "abc"]
        await asyncio.sleep(0)
        refused = await pool.ask((number, ("x",)))
        (tmp_path / "gate").touch()
        return refused, [await job for job in jobs], pool.under_way

    refused, found, under_way = run(test, waiting=2, seconds=60)
    assert refused == [BUSY] and BUSY[0] == 503
    assert found == [[(200, b"a")], [(200, b"b")], [(200, b"c")]]
    assert under_way == {}


def test_who_leaves_takes_waiting_work_along(tmp_path):
    async def test(pool):
        first = asyncio.ensure_future(pool.ask((held, ("a", str(tmp_path / "gate")))))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(pool.ask((marking, (str(tmp_path / "second"),))))
        await asyncio.sleep(0.05)
        second.cancel()
        while len(pool.under_way) > 1:
            await asyncio.sleep(0.01)
        (tmp_path / "gate").touch()
        await first
        await pid(pool)
        return pool.under_way

    assert run(test, seconds=60) == {}
    assert not (tmp_path / "second").exists()


def test_work_that_nobody_waits_for_any_more_ends_after_a_grace(monkeypatch):
    monkeypatch.setattr(pools, "GRACE", 0.1)

    async def test(pool):
        before = await pid(pool)
        work = asyncio.ensure_future(pool.ask((sleeping, ("60",))))
        await asyncio.sleep(0.1)
        work.cancel()
        return before, await asyncio.wait_for(pid(pool), 20)

    before, after = run(test, seconds=60)
    assert before != after


def test_a_job_that_is_left_at_once_can_be_asked_again():
    async def test(pool):
        first = asyncio.ensure_future(pool.ask((number, ("x",))))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        return await pool.ask((number, ("x",))), pool.under_way

    found, under_way = run(test)
    assert found[1] == (200, b"x") and under_way == {}


def test_work_that_another_waits_for_goes_on(monkeypatch, tmp_path):
    monkeypatch.setattr(pools, "GRACE", 0.01)

    async def test(pool):
        both = [asyncio.ensure_future(pool.ask((held, ("a", str(tmp_path / "gate"))))) for _ in range(2)]
        await asyncio.sleep(0.1)
        both[0].cancel()
        await asyncio.sleep(0.1)
        (tmp_path / "gate").touch()
        return await both[1]

    assert run(test, seconds=60) == [(200, b"a")]
