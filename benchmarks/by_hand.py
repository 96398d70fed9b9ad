"""The networks of benchmarks/wiring.py written by hand, as a good engineer would write each one on its own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from odenets.blocks import Basic


class Project(nn.Sequential):
    def __init__(self, cin: int, cout: int) -> None:
        super().__init__(nn.BatchNorm2d(cin), nn.ReLU(inplace=True), nn.Conv2d(cin, cout, 1, 2, bias=False))


class ByHand(nn.Module):
    """Stem and head of the pre-activation ResNet for CIFAR; subclasses write `stage`."""

    parts = 1

    def __init__(self, steps: int = 3, widths: tuple[int, ...] = (16, 32, 64), classes: int = 10) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, widths[0], 3, padding=1, bias=False)
        self.across = nn.ModuleList(Basic(a, b, 2) for a, b in pairwise(widths))
        self.project = nn.ModuleList(Project(a, b) for a, b in pairwise(widths))
        self.blocks = nn.ModuleList(
            nn.ModuleList(self.block(width // self.parts) for _ in range(steps - (i > 0)))
            for i, width in enumerate(widths)
        )
        self.head = nn.Sequential(
            nn.BatchNorm2d(widths[-1]),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(widths[-1], classes),
        )

    def block(self, width: int) -> nn.Module:
        return Basic(width, width)

    def forward(self, images: Tensor) -> Tensor:
        u = self.stem(images)
        for i, blocks in enumerate(self.blocks):
            if i:
                projected = self.project[i - 1](u)
                u = self.stage(blocks, projected + self.across[i - 1](u), projected)
            else:
                u = self.stage(blocks, u, None)
        return self.head(u)

    def stage(self, blocks: nn.ModuleList, u: Tensor, old: Tensor | None) -> Tensor:
        raise NotImplementedError


class ResNet(ByHand):
    def stage(self, blocks: nn.ModuleList, u: Tensor, old: Tensor | None) -> Tensor:
        for f in blocks:
            u = u + f(u)
        return u


class LMResNet(ByHand):
    def __init__(self) -> None:
        super().__init__()
        self.k = nn.ParameterList(nn.Parameter(torch.empty(()).uniform_(-0.1, 0)) for _ in range(6))

    def stage(self, blocks: nn.ModuleList, u: Tensor, old: Tensor | None) -> Tensor:
        first = 2 * next(i for i, own in enumerate(self.blocks) if own is blocks)
        if old is None:
            u, old, blocks = u + blocks[0](u), u, blocks[1:]
        for k, f in zip(self.k[first : first + 2], blocks, strict=True):
            u, old = (1 - k) * u + k * old + f(u), u
        return u


class RK4Net(ByHand):
    def stage(self, blocks: nn.ModuleList, u: Tensor, old: Tensor | None) -> Tensor:
        for f in blocks:
            k1 = f(u)
            k2 = f(u + 0.5 * k1)
            k3 = f(u + 0.5 * k2)
            u = u + 1 / 6 * k1 + 1 / 3 * k2 + 1 / 3 * k3 + 1 / 6 * f(u + k3)
        return u


class RevNet(ByHand):
    parts = 2

    def block(self, width: int) -> nn.Module:
        return nn.ModuleList([Basic(width, width), Basic(width, width)])

    def stage(self, blocks: nn.ModuleList, u: Tensor, old: Tensor | None) -> Tensor:
        x, y = u.chunk(2, 1)
        for f, g in blocks:
            x = x + f(y)
            y = y + g(x)
        return torch.cat((x, y), 1)


BY_HAND: dict[str, Callable[[], ByHand]] = {"euler": ResNet, "lm2": LMResNet, "rk4_classic": RK4Net, "revnet": RevNet}
