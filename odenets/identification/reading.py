"""A traced graph as linear forms: what each value is in terms of inputs and of what the blocks give."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from torch import Tensor, fx, nn

from odenets.identification.known import AUGMENTED, changes
from odenets.identification.linear import LINEAR, SHAPING, name_of
from odenets.identification.numerals import exact
from odenets.identification.values import Atom, Box, Constant, Symbols, Version, atom_form, forms_in, is_scalar
from schemes import Form

KEEPING = {"clone", "contiguous", "detach", "to", "float", "double", "half", "bfloat16", "type", "type_as", "alias"}
QUESTIONS = {"size", "dim", "numel", "getattr", "len", "shape", "ndim", "dtype", "device", "is_floating_point"}
RATIONAL = {*SHAPING, "add", "sub", "mul", "div", "truediv", "true_divide", "neg", "rsub", "pow", *AUGMENTED}

LAST = 2**62  # the number of the graph's output, behind all others


@dataclass(frozen=True)
class Whole:
    """A module call that is one block: the value it is given, its operations, the one that makes its value."""

    argument: fx.Node
    nodes: tuple[fx.Node, ...]
    last: fx.Node


@dataclass
class Reader:
    """Reads the values of a graph, one after the other, as forms over its atoms.

    symbolic  learned scalars stay symbols, else numbers take their place: products of many steps stay short
    states    nodes whose value is an atom from there on; what it was is kept in `became`
    passing   nodes that count as their first operand, the maps behind sums
    whole     module calls that are one block each, by their first operation
    left_out  the places at which noise was added
    """

    graph: fx.Graph
    module: nn.Module
    symbolic: bool = False
    states: Collection[fx.Node] = ()
    passing: Collection[fx.Node] = ()
    whole: Mapping[fx.Node, Whole] = field(default_factory=dict)
    atoms: dict[str, Atom] = field(default_factory=dict)
    outputs: tuple[Form, ...] = ()
    symbols: Symbols = field(default_factory=Symbols)
    versions: list[Version] = field(default_factory=list)
    left_out: dict[str, None] = field(default_factory=dict)
    became: dict[fx.Node, Any] = field(default_factory=dict)
    env: dict[fx.Node, Box] = field(default_factory=dict)
    ends: dict[fx.Node, tuple[tuple[fx.Node, ...], list[Form]]] = field(default_factory=dict)

    def read(self) -> Reader:
        for node in self.graph.nodes:
            if node.op == "output":
                self.outputs = tuple(forms_in(self.operands(node.args, node)))
            else:
                if node in self.whole:
                    own = self.whole[node]
                    self.ends[own.last] = own.nodes, forms_in(self.operands(own.argument, node))
                self.env[node] = self.boxed(node)
        return self

    def number(self, x: Any) -> Any:
        return x if self.symbolic else self.symbols.number(x)

    def atom(self, reads: list[Form], node: fx.Node) -> Form:
        name = f"a{node.meta['number']}"
        self.atoms[name] = Atom(name, tuple(dict.fromkeys(reads)), (node,), node.op == "placeholder")
        return atom_form(name)

    def form(self, x: Any) -> Any:
        """A value as an operand of a sum; a constant tensor is an atom that reads nothing."""
        return self.atom([], x.node) if isinstance(x, Constant) else x

    def operands(self, x: Any, reader: fx.Node) -> Any:
        """An argument with values for nodes, fractions for numbers."""
        if isinstance(x, fx.Node):
            version = self.env[x].version
            version.last = LAST if reader.op == "output" else reader.meta["number"]
            return version.value
        if isinstance(x, dict):
            return {k: self.operands(v, reader) for k, v in x.items()}
        return tuple(self.operands(v, reader) for v in x) if isinstance(x, tuple | list) else scalar(x)

    def boxed(self, node: fx.Node) -> Box:
        """The value of a node, in its first operand's own box where the operation changes or hands on that tensor."""
        first = self.env.get(node.args[0]) if node.args and isinstance(node.args[0], fx.Node) else None
        if first is not None and (keeps(node, self.module) or node in self.passing):
            version = self.version(node, self.operands(node.args[0], node))
            if name_of(node) == "clone":
                return Box(version)
            first.version = version
            return first
        version = self.version(node, self.valued(node))
        if first is not None and in_place(node, self.module):
            first.version = version
            return first
        return Box(version)

    def version(self, node: fx.Node, value: Any) -> Version:
        if node in self.ends:
            nodes, reads = self.ends[node]
            value = self.atom(reads, node)
            self.atoms[f"a{node.meta['number']}"].nodes = nodes
        if node in self.states:
            self.became[node] = value
            value = atom_form(state_name(node))
        self.versions.append(Version(node, value))
        return self.versions[-1]

    def valued(self, node: fx.Node) -> Any:
        if node.op == "placeholder":
            return self.atom([], node)
        if "constant" in node.meta:
            return self.constant(node)
        args, kwargs = self.operands(node.args, node), self.operands(node.kwargs, node)
        forms, name = forms_in((args, kwargs)), name_of(node)
        if name in QUESTIONS or (not forms and any(x is None for x in (*args, *kwargs.values()))):
            return None
        if name in LINEAR:
            found = LINEAR[name](self, node, *args, **kwargs)
            if found is not NotImplemented:
                return found
        return self.atom(forms, node) if forms or node.all_input_nodes else Constant(node)

    def constant(self, node: fx.Node) -> Any:
        """A scalar in the learned ones that it is made of, or a constant tensor."""
        value = node.meta["constant"]
        if not isinstance(value, Tensor):
            return scalar(value)
        if not is_coefficient(value):
            return Constant(node)
        if node.op == "get_attr":
            fixed = not node.meta["trained"] and value.numel() == 1
            return exact(value) if fixed else self.symbols.of(str(node.target), value)
        args = self.operands(node.args, node)
        if name_of(node) in RATIONAL and all(map(is_scalar, args[:1] if name_of(node) in SHAPING else args)):
            found = LINEAR[name_of(node)](self, node, *args)
            if is_scalar(found):
                return found
        if not node.meta["trained"]:
            return exact(value) if value.numel() == 1 else Constant(node)
        return self.symbols.of(written(node), value)


def written(node: fx.Node) -> str:
    """A constant as its expression in parameters, one name for one value: getitem(ks, 3), clamp(k, 0, 1)."""
    if node.op == "get_attr":
        return str(node.target)
    given: Any = fx.node.map_arg((*node.args, *node.kwargs.items()), lambda n: Named(written(n)))
    return f"{name_of(node)}({', '.join(map(str, given))})"


class Named(str):
    """A text that stands in a tuple without quotes."""

    __repr__ = str.__str__


def state_name(node: fx.Node) -> str:
    return f"s{node.meta['number']}"


def scalar(x: Any) -> Any:
    return exact(x) if isinstance(x, int | float) and not isinstance(x, bool) and isfinite(x) else x


def is_coefficient(value: Tensor) -> bool:
    """One number, or one number a channel."""
    return value.is_floating_point() and (value.numel() == 1 or value.numel() == max(value.shape, default=1))


def in_place(node: fx.Node, module: nn.Module) -> bool:
    if node.op == "call_module":
        return bool(getattr(module.get_submodule(str(node.target)), "inplace", False))
    return node.kwargs.get("inplace") is True or changes(node)


def keeps(node: fx.Node, module: nn.Module) -> bool:
    """Whether the value is that of the first operand."""
    if node.op == "call_module":
        layer = module.get_submodule(str(node.target))
        idle = isinstance(layer, nn.modules.dropout._DropoutNd) and (layer.p == 0 or not layer.training)
        return isinstance(layer, nn.Identity) or idle
    if name_of(node) == "dropout" and (node.kwargs.get("p") == 0 or node.kwargs.get("training") is False):
        return True
    return name_of(node) in KEEPING or same_layout(node)


def same_layout(node: fx.Node) -> bool:
    """A view into the shape that the tensor has: the same numbers in the same places."""
    if name_of(node) not in ("view", "reshape", "flatten"):
        return False
    shapes = [getattr(n.meta.get("shape"), "shape", None) for n in (node, node.args[0])]  # type: ignore[union-attr]
    return shapes[0] is not None and shapes[0] == shapes[1]
