"""Both ends of a network: stems bring the input to the first state, heads the last state to logits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from odenets.errors import OdenetsError


@dataclass(frozen=True)
class Stem:
    """make(channels of the input, width, placement), the kind of state that it gives, and of input that it takes."""

    make: Callable[[int, int, str], nn.Module]
    kind: str
    input: str = "images"


def conv_stem(channels: int, width: int, placement: str) -> nn.Module:
    """3×3 convolution; before post-activation blocks its norm and relu."""
    conv = nn.Conv2d(channels, width, 3, padding=1, bias=False)
    return conv if placement == "pre" else nn.Sequential(conv, *rectified(width))


def imagenet_stem(channels: int, width: int, placement: str) -> nn.Module:
    """7×7 convolution of stride 2, 3×3 maximum of stride 2: a quarter of the size (He et al. 2015, table 1)."""
    conv = nn.Conv2d(channels, width, 7, 2, 3, bias=False)
    between = rectified(width) if placement == "post" else ()
    return nn.Sequential(conv, *between, nn.MaxPool2d(3, 2, 1))


def rectified(width: int) -> tuple[nn.Module, nn.Module]:
    return nn.BatchNorm2d(width), nn.ReLU(inplace=True)


class Patches(nn.Module):
    """Images (N, C, H, W) as tokens (N, H/p · W/p, width): linear patches and fixed positions in two axes."""

    def __init__(self, channels: int, width: int, placement: str, size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, width, size, size)
        self.initialise()

    def initialise(self) -> None:
        """Normal of variance 1 / inputs, so that patches are as large as positions; He's by outputs drowns them."""
        nn.init.normal_(self.conv.weight, std=self.conv.weight[0].numel() ** -0.5)
        nn.init.zeros_(cast(Tensor, self.conv.bias))

    def forward(self, images: Tensor) -> Tensor:
        if min(images.shape[-2:]) < self.conv.stride[0]:
            raise OdenetsError(
                f"an image of {images.shape[-2]}×{images.shape[-1]} has no patch of {self.conv.stride[0]}: take a "
                "stem of smaller patches, patches2"
            )
        u: Tensor = self.conv(images)
        half = (u.shape[1] // 4) * 2
        rows, columns = (waves(n, d, u) for n, d in zip(u.shape[2:], (half, u.shape[1] - half), strict=True))
        grid = torch.cat([rows[:, None].expand(-1, len(columns), -1), columns[None].expand(len(rows), -1, -1)], -1)
        return u.flatten(2).transpose(1, 2) + grid.flatten(0, 1)


class Tokens(nn.Module):
    """Integers (N, T) below `channels` as tokens (N, T, width), with fixed positions."""

    def __init__(self, channels: int, width: int, placement: str) -> None:
        super().__init__()
        self.embedding = nn.Embedding(channels, width)

    def forward(self, numbers: Tensor) -> Tensor:
        u: Tensor = self.embedding(numbers)
        return u + waves(u.shape[1], u.shape[2], u)


def waves(length: int, width: int, like: Tensor) -> Tensor:
    """sin and cos of n / 10000^(2i/width), of shape (length, width): Vaswani et al. 2017, 3.5."""
    n = torch.arange(length, device=like.device, dtype=torch.float32)[:, None]
    i = torch.arange((width + 1) // 2, device=like.device, dtype=torch.float32)
    angles = n / 10_000 ** (2 * i / max(width, 1))
    return torch.cat([angles.sin(), angles.cos()], 1)[:, :width].to(like.dtype)


class Mean(nn.Module):
    """The mean over all tokens: (N, T, C) to (N, C)."""

    def forward(self, u: Tensor) -> Tensor:
        return u.mean(1)


class Columns(nn.Linear):
    """A linear map of all numbers of an example: rows of tables, or images pixel by pixel."""

    def forward(self, rows: Tensor) -> Tensor:
        return super().forward(rows.flatten(1))


def linear_stem(channels: int, width: int, placement: str) -> nn.Module:
    return Columns(channels, width)


STEMS = {
    "conv3": Stem(conv_stem, "images"),
    "imagenet": Stem(imagenet_stem, "images"),
    **{f"patches{size}": Stem(partial(Patches, size=size), "tokens") for size in (2, 4, 8, 16)},
    "tokens": Stem(Tokens, "tokens", "numbers"),
    "linear": Stem(linear_stem, "vectors", "rows"),
}
USUAL = {"images": "conv3", "tokens": "patches4", "vectors": "linear"}


def head(kind: str, placement: str, width: int, classes: int) -> nn.Module:
    """The last state, normed where its blocks norm their input, averaged over pixels or tokens, and a linear map."""
    linear = nn.Linear(width, classes)
    if kind == "images":
        before = rectified(width) if placement == "pre" else ()
        return nn.Sequential(*before, nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear)
    if kind == "tokens":
        return nn.Sequential(nn.LayerNorm(width), Mean(), linear)
    return nn.Sequential(linear)
