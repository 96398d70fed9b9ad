"""Work in other processes: deadlines, memory, deaths, what waits and what is kept; each ends in a sentence."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import odenets
from odenets.explorer import pool as pools
from odenets.explorer.pool import BUSY, DIED, LATE, QUICK, Kept, Pool, cost
from odenets.explorer.views import VIEWS
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


# ---- views ----------------------------------------------------------------------------------------------------------


def test_views_come_in_the_order_asked_each_with_its_own_error():
    async def test(pool):
        asked = {"formula": {}, "no_view": {}, "tableau": {}}
        return await pool.answers({"entry": "lm2"}, asked), await pool.answers({"entry": "lm"}, {"formula": {}})

    found, ((status, body),) = run(test)
    assert [status for status, _ in found] == [200, 404, 200]
    assert "lines" in json.loads(found[0][1]) and "html" in json.loads(found[2][1])
    assert status == 422 and "lm" in json.loads(body)["error"]["sentence"]


def test_what_was_answered_is_not_computed_again():
    async def test(pool):
        first = await pool.answers({"entry": "lm2", "values": {"k": "1/2"}}, {"formula": {}})
        await pool.close()
        again = await pool.answers({"values": {"k": "1/2"}, "entry": "lm2"}, {"formula": {}})
        return first, again, pool.pool

    first, again, workers = run(test)
    assert first == again and first[0][0] == 200
    assert workers is None


def test_one_slow_view_leaves_the_others_theirs(monkeypatch):
    async def test(pool):
        done = pool.done

        async def slow(job):  # as if the first view alone were too slow
            return [LATE] if '"formula"' in job[1][1] else await done(job)

        monkeypatch.setattr(pool, "done", slow)
        return await pool.answers({"entry": "lm2"}, {"formula": {}, "tableau": {}})

    first, second = run(test)
    assert first == LATE and second[0] == 200


def test_views_that_are_all_too_slow_are_given_up_after_another_deadline(monkeypatch):
    async def test(pool):
        asked = []

        async def slow(job):
            asked.append(job[1][1])
            await asyncio.sleep(0.06)
            return [LATE]

        monkeypatch.setattr(pool, "done", slow)
        return asked, await pool.answers({"entry": "lm2"}, {name: {} for name in VIEWS})

    asked, found = run(test, seconds=0.1)
    assert found == [LATE] * len(VIEWS) and len(asked) <= 3


def test_answers_kept_are_bounded_in_bytes_and_the_oldest_leave_first():
    kept = Kept(80_000)
    for i in range(1000):
        kept.put(("view", str(i)), (200, b"x" * 2000))
        kept.get(("view", "0"))
        assert kept.held <= 80_000
    assert kept.held == sum(cost(key, found) for key, found in kept.found.items())
    assert next(iter(kept.found)) == ("view", "970")
    assert ("view", "0") in kept.found and ("view", "999") in kept.found
    kept.put(("large",), (200, b"x" * 20_000))
    assert kept.get(("large",)) is None


def test_what_is_quick_is_the_same_for_page_and_server_and_each_is_a_view():
    script = (Path(odenets.__file__).parent / "explorer" / "static" / "js" / "asking.js").read_text(encoding="utf-8")
    (listed,) = re.findall(r"const CHEAP = new Set\((\[[^\]]*\])\)", script)
    assert set(json.loads(listed)) == QUICK
    assert VIEWS.keys() >= QUICK
