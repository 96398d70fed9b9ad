"""How many images a second does ResNet-20 train, by number format and memory order?"""

from __future__ import annotations

import statistics

import torch

from benchmarks.paired import write
from odenets import build
from odenets.precision import PRECISIONS, step_seconds


def main(batch: int = 128, rounds: int = 5) -> None:
    torch.manual_seed(0)
    images, labels = torch.randn(batch, 3, 32, 32), torch.randint(10, (batch,))
    models = {name: build(scheme=name, depth=20) for name in ("euler", "lm2")}
    seconds: dict[tuple[str, str], list[float]] = {}
    for _ in range(rounds):  # in turn, so that drift of the machine reaches all alike
        for name, model in models.items():
            for precision in PRECISIONS:
                seconds.setdefault((name, precision), []).append(step_seconds(model, images, labels, precision))
    base = statistics.median(seconds["euler", "fp32"])
    rows = [
        {"scheme": name, "precision": precision, "images_per_second": batch / statistics.median(times),
         "times_fp32_resnet": base / statistics.median(times)}
        for (name, precision), times in seconds.items()
    ]  # fmt: skip
    write("cpu_recipe", rows, batch=batch, rounds=rounds)


if __name__ == "__main__":
    main()
