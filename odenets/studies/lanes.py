"""Where the work of one network is queued: a CUDA stream of its own; on the CPU work is done when it is asked for."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

# more than 8 streams wait for each other without it (CUDA C++ programming guide, environment variables); CUDA reads it
# when it begins, which torch puts off until the first tensor on a device
os.environ.setdefault("CUDA_DEVICE_MAX_CONNECTIONS", "32")


class Lane:
    """A queue of work on a device, beside which others run.

    Streams are kept, not made anew: torch gives out 32 in turn, and the 33rd is the first again (CUDA semantics,
    "CUDA streams").
    """

    def __init__(self, device: torch.device) -> None:
        self.stream = torch.cuda.Stream(device) if device.type == "cuda" else None

    def entered(self) -> AbstractContextManager[Any]:
        """The context whose work goes into this lane, and whose memory is this lane's alone."""
        return nullcontext() if self.stream is None else torch.cuda.stream(self.stream)

    def mark(self) -> Callable[[], bool]:
        """A function that tells, without waiting, whether all that is queued until now is done."""
        if self.stream is None:
            return lambda: True
        event = torch.cuda.Event()
        event.record(self.stream)
        return event.query


class Clock:
    """The time that is left, by the slowest epoch seen so far."""

    def __init__(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds
        self.slowest = 0.0

    def took(self, seconds: float) -> None:
        self.slowest = max(self.slowest, seconds)

    def fits(self, seconds: float | None = None) -> bool:
        """Whether an epoch that takes so long, or as long as the slowest one, ends in time; a tenth more is allowed."""
        return time.monotonic() + 1.1 * (self.slowest if seconds is None else seconds) < self.until
