"""The words of a network's picture: its layers, its blocks, the numbers of its steps, its coefficients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from torch import nn

from odenets.blocks import Block
from odenets.blocks.conservative import Antisymmetric, Conservative
from odenets.blocks.implicit import Diffusion
from odenets.figures_network_plan import BEFORE, PROJECT, Run, Table
from odenets.stages import Start
from odenets.transitions import PoolPad
from odenets.wiring import One
from schemes.writing import LATEX, TEXT

SEVERAL = 4  # names that are listed; of more, the first and the last
SHOWN = 3  # values that enter a box
MANY = 7  # words of a coefficient, (1 − k1 − k2 − k3)


# ---- modules -------------------------------------------------------------------------------------------------------


def conv(x: nn.Conv2d) -> str:
    kernel, stride = "×".join(map(str, x.kernel_size)), x.stride[0]
    groups, strided = f" in {x.groups} groups" * (x.groups > 1), f", stride {stride}" * (stride > 1)
    return f"{kernel} conv, {x.out_channels}{groups}{strided}"


def max_pool(x: nn.MaxPool2d) -> str:
    return f"max pool, stride {x.stride}"


def pool_pad(x: PoolPad) -> str:
    nth = {2: "2nd", 3: "3rd"}.get(x.stride, f"{x.stride}th")
    new = f"{abs(x.new)} {'zero channels more' if x.new > 0 else 'channels fewer'}"
    return ", ".join([f"every {nth} pixel"] * (x.stride > 1) + [new] * (x.new != 0))


def matrix(letter: str, x: Conservative) -> str:
    """K, which has the shape of a convolution's weight or of a matrix."""
    channels, _, *kernel = x.weight.shape
    return f"{'×'.join(map(str, kernel))} conv {letter}, {channels}" if kernel else f"linear {letter}, {channels}"


def diffusion(x: Diffusion) -> str:
    return f"{'×'.join(map(str, x.weight.shape[1:]))} conv L in each channel"


# what a leaf is called; "" is not worth a word. What is not here is called by its class
LEAVES: dict[type[nn.Module], Callable[[Any], str]] = {
    nn.Conv2d: conv,
    nn.Linear: lambda x: f"linear, {x.out_features}",
    nn.Embedding: lambda x: f"embedding, {x.embedding_dim}",
    nn.BatchNorm2d: lambda _: "norm",
    nn.GroupNorm: lambda _: "norm",
    nn.LayerNorm: lambda _: "norm",
    nn.MaxPool2d: max_pool,
    PoolPad: pool_pad,
    Antisymmetric: lambda x: matrix("W", x),
    Conservative: lambda x: matrix("K", x),
    Diffusion: diffusion,
    nn.AdaptiveAvgPool2d: lambda _: "mean",
    nn.Flatten: lambda _: "",
    nn.Identity: lambda _: "",
    One: lambda _: "the constant 1",
    Start: lambda _: "",
}
WEIGHTED = (nn.Conv2d, nn.Linear, nn.Embedding, Conservative, Diffusion)


def described(module: nn.Module, weighted: bool = False) -> str:
    """The layers of a module in the order in which they were made, "norm – relu – linear, 10"; or its weighted ones."""
    return " – ".join(layers(module, weighted))


def layers(module: nn.Module, weighted: bool = False) -> list[str]:
    leaves = [x for x in module.modules() if isinstance(x, tuple(LEAVES)) or not any(True for _ in x.children())]
    words = [leaf(x) for x in leaves if not weighted or isinstance(x, WEIGHTED)]
    return list(filter(None, words))


def leaf(module: nn.Module) -> str:
    say = next((say for kind, say in LEAVES.items() if isinstance(module, kind)), None)
    return type(module).__name__.lower() if say is None else say(module)


def blocks(parts: Mapping[str, nn.Module], first: Mapping[str, nn.Module] | None = None) -> list[str]:
    """What each box of a step is, boxes that are alike on one line: "f1, f2 = Basic: 3×3 conv, 16 – 3×3 conv, 16".

    first: the boxes of the stage's first step, which crosses; a box that is another there has one more line
    """
    alike: dict[tuple[str, str], list[str]] = {}
    for name, module in parts.items():
        usual, there = (block(name, x) for x in (module, (first or {}).get(name, module)))
        if fits(usual, there):
            alike.setdefault((" – ".join(map(said_once, usual, there)), ""), []).append(name)
        else:
            alike.setdefault((" – ".join(there), " of step 1"), []).append(name)
            alike.setdefault((" – ".join(usual), ""), []).append(name)
    return [f"{listed(list(map(symbol, names)))}{at} = {text}" for (text, at), names in alike.items()]


def block(name: str, module: nn.Module) -> list[str]:
    """The layers of a box; of a kind of block the weighted ones, the first behind the block's name."""
    leaf = not isinstance(module, Block) and not any(True for _ in module.children())
    if leaf or name[0] in (PROJECT, BEFORE):
        return layers(module)
    first, *others = layers(module, weighted=True) or [""]
    return [": ".join(filter(None, [type(module).__name__, first])), *others]


def fits(usual: Sequence[str], there: Sequence[str]) -> bool:
    return len(usual) == len(there) and all(map(str.startswith, there, usual))


def said_once(usual: str, there: str) -> str:
    """A layer, with what a stage's first step has besides: "3×3 conv, 32, stride 2 in step 1"."""
    return usual if usual == there else f"{there} in step 1"


def shape(found: Sequence[int], size: int | None) -> str:
    """A shape without the batch: images (C, H, W), tokens (T, C) or vectors (C,)."""
    if len(found) == 3:
        return f"{found[0]} channels" + (f", {found[1]} × {found[2]}" if size else "")
    return f"{found[0]} tokens of {found[1]}" if len(found) == 2 else f"{found[0]} features"


# ---- steps ---------------------------------------------------------------------------------------------------------


def numbers(run: Run, place: int = 0) -> str:
    """The numbers of a run's steps, or of those at a place of its cycle."""
    if (length := len(run.cycle)) > 1 and run.drawn:
        found = [run.first + 1 + place + length * i for i in range(run.times)]
        return f"step{'s' * (run.times > 1)} {listed(list(map(str, found)))}"
    return ranges(range(run.first + 1, run.first + 1 + run.steps))


def where(table: Table, counts: Sequence[int]) -> str:
    """The steps of a table in stages of so many, "step 1 of stages 2–3"."""
    alike: dict[str, list[int]] = {}
    for i in dict.fromkeys(stage for stage, _ in table.places):
        found = [j + 1 for stage, j in table.places if stage == i]
        alike.setdefault(place(found, counts[i]), []).append(i + 1)
    return "; ".join(f"{text} of {of(found, len(counts))}" for text, found in alike.items())


def place(found: Sequence[int], count: int) -> str:
    first = found[0]
    if len(found) > 1 and list(found) == list(range(first, count + 1)):
        return "all steps" if first == 1 else f"step {first} to the last"
    return ranges(found)


def of(found: list[int], stages: int) -> str:
    if len(found) == 1:
        return f"stage {found[0]}"
    return "every stage" if len(found) == stages else f"stages {ranges(found).partition(' ')[2]}"


def ranges(found: Sequence[int]) -> str:
    """[1, 2, 3, 7] as "steps 1–3, 7"."""
    starts = [x for x in found if x - 1 not in found]
    ends = [x for x in found if x + 1 not in found]
    texts = [f"{a}" if a == b else f"{a}–{b}" for a, b in zip(starts, ends, strict=True)]
    return f"step{'s' if len(found) > 1 else ''} {', '.join(texts)}"


def listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= SEVERAL else f"{names[0]}, {names[1]} … {names[-1]}"


def symbol(name: str) -> str:
    return f"${LATEX.name(name)}$"


def number(x: Any) -> str:
    """A coefficient on one line, a long one to its digits that matter, a long sum to its first terms."""
    if isinstance(x, Fraction) and len(f"{x.denominator}") > 4:
        return f"{float(x):.4g}".replace("-", "−")
    text, words = LATEX.coefficient(x), TEXT.coefficient(x).replace("-", "−").split(" ")
    if "frac" not in text and len(words) <= MANY:
        return f"${text}$"
    return " ".join(words if len(words) <= MANY else [*words[:4], "…)"])
