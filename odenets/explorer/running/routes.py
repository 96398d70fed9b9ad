"""The addresses of the runs: the list, a run, its report, and the training that the page starts and stops."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from odenets.errors import OdenetsError
from odenets.explorer.bodies import json_of
from odenets.explorer.bounds import canonical
from odenets.explorer.refusals import place, refused
from odenets.explorer.running.beside import Beside, Busy
from odenets.explorer.running.detail import Missing, detail, found_run
from odenets.explorer.running.listing import Listing
from odenets.explorer.running.planning import ALLOWED, USUAL, Plan, plan_of, planned
from odenets.explorer.running.starting import Starter
from schemes import SchemeError

JSON = "application/json"
REPORT = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
    "Cache-Control": "no-store",
}
READ_ONLY = "this page is read-only: training is started by `odenets train`, or without --read-only"


def routes(root: Path, read_only: bool = False, starter: Starter | None = None) -> list[Route]:
    """The routes of the runs under `root`; with read_only no training is started or stopped.

    starter: what starts trainings, `odenets train` unless given.
    """
    runs = Runs(root, read_only, starter or Starter(root))
    return [
        Route("/runs.json", safely(runs.listed)),
        Route("/runs/started.json", safely(runs.started)),
        Route("/runs/command", safely(runs.planned), methods=["POST"]),
        Route("/runs/stop", safely(runs.stop), methods=["POST"]),
        Route("/runs", safely(runs.start), methods=["POST"]),
        Route("/runs/{id}.json", safely(runs.run)),
        Route("/runs/{id}/report", safely(runs.report)),
    ]


class Runs:
    """What the routes share."""

    def __init__(self, root: Path, read_only: bool, starter: Starter) -> None:
        self.root, self.read_only, self.starter = root, read_only, starter
        self.listing, self.beside = Listing(root), Beside(root)

    async def listed(self, request: Request) -> Response:
        found = await run_in_threadpool(self.listing.answer, request.query_params.get("after", ""))
        self.beside.learn(self.listing.ids)
        return answer(found)

    async def run(self, request: Request) -> Response:
        id, after = request.path_params["id"], epoch(request.query_params.get("after", "-1"))
        found = await run_in_threadpool(detail, self.root, id, self.beside.about.get(id), after)
        self.beside.learn([id])
        return answer(found)

    async def report(self, request: Request) -> Response:
        id = request.path_params["id"]
        await run_in_threadpool(self.check_done, id)
        return Response(await self.beside.report(id), headers=REPORT, media_type="text/html")

    def check_done(self, id: str) -> None:
        run = found_run(self.root, id)
        if run.status != "done":
            raise OdenetsError(f"run {run.id} is {run.status}: a report takes finished runs, resume it first")

    async def started(self, request: Request) -> Response:
        ends = {name: {"min": x[0], "max": x[-1], "step": x.step, "usual": USUAL[name]} for name, x in ALLOWED.items()}
        state = await run_in_threadpool(self.starter.state)
        return answer({**state, "read_only": self.read_only, "bounds": ends})

    async def planned(self, request: Request) -> Response:
        """The command line, before anything is started."""
        wanted = await self.wanted(request)
        return answer({"command": wanted.command}) if isinstance(wanted, Plan) else wanted

    async def start(self, request: Request) -> Response:
        self.check_writes()
        wanted = await self.wanted(request)
        if not isinstance(wanted, Plan):
            return wanted
        return answer(await run_in_threadpool(self.starter.start, wanted))

    async def wanted(self, request: Request) -> Plan | Response:
        """The plan that is asked for, by a worker, as a small design may take hours and all memory; or the refusal."""
        body = canonical(await json_of(request))
        ((status, text),) = await request.app.state.pool.ask((planned, (str(self.root), body)))
        return plan_of(text) if status == 200 else Response(text, status, media_type=JSON)

    async def stop(self, request: Request) -> Response:
        self.check_writes()
        return answer(await run_in_threadpool(self.starter.stop))

    def check_writes(self) -> None:
        if self.read_only:
            raise OdenetsError(READ_ONLY)


def epoch(text: str) -> int:
    try:
        return int(text) if len(text) < 12 else int("no number")
    except ValueError:
        raise OdenetsError(f"after = {text[:40]!r} is no epoch: give a whole number") from None


def answer(found: Any) -> Response:
    text = json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text.encode(errors="replace"), headers={"Cache-Control": "no-store"}, media_type=JSON)


def safely(view: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """The view, whose errors are one sentence each."""

    async def within(request: Request) -> Response:
        try:
            return await view(request)
        except (OdenetsError, SchemeError) as error:
            status = 404 if isinstance(error, Missing) else 503 if isinstance(error, Busy) else 422
            return Response(refused(str(error), place(error)), status, media_type=JSON)

    return within
