"""Number format and memory order of training: four choices, and which is fastest here."""

from __future__ import annotations

import copy
import statistics
import time
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from odenets.errors import OdenetsError

PRECISIONS = ("fp32", "fp32-channels-last", "bf16", "bf16-channels-last")


def autocast(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """The context of a forward pass: bfloat16 products where the precision says so, weights stay float32."""
    return torch.autocast(device.type, torch.bfloat16) if precision.startswith("bf16") else nullcontext()


def exact() -> AbstractContextManager[Any]:
    """The context of what is measured: cuDNN's float32 is float32, where torch lets it round to TF32, 11 bits of 24.

    Nor does cuDNN time its algorithms for each new shape, as a captured training step has it do from then on.
    """
    return torch.backends.cudnn.flags(enabled=True, allow_tf32=False)


def arrange(x: Any, precision: str) -> Any:
    """A module or a batch of images in the precision's memory order."""
    last = precision.endswith("channels-last")
    return x.to(memory_format=torch.channels_last if last else torch.contiguous_format)


def choose(wanted: str, model: nn.Module, images: Tensor, labels: Tensor) -> str:
    """The precision itself, or for "auto" the one whose training step measures fastest on this device with this model.

    Raises OdenetsError for an unknown one.
    """
    if wanted in PRECISIONS:
        return wanted
    if wanted != "auto":
        raise OdenetsError(f"precision {wanted!r} is unknown: take auto, {', '.join(PRECISIONS)}")
    seconds = {p: step_seconds(model, images, labels, p) for p in PRECISIONS}
    return min(seconds, key=lambda p: seconds[p])


def step_seconds(model: nn.Module, images: Tensor, labels: Tensor, precision: str, repeats: int = 3) -> float:
    """Seconds of a forward and backward pass, the median of a few after one that warms up; the model is left alone."""
    trial = arrange(copy.deepcopy(model), precision).train()
    images = arrange(images, precision)
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        with autocast(precision, images.device):
            loss = F.cross_entropy(trial(images), labels)
        loss.backward()
        if images.is_cuda:
            torch.cuda.synchronize(images.device)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])
