"""What does a Neural ODE of fixed steps cost: a wired chain against a hand-written loop and torchdiffeq?

Forward and backward of Euler's and the classical Runge–Kutta scheme over 20 steps, one field for all of them, paired.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torchdiffeq import odeint, odeint_adjoint

from benchmarks.paired import paired, write
from odenets import build
from odenets.continuous import ode

STEPS = 20
H = 1 / STEPS
FIELDS: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "mlp 64": ({"block": "mlp", "channels": 64}, (32, 64)),
    "conv 16": ({"block": "basic", "norm": "group", "channels": 16}, (8, 16, 16, 16)),
}
SMALL = "mlp 64"  # where the loop costs as much as its blocks, and compiling it pays
THEIRS = {"euler": "euler", "rk4_classic": "rk4"}  # torchdiffeq's rk4 is the 3/8 rule: as many evaluations and sums


def euler(f: nn.Module, u: Tensor) -> Tensor:
    for _ in range(STEPS):
        u = u + H * f(u)
    return u


def rk4_classic(f: nn.Module, u: Tensor) -> Tensor:
    for _ in range(STEPS):
        k1 = f(u)
        k2 = f(u + H / 2 * k1)
        k3 = f(u + H / 2 * k2)
        k4 = f(u + H * k3)
        u = u + H / 6 * (k1 + 2 * (k2 + k3) + k4)
    return u


class ByTorchdiffeq(nn.Module):
    def __init__(self, f: nn.Module, method: str, solve: Callable[..., Tensor]) -> None:
        super().__init__()
        self.f, self.method, self.solve = f, method, solve

    def rate(self, t: Tensor, u: Tensor) -> Tensor:
        return self.f(u)

    def forward(self, u: Tensor) -> Tensor:
        times = torch.linspace(0, 1, 2)
        more = {"adjoint_params": tuple(self.f.parameters())} if self.solve is odeint_adjoint else {}
        return self.solve(self.rate, u, times, method=self.method, options={"step_size": H}, **more)[-1]


def work(run: Callable[[Tensor], Tensor], f: nn.Module, u: Tensor) -> Callable[[], None]:
    def both() -> None:
        f.zero_grad(set_to_none=True)
        run(u).square().mean().backward()

    return both


def main(rounds: int = 25, compile_too: bool = True) -> None:
    torch.manual_seed(0)
    rows: list[dict[str, Any]] = []
    for field, (options, shape) in FIELDS.items():
        for scheme, by_hand in (("euler", euler), ("rk4_classic", rk4_classic)):
            net = build(
                scheme=scheme, widths=(shape[1],), layers=(STEPS,), h="1/N", depth_shared=True, **options
            )  # fmt: skip
            u = torch.randn(shape, requires_grad=True)
            f, chain, twin = net.stages[0].steps[0].f, net.stages[0], ode(net, scheme).solvers[0]
            hand = work(lambda u, f=f, by_hand=by_hand: by_hand(f, u), f, u)
            runs: dict[str, Callable[[Tensor], Tensor]] = {
                "wired": chain,
                "twin": lambda u, twin=twin: twin((u,))[0],
                "torchdiffeq": ByTorchdiffeq(f, THEIRS[scheme], odeint),
                "torchdiffeq, adjoint": ByTorchdiffeq(f, THEIRS[scheme], odeint_adjoint),
            }
            if compile_too and field == SMALL:
                runs["wired, compiled"] = torch.compile(chain)
                runs["hand, compiled"] = torch.compile(lambda u, f=f, by_hand=by_hand: by_hand(f, u))
            for name, run in runs.items():
                question = f"{scheme}, {field}: {name} / hand loop"
                rows.append(
                    {"question": question, **paired(work(run, f, u), hand, rounds * (1 + 7 * (field == SMALL)))}
                )
    shapes = {field: list(shape) for field, (_, shape) in FIELDS.items()}
    write("node", rows, steps=STEPS, shapes=shapes, dtype="float32", threads=torch.get_num_threads())


if __name__ == "__main__":
    main(compile_too="--eager" not in sys.argv)
