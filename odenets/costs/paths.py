"""The paths from a network's input to its output, by how many weighted layers lie on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.conv import _ConvNd
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from odenets.costs.counting import inputs, twin
from odenets.equilibrium.order import recorded
from schemes import Scheme, step
from schemes.exact import is_zero

Lengths = Counter[int]  # {weighted layers: paths}, the coefficients of a polynomial in z; a layer multiplies by z
PRODUCTS = {getattr(torch.ops.aten, name) for name in ("convolution", "mm", "addmm", "bmm", "baddbmm", "mv", "addmv")}
SCALINGS = {torch.ops.aten.mul, torch.ops.aten.mul_}


@dataclass(frozen=True)
class Depth:
    """Weighted layers on the longest, the shortest and the mean path from input to output, and how many paths."""

    longest: int
    shortest: int
    mean: Fraction
    paths: int


def depth(network: nn.Module, shape: Tensor | Sequence[int]) -> Depth:
    """The effective depth of a network and of the ensemble of its paths; shape: of its input.

    ResNet-20: 20, 4 and 12 layers on the longest, the shortest and the mean of its 512 paths.
    Source: Veit, Wilber, Belongie 2016 (Residual networks behave like ensembles), section 3.
    """
    lengths = path_lengths(network, shape)
    paths = sum(lengths.values())
    return Depth(max(lengths), min(lengths), Fraction(sum(n * count for n, count in lengths.items()), paths), paths)


def path_lengths(network: nn.Module, shape: Tensor | Sequence[int]) -> dict[int, int]:
    """{weighted layers: number of paths} from the input to the output, convolutions and matrix products being layers.

    A step is its table: `schemes.step` on polynomials in z, where every coefficient but 0 is an edge and a field is
    z^(layers of its block). Stem, transitions and head are what runs between the steps, on the meta device.
    """
    model = twin(network).eval()
    x = inputs(network, shape, 2)
    paths = Paths({x: Counter({0: 1})})
    for module in model.modules():
        if isinstance(getattr(module, "scheme", None), Scheme):
            through_table(module, paths)
    with torch.no_grad(), paths:
        y = model(x)
    return dict(sorted(paths.of[y].items()))


class Paths(TorchDispatchMode):
    """Gives each tensor the paths that lead to it: those to what it is made of, one layer more behind a weight."""

    def __init__(self, start: dict[Tensor, Lengths]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.of = WeakTensorKeyDictionary(start)
        self.resting = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        before = [] if self.resting else [self.of[x] for x in tensors((args, kwargs or {})) if x in self.of]
        result = func(*args, **(kwargs or {}))
        if before:
            found = sum(before[1:], before[0])
            if func.overloadpacket in PRODUCTS and len(before) == 1:  # of two: attention, no weight
                found = longer(found, 1)
            if func.overloadpacket in SCALINGS and any(isinstance(x, float | int) and x == 0 for x in args):
                found = Counter()  # the velocity that begins at rest
            for x in tensors(result):
                self.of[x] = found
        return result


def through_table(module: nn.Module, paths: Paths) -> None:
    """From here on the paths to what a step returns are those of its table."""

    def enter(module: Any, args: Any) -> None:
        paths.resting = True

    def leave(module: Any, args: Any, result: Any) -> None:
        paths.resting = False
        results = result if isinstance(result, tuple) else (result,)
        table, order = pattern(module.scheme)
        own = evaluators(module)
        found = step(table, [own[i] for i in order], [paths.of.get(x, Counter()) for x in args])
        for x, lengths in zip(results, found, strict=True):
            paths.of[x] = lengths or Counter()

    module.register_forward_pre_hook(enter)
    module.register_forward_hook(leave)


@lru_cache(maxsize=256)
def pattern(scheme: Scheme) -> tuple[Scheme, tuple[int, ...]]:
    """1 for every coefficient that is not 0, the edges of the step's graph, and its stages' numbers in the step.

    Coupled stages count with one evaluation each, the one that backward sees.
    """
    table, order = recorded(scheme)
    return table.mapped(lambda x: Fraction(not is_zero(x)), parameters=()), order


def evaluators(module: Any) -> list[Callable[[Any], Lengths]]:
    """What each stage does to paths; none leads through the constant 1."""

    def evaluator(name: str) -> Callable[[Any], Lengths]:
        if name == "one":
            return lambda _: Counter()
        count = layers(getattr(module, name))
        return lambda paths: longer(paths or Counter(), count)

    return [evaluator(name) for name in module.block_names]


def layers(block: nn.Module) -> int:
    """The weighted layers of a block one after the other: what its class says, else its convolutions and matrices."""
    known = getattr(block, "convolutions", None)
    return sum(isinstance(m, _ConvNd | nn.Linear) for m in block.modules()) if known is None else int(known)


def longer(lengths: Lengths, by: int) -> Lengths:
    return Counter({n + by: count for n, count in lengths.items()})


def tensors(tree: Any) -> Iterator[Tensor]:
    """The tensors in nested arguments."""
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, dict | tuple | list):
        for x in tree.values() if isinstance(tree, dict) else tree:
            yield from tensors(x)
