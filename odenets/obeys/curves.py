"""What is known at the steps, as a function of depth between them: θ(n) = θ_n."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from odenets.errors import OdenetsError

KINDS = ("linear", "spline")
Function = Callable[[Tensor], Tensor]


def pieces(values: Sequence[Any], kind: str) -> Any:
    """The piecewise polynomial through values[n] at n = 0, 1, …: "linear", or "spline", the cubic one (twice smooth).

    Raises OdenetsError for another kind.
    """
    from scipy.interpolate import CubicSpline, PPoly

    if kind not in KINDS:
        raise OdenetsError(f"no curve through the weights is called {kind!r}: take {' or '.join(KINDS)}")
    x, y = np.arange(len(values), dtype=float), np.asarray(values, dtype=float)
    return CubicSpline(x, y) if kind == "spline" else PPoly([np.diff(y, axis=0), y[:-1]], x)


class Curve:
    """A piecewise polynomial that torch differentiates: curve(t) has the shape of one value, t is a number's tensor."""

    def __init__(self, polynomial: Any) -> None:
        self.knots = torch.from_numpy(polynomial.x[1:-1].copy())
        self.coefficients = torch.from_numpy(np.ascontiguousarray(polynomial.c))

    def __call__(self, t: Tensor) -> Tensor:
        i = torch.searchsorted(self.knots, t.detach().reshape(1), right=True)
        s = t - i
        total: Tensor
        total, *rest = self.coefficients.index_select(1, i).squeeze(1)
        for c in rest:
            total = total * s + c
        return total


class Affine(nn.Module):
    """A batch norm at evaluation, u ↦ weight·u + bias a channel: torch does not differentiate its running mean."""

    def __init__(self, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        assert norm.running_mean is not None and norm.running_var is not None
        weight = norm.weight.detach() / (norm.running_var + norm.eps).sqrt()
        self.weight = nn.Parameter(weight[:, None, None])
        self.bias = nn.Parameter((norm.bias.detach() - norm.running_mean * weight)[:, None, None])

    def forward(self, u: Tensor) -> Tensor:
        return self.weight * u + self.bias


def folded(module: nn.Module) -> nn.Module:
    """The module with its batch norms as affine maps."""
    if isinstance(module, nn.BatchNorm2d):
        return Affine(module)
    for name, child in list(module.named_children()):
        setattr(module, name, folded(child))
    return module


def varying(modules: Sequence[nn.Module], kind: str) -> Callable[[Tensor, Tensor], Tensor]:
    """f(u, t) from the modules of the steps: their weights as curves through depth, batch norms as affine maps."""
    if not any(m.state_dict() for m in modules):
        return lambda u, _: modules[0](u).expand(u.shape)
    modules = [folded(copy.deepcopy(m)) for m in modules]
    tensors = [dict(m.named_parameters()) for m in modules]
    shapes = {name: v.shape for name, v in tensors[0].items()}
    flat = [torch.cat([v.detach().flatten() for v in row.values()]).numpy() for row in tensors]
    curve, sizes = Curve(pieces(flat, kind)), [shape.numel() for shape in shapes.values()]

    def f(u: Tensor, t: Tensor) -> Tensor:
        parts = zip(shapes.items(), curve(t).split(sizes), strict=True)
        value: Tensor = functional_call(modules[0], {name: x.view(shape) for (name, shape), x in parts}, (u,))
        return value

    return f
