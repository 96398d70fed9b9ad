"""Modules as expressions: torch's by their constructors, all others by those who know their classes."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from torch import nn

from odenets.emission.definitions import Definitions
from odenets.emission.expressions import Classes, Expression, Form, Gap, Piece, Shared, Slot, joined
from odenets.errors import OdenetsError

INPUTS = {"in_channels", "in_features", "num_features", "num_channels", "normalized_shape"}
OUTPUTS = {"out_channels", "out_features"}
SLOTS = {**dict.fromkeys(INPUTS, "cin"), **dict.fromkeys(OUTPUTS, "cout")}

Line = tuple[Piece, ...]  # of a constructor
Maker = Callable[["Modules", Any], Expression]


class Modules:
    """Expressions of a network's modules; `makers` give those of classes that are not torch's."""

    def __init__(self, network: nn.Module, makers: Mapping[type[nn.Module], Maker]) -> None:
        self.definitions = Definitions()
        self.classes = Classes(set())
        self.makers = makers
        self.places = Counter(id(child) for module in network.modules() for child in module._modules.values())
        self.made: dict[int, Expression] = {}

    def make(self, module: nn.Module, name: str = "f") -> Expression:
        """The expression that constructs a module, which is called `name` if it stands in several places."""
        if id(module) not in self.made:
            content = self.construct(module)
            shared = self.places[id(module)] > 1
            self.made[id(module)] = (Shared(id(module), name, content),) if shared else content
        self.classes.uses[id(module)] += 1
        return self.made[id(module)]

    def construct(self, module: nn.Module) -> Expression:
        kind = type(module)
        if kind in (nn.Sequential, nn.ModuleList):
            row = joined(map(self.make, module.children()))
            return ("nn.ModuleList([", *row, "])") if kind is nn.ModuleList else ("nn.Sequential(", *row, ")")
        if is_torch(kind):
            return (f"nn.{kind.__name__}(", *constructor(module, kind), ")")
        return next(self.makers[c] for c in kind.__mro__ if c in self.makers)(self, module)


def is_torch(kind: type) -> bool:
    return kind.__module__.startswith("torch.")


def constructor(module: nn.Module, kind: type) -> list[Gap]:
    """The arguments of a constructor of torch, read off a module's attributes of the same names."""
    found = []
    for name, parameter in inspect.signature(kind).parameters.items():
        variadic = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)  # of Identity
        if variadic or name in ("device", "dtype") or name.startswith("_"):
            continue
        value = getattr(module, name, parameter)
        text = literal(value is not None if name == "bias" else value, f"{name} of {kind.__name__}")
        if parameter.default is inspect.Parameter.empty:
            found.append(Gap(Slot(SLOTS.get(name, name), ", "), text))
        else:
            found.append(Gap(Slot(name, f", {name}=", repr(parameter.default)), text))
    return found


def literal(value: Any, what: str) -> str:
    """A number, text or tuple of them as source; equal entries of a tuple once, as torch takes them."""
    if isinstance(value, tuple) and len(set(value)) == 1 and isinstance(value[0], int):
        value = value[0]
    if isinstance(value, bool | int | float | str | None):
        return repr(value)
    if isinstance(value, tuple) and all(isinstance(x, bool | int | float | str) for x in value):
        return repr(value)
    raise OdenetsError(
        f"a network with {what} = {value!r} has no source of its own, which has numbers and text only: save it by "
        "odenets emit --format export"
    )


def called(
    modules: Modules,
    name: str,
    base: type,
    doc: str,
    init: Sequence[Line],
    arguments: dict[str, Expression],
    lines: Iterable[str] = (),
    methods: Iterable[str] = (),
    rest: Sequence[Expression] = (),
) -> Expression:
    """The call of a class that is written with this constructor and these methods; rest: its *steps."""
    gaps = [piece for line in init for piece in line if isinstance(piece, Gap)]
    form = Form(
        name,
        f"nn.{base.__name__}",
        doc,
        (*arguments, *["*steps"] * bool(rest)),
        tuple(lines),
        tuple(tuple(p.slot if isinstance(p, Gap) else p for p in line if isinstance(p, Gap | str)) for line in init),
        tuple(methods),
    )
    return (modules.classes.node(form, [gap.value for gap in gaps], [*arguments.values(), *rest]),)
