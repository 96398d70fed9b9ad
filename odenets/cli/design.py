"""A network's design on the command line: a model, a scheme or a table's file, and what to change of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from odenets.cli.common import assignments
from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from odenets.spec import Spec


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Design:
    """A network's design; what is not said is as in the model, or usual.

    Parameters
    ----------
    depth
        Convolutions and the head: 6n + 2 with basic blocks in three stages, 9n + 2 with bottlenecks.
    layers
        In its place the steps of each stage: --layers 3 4 6 3.
    block
        A kind of block (basic, bottleneck, resnext, transformer, …), or one for each field: f=feedforward.
    widths
        Channels of each stage: --widths 16 32 64.
    share
        One block a field in each step ("field", as in an ODE), or one a stage of the scheme ("stage").
    depth_shared
        The same blocks in every step of a stage: one block applied many times, as in an autonomous ODE.
    activation
        Of the blocks: relu, or a smooth one: softplus, tanh, gelu.
    norm
        Of the blocks: batch, or group, which normalises each image by itself; --depth-shared calls for group.
    placement
        pre (norm and relu before each convolution) or post (relu behind the sum).
    residual
        --no-residual: a block is the map u + h f(u) itself, as in a plain or fractal network.
    stem
        conv3, imagenet, patches2 to patches16, tokens or linear.
    transition
        To another shape: bn-relu-conv, conv-bn, shared, conv, pool-pad or max-pool.
    across
        The first step of a stage changes the shape ("step"), or a layer between the stages does ("layer").
    history
        Behind a change of shape: restart, or project each state.
    start
        How a history is filled: euler, repeat, runge_kutta, or a scheme.
    h
        The step size: a number, 1/N (N steps a stage) or learned(1).
    consistent
        Weigh the slopes so that a step advances by h: 1 + k in LM-ResNet.
    reversible
        Rebuild the states of invertible steps in the backward pass: memory that does not grow with depth.
    fallback
        Where that is ill-conditioned: keep states between ("checkpoint"), or the bits that a step loses ("exact"), or
        carry the states in double precision ("double").
    checkpoint
        Keep states every so many steps only and compute the others again.
    solver
        How implicit stages are solved: fixed-point, anderson, or newton, for stiff ones.
    solving
        Of the solver: tolerance=1e-6, iterations=50, depth=5.
    unroll
        Sweeps of an implicit scheme, which then is an explicit one.
    weights
        Weights as functions of depth with some knots a stage: constant:4, linear:4, cosine:3, legendre:3.
    set_
        A parameter of the scheme: k=-1/2, p=1:0.5 (linear over the depth), k=learned(-0.1..0), k=learned(0,channel),
        k=learned(0, in -1..1).
    option
        A further argument of the block: cardinality=8, base_width=64, heads=4.
    """

    depth: int | None = None
    layers: Annotated[tuple[int, ...], Parameter(consume_multiple=True)] = ()
    block: tuple[str, ...] = ()
    widths: Annotated[tuple[int, ...], Parameter(consume_multiple=True)] = ()
    share: Literal["field", "stage"] | None = None
    depth_shared: Annotated[bool | None, Parameter(negative="")] = None
    activation: str | None = None
    norm: str | None = None
    placement: Literal["pre", "post"] | None = None
    residual: bool | None = None
    stem: str | None = None
    transition: str | None = None
    across: Literal["step", "layer"] | None = None
    history: Literal["restart", "project"] | None = None
    start: str | None = None
    h: str | None = None
    consistent: Annotated[bool | None, Parameter(negative="")] = None
    reversible: Annotated[bool | None, Parameter(negative="")] = None
    fallback: Literal["checkpoint", "exact", "double"] | None = None
    checkpoint: int | None = None
    solver: str | None = None
    solving: Annotated[tuple[str, ...], Parameter(negative="")] = ()
    unroll: int | None = None
    weights: str | None = None
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = ()
    option: Annotated[tuple[str, ...], Parameter(negative="")] = ()

    def changes(self) -> dict[str, Any]:
        """The fields of a spec that are said."""
        said = {f.name: value for f in fields(self) if (value := getattr(self, f.name)) not in (None, ())}
        if pairs := said.pop("set_", ()):
            said["values"] = dict(assignments(pairs))
        for option, name in (("option", "options"), ("solving", "solving")):
            if pairs := said.pop(option, ()):
                said[name] = {k: number(v, f"--{option} {k}=") for k, v in assignments(pairs, f"--{option}").items()}
        if names := said.pop("block", ()):
            several = len(names) > 1 or "=" in names[0]
            said["block"] = dict(assignments(names, "--block")) if several else names[0]
        return said


USUAL = Design()
TABLES = (".toml", ".json", ".txt", ".csv")  # files of tables


def number(text: str, option: str) -> Any:
    """An option's value: a whole number, a decimal, true or false."""
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text) if set(text) & set(".e") else int(text)
    except ValueError:
        raise OdenetsError(f"{option}{text}: such values are whole numbers, decimals, true or false") from None


def image_size(name: str, given: int | None) -> int:
    """The size of an input: as given, else that of the model, else 32. Raises OdenetsError for less than 1."""
    from odenets.named_models import models

    usual = models()[name].image if name in models() else 32
    size = usual if given is None else given
    if size < 1:
        raise OdenetsError(f"--image {size} must be at least 1")
    return size


def spec_of(name: str, design: Design, **more: Any) -> Spec:
    """The spec of a name with a design's changes.

    name   a model; a scheme; the file of a table (.toml, .json, .txt, .csv); or schemes by stage, "a,b,c", of which
           each may be a cycle over the steps, "a+b,c"
    """
    from odenets.named_models import models
    from odenets.network import changed

    changes = design.changes() | {k: v for k, v in more.items() if v is not None}
    if name in models():
        return changed(models()[name].spec, **changes)
    return changed(None, scheme=scheme_of(name), **changes)


def scheme_of(name: str) -> Any:
    from odenets.named_models import models
    from schemes import SchemeError, read
    from schemes.registry import entry

    def one(part: str) -> Any:
        if Path(part).suffix in TABLES:
            return read(part)
        try:
            entry(part)
        except SchemeError as error:
            near = [m for m in models() if m.startswith(part[:5])][:4]
            said = str(error).replace("`schemes.names()` lists all", "`odenets models` and `odenets schemes` list all")
            raise SchemeError(f"{said}; of the models {', '.join(near)}" if near else said) from None
        return part

    if Path(name).suffix in TABLES and Path(name).exists():
        return read(name)  # a comma may be in its name
    stages = [[one(part) for part in stage.split("+")] for stage in name.split(",")]
    found = [stage[0] if len(stage) == 1 else tuple(stage) for stage in stages]
    return found[0] if len(found) == 1 and not isinstance(found[0], tuple) else tuple(found)
