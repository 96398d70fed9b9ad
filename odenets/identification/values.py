"""What a traced value is to a scheme: a linear form, a scalar, a constant tensor, several values, or nothing of use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any
from zlib import crc32

from torch import Tensor, fx

from schemes import Form, RationalFunction, symbol

Scalar = Fraction | RationalFunction


@dataclass(frozen=True)
class Constant:
    """A tensor that depends on parameters and buffers alone, and is no scalar."""

    node: fx.Node


@dataclass(frozen=True)
class Several:
    """Values side by side: what `cat` has put together along an axis, or `chunk` and `split` give."""

    parts: tuple[Any, ...]
    axis: Any = None


@dataclass
class Version:
    """A value from one operation until the next that changes it: what it is, and the last operation that reads it."""

    node: fx.Node
    value: Any
    last: int = 0

    @property
    def number(self) -> int:
        return int(self.node.meta["number"])


@dataclass
class Box:
    """A tensor with all its names: an operation in place changes it for each of them."""

    version: Version


@dataclass
class Atom:
    """What no sum of others is: an input, a constant tensor, or a value that an operation which is not linear gives.

    reads   the linear forms that the operation has as operands
    nodes   the operations, in order; several where a chain of them became one block
    """

    name: str
    reads: tuple[Form, ...]
    nodes: tuple[fx.Node, ...]
    input: bool = False

    @property
    def node(self) -> fx.Node:
        return self.nodes[-1]


@dataclass
class Symbols:
    """Names of the learned scalars of a module: what stands for them in tables, where they are, what they are now."""

    paths: dict[str, str] = field(default_factory=dict)
    values: dict[str, Tensor] = field(default_factory=dict)

    def of(self, path: str, value: Tensor) -> RationalFunction:
        known = {own: name for name, own in self.paths.items()}
        name = known.get(path, f"p_{len(known)}")
        self.paths[name], self.values[name] = path, value.detach()
        return symbol(name)

    def number(self, x: Any) -> Any:
        """A number in the place of each symbol, the same for k of all layers: what is linear stays so."""
        if not isinstance(x, RationalFunction):
            return x
        return x(**{name: Fraction(101 + crc32(role(self.paths[name]).encode()) % 887) for name in x.symbols})


def role(path: str) -> str:
    """blocks.3.k and getitem(k, 3) as k: the name of the first parameter in it, without its place in a list."""
    name = next(iter(re.findall(r"[A-Za-z_][\w.]*(?![\w.(])", path)), "")
    parts = [re.sub(r"\d", "", part).rstrip("_") for part in name.split(".")]
    return next(filter(None, reversed(parts)), "k")


def atom_form(name: str) -> Form:
    return Form({name: Fraction(1)})


def forms_in(x: Any) -> list[Form]:
    """All linear forms in an argument, which may be a list or hold several values."""
    if isinstance(x, Form):
        return [x]
    if isinstance(x, Several):
        return [form for part in x.parts for form in forms_in(part)]
    if isinstance(x, dict):
        return forms_in(tuple(x.values()))
    if isinstance(x, Sequence) and not isinstance(x, str):
        return [form for part in x for form in forms_in(part)]
    return []


def is_scalar(x: Any) -> bool:
    return isinstance(x, Fraction | RationalFunction)
