"""The body of a request as JSON, for every route that takes one."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from odenets.errors import OdenetsError
from odenets.explorer.bounds import read_json


async def json_of(request: Request, *, floats: bool = False) -> object:
    """The body as JSON, as `read_json` reads it. Raises HTTPException, status 400, for what is none."""
    try:
        return await run_in_threadpool(read_json, await request.body(), floats=floats)
    except OdenetsError as error:
        raise HTTPException(400, str(error)) from None
