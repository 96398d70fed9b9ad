"""The stages of a step as they are evaluated: the order of a table, increments at points, and these as one matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from odenets.equilibrium.order import is_system, together
from odenets.rows import Terms, combined, rows, running
from schemes import Scheme


@dataclass(frozen=True)
class Order:
    """A table as a step runs it: rows over states and increments, stages in groups, which block is at each stage."""

    stages: tuple[Terms, ...]
    nexts: tuple[Terms, ...]
    groups: tuple[tuple[bool, tuple[int, ...]], ...]
    blocks: tuple[str, ...]

    @staticmethod
    def of(scheme: Scheme, names: Sequence[str], training: bool) -> Order:
        table, kept = running(scheme, training)
        groups = ((is_system(table, group), tuple(group)) for group in together(table))
        blocks = tuple(names[i] for i in kept)
        return Order(rows(table.U, table.A), rows(table.V, table.B), tuple(groups), blocks)


@dataclass(frozen=True)
class Stages:
    """Some stages of a step that runs, all they read besides each other being known."""

    step: nn.Module
    order: Order
    values: Mapping[str, Any]
    operands: Sequence[Tensor | None]
    group: Sequence[int]
    like: Tensor

    def evaluated(self, increments: Sequence[Tensor | None]) -> list[Tensor]:
        """The increments h f(Y_i) where those of the group are as given; None: they are left out of Y."""
        known = [*self.operands]
        for i, F in zip(self.group, increments, strict=True):
            known[len(known) - len(self.order.stages) + i] = F
        found = []
        for i in self.group:
            Y = combined(self.order.stages[i], known, self.values)
            Y = torch.zeros_like(self.like) if Y is None else Y.to(self.like.dtype)
            found.append(getattr(self.step, self.order.blocks[i])(Y))
        return found


class Packed:
    """Increments as one matrix, a sample a row, in single precision at least.

    rounding   below which no residual comes surely: that of the blocks' number format (bfloat16: 2e-3 … 6e-3 measured)
    """

    def __init__(self, parts: Sequence[Tensor]) -> None:
        self.shapes = [part.shape for part in parts]
        dtypes = [part.dtype for part in parts]
        kind = parts[0].device.type
        if kind != "meta" and torch.is_autocast_enabled(kind):
            dtypes.append(torch.get_autocast_dtype(kind))
        self.rounding = 2 * max(torch.finfo(dtype).eps for dtype in dtypes)

    def rows(self, parts: Sequence[Tensor]) -> Tensor:
        wide = torch.promote_types(parts[0].dtype, torch.float32)
        return torch.cat([part.to(wide).reshape(self.samples(part.shape), self.width(part.shape)) for part in parts], 1)

    def parts(self, x: Tensor) -> list[Tensor]:
        widths = map(self.width, self.shapes)
        return [part.reshape(shape) for part, shape in zip(x.split([*widths], 1), self.shapes, strict=True)]

    @staticmethod
    def samples(shape: Sequence[int]) -> int:
        return shape[0] if len(shape) > 1 else 1

    @staticmethod
    def width(shape: Sequence[int]) -> int:
        return prod(shape[1:] if len(shape) > 1 else shape)
