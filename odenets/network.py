"""Networks from a spec: a scheme, its blocks, depth and widths."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from fractions import Fraction
from itertools import count
from typing import Any, cast

import torch
from torch import Tensor, nn

from odenets.blocks import ACTIVATIONS, BLOCKS, NORMS
from odenets.errors import OdenetsError
from odenets.values import parse
from odenets.wiring import Step, wire
from schemes import Scheme, components, crossing, get, origins, starter
from schemes.exact import parameter_value
from schemes.registry import entry


@dataclass(frozen=True)
class Spec:
    """A CIFAR-style network: a stem, stages of steps with twice the width and half the size each, a linear head.

    scheme    a name, or any explicit Scheme
    values    its parameters: a number, a declaration (`learned(…)`), a pair (first, last), linear over the depth, or
              any of these as text (odenets.values)
    block     basic, bottleneck or resnext; options are its further arguments, such as cardinality
    depth     convolutions and the head: stages · (convolutions a block) · n + 2, so 6n + 2, or 9n + 2 with bottlenecks
    widths    channels of each stage (times 4 behind bottlenecks)
    share     "field": one block for all evaluations of a field in a step, as in an ODE; "stage": one for each
    depth_shared  every step of a stage behind the crossing has the same blocks: u' = f(u), not f(u, t); the learned
              coefficients stay one a step
    activation  of the blocks: relu, or a smooth one: softplus, tanh, gelu; projections and head keep relu
    norm      of the blocks: batch, or group (each image by itself), which a block that is shared in depth needs
    channels  of the images
    """

    scheme: str | Scheme = "lm2"
    values: Mapping[str, Any] = field(default_factory=dict)
    block: str = "basic"
    options: Mapping[str, int] = field(default_factory=dict)
    depth: int = 20
    widths: tuple[int, ...] = (16, 32, 64)
    share: str = "field"
    channels: int = 3
    classes: int = 10
    depth_shared: bool = False
    activation: str = "relu"
    norm: str = "batch"

    def __post_init__(self) -> None:
        for kind, known in (("block", BLOCKS), ("activation", ACTIVATIONS), ("norm", NORMS)):
            name = getattr(self, kind)
            if name not in known:
                near = get_close_matches(name, known, 2) or list(known)
                raise OdenetsError(f"no {kind} is called {name!r}: take {' or '.join(near)}")
        if self.share not in ("field", "stage"):
            raise OdenetsError(f"share = {self.share!r}: take 'field' (one block a field) or 'stage' (one a stage)")
        if not self.widths or min(self.widths) < 1 or self.channels < 1 or self.classes < 1:
            raise OdenetsError(
                f"widths {self.widths}, channels {self.channels}, classes {self.classes} must be positive"
            )
        a = BLOCKS[self.block].convolutions * len(self.widths)
        if self.depth < a + 2 or (self.depth - 2) % a:
            near_depths = sorted({max(1, (self.depth - 2) // a + i) * a + 2 for i in (0, 1)})
            raise OdenetsError(
                f"depth {self.depth} with {self.block} blocks in {len(self.widths)} stages is not {a}n + 2: "
                f"take {' or '.join(map(str, near_depths))}"
            )

    @property
    def steps(self) -> int:
        """Steps a stage."""
        return (self.depth - 2) // (BLOCKS[self.block].convolutions * len(self.widths))

    def scheme_at(self, step: int) -> Scheme:
        """The scheme of a step, counted over the whole depth; values given as pairs vary linearly."""
        last = max(1, self.steps * len(self.widths) - 1)
        values = {k: parse(k, v) for k, v in self.values.items()}
        values |= {k: between(k, v, Fraction(step, last)) for k, v in values.items() if isinstance(v, tuple | list)}
        if isinstance(self.scheme, Scheme):
            return self.scheme.at(**values)
        if "steps" in entry(self.scheme).structure:
            values.setdefault("steps", self.steps)  # a family by its number of steps reaches over the whole stage
        return get(self.scheme, **values)


def build(spec: Spec | None = None, **options: Any) -> Network:
    """A network from a spec, from its fields, build(scheme="lm2", depth=20), or from a spec with some of them changed.

    Raises OdenetsError for what is not a spec or cannot be wired, SchemeError for what is no scheme.
    """
    known = [f.name for f in fields(Spec)]
    if odd := sorted(set(options) - set(known)):
        near = get_close_matches(odd[0], known, 1)
        raise OdenetsError(
            f"a network has no option {odd[0]!r}: {f'did you mean {near[0]}?' if near else ', '.join(known)}"
        )
    return Network(replace(spec or Spec(), **options))


class Network(nn.Module):
    """Stem, stages, head; made by `build`. forward: images (N, C, H, W) to logits (N, classes).

    Stem and blocks are those of the pre-activation ResNet (He et al. 2016); across a stage u' = P(u) + f(u), with
    P = bn-relu-1×1 convolution, and the history restarts from P(u): Lu et al. 2018, and their published code.
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec
        width = spec.widths[0]
        self.stem = nn.Conv2d(spec.channels, width, 3, padding=1, bias=False)
        self.stages = nn.ModuleList()
        for number, out in enumerate(spec.widths):
            out *= BLOCKS[spec.block].expansion
            self.stages.append(Stage(spec, number, width, out, 2 if number else 1))
            width = out
        self.head = nn.Sequential(
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(width, spec.classes),
        )
        self.apply(initialise)

    def forward(self, images: Tensor) -> Tensor:
        u = self.stem(images)
        for stage in self.stages:
            u = stage(u)
        return cast(Tensor, self.head(u))

    def steps(self) -> list[tuple[int, int, Step]]:
        """Every step as (stage, step, module), both counted from 0."""
        return [
            (i, j, step) for i, stage in enumerate(self.stages) for j, step in enumerate(cast(Stage, stage).wired())
        ]

    def coefficients(self) -> list[tuple[int, int, str, nn.Parameter]]:
        """The learned coefficients as (stage, step, name, parameter)."""
        return [
            (i, j, p.name, getattr(step, p.name))
            for i, j, step in self.steps()
            for p in step.scheme.coefficients
            if p.kind == "learned"
        ]

    @torch.no_grad()
    def summary(self, size: int) -> list[dict[str, Any]]:
        """Stem, stages and head for images of size × size: output shape (C, H, W), parameters, evaluations a step."""
        twin = copy.deepcopy(self).to("meta").eval()  # shapes without arithmetic or memory
        learned = {id(p) for *_, p in twin.coefficients()}
        u = torch.zeros(1, self.spec.channels, size, size, device="meta")
        rows = []
        for name, part in [
            ("stem", twin.stem),
            *((f"stage {i}", s) for i, s in enumerate(twin.stages, 1)),
            ("head", twin.head),
        ]:
            u = part(u)
            wired = part.wired() if isinstance(part, Stage) else []
            rows.append({
                "part": name,
                "steps": len(wired),
                "shape": tuple(u.shape[1:]),
                "parameters": sum(p.numel() for p in part.parameters()),
                "coefficients": sum(p.numel() for p in part.parameters() if id(p) in learned),
                "evaluations": wired[-1].scheme.stages if wired else 0,
            })  # fmt: skip
        return rows


class Stage(nn.Module):
    """Steps of one shape. The first one crosses from (cin, size) to (cout, size / stride) where these differ."""

    def __init__(self, spec: Spec, number: int, cin: int, cout: int, stride: int) -> None:
        super().__init__()
        base = number * spec.steps
        scheme = spec.scheme_at(base)
        self.start = Start(scheme)
        parts = self.start.parts
        if cout % parts:
            raise OdenetsError(f"{scheme.name} splits the channels in {parts}: {cout} channels do not divide")
        self.crosses = (cin, stride) != (cout, 1)
        steps: list[nn.Module] = []
        if self.crosses:
            steps.append(Crossing(spec, scheme, cin, cout, stride))
        held: dict[str, list[nn.Module]] = {}
        for i in range(len(steps), spec.steps):
            table = starter(spec.scheme_at(base + i), i)
            known = held if spec.depth_shared else {}
            own = blocks(spec, table, cout // parts, cout // parts, held=known)
            steps.append(wire(table, own, channels=cout // parts))
        self.steps = nn.ModuleList(steps)

    def forward(self, u: Tensor) -> Tensor:
        states: Any = (u,) if self.crosses else self.start(u)
        for step in self.steps:
            states = step(*states)
            states = states if isinstance(states, tuple) else (states,)
        parts = self.start.parts
        return torch.cat(states[:parts], 1) if parts > 1 else states[0]

    def wired(self) -> list[Step]:
        return [step.step if isinstance(step, Crossing) else cast(Step, step) for step in self.steps]


class Crossing(nn.Module):
    """The step from one shape to the next: states from the projected u, the field at u itself."""

    def __init__(self, spec: Spec, scheme: Scheme, cin: int, cout: int, stride: int) -> None:
        super().__init__()
        self.start = Start(scheme)
        table = crossing(scheme)
        self.own = table.states[:-1] == scheme.states
        self.project = nn.Sequential(
            nn.BatchNorm2d(cin), nn.ReLU(inplace=True), nn.Conv2d(cin, cout, 1, stride, bias=False)
        )
        self.step = wire(table, blocks(spec, table, cin, cout, stride), channels=cout)

    def forward(self, u: Tensor) -> Any:
        projected = self.project(u)
        if self.own:
            return self.step(*self.start(projected), u)[:-1]
        crossed, _ = self.step(projected, u)
        return self.start(crossed)


class Start(nn.Module):
    """The states at a start from u; a scheme of several components shares the channels out among them.

    What each state takes is read off the table once: torch.compile would break its graph at exact arithmetic.
    """

    def __init__(self, scheme: Scheme) -> None:
        super().__init__()
        self.parts = len(components(scheme))
        self.origins = [(i, float(x)) for i, x in origins(scheme)]

    def forward(self, u: Tensor) -> tuple[Tensor, ...]:
        parts = u.chunk(self.parts, 1)
        return tuple(parts[i] if x == 1 else x * parts[i] for i, x in self.origins)


def blocks(
    spec: Spec, scheme: Scheme, cin: int, cout: int, stride: int = 1, held: dict[str, list[nn.Module]] | None = None
) -> Any:
    """What `wire` takes; blocks that are held for a field are used before new ones are made, which join them."""

    def block() -> nn.Module:
        try:
            return BLOCKS[spec.block](cin, cout, stride, activation=spec.activation, norm=spec.norm, **spec.options)
        except TypeError as error:
            raise OdenetsError(f"block {spec.block!r} does not take options {dict(spec.options)}: {error}") from None

    held = {} if held is None else held
    makers = {name: again(held.setdefault(name, []), block) for name in scheme.fields if name != "one"}
    return {name: maker() if spec.share == "field" else maker for name, maker in makers.items()}


def again(held: list[nn.Module], make: Callable[[], nn.Module]) -> Callable[[], nn.Module]:
    """A factory that gives the held modules one by one, then new ones, which it holds as well."""
    numbers = count()

    def factory() -> nn.Module:
        i = next(numbers)
        if i == len(held):
            held.append(make())
        return held[i]

    return factory


def between(name: str, pair: Sequence[Any], part: Fraction) -> Any:
    """The value at a part of the depth, from pair[0] at 0 to pair[1] at 1."""
    if len(pair) != 2:
        raise OdenetsError(f"{name} = {pair}: give one value, or a pair (first, last)")
    first, last = (parameter_value(parse(name, x)) for x in pair)
    return first + (last - first) * part


def initialise(module: nn.Module) -> None:
    """He initialisation: normal, variance 2 / (outputs · kernel area); biases 0."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    elif isinstance(module, nn.Linear):
        nn.init.zeros_(module.bias)
