"""What do noise and stochastic equations cost: draws, paths of a scheme, torchsde, moments, dropped blocks?

paths      Euler–Maruyama, its weak form with two-point noise, and stochastic depth in √h scaling: 100 steps, wired,
           against a loop written by hand with torch's own samplers, paired; torchsde against the same loop
laws       6.5 million draws of each law against as many normal ones
memory     how much a fresh process grows by 65,536 paths: their moments, and their gradients
dropped    a training step of a network of stochastic depth against one whose blocks all stay (p = 1)

    python -m benchmarks.noise [--quick]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from math import sqrt
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.paired import paired, write
from benchmarks.reversible import MALLOC, MIB, status
from odenets import build
from odenets.continuous.by_torchsde import Equation, solved
from odenets.laws import draw
from odenets.noise import Walk, paths
from schemes import Scheme, get, random
from schemes.laws import Bernoulli, Distribution, Normal, StudentT, ThreePoint, TwoPoint, Uniform

STEPS = 100
H = Fraction(1, STEPS)
ROOT = sqrt(H)
SIZES = (65_536, 256)
DRAWS = 6_500_000
LAWS: tuple[Distribution, ...] = (
    TwoPoint(), Bernoulli("1/2"), Bernoulli("4/5"), Bernoulli("37/100"), ThreePoint(), Uniform(0, 1), StudentT(5),
)  # fmt: skip
TORCHS: dict[str, Callable[[], Tensor]] = {
    "bernoulli_(1/2)": lambda: torch.empty(DRAWS).bernoulli_(0.5),
    "random_(0, 2)": lambda: torch.empty(DRAWS).random_(0, 2),
}


class Scaled(nn.Module):
    """The field a u."""

    def __init__(self, a: float) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.tensor(a))

    def forward(self, u: Tensor) -> Tensor:
        return self.a * u


F, G = Scaled(0.5), Scaled(0.4)
Run = Callable[[Tensor], Tensor]


def euler_maruyama(u: Tensor) -> Tensor:
    h, root = float(H), ROOT
    for _ in range(STEPS):
        u = u + h * F(u) + root * torch.randn(len(u), 1) * G(u)
    return u


def euler_weak(u: Tensor) -> Tensor:
    h, root = float(H), ROOT
    for _ in range(STEPS):
        u = u + h * F(u) + root * (2 * torch.empty(len(u), 1).random_(0, 2) - 1) * G(u)
    return u


def stochastic_depth(u: Tensor) -> Tensor:
    h, root = float(H), ROOT
    for _ in range(STEPS):
        u = u + (h / 2 + root * (torch.empty(len(u), 1).bernoulli_(0.5) - 1 / 2)) * F(u)
    return u


CASES: dict[str, tuple[Scheme, dict[str, nn.Module], Run]] = {
    "euler_maruyama": (get("euler_maruyama"), {"f": F, "g": G}, euler_maruyama),
    "euler_maruyama, two points": (
        get("euler_maruyama", xi=random(TwoPoint(), per="sample")), {"f": F, "g": G}, euler_weak,
    ),
    "stochastic_depth": (get("stochastic_depth", p="1/2"), {"f": F}, stochastic_depth),
}  # fmt: skip


def forward(run: Run, u: Tensor) -> Callable[[], None]:
    @torch.no_grad()
    def work() -> None:
        run(u)

    return work


def gradients(run: Run, u: Tensor) -> Callable[[], None]:
    def work() -> None:
        F.zero_grad(set_to_none=True)
        G.zero_grad(set_to_none=True)
        run(u).square().mean().backward()

    return work


KINDS = {"forward": forward, "gradients": gradients}


def counted(u: Tensor) -> Tensor:
    """torchsde's Euler with time counted in steps."""
    equation = Equation(lambda z: (F(z), [G(z)]), ("sample",), u.shape, float(H))
    return solved(equation, u, STEPS, STEPS, "euler")


class Plain(nn.Module):
    noise_type, sde_type = "scalar", "ito"

    def f(self, t: Tensor, y: Tensor) -> Tensor:
        return F(y)

    def g(self, t: Tensor, y: Tensor) -> Tensor:
        return G(y)[..., None]


def missed(u: Tensor) -> Tensor:
    """torchsde's Euler as its documentation has it, whose hundred steps of 0.01 do not add up to 1."""
    from torchsde import sdeint

    end: Tensor = sdeint(Plain(), u, torch.tensor([0.0, 1.0]), method="euler", dt=float(H))[-1]
    return end


def of_paths(rounds: int) -> Iterator[dict[str, Any]]:
    for count in SIZES:
        u, many = torch.ones(count, 1), rounds * (1 if count > 1000 else 4)
        for name, (scheme, fields, by_hand) in CASES.items():
            walk = Walk(scheme, fields, H)
            for kind, work in KINDS.items():
                ours = work(lambda u, walk=walk: walk(u, STEPS), u)
                yield row(f"{count} paths, {name}, {kind}: wired / hand loop", ours, work(by_hand, u), many)
        for kind, work in KINDS.items():
            hand = work(euler_maruyama, u)
            yield row(f"{count} paths, {kind}: torchsde, grid aligned / hand loop", work(counted, u), hand, rounds)
    u = torch.ones(SIZES[-1], 1)
    question = f"{len(u)} paths, forward: torchsde, T = 1, N = 100 as it is / hand loop"
    yield row(question, forward(missed, u), forward(euler_maruyama, u), 2, warmup=1)


def of_laws(rounds: int) -> Iterator[dict[str, Any]]:
    def ours(law: Distribution) -> Callable[[], Tensor]:
        return lambda: draw(law, (DRAWS,), torch.float32, "cpu")

    normal = ours(Normal(0, 1))
    for name, work in [*TORCHS.items(), *((str(law), ours(law)) for law in LAWS)]:
        yield row(f"{DRAWS} draws: {name} / Normal(0, 1)", work, normal, rounds)


def of_dropped_blocks(rounds: int) -> Iterator[dict[str, Any]]:
    """The share that is spent outside of blocks stays: stem, head, sums."""
    images, labels = torch.randn(32, 3, 16, 16), torch.randint(10, (32,))

    def training(p: str) -> Callable[[], None]:
        net = build(scheme="stochastic_depth", values={"p": p}, layers=(12,), widths=(16,)).train()
        descent = torch.optim.SGD(net.parameters(), 0.01)

        def work() -> None:
            for _ in range(4):
                descent.zero_grad(set_to_none=True)
                nn.functional.cross_entropy(net(images), labels).backward()
                descent.step()

        return work

    whole = training("1")
    for p in ("4/5", "1/2", "1/5"):
        yield row(f"stochastic depth, a training step: p = {p} / p = 1", training(p), whole, rounds)


def row(question: str, ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int, warmup: int = 2) -> Any:
    return {"question": question, **paired(ours, theirs, rounds, warmup)}


# ---- memory of a process ------------------------------------------------------------------------------------------


def grown(kind: str, steps: int) -> float:
    """MiB by which the peak of this process grows over that of a short run."""
    u = torch.ones(1, 1).expand(SIZES[0], 1)
    scheme, fields, _ = CASES["euler_maruyama"]

    def run(steps: int) -> None:
        if kind == "moments":
            paths(scheme, fields, u, h=H, steps=steps, moments=(1, 2, 3, 4))
        else:
            paths(scheme, fields, u, h=H, steps=steps).square().mean().backward()

    run(2)
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark begins anew
    before = status("VmRSS")
    run(steps)
    return (status("VmHWM") - before) / MIB


def of_memory(steps: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    for kind in ("moments", "gradients"):
        for count in steps:
            command = [sys.executable, "-m", "benchmarks.noise", "--one", json.dumps([kind, count])]
            environment = os.environ | MALLOC
            out = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
            yield {"question": f"{SIZES[0]} paths, {count} steps, {kind}: peak memory grows by MiB", "mib": float(out)}


def main(rounds: int, steps: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    warnings.simplefilter("ignore")
    rows = [*of_laws(rounds), *of_paths(rounds), *of_dropped_blocks(rounds), *of_memory(steps)]
    write("noise", rows, steps=STEPS, draws=DRAWS, dtype="float32", threads=torch.get_num_threads())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="few rounds")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(grown(*json.loads(given.one)))
    else:
        main(*(3, (10, 100)) if given.quick else (15, (10, 100, 1000)))
