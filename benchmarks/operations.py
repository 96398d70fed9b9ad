"""How many operations a train step runs, counted as they reach the device: no clock, the same on every run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

IDLE = ("detach", "_unsafe_view", "promote_types", "empty")


class Operations(TorchDispatchMode):
    """Counts operations of the forward and the backward pass by name; what does no work, such as views, is none."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if not func.is_view and func.overloadpacket.__name__ not in IDLE:
            self.counts[func.overloadpacket.__name__] += 1
        return func(*args, **(kwargs or {}))


def operations(step: Callable[[], Any]) -> Counter[str]:
    """How often a train step runs each operation."""
    with Operations() as counted:
        step()
    return counted.counts
