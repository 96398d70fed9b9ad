"""What a network is, as plain data: a scheme, blocks, depth, widths, and the choices between them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from difflib import get_close_matches
from fractions import Fraction
from inspect import signature
from typing import Any

from odenets import stems, transitions
from odenets.blocks import ACTIVATIONS, BLOCKS, NORMS
from odenets.errors import OdenetsError
from odenets.memory.policy import FALLBACKS
from odenets.spec_text import each, nested, plain, read, spelled, takes
from odenets.stems import STEMS
from odenets.transitions import TRANSITIONS
from odenets.values import PAIR, parse
from schemes import Scheme, get
from schemes.exact import parameter_value
from schemes.registry import entry

DEPTH = 20
CHOICES = {
    "placement": ("pre", "post"),
    "across": ("step", "layer"),
    "history": ("restart", "project"),
    "share": ("field", "stage"),
    "fallback": FALLBACKS,
}


@dataclass(frozen=True)
class Spec:
    """A network: a stem, stages of steps of one shape each, a head.

    scheme    a name, or any Scheme; a sequence of them has one for each stage, and each of those may be a sequence
              again, which the stage's steps repeat
    values    its parameters: a number, a declaration (`learned(…)`), a pair (first, last), linear over the depth, or
              any of these as text (odenets.values)
    block     a name of BLOCKS, or {field: name}; options are its further arguments, such as cardinality
    depth     convolutions and the head, one block a step: stages · (convolutions a block) · n + 2, so 6n + 2, or
              9n + 2 with bottlenecks; 20 unless said
    layers    in its place the steps of each stage, such as (3, 4, 6, 3)
    widths    channels of each stage (times 4 behind bottlenecks); images are halved from stage to stage
    share     "field": one block for all evaluations of a field in a step, as in an ODE; "stage": one for each
    depth_shared  every step of a stage behind the crossing has the same blocks: u' = f(u), not f(u, t); the learned
              coefficients stay one a step
    activation, norm  of the blocks, their own unless said (relu and batch of convolutions); projections and head have
              batch norm and relu
    placement  "pre": blocks begin with norm and activation (He et al. 2016); "post": they end with the norm, and relu
              comes behind the sum, u' = relu(u + f(u)) (He et al. 2015)
    residual  False: a block is the map u + h f(u) itself, as in plain and fractal networks (schemes.map_form)
    stem, transition  names of STEMS and TRANSITIONS; the usual ones of the blocks' kind unless said
    across    "step": the first step of a stage changes the shape, u' = P(u) + f(u); "layer": P alone, before it
    history   "restart": behind a change of shape all states start from P(u); "project": each goes through P
    start     how a history is filled: euler, repeat (u[n-1] = u[n]), runge_kutta (one of the scheme's order), or the
              name of a scheme; unless said what the scheme itself declares, else Euler
    h         step size: a number, "1/N" (N steps of the stage), or learned(1): all blocks of a step times h
    consistent  the slopes are weighed so that a step advances by h: 1 + k in LM-ResNet
    reversible  the backward pass rebuilds the states of invertible steps from those behind them (odenets.memory)
    fallback   where that is ill-conditioned: "checkpoint" keeps states between, "exact" the bits that a step loses,
              "double" carries states in double precision
    checkpoint  steps between the states that are kept, for all that is not rebuilt; 0: everything is kept
    solver    how implicit stages are solved: fixed-point, anderson, … (odenets.equilibrium); solving its arguments
    unroll    in place of a solver that many fixed-point sweeps, as an explicit table (schemes.unroll)
    weights   of blocks as functions of depth: "linear:4" between 4 knots of a stage, constant:, cosine:, legendre:
              (odenets.depth); "" gives each step its own
    channels  of the images, columns of a table, or size of the vocabulary
    """

    scheme: Any = "lm2"
    values: Mapping[str, Any] = field(default_factory=dict)
    block: str | Mapping[str, str] = "basic"
    options: Mapping[str, Any] = field(default_factory=dict)
    depth: int | None = None
    widths: tuple[int, ...] = (16, 32, 64)
    share: str = "field"
    channels: int = 3
    classes: int = 10
    depth_shared: bool = False
    activation: str = ""
    norm: str = ""
    layers: tuple[int, ...] = ()
    placement: str = "pre"
    residual: bool = True
    stem: str = ""
    transition: str = ""
    across: str = "step"
    history: str = "restart"
    start: str = ""
    h: Any = "1"
    consistent: bool = False
    reversible: bool = False
    fallback: str = "checkpoint"
    checkpoint: int = 0
    solver: str = ""
    solving: Mapping[str, Any] = field(default_factory=dict)
    unroll: int = 0
    weights: str = ""

    def __post_init__(self) -> None:
        for name in ("widths", "layers"):
            object.__setattr__(self, name, whole_numbers(name, getattr(self, name)))
        for name in ("channels", "classes", "depth", "checkpoint", "unroll"):
            if type(given := getattr(self, name)) is not int and not (name == "depth" and given is None):
                raise OdenetsError(f"{name} = {given!r} is no whole number")
        object.__setattr__(self, "scheme", nested(self.scheme))
        object.__setattr__(self, "h", self.h if self.h == "1/N" else plain("h", self.h))
        for name in ("checkpoint", "unroll"):
            if getattr(self, name) < 0:
                raise OdenetsError(f"{name} = {getattr(self, name)} must be at least 0")
        if self.unroll and self.solver:
            raise OdenetsError(f"solver = {self.solver!r} and unroll = {self.unroll} are two ways to one end: give one")
        if PAIR.fullmatch(self.h) or self.h == "0":
            raise OdenetsError(f"h = {self.h}: a step size is a number other than 0, '1/N' or learned(start)")
        for name in self.block_names:
            check("block", name, BLOCKS)
        kinds = {BLOCKS[name].kind for name in self.block_names}
        if len(kinds) != 1 or len({BLOCKS[name].expansion for name in self.block_names}) != 1:
            raise OdenetsError(f"block = {self.block}: all blocks of a network are for images, or all for tokens")
        for name, usual in self.usual.items():
            object.__setattr__(self, name, getattr(self, name) or usual)
        known: dict[str, Collection[str]] = {"activation": ACTIVATIONS, "norm": NORMS, "stem": STEMS}
        for kind, names in (known | {"transition": TRANSITIONS}).items():
            if getattr(self, kind):
                check(kind, getattr(self, kind), names)
        for kind, names in CHOICES.items():
            if getattr(self, kind) not in names:
                raise OdenetsError(f"{kind} = {getattr(self, kind)!r}: take {' or '.join(map(repr, names))}")
        self.check_sizes()
        self.check_combinations()
        if self.weights:
            from odenets.depth.courses import Course

            for stage in range(len(self.widths)):
                Course.of(self, stage)

    def check_sizes(self) -> None:
        sizes = (*self.widths, self.channels, self.classes)
        if not self.widths or min(sizes) < 1:
            raise OdenetsError(
                f"widths {self.widths}, channels {self.channels}, classes {self.classes} must be positive"
            )
        count = len(self.widths)
        if self.layers:
            if self.depth is not None:
                raise OdenetsError(f"depth = {self.depth} and layers = {self.layers} say the same, give one of them")
            if len(self.layers) != count or min(self.layers) < 1:
                raise OdenetsError(f"layers = {self.layers} must be the steps of each of {count} stages, at least 1")
            return
        a = self.convolutions * count
        if self.depth is not None and (self.depth < a + 2 or (self.depth - 2) % a):
            depths = sorted({max(1, (self.depth - 2) // a + i) * a + 2 for i in (0, 1)})
            raise OdenetsError(
                f"depth {self.depth} with {self.block} blocks in {count} stages is not {a}n + 2: "
                f"take {' or '.join(map(str, depths))}"
            )

    def check_combinations(self) -> None:
        if self.fallback != "checkpoint" and not self.reversible:
            raise OdenetsError(
                f"fallback = {self.fallback!r} is for reversible networks: take reversible = True as well"
            )
        if self.solving and not self.solver:
            raise OdenetsError(f"solving = {dict(self.solving)} is for a solver: take solver = 'anderson' as well")
        if isinstance(self.scheme, tuple) and len(self.scheme) not in (1, len(self.widths)):
            raise OdenetsError(
                f"scheme names {len(self.scheme)} schemes for {len(self.widths)} stages, give one a stage"
            )
        if isinstance(self.scheme, tuple):
            own = {name for scheme in each(self.scheme) for name in takes(scheme)}
            if odd := sorted(set(self.values) - own):
                raise OdenetsError(
                    f"no scheme of the network has a parameter {odd[0]!r}, they have {', '.join(sorted(own)) or 'none'}"
                )
        if self.start not in ("", "euler", "repeat", "runge_kutta"):
            get(self.start)  # also where nothing has a history
        if STEMS[self.stem].kind != self.kind:
            raise OdenetsError(
                f"stem {self.stem!r} makes {STEMS[self.stem].kind}, block {self.block!r} takes {self.kind}: "
                f"take the stem {' or '.join(name for name, s in STEMS.items() if s.kind == self.kind)}"
            )
        if (self.transition == "linear") != (self.kind != "images"):
            raise OdenetsError(f"transition {self.transition!r} is not for {self.kind}: leave it out")
        opened = all("opened" in signature(BLOCKS[name]).parameters for name in self.block_names)
        if TRANSITIONS[self.transition].opens and (self.placement == "post" or self.across == "layer" or not opened):
            raise OdenetsError(
                f"transition {self.transition!r} shares the activation before a block with it: take it with "
                "placement = 'pre', across = 'step' and blocks basic, bottleneck or resnext"
            )

    @property
    def usual(self) -> dict[str, str]:
        """The stem and the transition that go with the blocks, unless said."""
        transition = transitions.USUAL.get((self.kind, self.placement), "linear")
        return {"stem": stems.USUAL[self.kind], "transition": transition}

    @property
    def block_names(self) -> tuple[str, ...]:
        return (self.block,) if isinstance(self.block, str) else tuple(self.block.values())

    @property
    def kind(self) -> str:
        """What the states are: images, tokens or vectors."""
        return BLOCKS[self.block_names[0]].kind

    @property
    def expansion(self) -> int:
        return BLOCKS[self.block_names[0]].expansion

    @property
    def convolutions(self) -> int:
        """Weighted layers of a block, one behind the other."""
        return max(BLOCKS[name].convolutions for name in self.block_names)

    @property
    def steps(self) -> tuple[int, ...]:
        """Steps of each stage."""
        count = len(self.widths)
        a = self.convolutions * count
        usual = max(1, (DEPTH - 2 + a // 2) // a)
        return self.layers or (usual if self.depth is None else (self.depth - 2) // a,) * count

    @property
    def places(self) -> list[tuple[int, int]]:
        """Every step as (stage, step), both counted from 0."""
        return [(i, j) for i, count in enumerate(self.steps) for j in range(count)]

    @property
    def name(self) -> str:
        """scheme-depth, or scheme-3-4-6-3."""
        depth = self.layers or (self.steps[0] * self.convolutions * len(self.widths) + 2,)
        return "-".join(map(str, (self.label, *depth)))

    @property
    def label(self) -> str:
        """The name of the scheme, of the first where there are several."""
        first = self.scheme
        while isinstance(first, tuple):
            first = first[0]
        return first.name if isinstance(first, Scheme) else str(first)

    def scheme_at(self, stage: int, step: int) -> Scheme:
        """The scheme of a step, both counted from 0; values given as pairs vary linearly over the whole depth."""
        last = max(1, sum(self.steps) - 1)
        part = Fraction(sum(self.steps[:stage]) + step, last)
        values = {k: parse(k, v) for k, v in self.values.items()}
        values |= {k: between(k, v, part) for k, v in values.items() if isinstance(v, tuple | list)}
        given = self.scheme[stage % len(self.scheme)] if isinstance(self.scheme, tuple) else self.scheme
        if mixed := isinstance(given, tuple):
            given = given[step % len(given)]
        if mixed or isinstance(self.scheme, tuple):  # a value is for the schemes that have it
            values = {k: v for k, v in values.items() if k in takes(given)}
        if isinstance(given, Scheme):
            return given.at(**values)
        if "steps" in entry(given).structure:
            values.setdefault("steps", self.steps[stage])  # a family by its number of steps reaches over the stage
        return get(given, **values)

    def as_dict(self) -> dict[str, Any]:
        """Plain data, from which `from_dict` makes the spec again; schemes that have no name as their tables' text."""
        values = {k: plain(k, v) for k, v in self.values.items()}
        return {**asdict(replace(self, scheme="euler", values={})), "values": values, "scheme": spelled(self.scheme)}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Spec:
        """The spec of `as_dict`; fields that an older version did not have are as usual.

        Raises OdenetsError for a field that no spec has: another network would be built.
        """
        if odd := sorted(set(data) - {f.name for f in fields(Spec)}):
            raise OdenetsError(f"a spec has no field {odd[0]!r}: the record is of a newer odenets, take that one")
        return Spec(**{**data, "scheme": read(data["scheme"])})


def whole_numbers(name: str, given: Any) -> tuple[int, ...]:
    """A sequence of whole numbers. Raises OdenetsError for anything else."""
    if not isinstance(given, Sequence) or not all(type(x) is int for x in given):
        raise OdenetsError(f"{name} = {given!r} are no whole numbers, one a stage: {name}=(16, 32, 64)")
    return tuple(given)


def check(kind: str, name: Any, known: Collection[str]) -> None:
    if name in known:
        return
    close = get_close_matches(str(name), known, 2) or list(known)
    raise OdenetsError(f"no {kind} is called {name!r}: take {' or '.join(close)}")


def between(name: str, pair: Sequence[Any], part: Fraction) -> Any:
    """The value at a part of the depth, from pair[0] at 0 to pair[1] at 1."""
    if len(pair) != 2:
        raise OdenetsError(f"{name} = {pair}: give one value, or a pair (first, last)")
    first, last = (parameter_value(parse(name, x)) for x in pair)
    return first + (last - first) * part
