"""Classes of ours as classes of a file: what they hold, and the source of their own methods."""

from __future__ import annotations

import ast
import copy
import inspect
import textwrap
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from odenets.emission.definitions import portable_doc
from odenets.emission.expressions import Expression, Gap, Slot, joined, plain
from odenets.emission.modules import Line, called, constructor, is_torch, literal
from odenets.errors import OdenetsError

if TYPE_CHECKING:
    from odenets.emission.modules import Modules

ENTRIES = ("forward", "draw", "initialise")  # the methods that are called from elsewhere
GIVEN = {("Join", "column"): "Column"}  # children that the network gives, which has one for all
LARGE = 256  # numbers of a buffer that is written out


def own(modules: Modules, module: nn.Module) -> Expression:
    """A module of a class of ours: its state and its methods, from all classes that it is made of, in one."""
    kind = type(module)
    base = next(c for c in kind.__mro__ if is_torch(c))
    methods, attributes = used(module, kind)
    children = [(k, child) for k, child in module.named_children() if (kind.__name__, k) not in GIVEN]
    arguments: dict[str, Expression] = {}
    said = [line for k in attributes if k in module.__dict__ for line in attribute(module, k, base)]
    if base is nn.Module:
        parts = [part(f"self.{k} = ", modules.make(child, k), k, arguments) for k, child in children]
        init = [("super().__init__()",), *state(module), *said, *parts]
    else:
        row = [part("", modules.make(child), f"part{k}", arguments) for k, child in children]
        given = joined(row) if base is nn.Sequential else constructor(module, base)
        init = [("super().__init__(", *given, ")"), *said]
    if "initialise" in methods and calls_initialise(kind):
        init.append(("self.initialise()",))
    lines = [f"{name}: Tensor" for name in module._buffers]
    lines += [f"{k}: {annotation}" for (owner, k), annotation in GIVEN.items() if owner == kind.__name__]
    lines += [class_attribute(modules, k, kind) for k in attributes if k not in module.__dict__]
    texts = [modules.definitions.method(function) for function in methods.values()]
    return called(modules, kind.__name__, base, portable_doc(kind), init, arguments, lines, texts)


def part(head: str, made: Expression, name: str, arguments: dict[str, Expression]) -> Line:
    """The line of a child: constructed there, or given from outside where its class is of this file."""
    if plain(made):
        return (head, *made)
    arguments[name] = made
    return (f"{head}{name}",)


def attribute(module: nn.Module, name: str, base: type) -> list[Line]:
    """The line of a number, unless torch's constructor sets it."""
    value = literal(module.__dict__[name], f"{name} of {type(module).__name__}")
    return [] if name in inspect.signature(base).parameters else [(f"self.{name} = ", Gap(Slot(name), value))]


def state(module: nn.Module) -> Iterable[Line]:
    """The lines of parameters and buffers; what parameters start from is left to `initialise`."""
    for name, parameter in module._parameters.items():
        if parameter is None:
            yield (f"self.{name} = None",)
        else:
            sizes = [Gap(Slot("cin" if i else "cout", ", "), str(n)) for i, n in enumerate(parameter.shape)]
            yield (f"self.{name} = nn.Parameter(torch.empty(", *sizes, "))")
    for name, buffer in module._buffers.items():
        kept = "" if name not in module._non_persistent_buffers_set else ", persistent=False"
        yield (f'self.register_buffer("{name}", ', *content(module, name, buffer), f"{kept})")


def content(module: Any, name: str, buffer: Tensor | None) -> Line:
    """What a buffer begins as: the unit of a linear map by its size, else its numbers."""
    if buffer is not None and name == "unit" and hasattr(module, "maps"):
        return ("self.maps.unit(", Gap(Slot("cin"), str(len(buffer))), ")")
    if buffer is None or buffer.numel() > LARGE:
        raise OdenetsError(
            f"the buffer {name} of {type(module).__name__} is no short list of numbers to be written as source: save "
            "the network by odenets emit --format export"
        )
    return (f"torch.tensor({buffer.tolist()})",)


def class_attribute(modules: Modules, name: str, kind: type) -> str:
    value = getattr(kind, name)
    if isinstance(value, type):
        modules.definitions.need(value)
        return f"{name} = {value.__name__}"
    return f"{name} = {literal(value, f'{name} of {kind.__name__}')}"


def used(module: nn.Module, kind: type) -> tuple[dict[str, Callable[..., Any]], list[str]]:
    """The methods of ours that running the module calls, and the other attributes that these read."""
    methods: dict[str, Callable[..., Any]] = {}
    attributes: dict[str, None] = {}
    known = {"training", *module._parameters, *module._buffers, *module._modules}
    queue = [name for name in ENTRIES if name != "initialise" or does_initialise(module)]
    for name in queue:
        home = next((c for c in kind.__mro__ if name in vars(c)), object)
        if name in known or (is_torch(home) and name not in module.__dict__):
            continue
        if inspect.isfunction(getattr(home, name, None)):
            methods[name] = getattr(home, name)
            queue += [x for x in read(methods[name]) if x not in queue]
        elif name in module.__dict__ or home is not object:
            attributes[name] = None
    return dict(sorted(methods.items(), key=lambda item: item[0] != "initialise")), list(attributes)


def read(function: Callable[..., Any]) -> list[str]:
    """The attributes of self that a method reads."""
    nodes = ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function))))
    return [
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
    ]


def does_initialise(module: nn.Module) -> bool:
    """Whether the module's own `initialise` sets anything: a branch's does only where it is asked to."""
    if not callable(getattr(module, "initialise", None)):
        return False
    twin: Any = copy.deepcopy(module).to_empty(device="cpu")
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        for parameter in twin.parameters():
            parameter.fill_(torch.nan)
        twin.initialise()
    return any(not parameter.isnan().all() for parameter in twin.parameters())


def calls_initialise(kind: type) -> bool:
    """Whether the constructor of a class of ours, or of one that it is made of, calls `initialise`."""
    makers = (vars(c).get("__init__") for c in kind.__mro__ if not is_torch(c))
    return any("self.initialise()" in inspect.getsource(maker) for maker in makers if inspect.isfunction(maker))
