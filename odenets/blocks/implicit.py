"""Resolvents: blocks that solve the implicit stage Y = u + a f(Y) of a linear field exactly."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from odenets.blocks.parts import Block
from odenets.errors import OdenetsError


class Diffusion(Block):
    """Y = (I + a LᵀL)⁻¹ u channel by channel, with a learned 3×3 L on the periodic image: contracts for every u, a ≥ 0.

    In Fourier space Ŷ = û / (1 + a |L̂|²): all pixels are coupled at the price of two transforms. f(u) = -LᵀL u has
    this resolvent where the table's diagonal coefficient is a. Haber, Lensink, Treister, Ruthotto 2019 (IMEXnet),
    section 3. There is no norm and no activation.
    """

    name = "diffusion"
    convolutions = 1
    resolvent = True
    norms = ("none",)

    def __init__(
        self, cin: int, cout: int, stride: int = 1, *, activation: str = "relu", norm: str = "none",
        placement: str = "pre", a: float = 1.0,
    ) -> None:  # fmt: skip
        self.check(cin, cout, stride, activation=activation, norm=norm, placement=placement)
        if a < 0:
            raise OdenetsError(f"a = {a} makes I + a LᵀL singular for some L: take 0 or more")
        super().__init__()
        self.a = a
        self.weight = nn.Parameter(torch.empty(cout, 3, 3))
        self.initialise()

    def initialise(self) -> None:
        """L normal of variance 1/9: |L̂|² is 1 in the mean over all waves."""
        nn.init.normal_(self.weight, std=1 / 3)

    def forward(self, u: Tensor) -> Tensor:
        height, width = u.shape[-2:]
        waves = torch.fft.rfft2(unhalved(u)) / (1 + self.a * self.symbol(height, width))
        Y: Tensor = torch.fft.irfft2(waves, s=(height, width))
        return Y.to(u.dtype)

    def symbol(self, height: int, width: int) -> Tensor:
        """|L̂|² of each wave, (C, height, width // 2 + 1); a 3×3 kernel meets itself around a smaller image."""
        L = unhalved(self.weight)
        rows, columns = phases(height, height, L), phases(width // 2 + 1, width, L)
        L = rows @ L.to(rows.dtype) @ columns.mT
        return L.real.square() + L.imag.square()


def unhalved(x: Tensor) -> Tensor:
    """In single precision at least: transforms know no halves."""
    return x.float() if x.dtype in (torch.bfloat16, torch.float16) else x


def phases(waves: int, length: int, like: Tensor) -> Tensor:
    """exp(-2πi k p / length) of the waves k = 0, 1, … at the places p = 0, 1, 2."""
    k, p = (torch.arange(n, dtype=like.dtype, device=like.device) for n in (waves, 3))
    angles = -2 * math.pi / length * torch.outer(k, p)
    return torch.polar(torch.ones_like(angles), angles)
