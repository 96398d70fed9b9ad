"""A vector field as a scheme reads it: a callable for each field name, and the part of a point for each component."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from analysis.elementary import Jet, symbolic_jet
from analysis.errors import AnalysisError
from analysis.examples import compiled
from analysis.structure import Structure, structure
from schemes import Scheme

Array = Any
Field = Callable[[Array], Array]
States = tuple[Array, ...]


def system(scheme: Scheme, f: Any) -> dict[str, Field]:
    """{field name: callable on the part of a point that it reads}."""
    if free := sorted(scheme.mean().symbols):
        raise AnalysisError(f"{scheme.name} has the free parameter {free[0]}: fix it by scheme.at({free[0]}=…)")
    if isinstance(f, Mapping):
        return dict(f)
    layout = structure(scheme)
    if len(layout.components) == 1:
        whole = f.function() if hasattr(f, "function") else f
        return dict.fromkeys(scheme.fields, whole)
    halves = parts(scheme, f)
    return {
        c.field: compiled(
            tuple(f.variables[i] for i in halves[c.reads]), tuple(f.expressions[i] for i in halves[c.feeds])
        )
        for c in layout.colours
    }


def parts(scheme: Scheme, f: Any) -> tuple[tuple[int, ...], ...]:
    """The indices of a point that belong to each component of the scheme."""
    count = len(structure(scheme).components)
    if count == 1:
        return (tuple(range(len(f.variables))),) if hasattr(f, "variables") else ((),)
    colours = structure(scheme).colours
    if len({c.field for c in colours}) < len(colours):
        raise AnalysisError(
            f"{scheme.name} evaluates one field on different halves of u: give it a field of its own for each half"
        )
    halves = getattr(f, "halves", None)
    if halves is None or len(halves) != count:
        name = getattr(f, "name", "this field")
        raise AnalysisError(
            f"{scheme.name} has {count} components and {name} no such halves: take a separable field such as pendulum"
        )
    return tuple(tuple(half) for half in halves)


def symbolic_jets(layout: Structure, f: Any, halves: Sequence[Sequence[int]]) -> dict[str, Jet]:
    """The jet of each field of a scheme on the component that it reads, from the expressions of f.

    Raises AnalysisError where f depends on more than that: it is not separable.
    """
    jets = {}
    for c in layout.colours:
        fed = [f.expressions[i] for i in halves[c.feeds]]
        read = [f.variables[i] for i in halves[c.reads]]
        if more := sorted(map(str, set().union(*(e.free_symbols for e in fed)) - set(read))):
            raise AnalysisError(
                f"{layout.scheme.name} reads {', '.join(map(str, read))} alone where {f.name} depends on {more[0]} as "
                "well: take a separable field such as pendulum or kepler"
            )
        jets[c.field] = symbolic_jet(fed, read)
    return jets


def split(scheme: Scheme, f: Any, u: Array) -> list[Array]:
    """A point as one array a component."""
    if len(structure(scheme).components) == 1:
        return [u]
    return [u[list(half)] for half in parts(scheme, f)]


def joined(scheme: Scheme, f: Any, states: States) -> Array:
    """The point that the states stand for: the first state of every component, each at its place."""
    values = [states[c.states[0]] for c in structure(scheme).components]
    if len(values) == 1 or isinstance(f, Mapping):
        return np.concatenate(values)
    u = np.empty(sum(map(len, values)))
    for half, value in zip(parts(scheme, f), values, strict=True):
        u[list(half)] = value
    return u
