"""A module's computation as a graph of torch.fx: its own layers as leaves, everything else as operations."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor, fx, nn

from odenets.errors import OdenetsError
from odenets.identification.known import Known, constant_of, shape_of

OPENED = (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.TransformerEncoder, nn.TransformerEncoderLayer,
          nn.TransformerDecoder, nn.TransformerDecoderLayer, nn.Transformer)  # fmt: skip
PREFIX = "module."
TORCH = str(Path(torch.__file__).parent)
OWN = str(Path(__file__).parent)


class Tracer(fx.Tracer):
    """Traces through every module that is not a layer of torch.nn; what is known of a value goes with it.

    A module that cannot be traced stays whole; `closed` says why, by its path.
    """

    def __init__(self, root: nn.Module, twin: nn.Module | None) -> None:
        super().__init__()
        self.tensors = {**dict(root.named_buffers()), **dict(root.named_parameters())}
        self.paths = {id(x): name for name, x in self.tensors.items()}
        self.modules = set(root.modules())
        self.loaded: dict[str, fx.Proxy] = {}
        self.twin = twin  # of meta tensors, which have shapes and no content; None: shapes are not known
        self.closed: dict[str, str] = {}
        self.calls: list[tuple[str, int]] = []
        self.count = 0

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return type(m).__module__.startswith("torch.nn") and not isinstance(m, OPENED)

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if m not in self.modules:
            return forward(*args, **kwargs)  # made on the way: its operations are the user's own
        name = self.path_of_module(m).removeprefix(PREFIX.rstrip(".")).removeprefix(".")
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
            self.closed.setdefault(name, f"{place_of(error)}: {first_line(error)}")
            return self.create_proxy("call_module", PREFIX + name, args, kwargs)
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
        node.meta["place"] = user_place(sys._getframe())
        held = self.tensors.get(str(node.target), vars(self.root).get(str(node.target)))
        if (value := constant_of(node, held)) is not None:
            node.meta["constant"] = value
            own = isinstance(held, nn.Parameter) and held.requires_grad
            node.meta["trained"] = own or any(n.meta.get("trained") for n in node.all_input_nodes)
        if self.twin is not None and (shape := shape_of(node, self.twin)) is not None:
            node.meta["shape"] = shape
        return node

    def proxy(self, node: fx.Node) -> fx.Proxy:
        return Known(node, self)

    def to_bool(self, obj: fx.Proxy) -> bool:
        if (value := obj.node.meta.get("constant")) is not None:
            return bool(value)
        return super().to_bool(obj)

    def iter(self, obj: Any) -> Iterator[Any]:
        several = obj.node.meta.get("shape", obj.node.meta.get("constant"))
        if isinstance(several, tuple | list) or (isinstance(several, Tensor) and several.ndim):
            return iter([obj[i] for i in range(len(several))])
        if obj.node.target in ("chunk", torch.chunk) and len(obj.node.args) > 1:
            return iter([obj[i] for i in range(int(obj.node.args[1]))])
        return super().iter(obj)


class Entry(nn.Module):
    """The module with as many inputs as there are, whatever the signature of its forward is."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module


def entry(module: nn.Module, inputs: Sequence[str], by_name: bool) -> Entry:
    names = [f"input_{i}" for i in range(len(inputs))]
    given = ", ".join(f"{k}={x}" for k, x in zip(inputs, names, strict=True)) if by_name else ", ".join(names)
    scope: dict[str, Any] = {}
    exec(f"def forward(self, {', '.join(names)}):\n    return self.module({given})\n", scope)
    made: type[Entry] = type("Entry", (Entry,), {"forward": scope["forward"]})
    return made(module)


def traced(module: nn.Module, inputs: Mapping[str, Any], by_name: bool) -> tuple[fx.Graph, dict[str, str]]:
    """The graph of a module's forward, and the modules that stay whole with the reasons.

    inputs: by name, an example or None. Raises OdenetsError where the forward of the module itself cannot be traced.
    """
    known = all(isinstance(x, Tensor) for x in inputs.values())
    root = entry(alike(module), list(inputs), by_name)
    tracer = Tracer(root, meta_copy(root, list(inputs.values())) if known else None)
    try:
        with as_compiled():
            graph = tracer.trace(root)
    except Exception as error:
        raise OdenetsError(
            f"{type(module).__name__} cannot be traced at {place_of(error)}: {first_line(error)}; give an example "
            "input where it asks for shapes, and identify the parts before and behind where it decides by values"
        ) from None
    return graph, tracer.closed


def alike(module: nn.Module) -> nn.Module:
    """The module with the same tensors, whose forward may set attributes that the module itself never sees."""
    tensors = (*module.parameters(), *module.buffers())
    try:
        return deepcopy(module, {id(x): x for x in tensors})
    except Exception:  # a lock, a stream, an open file: such a module is traced itself
        return module


def meta_copy(root: nn.Module, examples: Sequence[Tensor]) -> nn.Module:
    """The module without content, and what its inputs look like."""
    twin = deepcopy(root).to("meta")
    twin.examples = {f"input_{i}": x.to("meta") for i, x in enumerate(examples)}  # type: ignore[assignment]
    return twin


@contextmanager
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


def user_place(frame: FrameType | None) -> str:
    """File and line of the innermost frame that is neither of torch nor of this package."""
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith((TORCH, OWN)) and not name.startswith("<string"):
            return f"{Path(name).name}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


def place_of(error: BaseException) -> str:
    """File and line of the user's code in which an error was raised."""
    place, trace = "", error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not name.startswith((TORCH, OWN)) and not name.startswith("<string"):
            place = f"{Path(name).name}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place or "its forward"


def first_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
