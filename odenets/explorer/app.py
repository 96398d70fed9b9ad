"""The routes of the page: static files, views from the pool, the catalogue, the snapshot, and those of the runs."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from odenets.errors import OdenetsError
from odenets.explorer.bodies import json_of
from odenets.explorer.bounds import canonical, check
from odenets.explorer.bundle import bundle
from odenets.explorer.guard import Guard
from odenets.explorer.pool import Pool
from odenets.explorer.refusals import refused
from odenets.explorer.running.routes import routes
from odenets.explorer.snapshot import snapshot
from odenets.explorer.worker import Found

STATIC = Path(__file__).parent / "static"
JSON = "application/json"
FONT = "/math.woff2"
VIEW = re.compile(r"[a-z][a-z0-9_]{0,39}")
T = TypeVar("T")


def explorer(
    pool: Pool, root: Path, *, hosts: frozenset[str] | None, token: str = "", read_only: bool = False
) -> Starlette:
    """The application.

    pool       computes the views; started and ended with the application
    root       the folder of the run records
    hosts      values of Host that are ours; None: any
    token      asked of every visitor unless ""
    read_only  no training is started
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        warming = asyncio.ensure_future(pool.catalogue())  # the listening socket does not wait for it
        yield
        warming.cancel()
        await pool.close()

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/style.css", style),
            Route("/script.js", script),
            Route(FONT, font),
            Route("/catalogue.json", catalogue),
            Route("/view/{name}", view, methods=["POST"]),
            Route("/views", views, methods=["POST"]),
            Route("/snapshot", saved, methods=["POST"]),
            *routes(root, read_only),
        ],
        middleware=[
            Middleware(Guard, hosts=hosts, token=token),
            Middleware(GZipMiddleware, minimum_size=1000, compresslevel=5),
        ],
        exception_handlers={OdenetsError: wrong, HTTPException: unknown, Exception: unexpected},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.pool, app.state.saving = pool, asyncio.Lock()
    return app


# ---- files ---------------------------------------------------------------------------------------------------------


async def page(request: Request) -> Response:
    return file(request, (STATIC / "index.html").read_bytes(), "text/html; charset=utf-8")


async def style(request: Request) -> Response:
    return file(request, (STATIC / "style.css").read_bytes(), "text/css; charset=utf-8")


async def font(request: Request) -> Response:
    return file(request, (STATIC / FONT[1:]).read_bytes(), "font/woff2")


async def script(request: Request) -> Response:
    try:
        text = await run_in_threadpool(bundle, STATIC / "js")
    except OdenetsError as error:  # a module that is being written: the browser's console says where
        text = f"throw new Error({json.dumps(str(error))});"
    return file(request, text.encode(), "text/javascript; charset=utf-8")


async def catalogue(request: Request) -> Response:
    status, body = await waited(request, request.app.state.pool.catalogue())
    return file(request, body, JSON) if status == 200 else Response(body, status, media_type=JSON)


def file(request: Request, body: bytes, kind: str) -> Response:
    """A body with its ETag, packed where the browser unpacks; 304 where the browser has it."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"etag": tag, "cache-control": "no-cache"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["content-encoding"] = packed(body), "gzip"
    return Response(body, headers=headers, media_type=kind)


@lru_cache(16)
def packed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)


# ---- views ---------------------------------------------------------------------------------------------------------


async def view(request: Request) -> Response:
    body = await asked(request)
    options = {key: x for key, x in body.items() if key != "design"}
    job = request.app.state.pool.answers(body["design"], {name_of(request.path_params["name"]): options})
    ((status, text),) = await waited(request, job)
    return Response(text, status, media_type=JSON)


async def views(request: Request) -> Response:
    """Several views of one design, each its answer or its error: the status is 200."""
    body = await asked(request)
    wanted = body.get("views")
    if not isinstance(wanted, dict) or not all(isinstance(x, dict) for x in wanted.values()):
        raise OdenetsError('views must be an object of options by name: {"formula": {}, "roots": {}}')
    check("views", len(wanted))
    job = request.app.state.pool.answers(body["design"], {name_of(name): x for name, x in wanted.items()})
    found: list[Found] = await waited(request, job)
    rows = [json.dumps(name).encode() + b":" + text for name, (_, text) in zip(wanted, found, strict=True)]
    return Response(b"{" + b",".join(rows) + b"}", media_type=JSON)


async def saved(request: Request) -> Response:
    """The page as one file with what it shows, to be downloaded."""
    saving: asyncio.Lock = request.app.state.saving
    if saving.locked():  # each takes up to 200 MB and seconds of this process
        raise HTTPException(503, "another snapshot is being made: save yours in a moment")
    async with saving:
        text = await run_in_threadpool(snapshot, await json_of(request, floats=True), STATIC)
    headers = {"content-disposition": 'attachment; filename="odenets-snapshot.html"'}
    return Response(text, headers=headers, media_type="text/html")


async def asked(request: Request) -> dict[str, object]:
    """The body of a question: an object with a design, which is one too. Raises OdenetsError."""
    body = await json_of(request)
    if not isinstance(body, dict) or not isinstance(body.get("design"), dict):
        raise OdenetsError('a question is an object with a design: {"design": {"entry": "rk4_classic"}}')
    check("characters", len(canonical(body["design"])))
    return body


def name_of(name: str) -> str:
    if not VIEW.fullmatch(name):
        raise HTTPException(404, "a view has a name of small letters: see views in /catalogue.json")
    return name


async def waited(request: Request, job: Awaitable[T]) -> T:
    """What a job gives; a client that leaves takes it along."""
    work, leaving = asyncio.ensure_future(job), asyncio.ensure_future(left(request))
    try:
        await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise HTTPException(499, "the client left")
        return work.result()
    finally:
        work.cancel()
        leaving.cancel()


async def left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


# ---- refusals ------------------------------------------------------------------------------------------------------


async def wrong(request: Request, error: Exception) -> Response:
    return Response(refused(str(error)), 422, media_type=JSON)


SAID = {404: "there is nothing at this address", 405: "this address is not asked in this way, it takes another method"}


async def unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = SAID.get(error.status_code, error.detail) if error.detail in STANDARD else error.detail
    return Response(refused(sentence), error.status_code, error.headers, media_type=JSON)


STANDARD = ("Not Found", "Method Not Allowed")


async def unexpected(request: Request, error: Exception) -> Response:
    return Response(refused("the server failed: its terminal says why"), 500, media_type=JSON)
