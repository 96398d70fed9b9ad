"""The answers of the pool: views of a design, what is kept of them, and what is given up."""

import asyncio
import json
import re
from pathlib import Path

import odenets
from odenets.explorer.pool import LATE, QUICK, Kept, cost
from odenets.explorer.views import VIEWS
from tests.odenets.explorer.test_pool import run


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
