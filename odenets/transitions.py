"""Transitions: how a state comes to another number of channels and another size where a stage begins.

Each is a projection P, and what a crossing step's block and P may share before them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from torch import Tensor, nn
from torch.nn import functional as F

from odenets.errors import OdenetsError


@dataclass(frozen=True)
class Transition:
    """P(cin, cout, stride).

    linear  P(a u + b v) = a P(u) + b P(v): increments and velocities of a history can go through it too
    before  what block and P share, of (cin, stride); None: nothing
    strided whether the stride is left to block and P; else `before` has made it
    opens   whether `before` has done the norm and activation that the block would begin with
    """

    project: Callable[[int, int, int], nn.Module]
    linear: bool = False
    before: Callable[[int, int], nn.Module] | None = None
    strided: bool = True
    opens: bool = False


class PoolPad(nn.Module):
    """Every stride-th pixel, new channels 0: no parameters (He et al. 2015, option A)."""

    def __init__(self, cin: int, cout: int, stride: int) -> None:
        super().__init__()
        if cout < cin:
            raise OdenetsError(f"pool-pad adds channels and cannot go from {cin} to {cout}: take 'conv' or 'conv-bn'")
        self.stride, self.new = stride, cout - cin

    def forward(self, u: Tensor) -> Tensor:
        return F.pad(u[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new))


def conv(cin: int, cout: int, stride: int) -> nn.Module:
    return nn.Conv2d(cin, cout, 1, stride, bias=False)


def norm_relu(channels: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(inplace=True))


def norm_relu_conv(cin: int, cout: int, stride: int) -> nn.Module:
    return nn.Sequential(*norm_relu(cin), conv(cin, cout, stride))


def conv_norm(cin: int, cout: int, stride: int) -> nn.Module:
    return nn.Sequential(conv(cin, cout, stride), nn.BatchNorm2d(cout))


def linear(cin: int, cout: int, stride: int) -> nn.Module:
    return nn.Linear(cin, cout, bias=False)


class Pool(nn.MaxPool2d):
    """Raises OdenetsError for images that are too small to be halved."""

    def forward(self, u: Tensor) -> Tensor:
        if min(u.shape[-2:]) < cast(int, self.stride):
            raise OdenetsError(
                f"an image of {u.shape[-2]}×{u.shape[-1]} cannot be halved again: take larger ones, fewer stages or "
                "another transition than 'max-pool'"
            )
        return cast(Tensor, super().forward(u))


def max_pool(channels: int, stride: int) -> nn.Module:
    return Pool(stride)


TRANSITIONS = {
    "bn-relu-conv": Transition(norm_relu_conv),  # Lu et al. 2018's published code
    "conv-bn": Transition(conv_norm),  # He et al. 2015, option B
    "shared": Transition(conv, before=norm_relu, opens=True),  # He et al. 2016: block and P see one activation
    "conv": Transition(conv, linear=True),
    "pool-pad": Transition(PoolPad, linear=True),
    "max-pool": Transition(conv, before=max_pool, strided=False),  # FractalNet, Larsson et al. 2017
    "linear": Transition(linear, linear=True),  # tokens and vectors
}
USUAL = {("images", "pre"): "bn-relu-conv", ("images", "post"): "conv-bn"}  # tokens and vectors: linear
