"""What does a network cost whose states are rebuilt, in memory and in time, and how do others fare?

Chains of bn-relu-conv twice, 16 channels, 32 images of 32 × 32, a train step without optimizer, by depth (blocks): MiB
kept between the passes (autograd's and the chain's own) beyond what one plain block keeps, peak memory of a fresh
process beyond parameters and gradients, and time over that of the same chain that keeps everything, paired.

    python -m benchmarks.reversible [--depths 20 100 200 400] [--cases revnet leapfrog …] [--peers FOLDER]

FOLDER: revtorch, as of `pip install --no-deps --target FOLDER revtorch`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks

from benchmarks.paired import paired, write
from odenets.memory import Chain, Memory
from odenets.wiring import wire
from schemes import Scheme, get, learned

F = Fraction
BATCH, CHANNELS, SIZE = 32, 16, 32
MIB = 2**20
ROUNDS = {20: 9, 100: 5, 200: 3, 400: 2}
KEPT, EXACT, DOUBLE = (Memory(reversible=True, fallback=how) for how in ("checkpoint", "exact", "double"))
LM = get("lm2", k=learned(F(-99, 100)))
CASES: dict[str, tuple[Scheme, Memory]] = {
    "revnet": (get("revnet"), KEPT),
    "leapfrog": (get("leapfrog"), KEPT),
    "momentum 99/100": (get("momentum", gamma=F(99, 100)), KEPT),
    "momentum 99/100, double": (get("momentum", gamma=F(99, 100)), DOUBLE),
    "momentum 9/10": (get("momentum", gamma=F(9, 10)), KEPT),
    "momentum 9/10, exact": (get("momentum", gamma=F(9, 10)), EXACT),
    "lm2, k = 0.99": (get("lm2", k=learned(F(99, 100))), KEPT),
    "lm2, k = -0.99": (LM, KEPT),
    "lm2, k = -0.99, exact": (LM, EXACT),
    "lm2, k = -0.99, double": (LM, DOUBLE),
    "euler, checkpoint = 1": (get("euler"), Memory(checkpoint=1)),
}
PEERS = ("revtorch",)  # memcnn 1.5.2 crashes beside torch 2.13, as it empties the storage of its inputs
MALLOC = {"MALLOC_MMAP_THRESHOLD_": "65536"}


def block() -> nn.Module:
    def half() -> list[nn.Module]:
        return [nn.BatchNorm2d(CHANNELS), nn.ReLU(), nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1, bias=False)]

    return nn.Sequential(*half(), *half())


class Whole(nn.Module):
    """A chain from one tensor: every state begins as it, a network of chunks as chunks."""

    def __init__(self, scheme: Scheme, memory: Memory, depth: int) -> None:
        super().__init__()
        names = dict.fromkeys(scheme.fields)
        self.count = len(scheme.states)
        self.chain = Chain([wire(scheme, {name: block for name in names}) for _ in range(depth // len(names))], memory)

    def forward(self, x: Tensor) -> Tensor:
        found = self.chain(*([x] * self.count))
        return found if isinstance(found, Tensor) else torch.cat(found, 1)


def peer(depth: int) -> nn.Module:
    """The coupling of RevNet by RevTorch; twice the channels, as it cuts them in two."""
    import revtorch

    blocks = (revtorch.ReversibleBlock(block(), block()) for _ in range(depth // 2))
    return revtorch.ReversibleSequence(nn.ModuleList(blocks))  # type: ignore[no-any-return]


def made(name: str, depth: int, plain: bool = False) -> tuple[nn.Module, Tensor]:
    torch.manual_seed(0)
    channels = 2 * CHANNELS if name in PEERS else CHANNELS
    x = torch.randn(BATCH, channels, SIZE, SIZE, requires_grad=True)  # else revtorch has no gradients at all
    if name in PEERS:
        return peer(depth), x
    scheme, memory = CASES[name]
    return Whole(scheme, Memory() if plain else memory, depth), x


def train_step(net: nn.Module, x: Tensor) -> Callable[[], None]:
    def step() -> None:
        net.zero_grad(set_to_none=True)
        net(1 * x).square().mean().backward()  # a leaf keeps its gradient

    return step


# ---- bytes between the passes ------------------------------


def tensors(thing: Any, seen: set[int]) -> Iterator[Tensor]:
    """Every tensor that something holds, modules apart."""
    if id(thing) in seen or isinstance(thing, nn.Module | nn.Parameter):
        return
    seen.add(id(thing))
    if isinstance(thing, Tensor):
        yield thing
    elif is_dataclass(thing):
        yield from (x for f in fields(thing) for x in tensors(getattr(thing, f.name), seen))
    elif isinstance(thing, dict):
        yield from (x for part in thing.values() for x in tensors(part, seen))
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from (x for part in thing for x in tensors(part, seen))


def kept(net: nn.Module, x: Tensor) -> int:
    """Bytes that wait for the backward pass, each memory once, without parameters and input."""
    saved: list[Tensor] = []

    def pack(tensor: Tensor) -> Tensor:
        saved.append(tensor.detach())  # an output that its own node held would never be freed
        return saved[-1]

    with saved_tensors_hooks(pack, lambda tensor: tensor):
        found = net(x)
    left, seen = [found.grad_fn], set()
    while left:
        node = left.pop()
        if node is not None and node not in seen:
            seen.add(node)
            left += [x for x, _ in node.next_functions]
            saved += tensors(getattr(node, "work", None), set())
    known = {t.untyped_storage().data_ptr() for t in (x, *net.parameters())}
    memory = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in saved}
    return sum(size for place, size in memory.items() if place not in known)


# ---- peak memory of a process ------------------------------


def status(field: str) -> int:
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return 1024 * int(found[1]) if found else 0


def peak(name: str, depth: int, plain: bool) -> float:
    """MiB that a train step takes beyond what the process has before it and the gradients that it leaves."""
    torch.set_num_threads(1)
    warm = train_step(*made(name, 2, plain))
    warm()
    net, x = made(name, depth, plain)
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark begins anew
    before = status("VmRSS")
    train_step(net, x)()
    left = sum(p.grad.numel() * p.grad.element_size() for p in net.parameters() if p.grad is not None)
    return (status("VmHWM") - before - left) / MIB


def in_fresh_process(name: str, depth: int, plain: bool, folder: str) -> float:
    """`peak` where glibc gives freed tensors back: else its heap fragments, by up to 2 MiB a step of any chain."""
    call = [sys.executable, "-m", "benchmarks.reversible", "--one", json.dumps([name, depth, plain]), "--peers", folder]
    return float(
        subprocess.run(call, capture_output=True, text=True, check=True, env=os.environ | MALLOC).stdout.split()[-1]
    )


def row(name: str, depth: int, folder: str, one: float) -> dict[str, Any]:
    same = "revnet" if name in PEERS else name  # what peers do, keeping everything
    (net, x), (true, y) = made(name, depth), made(same, depth, plain=True)
    return {
        "case": name,
        "depth": depth,
        "beyond_one_block_mib": kept(net, x) / MIB - one,
        "plain_mib": kept(true, y) / MIB - one,
        "peak_mib": in_fresh_process(name, depth, False, folder),
        "plain_peak_mib": in_fresh_process(same, depth, True, folder),
        **paired(train_step(net, x), train_step(true, y), rounds=ROUNDS.get(depth, 3), warmup=1),
    }


def main(depths: list[int], names: list[str], folder: str) -> None:
    one = kept(*made("euler, checkpoint = 1", 1, plain=True)) / MIB
    rows: list[dict[str, Any]] = []
    for name in names or [*CASES, *(name for name in PEERS if find_spec(name))]:
        for depth in depths:
            rows.append(row(name, depth, folder, one))
            conditions = {"batch": BATCH, "channels": CHANNELS, "size": SIZE, "one_block_mib": one, **MALLOC}
            write("reversible", rows, **conditions)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--depths", type=int, nargs="+", default=list(ROUNDS))
    parser.add_argument("--cases", nargs="+", default=[])
    parser.add_argument("--peers", default="", help="a folder that holds revtorch")
    parser.add_argument("--one", default="")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.peers:
        sys.path.append(given.peers)
    if given.one:
        print(peak(*json.loads(given.one)))
    else:
        main(given.depths, given.cases, given.peers)
