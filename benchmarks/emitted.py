"""Does emitted source run as fast as the wired network that it was written for?

Forward in evaluation, and a train step (forward, backward, no optimizer), paired in one process, eager.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.paired import paired, write
from odenets import build
from odenets.emission import emit

MODELS = ("resnet20", "lm_resnet20", "rk4_resnet20", "revnet38")


def emitted(network: nn.Module) -> nn.Module:
    """The network of its file, with the same weights."""
    scope: dict[str, Any] = {"__name__": "emitted"}
    exec(compile(emit(network), "emitted.py", "exec"), scope)
    other: nn.Module = scope["build"]()
    other.load_state_dict(network.state_dict())
    return other


def forward(model: nn.Module, images: torch.Tensor) -> Callable[[], None]:
    def run() -> None:
        with torch.no_grad():
            model.eval()(images)

    return run


def train_step(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> Callable[[], None]:
    def run() -> None:
        model.train().zero_grad(set_to_none=True)
        F.cross_entropy(model(images), labels).backward()

    return run


def main(batch: int = 16, rounds: int = 31) -> None:
    torch.manual_seed(0)
    images, labels = torch.randn(batch, 3, 32, 32), torch.randint(10, (batch,))
    rows: list[dict[str, Any]] = []
    for name in MODELS:
        wired = build(name)
        pair = emitted(wired), wired
        works = {
            "forward": [forward(m, images) for m in pair],
            "train step": [train_step(m, images, labels) for m in pair],
        }
        rows += [
            {"question": f"{name}: emitted / wired", "work": k, **paired(*both, rounds)} for k, both in works.items()
        ]
    write("emitted", rows, batch=batch, dtype="float32")


if __name__ == "__main__":
    main()
