"""The words of a network's picture: its parts, its steps, its coefficients, and how it is read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from torch import nn

from odenets.figures_network_plan import BEFORE, PROJECT, SIGMA, Plan, Run, Table
from odenets.stages import Start
from odenets.wiring import One
from schemes import Parameter
from schemes.scheme import lag
from schemes.writing import LATEX, TEXT

SEVERAL = 4  # names that are listed; of more, the first and the last
SHOWN = 3  # values that enter a box
MANY = 7  # words of a coefficient, (1 − k1 − k2 − k3)
CAPTION = (
    "Above, the network, read line by line from stem to head. A box is a step, its letter the table below that it is "
    "wired by; stacked boxes with × 16 are 16 such steps, one behind the other, each with weights of its own unless "
    "“shared weights” is said. An arrow is a value that a step adds up; beside it is the factor with which it enters "
    "the next value (1, or only through a block, where there is none)."
)
LATE = " A dashed arrow brings a value of an earlier step."
NARROWS = " A box that narrows to the right changes the number of channels or the size."
PASSES = f" {PROJECT} is what states go through there."
SHARES = f" {BEFORE} is what comes before both block and projection."
BEHIND = " σ is what comes behind a sum."
DETAIL = (
    "Below, one step of each table in full. A horizontal line carries a value to the right; a mark on it takes the "
    "value, times the number beside the mark (1 where there is none), into the sum that runs down to a box or an "
    "arrow. A box evaluates its block on that sum: $F_i$ is what it gives. An arrow is the next value. Lines that "
    "cross without a mark do not touch. Values that a step only hands on to the next one are named under it, not "
    "drawn."
)
MANY_VALUES = " Of more than three values that enter a step the first two and the last are drawn there."
SKIPPED = " A dotted box counts steps that each have a table of their own, which are not drawn."
REPEATED = " A dashed frame is gone through as many times as is written in it."
START = " Where {} begins, values of earlier steps are copies of its first one, velocities and increments 0."
VARYING = " Coefficients {} differ from step to step; their first and last values are given."
ROUNDED = " Numbers with a decimal point are rounded."


# ---- modules -------------------------------------------------------------------------------------------------------


def conv(x: nn.Conv2d) -> str:
    kernel, stride = "×".join(map(str, x.kernel_size)), x.stride[0]
    groups, strided = f" in {x.groups} groups" * (x.groups > 1), f", stride {stride}" * (stride > 1)
    return f"{kernel} conv, {x.out_channels}{groups}{strided}"


def max_pool(x: nn.MaxPool2d) -> str:
    return f"max pool, stride {x.stride}"


# what a leaf is called; "" is not worth a word. What is not here is called by its class
LEAVES: dict[type[nn.Module], Callable[[Any], str]] = {
    nn.Conv2d: conv,
    nn.Linear: lambda x: f"linear, {x.out_features}",
    nn.Embedding: lambda x: f"embedding, {x.embedding_dim}",
    nn.BatchNorm2d: lambda _: "norm",
    nn.GroupNorm: lambda _: "norm",
    nn.LayerNorm: lambda _: "norm",
    nn.MaxPool2d: max_pool,
    nn.AdaptiveAvgPool2d: lambda _: "mean",
    nn.Flatten: lambda _: "",
    nn.Identity: lambda _: "",
    One: lambda _: "the constant 1",
    Start: lambda _: "",
}
WEIGHTED = (nn.Conv2d, nn.Linear, nn.Embedding)


def described(module: nn.Module, weighted: bool = False) -> str:
    """The layers of a module in the order in which they were made, "norm – relu – linear, 10"; or its weighted ones."""
    leaves = [x for x in module.modules() if isinstance(x, tuple(LEAVES)) or not any(True for _ in x.children())]
    words = [leaf(x) for x in leaves if not weighted or isinstance(x, WEIGHTED)]
    return " – ".join(filter(None, words))


def leaf(module: nn.Module) -> str:
    say = next((say for kind, say in LEAVES.items() if isinstance(module, kind)), None)
    return type(module).__name__.lower() if say is None else say(module)


def blocks(parts: Mapping[str, nn.Module]) -> list[str]:
    """What each box of a step is, boxes that are alike on one line: "f1, f2 = Basic: 3×3 conv, 16 – 3×3 conv, 16"."""
    alike: dict[str, list[str]] = {}
    for name, module in parts.items():
        plain = name[0] in (PROJECT, BEFORE) or not any(True for _ in module.children())
        own = [] if plain else [type(module).__name__]
        text = ": ".join(filter(None, [*own, described(module, weighted=not plain)]))
        alike.setdefault(text, []).append(name)
    return [f"{listed(list(map(symbol, names)))} = {text}" for text, names in alike.items()]


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


def shared(table: Table, run: Run, stage: int) -> bool:
    """Whether the steps of a run have the same blocks."""
    inside = range(run.first, run.first + run.steps)
    own = [
        step for step, place in zip(table.steps, table.places, strict=True) if place[0] == stage and place[1] in inside
    ]
    held = {frozenset(id(m) for m in step.children() if any(True for _ in m.parameters())) for step in own}
    return len(own) > 1 and len(held) == 1 and held != {frozenset()}


def notes(table: Table, kept: Sequence[str]) -> list[str]:
    """The lines under a drawn step: what it hands on, and what its coefficients are."""
    lines = [f"handed on to the next step: {listed(list(kept))}"] if kept else []
    alike: dict[str, list[str]] = {}
    for parameter in table.scheme.coefficients:
        if parameter.kind != "chosen":
            own = [p for step in table.steps for p in step.scheme.parameters if p.name == parameter.name]
            alike.setdefault(law(own), []).append(symbol(parameter.name))
    lines += [f"{listed(names)}: {text}" for text, names in alike.items()]
    return lines + [f"{symbol(name)} = {number(x[0])} … {number(x[-1])}" for name, x in table.varying.items()]


def law(found: Sequence[Parameter]) -> str:
    """What a parameter is, from its declarations in all steps."""
    values = list(dict.fromkeys(str(p.value) for p in found))
    between = " … ".join(values[:1] + values[-1:]) if len(values) > 1 else values[0]
    start = ", starts at" if found[0].kind == "learned" else ","
    return f"{found[0].kind}, one a {found[0].per}{start} {between}".replace("-", "−")


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


# ---- the whole -----------------------------------------------------------------------------------------------------


def caption(plan: Plan, kinds: Collection[str], texts: Iterable[str], most: int) -> str:
    """How the picture is read; what is in no part of it is left out.

    kinds  of its boxes; texts in it; most: values that enter any of its steps
    """
    runs = [run for stage in plan.stages for run in stage]
    tables = plan.tables.values()
    names = {name for table in tables for name in table.scheme.fields}
    varying = list(dict.fromkeys(name for table in tables for name in table.varying))
    said = {
        LATE: any(lag(state) for table in tables for state in table.scheme.states),
        MANY_VALUES: most > SHOWN,
        NARROWS: "crossing" in kinds,
        PASSES: any(name[0] == PROJECT for name in names),
        SHARES: BEFORE in names,
        REPEATED: "frame" in kinds,
        SKIPPED: any(not run.drawn for run in runs),
        START.format("a stage" if plan.restarts else "the network"): plan.remembers,
        "\n" + DETAIL: True,
        BEHIND: SIGMA in names,
        VARYING.format(listed(list(map(symbol, varying)))): bool(varying),
        ROUNDED: any("." in text for text in texts),
    }
    return CAPTION + "".join(text for text, met in said.items() if met)
