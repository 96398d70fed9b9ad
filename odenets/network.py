"""Networks from a spec: stem, stages of steps, head."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, cast

import torch
from torch import Tensor, nn

from odenets.coefficients import learned, raw, value
from odenets.errors import OdenetsError
from odenets.joins import one_column
from odenets.memory import remind
from odenets.named_models import model
from odenets.spec import Spec
from odenets.stages import Stage
from odenets.stems import STEMS, head
from odenets.tables import evaluated, scheme_of
from odenets.wiring import Step
from schemes import Scheme


def build(spec: Spec | str | None = None, **options: Any) -> Network:
    """A network from a spec or a model's name, build("resnet50"), some fields changed, build(scheme="lm2", depth=20).

    Warns where the scheme is not zero-stable (StabilityWarning), and where a reversible network keeps states
    (MemoryWarning). Raises OdenetsError for what is not a spec, cannot be wired or asks for something in vain,
    SchemeError for what is no scheme.
    """
    from odenets.advice import warn

    network = Network(changed(model(spec).spec if isinstance(spec, str) else spec, **options))
    warn(*network.schemes())
    stages = [cast(Stage, stage) for stage in network.stages]
    remind([stage.chain() for stage in stages], stages[0].memory)
    return network


def changed(spec: Spec | None, **options: Any) -> Spec:
    """A spec with some fields changed; depth and layers each take the other's place."""
    if not isinstance(spec, Spec | None):
        raise OdenetsError(f"build takes a Spec or a model's name, not {spec!r}: a scheme is build(scheme=…)")
    known = [f.name for f in fields(Spec)]
    if odd := sorted(set(options) - set(known)):
        near = get_close_matches(odd[0], known, 1)
        raise OdenetsError(
            f"a network has no option {odd[0]!r}: {f'did you mean {near[0]}?' if near else ', '.join(known)}"
        )
    if options.get("depth") is not None:
        if spec and len(set(spec.layers)) > 1:
            raise OdenetsError(
                f"depth = {options['depth']} makes all stages equal, layers = {spec.layers} are not: give layers"
            )
        options.setdefault("layers", ())
    elif options.get("layers"):
        options.setdefault("depth", None)
    if spec is None:
        return Spec(**options)
    usual = {name: "" for name, part in spec.usual.items() if getattr(spec, name) == part}
    return replace(spec, **{**usual, **options})  # a usual stem of images is not that of tokens


class Network(nn.Module):
    """Stem, stages, head; made by `build`. forward: images (N, C, H, W), tokens or tables to logits (N, classes).

    Unless the spec says otherwise stem and blocks are those of the pre-activation ResNet (He et al. 2016); across a
    stage u' = P(u) + f(u), with P = bn-relu-1×1 convolution, and the history restarts from P(u): Lu et al. 2018.
    """

    def __init__(self, spec: Spec) -> None:
        super().__init__()
        self.spec = spec
        width = spec.widths[0]
        check_states(spec)
        self.stem = STEMS[spec.stem].make(spec.channels, width, spec.placement)
        self.stages = nn.ModuleList()
        for number, out in enumerate(spec.widths):
            out *= spec.expansion
            stride = 2 if number and spec.kind == "images" else 1
            known = sum(spec.steps[:number]) if number and spec.history == "project" else None
            self.stages.append(Stage(spec, number, width, out, stride, known))
            width = out
        self.head = head(spec.kind, spec.placement, width, spec.classes)
        check_fields(spec, {field for *_, step in self.steps() for field in evaluated(step.scheme)})
        check_implicit(spec, [step.scheme for *_, step in self.steps()])
        self.column = one_column(self)
        self.apply(initialise)
        for part in self.modules():
            if callable(own := getattr(part, "initialise", None)):
                own()

    def forward(self, inputs: Tensor) -> Tensor:
        if self.training and self.column is not None:
            self.column.draw()
        u = self.stem(inputs)
        for stage in self.stages:
            u = stage(u)
        return cast(Tensor, self.head(u))

    def schemes(self) -> list[Scheme]:
        """The scheme of each step, as it is when its history is full: what theory is asked about."""
        return [scheme_of(self.spec, *place) for place in self.spec.places]

    def input_shape(self, size: int) -> tuple[int, ...]:
        """One input: (C, size, size) of images, size numbers of tokens, or the columns of a table."""
        kind = STEMS[self.spec.stem].input
        return {"images": (self.spec.channels, size, size), "numbers": (size,), "rows": (self.spec.channels,)}[kind]

    def steps(self) -> list[tuple[int, int, Step]]:
        """Every step as (stage, step, module), both counted from 0."""
        return [
            (i, j, step) for i, stage in enumerate(self.stages) for j, step in enumerate(cast(Stage, stage).wired())
        ]

    def coefficients(self) -> list[tuple[int, int, str, nn.Parameter]]:
        """What is trained of the learned coefficients, as (stage, step, name, parameter)."""
        return [(i, j, name, raw(step, name)) for i, j, step, name in self.learned()]

    def values(self) -> list[tuple[int, int, str, Tensor]]:
        """The learned coefficients as they are, behind their constraints, as (stage, step, name, value)."""
        return [(i, j, name, value(step, name)) for i, j, step, name in self.learned()]

    def learned(self) -> list[tuple[int, int, Step, str]]:
        return [(i, j, step, name) for i, j, step in self.steps() for name in learned(step.scheme)]

    @torch.no_grad()
    def summary(self, size: int) -> list[dict[str, Any]]:
        """Stem, stages and head for an input of a size: shape of the output, parameters, evaluations a step."""
        twin = copy.deepcopy(self).to("meta").eval()  # shapes without arithmetic or memory
        learned = {id(p) for *_, p in twin.coefficients()}
        kind = torch.long if STEMS[self.spec.stem].input == "numbers" else None
        u: Any = torch.zeros(1, *self.input_shape(size), dtype=kind, device="meta")
        rows = []
        for name, part in [
            ("stem", twin.stem),
            *((f"stage {i}", s) for i, s in enumerate(twin.stages, 1)),
            ("head", twin.head),
        ]:
            u = part(u)
            wired = part.wired() if isinstance(part, Stage) else []
            first = part.start.joined(u) if isinstance(u, tuple) and isinstance(part, Stage) else u
            rows.append({
                "part": name,
                "steps": len(wired),
                "shape": tuple(first.shape[1:]),
                "parameters": sum(p.numel() for p in part.parameters()),
                "coefficients": sum(p.numel() for p in part.parameters() if id(p) in learned),
                "evaluations": len(evaluated(wired[-1].scheme)) if wired else 0,
            })  # fmt: skip
        return rows


def check_states(spec: Spec) -> None:
    """Raise OdenetsError where a history is to go on in a stage whose scheme keeps another one."""
    firsts = [scheme_of(spec, i, 0) for i in range(len(spec.widths))] if spec.history == "project" else []
    for a, b in pairwise(firsts):
        if a.states != b.states:
            raise OdenetsError(
                f"history = 'project' carries {', '.join(a.states)} of {a.name} on, and {b.name} behind it keeps "
                f"{', '.join(b.states)}: give all stages schemes of the same states, or take history = 'restart'"
            )


def check_fields(spec: Spec, fields: set[str]) -> None:
    """Raise OdenetsError for a block of a field that nothing evaluates."""
    if odd := [] if isinstance(spec.block, str) else sorted(set(spec.block) - fields):
        raise OdenetsError(
            f"block names the field {odd[0]!r}, which no scheme of the network evaluates: its fields are "
            f"{', '.join(sorted(fields))}"
        )


def check_implicit(spec: Spec, wired: Sequence[Scheme]) -> None:
    """Raise OdenetsError for a solver, or sweeps, with nothing to solve."""
    if spec.solver and all(scheme.explicit for scheme in wired):
        raise OdenetsError(f"solver = {spec.solver!r} has nothing to solve: every step of {spec.name} is explicit")
    if spec.unroll and all(spec.scheme_at(*place).explicit for place in spec.places):
        raise OdenetsError(f"unroll = {spec.unroll} has nothing to unroll: {spec.label} is explicit, leave it out")


def initialise(module: nn.Module) -> None:
    """He initialisation: normal, variance 2 / (outputs · kernel area); biases 0."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    elif isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)
