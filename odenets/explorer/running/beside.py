"""The helper's processes: what they said of each run is kept, one works at a time, each has a deadline."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from odenets.errors import OdenetsError

HELPER = (sys.executable, "-m", "odenets.explorer.running.helper")
SECONDS = 90.0
REPORTS = 8  # kept: a report of a finished run does not change
WAITING = 3  # reports asked for at once


class Busy(OdenetsError):
    """Too many reports are being made: the status is 503."""


class Beside:
    """What the helper says of the runs under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.about: dict[str, dict[str, Any]] = {}
        self._reports: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self._waiting = 0

    def learn(self, ids: Sequence[str]) -> None:
        """Begin to ask what the networks of these runs are, unless that is known or being asked; does not wait."""
        if (new := [id for id in ids if id not in self.about]) and (self._task is None or self._task.done()):
            self._task = asyncio.get_running_loop().create_task(self._learn(new[-200:]))

    async def _learn(self, ids: Sequence[str]) -> None:
        try:
            self.about |= json.loads(await said("about", str(self.root), *ids))
        except (OdenetsError, ValueError) as error:
            self.about |= {id: {"sentence": f"what the network of this run is cannot be told: {error}"} for id in ids}

    async def report(self, id: str) -> str:
        """The HTML of a run's report. Raises OdenetsError with the library's sentence, Busy where too many wait."""
        if id not in self._reports:
            if self._waiting >= WAITING:
                raise Busy("several reports are being made: ask again in a moment")
            self._waiting += 1
            try:
                async with self._lock:
                    if id not in self._reports:
                        self._reports[id] = await said("report", str(self.root), id)
            finally:
                self._waiting -= 1
            while len(self._reports) > REPORTS:
                del self._reports[next(iter(self._reports))]
        return self._reports[id]


async def said(*words: str, seconds: float = SECONDS) -> str:
    """Standard output of the helper; killed at its deadline, and when nobody waits any more.

    Raises OdenetsError with its sentence where it fails.
    """
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *HELPER, *words, stdin=asyncio.subprocess.DEVNULL, stdout=pipe, stderr=pipe
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        raise OdenetsError(f"this took more than {seconds:.0f} seconds: use `odenets report`") from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode == 2:
        raise OdenetsError(errors.decode(errors="replace").strip())
    if process.returncode:
        print(errors.decode(errors="replace"), file=sys.stderr)
        raise OdenetsError("this failed: the terminal of `odenets explore` says why")
    return output.decode()
