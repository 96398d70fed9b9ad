"""What does wiring from the table cost against the same network by hand, and LM-ResNet against ResNet?

A train step (forward, backward, no optimizer) of depth 20 on 128 CIFAR-sized images, paired, eager and compiled.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from benchmarks.by_hand import BY_HAND
from benchmarks.paired import paired, write
from odenets import build


def train_step(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> Callable[[], None]:
    def step() -> None:
        model.zero_grad(set_to_none=True)
        F.cross_entropy(model(images), labels).backward()

    return step


def main(batch: int = 128, rounds: int = 15, compile_too: bool = True) -> None:
    torch.manual_seed(0)
    images, labels = torch.randn(batch, 3, 32, 32), torch.randint(10, (batch,))
    images = images.to(memory_format=torch.channels_last)

    def made(model: nn.Module) -> nn.Module:
        return model.to(memory_format=torch.channels_last)

    rows: list[dict[str, Any]] = []
    for compiled in (False, True) if compile_too else (False,):
        mode = "compiled" if compiled else "eager"
        steps: dict[str, Callable[[], None]] = {}
        for scheme, by_hand in BY_HAND.items():
            pair = made(build(scheme=scheme, depth=20)), made(by_hand())
            wired, hand = (train_step(torch.compile(m) if compiled else m, images, labels) for m in pair)
            rows.append({"question": f"{scheme}: wired / by hand", "mode": mode, **paired(wired, hand, rounds)})
            steps[scheme] = wired
        pair_row = paired(steps["lm2"], steps["euler"], rounds)
        rows.append({"question": "LM-ResNet-20 / ResNet-20", "mode": mode, **pair_row})
        write("wiring", rows, batch=batch, memory_format="channels_last", dtype="float32")


if __name__ == "__main__":
    main(compile_too="--eager" not in sys.argv)
