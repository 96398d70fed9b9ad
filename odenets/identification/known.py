"""What is known of a traced value: a constant of the module by its value, a tensor by the shape that an example has."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from functools import reduce
from typing import Any

import torch
from torch import Tensor, fx, nn

from odenets.errors import OdenetsError

AUGMENTED = ("iadd", "isub", "imul", "itruediv")
FACTS = ("shape", "ndim", "dtype", "device", "is_nested", "size", "dim")


class Known(fx.Proxy):
    """A traced value that answers questions on its shape, where the shape is known."""

    def __getattr__(self, name: str) -> Any:
        value = self.node.meta.get("shape", self.node.meta.get("constant"))
        if name not in FACTS or not isinstance(value, Tensor):
            return super().__getattr__(name)
        return torch.device("cpu") if name == "device" else getattr(value, name)

    def __len__(self) -> int:
        count = count_of(self.node)
        return int(super().__len__()) if count is None else count

    def __setitem__(self, at: Any, value: Any) -> None:
        raise OdenetsError(
            "a part of a tensor is set, u[…] = v, which no form follows: put parts together by torch.cat"
        )


def in_place(operation: Any) -> Any:
    """x += y as an operation on x: torch.fx would give the sum a name and leave the others of x as they are."""

    def method(self: Known, other: Any) -> Any:
        return self.tracer.create_proxy("call_function", operation, (self, other), {})

    return method


for operation in (operator.iadd, operator.isub, operator.imul, operator.itruediv):
    setattr(Known, f"__{operation.__name__}__", in_place(operation))


def constant_of(node: fx.Node, held: Any) -> Any:
    """The value of a node that depends on parameters, buffers and numbers alone; None for others.

    held: the tensor that the node loads, if it loads one
    """
    if node.op == "get_attr":
        return held.detach() if isinstance(held, Tensor) else held
    if node.op not in ("call_function", "call_method") or not node.all_input_nodes or changes(node):
        return None
    if any("constant" not in n.meta for n in node.all_input_nodes):
        return None
    return run(node, "constant")


def shape_of(node: fx.Node, twin: nn.Module, examples: Mapping[str, Tensor]) -> Any:
    """A meta tensor, or a tuple of them, with the shape of a node; None where it is not known."""
    if node.op == "placeholder":
        return examples.get(str(node.target))
    if node.op == "get_attr":
        return held_at(twin, str(node.target))
    if any("shape" not in n.meta for n in node.all_input_nodes):
        return None
    return run(node, "shape", twin)


def held_at(root: Any, path: str) -> Any:
    """The attribute of a module, None where a trace has made it since."""
    return reduce(lambda part, name: getattr(part, name, None), path.split("."), root)


def run(node: fx.Node, lane: str, twin: nn.Module | None = None) -> Any:
    given: list[Any] = [fx.node.map_arg(x, lambda n: n.meta[lane]) for x in (node.args, node.kwargs)]
    args, kwargs = given
    try:
        with torch.no_grad():
            if node.op == "call_function":
                return node.target(*args, **kwargs)  # type: ignore[operator]
            if node.op == "call_method":
                return getattr(args[0], str(node.target))(*args[1:], **kwargs)
            if node.op == "call_module" and twin is not None:
                return twin.get_submodule(str(node.target))(*args, **kwargs)
    except Exception:
        return None  # a question that meta tensors do not answer; nothing is known then
    return None


def count_of(node: fx.Node) -> int | None:
    """How many values a traced one has that is gone over, or None: from its shape, or as `chunk` and `split` say."""
    several = node.meta.get("shape", node.meta.get("constant"))
    if isinstance(several, tuple | list) or (isinstance(several, Tensor) and several.ndim):
        return len(several)
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    said = [*node.args[1:2], *(node.kwargs[k] for k in ("chunks", "split_size_or_sections") if k in node.kwargs)]
    for given in said:
        if name == "chunk" and isinstance(given, int):
            return given
        if name == "split" and isinstance(given, tuple | list):
            return len(given)
    return None


def changes(node: fx.Node) -> bool:
    """Whether an operation changes a tensor in place."""
    name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", "")
    return name in AUGMENTED or (name.endswith("_") and not name.endswith("__"))
