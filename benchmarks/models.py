"""What does a train step of each named model cost, wired from its table, against the same network by hand or by others?

    python -m benchmarks.models                                   one model of each kind: pairs, then images a second
    python -m benchmarks.models resnet50 vit --modes eager        some models, one mode
    python -m benchmarks.models --questions speed --device cuda   images a second, and the share of the matrix rate

Pairs have equal weights, which tests/odenets/test_by_hand_models.py proves to give equal values. Every row is written
as it comes, to results/models.json and results/models_speed.json, on a card to models_cuda.json and
models_speed_cuda.json; rows measured before under the same conditions stay.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Iterator
from functools import cache
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.by_hand_models import BY_HAND, counterpart, kinds
from benchmarks.growing import Growing
from benchmarks.operations import operations
from benchmarks.others import others
from benchmarks.paired import paired
from odenets import Network, build
from odenets.named_models import models
from odenets.precision import PRECISIONS, arrange, autocast
from odenets.stems import STEMS

MODES = ("eager", "compiled")
WORK = {"cpu": 2e10, "cuda": 2e13}  # operations of a train step, by which the batch is chosen
BATCHES = {"cpu": (2, 128), "cuda": (16, 1024)}


class Case:
    """A named model on a device, and a batch for it: what its image size is, and as many as a step's work allows."""

    def __init__(self, name: str, device: str, batch: int | None, image: int | None) -> None:
        torch.manual_seed(0)
        self.name, self.device = name, torch.device(device)
        self.image = image or models()[name].image
        self.network = build(name)
        self.flops = self.counted()
        low, high = BATCHES[self.device.type]
        fitting = 2 ** int(WORK[self.device.type] / self.flops).bit_length() // 2
        self.batch = batch or min(max(fitting, low), high)
        self.images = self.inputs(self.batch).to(self.device)
        self.labels = torch.randint(self.network.spec.classes, (self.batch,), device=self.device)

    def inputs(self, batch: int) -> Tensor:
        shape = batch, *self.network.input_shape(self.image)
        words = STEMS[self.network.spec.stem].input == "numbers"
        return torch.randint(self.network.spec.channels, shape) if words else torch.randn(shape)

    def counted(self) -> int:
        """Multiplications and additions of a train step for one input: three forward passes, without arithmetic."""
        twin = build(self.name).to("meta")
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            twin(self.inputs(2).to("meta"))
        return (
            3 * counter.get_total_flops() // 2
        )  # the counter takes the backward pass of grouped convolutions too high

    def step(self, model: nn.Module, precision: str) -> Callable[[], None]:
        """A forward and backward pass, waited for."""
        model = arranged(model, precision)
        images = arranged(self.images, precision)

        def work() -> None:
            model.zero_grad(set_to_none=True)
            with autocast(precision, self.device):
                loss = F.cross_entropy(model(images), self.labels)
            loss.backward()
            if self.device.type == "cuda":
                torch.cuda.synchronize(self.device)

        return work


def arranged(x: Any, precision: str) -> Any:
    """In the precision's memory order, which tokens and tables do not have."""
    return x if isinstance(x, Tensor) and x.dim() != 4 else arrange(x, precision)


def running(model: nn.Module, mode: str) -> nn.Module:
    if mode == "eager":
        return model
    compiled: nn.Module = torch.compile(model)
    return compiled


def pairs(case: Case, modes: list[str], precision: str, rounds: int) -> Iterator[dict[str, Any]]:
    """Wired over each counterpart: medians of both, and of their ratio."""
    peers = {"by hand": counterpart(case.name, case.network, case.image), **others(case.name, case.network)}
    network: Network = case.network.to(case.device)
    for against, peer in peers.items():
        peer.to(case.device)
        for mode in modes:
            torch.compiler.reset()  # so that one pair does not use up the recompilations of the next
            steps = [case.step(running(model, mode), precision) for model in (network, peer)]
            row = {"model": case.name, "against": against, "mode": mode, "precision": precision, "batch": case.batch,
                   "image": case.image}  # fmt: skip
            if mode == "eager":
                row |= {f"{who}_operations": operations(step).total() for who, step in zip("ab", steps, strict=True)}
            yield {**row, **paired(*steps, rounds=rounds)}


def speed(case: Case, modes: list[str], precisions: list[str], rounds: int) -> Iterator[dict[str, Any]]:
    """Images a second of a model by precision, and the share of what the device's matrix products reach in it."""
    if STEMS[case.network.spec.stem].input != "images":
        return
    network: Network = case.network.to(case.device)
    for mode in modes:
        for precision in precisions:
            torch.compiler.reset()
            step = case.step(running(network, mode), precision)
            seconds = statistics.median([timed(step) for _ in range(rounds + 2)][2:])
            reached = case.batch * case.flops / seconds
            rate = matrix_rate(case.device, torch.bfloat16 if precision.startswith("bf16") else torch.float32)
            yield {"model": case.name, "mode": mode, "precision": precision, "batch": case.batch, "image": case.image,
                   "images_per_second": case.batch / seconds, "flops_per_second": reached, "matrix_rate": rate,
                   "share_of_matrix_rate": reached / rate}  # fmt: skip


@cache
def matrix_rate(device: torch.device, dtype: torch.dtype, rounds: int = 10) -> float:
    """Operations a second of the product of two large square matrices, the median of a few: 2 n³ over its time."""
    n = 8192 if device.type == "cuda" else 2048
    a, b = (torch.randn(n, n, device=device).to(dtype) for _ in range(2))

    def product() -> None:
        torch.mm(a, b)
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    return 2 * n**3 / statistics.median([timed(product) for _ in range(rounds + 3)][3:])


def timed(work: Callable[[], Any]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.models", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("models", nargs="*", metavar="MODEL", help="names; one of each kind unless said, 'all' for all")
    parser.add_argument("--questions", nargs="+", choices=("pairs", "speed"), default=["pairs", "speed"])
    parser.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=list(PRECISIONS), help="of speed")
    parser.add_argument("--precision", choices=PRECISIONS, default="fp32-channels-last", help="of pairs")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--batch", type=int, help="by the work of a step unless said")
    parser.add_argument("--image", type=int, help="height and width; the model's own unless said")
    given = parser.parse_args()
    given.models = list(BY_HAND) if given.models == ["all"] else given.models or list(kinds())
    return given


def main() -> None:
    """Ask each question of each model; what cannot run is a row that says why, and the next one runs."""
    given = arguments()
    suffix = "" if given.device == "cpu" else f"_{torch.device(given.device).type}"
    conditions: dict[str, Any] = {}
    if suffix:  # convolutions and the matrix rate that they are held against in one format, whatever is the default
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.allow_tf32 = torch.backends.cudnn.benchmark = True
        conditions = {"float32_products": "tf32"}
    same = ("model", "mode", "precision", "batch", "image")
    results = {
        "pairs": Growing(f"models{suffix}", ("against", *same), **conditions),
        "speed": Growing(f"models_speed{suffix}", same, **conditions),
    }
    for name in given.models:
        for question in given.questions:
            case = Case(name, given.device, given.batch, given.image)
            rows = (
                pairs(case, given.modes, given.precision, given.rounds)
                if question == "pairs"
                else speed(case, given.modes, given.precisions, given.rounds)
            )
            try:
                for row in rows:
                    results[question].add(row)
            except RuntimeError as error:  # out of memory, or a network that the compiler refuses
                print(f"{name}, {question}: {type(error).__name__}: {str(error)[:300]}", flush=True)


if __name__ == "__main__":
    main()
