"""x = g(x) as a differentiable operation: the implicit function theorem."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from odenets.equilibrium.mixing import Map
from odenets.errors import OdenetsError

Solve = Callable[[Map, Tensor, bool], Tensor]


def equilibrium(g: Map, start: Tensor, solve: Solve, again: Map | None = None) -> Tensor:
    """The x with x = g(x), and its gradients with respect to all that g depends on.

        x̄ = v + g'(x)ᵀ x̄,   v the gradient that comes in

    solve   solve(g, start, linear) finds x, and with the products g'(x)ᵀ w for g also x̄; linear: g is affine
    again   g where it leaves no trace, for all evaluations but one: that at x, which alone is recorded

    Raises OdenetsError in backward with create_graph: x is a number there, and knows not what it depends on.
    Source: Bai, Kolter, Koltun, Deep equilibrium models, 2019, theorem 1.
    """
    with torch.no_grad():
        x = solve(again or g, start, False).detach()
    if not torch.is_grad_enabled():
        return g(x)
    y = g(x.requires_grad_())

    def pulled(v: Tensor) -> Tensor:
        def pull(w: Tensor) -> Tensor:
            return v + torch.autograd.grad(y, x, w, retain_graph=True, materialize_grads=True)[0]

        return solve(pull, v, True)

    apply: Callable[..., Tensor] = Implicit.apply
    return apply(pulled, y)


class Implicit(torch.autograd.Function):
    """The value itself; its gradient goes through `pulled`."""

    @staticmethod
    def forward(ctx: Any, pulled: Map, y: Tensor) -> Tensor:
        ctx.pulled = pulled
        return y.view_as(y)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, Tensor]:
        if torch.is_grad_enabled():
            raise OdenetsError(
                "the gradient of an implicit step has no gradient itself (create_graph): unroll the scheme"
            )
        return None, ctx.pulled(grads[0])
