"""Weights that are functions of depth: the knots of a stage by name, and what each evaluation sees of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from odenets.depth.blends import Blend, unlisted
from odenets.emission.expressions import Expression, Shared, joined

if TYPE_CHECKING:
    from odenets.emission.modules import Modules


def knots(modules: Modules, module: nn.Module) -> Expression:
    """The knots of each field; each has a name, by which the evaluations are given it."""
    row: list[Expression] = []
    for field, own in module.named_children():
        for knot in own.children():
            content = modules.construct(knot)
            if any(part._non_persistent_buffers_set for part in knot.modules()):
                modules.definitions.need(unlisted)
                content = ("unlisted(", *content, ")")
            modules.made[id(knot)] = (Shared(id(knot), field, content),)
        row.append((f'"{field}": nn.ModuleList([', *joined(map(modules.make, own.children())), "])"))
    return ("nn.ModuleDict({", *joined(row), "})")


def blend(modules: Modules, module: Blend) -> Expression:
    """A block between knots: those that it reads, and their weights."""
    modules.definitions.need(Blend)
    read = joined(modules.make(module.knots[m]) for m in module.weights)
    return ("Blend([", *read, f"], {dict(enumerate(module.weights.values()))})")
