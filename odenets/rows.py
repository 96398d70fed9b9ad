"""Rows of a table over tensors: Σ c x, coefficients as numbers or as functions of what is learned and drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from odenets.lincomb import is_one
from schemes import RationalFunction, Scheme
from schemes.exact import is_zero
from schemes.rewriting import needed, only
from schemes.scheme import Matrix, Row

Terms = tuple[tuple[int, Any], ...]  # (operand, coefficient)


def running(scheme: Scheme, training: bool) -> tuple[Scheme, tuple[int, ...]]:
    """The table that a step runs, coefficients at their means in evaluation, and which stages of its own that has."""
    if training or not scheme.role("random"):
        return scheme, tuple(range(scheme.stages))
    mean = scheme.mean()
    kept = needed(mean)
    return only(mean, kept), tuple(kept)


def terms(row: Iterable[Any], first: int = 0) -> Terms:
    """A row over operands from number `first` on, without its zeros, exact numbers as floats."""
    pairs = enumerate(row, first)
    return tuple((j, x if isinstance(x, RationalFunction) else float(x)) for j, x in pairs if not is_zero(x))


def rows(states: Matrix, stages: Matrix) -> tuple[Terms, ...]:
    """Rows over states, then stages."""
    return tuple(terms((*u, *a)) for u, a in zip(states, stages, strict=True))


def combined(row: Terms, operands: Sequence[Tensor | None], values: Mapping[str, Any]) -> Tensor | None:
    """Σ c x over a row; None where nothing is summed."""
    total: Tensor | None = None
    ours = False  # whether total is no operand, and may be written
    for j, c in row:
        x = operands[j]
        if x is None:
            continue
        c = number(c, values)
        if total is None:
            total, ours = (x, False) if is_one(c) else (c * x, True)
        else:
            total, ours = added(total, c, x, ours and fits(total, c, x)), True
    return total


def added(total: Tensor, c: Any, x: Tensor, ours: bool) -> Tensor:
    """total + c x in one pass, into `total` where it is ours."""
    if not isinstance(c, Tensor):
        return total.add_(x, alpha=c) if ours else total.add(x, alpha=c)
    if c.dtype == x.dtype == total.dtype:
        return total.addcmul_(c, x) if ours else total.addcmul(c, x)
    return total + c * x


def fits(total: Tensor, c: Any, x: Tensor) -> bool:
    """Whether c·x can be added in place: no broadcasting beyond total's shape, no promotion beyond its type."""
    tensor = isinstance(c, Tensor)
    shape = torch.broadcast_shapes(c.shape, x.shape) if tensor and c.dim() else x.shape
    dtype = torch.result_type(c, x) if tensor else x.dtype
    return shape == total.shape and torch.promote_types(dtype, total.dtype) == total.dtype


def number(c: Any, values: Mapping[str, Any]) -> Any:
    return c(**values) if isinstance(c, RationalFunction) else c


def whole(row: Row) -> bool:
    """Whether a row has no coefficients but 0, 1 and -1: sums without products, and without rounded coefficients."""
    return all(not isinstance(x, RationalFunction) and x in (-1, 0, 1) for x in row)
