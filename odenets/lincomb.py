"""Sums with trained coefficients, as one differentiable operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

Term = tuple[Tensor | float, Tensor | int]


def lincomb(*terms: Term) -> Tensor:
    """c₁·x₁ + c₂·x₂ + …, added from left to right: what `c1 * x1 + c2 * x2` gives, bit for bit.

    c_i: number, scalar tensor or a tensor that broadcasts against x_i; an x_i that is the number 0 is left out.
    Autograd of the written-out sum keeps every product and makes a temporary of x's size for each coefficient's
    gradient; here nothing but the operands is kept.
    """
    # a block that was dropped gives the number 0; what torch.fx traces is no tensor either
    left = [(c, x) for c, x in terms if not isinstance(x, int)]
    (c, first), *rest = left
    if not rest and not isinstance(c, Tensor):
        return first if is_one(c) else c * first
    if torch.compiler.is_compiling():  # the compiler fuses the plain sum by itself
        return sum((x if is_one(c) else c * x for c, x in rest), c * first)
    if not torch.is_grad_enabled():
        return summed(left)
    apply: Callable[..., Tensor] = LinearCombination.apply
    return apply(*(part for term in left for part in term))


def summed(terms: Iterable[tuple[Tensor | float, Tensor]]) -> Tensor:
    """The sum from left to right, in place once it is ours: no broadcasting and no promotion beyond what it is."""
    total: Tensor | None = None
    ours = False
    for c, x in terms:
        part = x if is_one(c) else c * x
        if total is None:
            total, ours = part, part is not x
        elif ours and part.shape == total.shape and torch.promote_types(part.dtype, total.dtype) == total.dtype:
            total.add_(part)
        else:
            total, ours = total + part, True
    assert total is not None
    return total


class LinearCombination(torch.autograd.Function):
    """The sum with its own backward: dx_i = c_i g, dc_i = Σ g x_i over the axes that c_i was broadcast along."""

    @staticmethod
    def forward(ctx: Any, *flat: Any) -> Tensor:
        coefficients, operands = flat[::2], flat[1::2]
        total = summed(zip(coefficients, operands, strict=True))
        ctx.numbers = [None if isinstance(c, Tensor) else c for c in coefficients]
        ctx.trained = ctx.needs_input_grad[::2]
        ctx.save_for_backward(
            *(c for c in coefficients if isinstance(c, Tensor)),
            *(x for x, trained in zip(operands, ctx.trained, strict=True) if trained),
        )
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        (g,) = grads
        saved = iter(ctx.saved_tensors)
        coefficients = [next(saved) if number is None else number for number in ctx.numbers]
        result: list[Tensor | None] = []
        for c, trained, wanted in zip(coefficients, ctx.trained, ctx.needs_input_grad[1::2], strict=True):
            result.append(broadcast_dot(g, next(saved), c) if trained else None)
            result.append((g if is_one(c) else c * g) if wanted else None)
        return tuple(result)


def is_one(c: Any) -> bool:
    return not isinstance(c, Tensor) and c == 1


def broadcast_dot(g: Tensor, x: Tensor, c: Tensor) -> Tensor:
    """Σ g·x̄ over every axis along which c is constant, in c's shape and type: of a real c the real part."""
    if g.is_complex() or x.is_complex():
        found = (g * x.conj()).sum_to_size(c.shape)
        return (found if c.is_complex() else found.real).to(c.dtype)
    if c.numel() == 1:
        return flat_dot(g, x).reshape(c.shape).to(c.dtype)
    return (g * x).sum_to_size(c.shape).to(c.dtype)


def flat_dot(g: Tensor, x: Tensor) -> Tensor:
    """<g, x> without a temporary, whatever memory order both share."""
    if (g.shape, g.stride(), g.dtype) != (x.shape, x.stride(), x.dtype) or not is_dense(g):
        return (g * x).sum()
    flat = (g.numel(),), (1,)
    a, b = g.as_strided(*flat), x.as_strided(*flat)
    # torch.dot of bfloat16 gives bfloat16: 8 bits of a sum over millions of products. One factor in float32 is enough
    # for products that are: CUDA converts the other as it reads it, without a copy
    return torch.dot(a, b) if g.dtype in (torch.float32, torch.float64) else (a * b.float()).sum()


def is_dense(x: Tensor) -> bool:
    """Whether x fills one block of memory without gaps or overlaps."""
    spans = sorted((stride, size) for stride, size in zip(x.stride(), x.shape, strict=True) if size > 1)
    step = 1
    for stride, size in spans:
        if stride != step:
            return False
        step *= size
    return True
