"""A client that leaves takes its question along; one that stays gets the answer, or the error."""

import asyncio

import pytest
from starlette.exceptions import HTTPException

from odenets.errors import OdenetsError
from odenets.explorer.app import waited


class Visitor:
    """Stands for a request whose client leaves after some seconds."""

    def __init__(self, seconds):
        self.seconds = seconds

    async def receive(self):
        await asyncio.sleep(self.seconds)
        return {"type": "http.disconnect"}


def asked(seconds, job):
    ended = []

    async def work():
        try:
            return await job()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    async def whole():
        try:
            return await asyncio.wait_for(waited(Visitor(seconds), work()), 10)
        finally:
            await asyncio.sleep(0)
            assert len(asyncio.all_tasks()) == 1  # nothing is left behind

    try:
        return asyncio.run(whole()), ended
    except HTTPException as error:
        return error.status_code, ended


async def quick():
    return "done"


async def never():
    await asyncio.sleep(3600)


async def wrong():
    raise OdenetsError("views must be an object")


def test_one_who_stays_gets_the_answer():
    assert asked(3600, quick) == ("done", [])


def test_one_who_leaves_takes_the_work_along():
    assert asked(0.01, never) == (499, ["cancelled"])


def test_an_error_of_the_work_is_an_error_of_the_request():
    with pytest.raises(OdenetsError, match="views must be"):
        asked(3600, wrong)
