"""The worker's side: one view of one design as JSON, or the sentence that says why not; never an exception."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from multiprocessing import connection, parent_process
from typing import Any

from analysis.errors import AnalysisError
from odenets.errors import OdenetsError
from odenets.explorer.bounds import BOUNDS, refuse
from odenets.explorer.refusals import place, refused
from schemes import Scheme, SchemeError

LATER = 1.0  # seconds
SCHEMES = 64  # kept by a worker, so that the views of a design share one

Found = tuple[int, bytes]  # status and JSON


def begin() -> None:
    """A worker's start: its memory is bounded, and it ends with the process that started it."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        size = BOUNDS["memory"].most * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    if parent := parent_process():
        threading.Thread(target=follow, args=(parent.sentinel,), daemon=True).start()
    threading.Thread(target=fetch, daemon=True).start()


def fetch() -> None:
    """Import what only some views need, which takes as long as the first formula, while that is computed."""
    time.sleep(LATER)
    for name in ("scipy.optimize", "scipy.integrate"):
        with suppress(Exception):  # the view that needs it says what is wrong with it
            import_module(name)


def follow(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def answers(design: str, views: str) -> list[Found]:
    """Views of a design, asked for as canonical JSON: views is [[name, options], …]."""
    return [answer(name, design, options) for name, options in json.loads(views)]


def answer(view: str, design: str, options: Any) -> Found:
    """(200, JSON of a view), or (status, refusal); a view finds the design among its options."""
    try:
        from odenets.explorer.views import VIEWS

        if view not in VIEWS:
            return 404, refused(f"there is no view {view!r}, the views are {', '.join(sorted(VIEWS))}")
        return 200, dumped(VIEWS[view](scheme(design), {**options, "design": json.loads(design)}))
    except (Exception, SystemExit) as error:
        return failed(view, error)


def catalogue() -> list[Found]:
    """All entries of the registry with what the page says of them, as one answer."""
    try:
        return [(200, dumped(import_module("odenets.explorer.catalogue").whole_catalogue()))]
    except Exception as error:
        return [failed("catalogue", error)]


@lru_cache(SCHEMES)
def scheme(design: str) -> Scheme:
    from odenets.explorer.designs import scheme_of

    return scheme_of(json.loads(design))


def dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(errors="replace")


def failed(view: str, error: BaseException) -> Found:
    match error:
        case SchemeError() | AnalysisError() | OdenetsError():
            return 422, refused(str(error), place(error))
        case MemoryError():
            return 422, refused(str(refuse("memory")))
    print(f"odenets explore: the view {view} failed", file=sys.stderr)
    traceback.print_exception(error, limit=-8, file=sys.stderr)
    return 422, refused(f"the view {view} failed on this design: the terminal of `odenets explore` says why")
