"""Processes: is that of a run still there (a pid alone does not tell: pids are used again), and how ours is ended."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

SILENCE = timedelta(days=1)  # after it, a run of another host, whose process cannot be looked up, counts as interrupted


def this_process() -> tuple[str, int, str]:
    return os.uname().nodename, os.getpid(), birth_of(os.getpid()) or ""


def birth_of(pid: int) -> str | None:
    """Boot and clock tick at which process `pid` of this host began: pids are used again; None where none lives."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass  # another user's
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        # Counted from the last ")": the command's name, in parentheses, may itself hold spaces and parentheses.
        state, *fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].decode().split()
    except OSError:
        return ""  # no /proc (macOS), or hidden: the number alone must do
    return None if state in "ZX" else f"{boot}:{fields[18]}"  # Z: killed, not yet collected by its parent


def lives(host: str, pid: int, birth: str, heartbeat: str) -> bool:
    if host != os.uname().nodename:
        return datetime.now(UTC) - datetime.fromisoformat(heartbeat) < SILENCE
    now = birth_of(pid)
    return now is not None and (now == birth or "" in (now, birth))


@contextmanager
def deaf() -> Iterator[None]:
    """What begins meanwhile never hears the keys of the terminal: this process tells it when to stop."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM as KeyboardInterrupt; only the main thread gets signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: Any) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
