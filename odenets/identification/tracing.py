"""A module's computation as a graph of torch.fx: its own layers as leaves, everything else as operations."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from textwrap import shorten
from traceback import walk_stack, walk_tb
from types import FrameType
from typing import Any

import torch
from torch import Tensor, fx, nn

from odenets.errors import OdenetsError
from odenets.identification.known import Known, constant_of, count_of, shape_of

OPENED = (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.TransformerEncoder, nn.TransformerEncoderLayer,
          nn.TransformerDecoder, nn.TransformerDecoderLayer, nn.Transformer)  # fmt: skip
FOREIGN = (str(Path(torch.__file__).parent), str(Path(__file__).parent), contextlib.__file__, "<string")
ADVICE = (
    "; give an example input where it asks for shapes, and identify the parts before and behind where it decides by "
    "values"
)


class Tracer(fx.Tracer):
    """Traces through every module that is not a layer of torch.nn; what is known of a value goes with it.

    A module that cannot be traced stays whole; `closed` says why, by its path.
    """

    def __init__(self, root: nn.Module, inputs: Mapping[str, Any], by_name: bool) -> None:
        super().__init__()
        self.root, self.inputs, self.by_name = root, list(inputs), by_name
        self.tensors = {**dict(root.named_buffers()), **dict(root.named_parameters())}
        self.paths = {id(x): name for name, x in self.tensors.items()}
        self.modules = set(root.modules())
        self.loaded: dict[str, fx.Proxy] = {}
        known = all(isinstance(x, Tensor) for x in inputs.values())
        self.twin = deepcopy(root).to("meta") if known else None  # has shapes and no content
        self.examples = {name: x.to("meta") for name, x in inputs.items()} if known else {}
        self.closed: dict[str, str] = {}
        self.calls: list[tuple[str, int]] = []
        self.count = 0

    def create_args_for_root(self, root_fn: Any, is_module: bool, concrete_args: Any = None) -> tuple[Any, list[Any]]:
        """As many inputs as there are, whatever the signature of the forward is; the root is called as any module."""
        del root_fn, is_module, concrete_args
        given = [self.create_proxy("placeholder", name, (), {}) for name in self.inputs]
        names = self.inputs if self.by_name else []
        return lambda root, *xs: root(*xs[len(names) :], **dict(zip(names, xs, strict=False))), [self.root, *given]

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return type(m).__module__.startswith("torch.nn") and not isinstance(m, OPENED)

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if m not in self.modules:
            return forward(*args, **kwargs)  # made on the way: its operations are the user's own
        name = self.path_of_module(m)
        count = len(self.graph.nodes)
        self.count += 1
        self.calls.append((name, self.count))
        try:
            return super().call_module(m, forward, args, kwargs)
        except Exception as error:
            if not name:
                raise
            for node in list(self.graph.nodes)[: count - 1 if count else None : -1]:
                self.graph.erase_node(node)
            self.module_stack.popitem()
            self.closed.setdefault(name, f"{place_of(error)}: {reason(error)}")
            return self.create_proxy("call_module", name, args, kwargs)
        finally:
            self.calls.pop()

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, fx.Proxy]) -> Any:
        """A parameter or buffer as a traced value; torch's own search walks all modules for each of them."""
        if (name := self.paths.get(id(attr_val))) is None:
            return attr_val
        if name not in self.loaded:
            self.loaded[name] = self.create_proxy("get_attr", name, (), {})
        return self.loaded[name]

    def create_node(self, kind: str, *args: Any, **kwargs: Any) -> fx.Node:
        node = super().create_node(kind, *args, **kwargs)
        node.meta["number"] = len(self.graph.nodes)
        node.meta["calls"] = tuple(self.calls)  # the modules that are at work, each call with its number
        if node.op == "call_module":
            node.meta["layer"] = type(self.root.get_submodule(str(node.target))).__name__
        node.meta["place"] = next(places(frame for frame, _ in walk_stack(sys._getframe())), "")
        held = self.tensors.get(str(node.target), vars(self.root).get(str(node.target)))
        if (value := constant_of(node, held)) is not None:
            node.meta["constant"] = value
            own = isinstance(held, nn.Parameter) and held.requires_grad
            node.meta["trained"] = own or any(n.meta.get("trained") for n in node.all_input_nodes)
        if self.twin is not None and (shape := shape_of(node, self.twin, self.examples)) is not None:
            node.meta["shape"] = shape
        return node

    def proxy(self, node: fx.Node) -> fx.Proxy:
        return Known(node, self)

    def to_bool(self, obj: fx.Proxy) -> bool:
        if (value := obj.node.meta.get("constant")) is not None:
            return bool(value)
        return super().to_bool(obj)

    def iter(self, obj: Any) -> Iterator[Any]:
        count = count_of(obj.node)
        return super().iter(obj) if count is None else iter([obj[i] for i in range(count)])


def traced(module: nn.Module, inputs: Mapping[str, Any], by_name: bool) -> tuple[fx.Graph, dict[str, str]]:
    """The graph of a module's forward, and the modules that stay whole with the reasons.

    inputs: by name, an example or None. Raises OdenetsError where the forward of the module itself cannot be traced.
    """
    tracer = Tracer(alike(module), inputs, by_name)
    try:
        with as_compiled():
            graph = tracer.trace(tracer.root)
    except Exception as error:
        told = f"{type(module).__name__} cannot be traced at {place_of(error)}: {reason(error)}"
        raise OdenetsError(told if isinstance(error, OdenetsError) else told + ADVICE) from None
    return graph, tracer.closed


def unwrapped(module: nn.Module) -> nn.Module:
    """The module inside one that is compiled, distributed or averaged. Raises OdenetsError for a script."""
    while type(module).__module__.startswith("torch."):
        if not isinstance(inner := getattr(module, "_orig_mod", getattr(module, "module", None)), nn.Module):
            break
        module = inner
    if isinstance(module, torch.jit.ScriptModule):
        raise OdenetsError(
            f"a {type(module).__name__} has no forward of Python that could be traced: identify the module that "
            "torch.jit was given"
        )
    return module


def alike(module: nn.Module) -> nn.Module:
    """The module with the same tensors, whose forward may set attributes that the module itself never sees."""
    tensors = (*module.parameters(), *module.buffers())
    try:
        return deepcopy(module, {id(x): x for x in tensors})
    except Exception:  # a lock, a stream, an open file: such a module is traced itself
        return module


@contextlib.contextmanager
def as_compiled() -> Iterator[None]:
    """Code that has a plain form for compilers shows that one, and none that saves memory or fuses a layer."""
    before, fused = torch.compiler.is_compiling, torch.backends.mha.get_fastpath_enabled()
    torch.compiler.is_compiling = lambda: True
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad():
            yield
    finally:
        torch.compiler.is_compiling = before
        torch.backends.mha.set_fastpath_enabled(fused)


def places(frames: Iterable[FrameType]) -> Iterator[str]:
    """File and line of the frames that are neither of Python, nor of torch, nor of this package."""
    own = (f for f in frames if not f.f_code.co_filename.startswith(FOREIGN))
    return (f"{Path(f.f_code.co_filename).name}:{f.f_lineno}" for f in own)


def place_of(error: BaseException) -> str:
    """File and line of the user's code in which an error was raised."""
    return ["its forward", *places(frame for frame, _ in walk_tb(error.__traceback__))][-1]


def reason(error: BaseException) -> str:
    """The first sentence of an error."""
    if any(frame.f_code.co_name == "functional_call" for frame, _ in walk_tb(error.__traceback__)):
        return "functional_call puts computed weights in, which torch.fx does not follow"
    return shorten(str(error).partition(". ")[0], 160, placeholder=" …") or type(error).__name__
