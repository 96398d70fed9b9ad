"""Transformers on patches of images, and a network on tables, by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from odenets.blocks.sequences import Attention, Feedforward, TransformerBlock
from odenets.blocks.vectors import Dense


class Transformers(nn.Module):
    """Patches of 4 × 4 with fixed positions, layers, mean of the tokens; images of 32 × 32 unless said."""

    def __init__(
        self, layer: Callable[[int], nn.Module], layers: Sequence[int], widths: Sequence[int], classes: int = 10,
        image: int = 32,
    ) -> None:  # fmt: skip
        super().__init__()
        (depth,), (width,) = layers, widths
        self.patches = nn.Conv2d(3, width, 4, 4)
        self.register_buffer("positions", positions(image // 4, width), persistent=False)
        self.layers = nn.Sequential(*(layer(width) for _ in range(depth)))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, classes)

    def forward(self, images: Tensor) -> Tensor:
        u = self.patches(images).flatten(2).transpose(1, 2) + self.positions
        return self.head(self.norm(self.layers(u)).mean(1))


def positions(side: int, width: int) -> Tensor:
    """Waves of the row in the first half of the channels, of the column in the second."""
    half = width // 4 * 2
    rows = waves(side, half)[:, None].expand(side, side, half)
    columns = waves(side, width - half)[None].expand(side, side, width - half)
    return torch.cat([rows, columns], -1).reshape(side * side, width)


def waves(length: int, width: int) -> Tensor:
    """sin and cos of n / 10000^(2i/width): Vaswani et al. 2017, 3.5."""
    angles = torch.arange(length)[:, None] / 10_000 ** (torch.arange(0, width, 2) / width)
    return torch.cat([angles.sin(), angles.cos()], 1)[:, :width]


class Layer(nn.Module):
    """u + A(u), then u + M(u)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attention = Attention(width, width)
        self.feedforward = Feedforward(width, width)

    def forward(self, u: Tensor) -> Tensor:
        u = u + self.attention(u)
        return u + self.feedforward(u)


class Macaron(nn.Module):
    """Half a feedforward, attention, half a feedforward."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.before = Feedforward(width, width)
        self.attention = Attention(width, width)
        self.behind = Feedforward(width, width)

    def forward(self, u: Tensor) -> Tensor:
        u = u + 0.5 * self.before(u)
        u = u + self.attention(u)
        return u + 0.5 * self.behind(u)


class Heun(nn.Module):
    def __init__(self, f: nn.Module) -> None:
        super().__init__()
        self.f = f

    def forward(self, u: Tensor) -> Tensor:
        k1 = self.f(u)
        k2 = self.f(u + k1)
        return u + 0.5 * (k1 + k2)


class RK4(Heun):
    def forward(self, u: Tensor) -> Tensor:
        k1 = self.f(u)
        k2 = self.f(u + 0.5 * k1)
        k3 = self.f(u + 0.5 * k2)
        k4 = self.f(u + k3)
        return u + (k1 + 2 * (k2 + k3) + k4) / 6


def rk2_layer(width: int) -> nn.Module:
    return Heun(TransformerBlock(width, width))


def rk4_layer(width: int) -> nn.Module:
    return RK4(TransformerBlock(width, width))


class Tables(nn.Sequential):
    """Heun's scheme on rows of three columns."""

    def __init__(self, layers: Sequence[int], widths: Sequence[int], classes: int = 10) -> None:
        (depth,), (width,) = layers, widths
        steps = (Heun(Dense(width, width)) for _ in range(depth))
        super().__init__(nn.Linear(3, width), *steps, nn.Linear(width, classes))
