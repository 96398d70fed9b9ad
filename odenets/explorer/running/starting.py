"""The one training that the page has started: a process of its own, stopped by SIGINT so that it can be continued."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from odenets.database import FILE
from odenets.errors import OdenetsError
from odenets.explorer.running.planning import ANOTHER, Plan, resuming
from odenets.files import make_folder
from odenets.records import Records

LOG = "started.log"
PATIENCE = 10.0  # seconds that a training has to save itself before it is killed
TAIL = 4096  # bytes of the log that hold its last line


class Starter:
    """Starts trainings under `root`, one at a time; each ends with this process, by SIGINT.

    program: what takes the words of a plan; `odenets`, on a leash, unless given.
    """

    def __init__(self, root: Path, program: Sequence[str] = ()) -> None:
        self.root = root
        self.program = tuple(program) or (sys.executable, "-m", "odenets.explorer.running.leash", str(os.getpid()))
        self._lock = threading.Lock()
        self._plan: Plan | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False
        self._run: str | None = None
        atexit.register(self.close)

    def start(self, plan: Plan) -> dict[str, Any]:
        """Start a training; gives its state. Raises OdenetsError while another goes on, and where a file cannot be."""
        with self._lock:
            if self._going:
                raise OdenetsError(f"{self._name} is being trained: wait for its end, or stop it first")
            make_folder(self.root, ANOTHER)
            plan.write()
            try:
                with (self.root / LOG).open("wb") as log:
                    self._process = subprocess.Popen(
                        (*self.program, *plan.words),
                        stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                    )  # fmt: skip
            except OSError as error:
                raise OdenetsError(f"the training could not be started: {error.strerror}") from None
            self._plan, self._stopped, self._run = plan, False, None
        return self.state()

    def stop(self) -> dict[str, Any]:
        """Ask the training to end; a second time, and after a while, it is killed. Raises OdenetsError without one."""
        with self._lock:
            if not self._going:
                raise OdenetsError("no training that this page started is going on: there is nothing to stop")
            self._signal(signal.SIGKILL if self._stopped else signal.SIGINT)
            self._stopped = True
            timer = threading.Timer(PATIENCE, self._end, (self._process,))
            timer.daemon = True
            timer.start()
        return self.state()

    def state(self) -> dict[str, Any]:
        """{"state": none, running, stopping or ended, and of a training "command", "run", "code", "says", "resume"}."""
        with self._lock:
            if self._plan is None or self._process is None:
                return {"state": "none"}
            code = self._process.poll()
            name = "ended" if code is not None else "stopping" if self._stopped else "running"
            self._run = self._run or self._recorded(self._process.pid)
            return {
                "state": name, "command": self._plan.command, "name": self._plan.name, "epochs": self._plan.epochs,
                "run": self._run, "code": code, "says": last_line(self.root / LOG), "resume": self._resume(code),
            }  # fmt: skip

    def close(self) -> None:
        """End the training with the server: SIGINT, and after a while SIGKILL."""
        if self._going and self._process is not None:
            self._signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE)
            self._end(self._process)
            print(f"odenets explore: the training of {self._name} was stopped", file=sys.stderr)
            if (run := self.state().get("run")) is not None:
                print(f"odenets explore: {resuming(self.root, run)} continues it", file=sys.stderr)
        atexit.unregister(self.close)

    @property
    def _going(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def _name(self) -> str:
        return self._plan.name if self._plan else ""

    def _resume(self, code: int | None) -> str | None:
        """The command that continues a training which ended early."""
        return resuming(self.root, self._run) if code and self._run else None

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _end(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is not None and process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _recorded(self, pid: int) -> str | None:
        """The id of the run that the process has made, if it has yet."""
        if not (self.root / FILE).exists():
            return None
        with suppress(OdenetsError), Records(self.root) as records:
            here = os.uname().nodename
            return next((run.id for run in reversed(records.runs()) if (run.pid, run.host) == (pid, here)), None)
        return None


def last_line(path: Path) -> str:
    """What a program said last: its error, where it ended with one."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return ""
    own = [line for line in lines if line.startswith("odenets: ")]
    return (own or lines or [""])[-1].removeprefix("odenets: ")[:1000]
