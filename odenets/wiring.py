"""One step of a scheme as a module."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from odenets.coefficients import held
from odenets.errors import OdenetsError
from odenets.lincomb import lincomb
from odenets.skipping import kept, texts
from schemes import RationalFunction, Scheme
from schemes.exact import is_exact
from schemes.rewriting import needed, only, without_idle
from schemes.writing import PYTHON, Term, infix, source

if TYPE_CHECKING:
    from odenets.equilibrium import Solver

Blocks = nn.Module | Callable[[], nn.Module] | Mapping[str, nn.Module | Callable[[], nn.Module]]
NUMBERS = count(1)


def wire(
    scheme: Scheme, block: Blocks, *, channels: int | None = None, dims: int = 2, solver: Solver | None = None
) -> Step:
    """One step of a scheme as a module: step(u), or step(u_n, u_{n-1}, …), gives the next state or states.

    block     a module for every stage (shared), a factory that is called once a stage, or {field: module or factory};
              its value is the increment h f(Y). The field `one`, the constant 1, needs no block.
    channels  where a learned coefficient is per channel: how many, followed by `dims` further axes
    solver    of implicit stages (odenets.equilibrium.Solver)

    `.code` is the source. Raises OdenetsError for an implicit scheme without a solver and for blocks that do not fit
    the fields.
    """
    if not isinstance(scheme, Scheme):
        raise OdenetsError(f"wire takes a scheme, not {scheme!r}: schemes.get(name) gives one")
    if not scheme.explicit and solver is None:
        raise OdenetsError(
            f"{scheme.name} is implicit and cannot be wired: take one of names(explicit=True), or give a solver"
        )
    if loose := scheme.role("chosen"):
        raise OdenetsError(f"{scheme.name}: {loose[0]} is not chosen yet, fix it by scheme.at({loose[0]}=…)")
    scheme = without_idle(scheme)
    if not all(is_exact(x) for x in scheme.entries):
        raise OdenetsError(
            f"{scheme.name} holds a coefficient that is no exact number: give a number or declare it learned"
        )
    blocks = stage_blocks(scheme, block)
    if solver is not None and not scheme.explicit:
        from odenets.equilibrium import ImplicitStep

        return ImplicitStep(scheme, dict(blocks), channels, dims, solver)
    calls = [f"self.{name}" for name, _ in blocks]
    texts = (step_text(scheme, calls, how) for how in (sum_text, None))
    return step_class(scheme.name, *texts)(scheme, dict(blocks), channels, dims)


def step_text(scheme: Scheme, calls: Sequence[str], combine: Callable[[list[Term]], str] | None) -> str:
    """The source of a step. Evaluation has lines of its own where it needs fewer blocks, and where the means of
    coefficients are not coefficients of means: E[ξ²] ≠ E[ξ]²."""

    def text(scheme: Scheme, calls: Sequence[str]) -> str:
        return source(scheme, called(scheme, lambda i: calls[i]), combine)

    mean = scheme.mean()
    kept = needed(mean)
    if len(kept) == scheme.stages and mean.table == scheme.at(**means(scheme)).table:
        return text(scheme, calls)
    head, *training = text(scheme, calls).splitlines(keepends=True)
    evaluation = text(only(mean, kept), [calls[i] for i in kept]).splitlines(keepends=True)[1:]
    evaluation = [f"    {line}" for line in evaluation]
    return "".join([head, "    if not self.training:\n", *evaluation, *training])


def called(scheme: Scheme, name: Callable[[int], str]) -> Callable[[int, str], str]:
    """How the source of a step calls the block of a stage: where a draw of the batch may drop it, kept(self.f, eta)."""
    by = texts(scheme)

    def call(i: int, _: str) -> str:
        return f"kept({', '.join([name(i), *by[i]])})" if by[i] else name(i)

    return call


def means(scheme: Scheme) -> dict[str, Any]:
    return {p.name: p.mean for p in scheme.parameters if p.kind == "random"}


class Step(nn.Module):
    """One step of a scheme, made by `wire`; each source text has a class of its own, whose `forward` is that text.

    code   the step as straight-line source. A sum with learned or random coefficients runs as `lincomb`: bit for bit
           the sum that is written, with a backward that keeps no temporaries.
    """

    code: str
    forward: Callable[..., Any]

    def __init__(self, scheme: Scheme, blocks: Mapping[str, nn.Module], channels: int | None, dims: int) -> None:
        super().__init__()
        self.scheme = scheme
        own = held(scheme, channels, dims)
        for name, part in [*own.items(), *blocks.items()]:
            if hasattr(self, name):
                raise OdenetsError(f"{scheme.name}: the name {name!r} is taken in a module, choose another one")
            setattr(self, name, part)

    @property
    def block_names(self) -> tuple[str, ...]:
        """The block of each stage by its name in the module: f where stages share it, else f1, f2, …"""
        return tuple(name if hasattr(self, name) else f"{name}{i}" for i, name in enumerate(self.scheme.fields, 1))

    def __reduce__(self) -> Any:
        return empty_step, type(self).key, self.__dict__

    key: tuple[str, str, str]

    def extra_repr(self) -> str:
        return self.scheme.name


def empty_step(*key: str) -> Step:
    """A step without content, of the class of its name and sources: what pickle and copy fill."""
    cls = step_class(*key)
    return cls.__new__(cls)


@cache
def step_class(name: str, running: str, written: str) -> type[Step]:
    """torch.compile keys its work by code object: equal steps share one, different ones never force recompilation."""
    return type("Step", (Step,), {"forward": compiled(running, name), "code": written, "key": (name, running, written)})


class One(nn.Module):
    """The field that is 1 everywhere: with it noise and constants are coefficients like any other."""

    def forward(self, u: Tensor) -> Tensor:
        return torch.ones((), dtype=u.dtype, device=u.device)  # broadcasts, also where a transition changes the shape


def stage_blocks(scheme: Scheme, block: Blocks) -> list[tuple[str, nn.Module]]:
    """(attribute name, module) of each stage: f where stages share a module, else f1, f2, … by stage."""
    given: Mapping[str, Any] = (
        dict(block.items()) if isinstance(block, Mapping | nn.ModuleDict) else dict.fromkeys(scheme.fields, block)
    )
    if "one" in scheme.fields:
        if isinstance(block, Mapping | nn.ModuleDict) and "one" in given:
            raise OdenetsError(f"{scheme.name}: the field 'one' is the constant 1, leave its block out")
        given = {**given, "one": One()}
    if missing := [name for name in scheme.fields if name not in given]:
        raise OdenetsError(
            f"{scheme.name} evaluates the field {missing[0]!r}: give a block for it, it got {list(given)}"
        )
    if surplus := [name for name in given if name not in scheme.fields]:
        raise OdenetsError(f"{scheme.name} has no field {surplus[0]!r}: its fields are {sorted(set(scheme.fields))}")
    alone = {name: scheme.fields.count(name) == 1 for name in scheme.fields}
    named = []
    for i, field in enumerate(scheme.fields, 1):
        maker = given[field]
        shared = isinstance(maker, nn.Module)
        module = maker if shared else made(maker, field)
        named.append((field if shared or alone[field] else f"{field}{i}", module))
    if odd := next((name for name, module in named if dict(named)[name] is not module), None):
        raise OdenetsError(f"{scheme.name}: two blocks would be called {odd!r}, rename the field {odd!r}")
    return named


def made(factory: Any, field: str) -> nn.Module:
    try:
        module = factory()
    except TypeError as error:
        raise OdenetsError(
            f"field {field!r}: its block is neither a module nor a factory without arguments: {error}"
        ) from None
    if not isinstance(module, nn.Module):
        raise OdenetsError(f"the factory of field {field!r} made a {type(module).__name__}, it must make an nn.Module")
    return module


def sum_text(terms: list[Term]) -> str:
    if len(terms) < 2 or not any(isinstance(c, RationalFunction) for c, _, _ in terms):
        return infix(terms, PYTHON.product)
    return f"lincomb({', '.join(f'({c}, {x})' for _, c, x in terms)})"


def compiled(text: str, name: str) -> Callable[..., Any]:
    """The function of a source text, known to tracebacks and debuggers by its lines."""
    filename = f"<step {next(NUMBERS)} of {name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    scope: dict[str, Any] = {"lincomb": lincomb, "kept": kept}
    exec(compile(text, filename, "exec"), scope)
    function: Callable[..., Any] = scope["forward"]
    return function
