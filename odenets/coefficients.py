"""A scheme's parameters in a network: trained scalars, and random draws that become their mean at evaluation."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import torch
from torch import Tensor, nn

from odenets.errors import OdenetsError
from schemes import Bernoulli, Distribution, Normal, Parameter, Uniform


def trained(parameter: Parameter, channels: int | None = None, dims: int = 2) -> nn.Parameter:
    """A learned coefficient, drawn from its starting law: a scalar, or one per channel, of shape (C, 1, …, 1).

    dims: number of axes behind the channels. Raises OdenetsError where the number of channels is needed and not given.
    """
    if parameter.per == "channel" and channels is None:
        raise OdenetsError(f"{parameter.name} is one number per channel: give `channels` to wire")
    shape = (channels, *[1] * dims) if parameter.per == "channel" and channels else ()
    if isinstance(parameter.value, Distribution):
        for argument in vars(parameter.value).values():
            number(argument, parameter.name)
        return nn.Parameter(draw(parameter.value, shape, torch.get_default_dtype(), torch.device("cpu")))
    if parameter.value is None:
        raise OdenetsError(f"{parameter.name} has no starting value: declare it by learned(start)")
    return nn.Parameter(torch.full(shape, number(parameter.value, parameter.name)))


class Draw(nn.Module):
    """A random coefficient: drawn anew at each call in training, its mean at evaluation.

    forward(u) gives shape () per batch, (N, 1, …) per sample, u's own per element, in u's type and on its device.
    """

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self.law: Distribution = parameter.value
        self.per = parameter.per
        self.mean = number(self.law.mean, parameter.name)
        for argument in vars(self.law).values():
            number(argument, parameter.name)

    def forward(self, u: Tensor) -> Tensor | float:
        if not self.training:
            return self.mean
        shape = {"batch": (), "sample": (u.shape[0], *[1] * (u.dim() - 1)), "element": u.shape}[self.per]
        return draw(self.law, shape, u.dtype, u.device)

    def extra_repr(self) -> str:
        return f"{self.law}, per={self.per!r}"


def draw(law: Distribution, shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """An independent sample of a law in each place."""
    match law:
        case Bernoulli():
            return torch.empty(shape, dtype=dtype, device=device).bernoulli_(float(law.p))
        case Uniform():
            return torch.empty(shape, dtype=dtype, device=device).uniform_(float(law.low), float(law.high))
        case Normal():
            return torch.randn(shape, dtype=dtype, device=device) * float(law.sigma) + float(law.mu)
    raise OdenetsError(f"no sampler for {law}: schemes has Bernoulli, Uniform and Normal")


def number(x: Any, name: str) -> float:
    if not isinstance(x, Fraction):
        raise OdenetsError(f"the law of {name} still depends on {x}: fix it, for instance get(…, {x}=0.5)")
    return float(x)
