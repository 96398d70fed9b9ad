"""Named models on images by hand, as a good engineer would write each one on its own: stem, stages, head.

A stage keeps one shape; `Crossed` stages change it in their first step, u' = P(u) + f(u), `Layered` ones in a layer
before it. Modules are made in the order in which they run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor, nn

from odenets.blocks import Basic

Field = Callable[..., nn.Module]


class Images(nn.Module):
    """Stem, stages, head. post: every norm and relu stands behind its convolution or sum."""

    def __init__(
        self, stage: Callable[..., nn.Module], layers: Sequence[int], widths: Sequence[int], classes: int = 10,
        *, expansion: int = 1, post: bool = False, large: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        conv = nn.Conv2d(3, widths[0], 7, 2, 3, bias=False) if large else nn.Conv2d(3, widths[0], 3, 1, 1, bias=False)
        self.stem = nn.Sequential(conv, *(norm_relu(widths[0]) if post else ()))
        if large:
            self.stem.append(nn.MaxPool2d(3, 2, 1))
        self.stages = nn.ModuleList()
        width = widths[0]
        for i, (steps, out) in enumerate(zip(layers, widths, strict=True)):
            self.stages.append(stage(width, expansion * out, 2 if i else 1, steps, i))
            width = expansion * out
        self.head = nn.Sequential(
            *(() if post else norm_relu(width)), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes)
        )

    def forward(self, images: Tensor) -> Tensor:
        u = self.stem(images)
        for stage in self.stages:
            u = stage(u)
        return self.head(u)


def norm_relu(width: int) -> nn.Sequential:
    return nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(inplace=True))


def conv1(cin: int, cout: int, stride: int) -> nn.Conv2d:
    return nn.Conv2d(cin, cout, 1, stride, bias=False)


# ---- stages whose first step changes the shape ---------------------------------------------------------------------


class Crossed(nn.Module):
    """Blocks of one shape; P and f of the crossing step in `project` and `across`, where the shape changes."""

    def __init__(self, cin: int, cout: int, stride: int, steps: int, number: int, field: Field = Basic) -> None:
        super().__init__()
        self.field, self.number = field, number
        self.crosses = (cin, stride) != (cout, 1)
        if self.crosses:
            self.project = nn.Sequential(*norm_relu(cin), conv1(cin, cout, stride))
            self.across = field(cin, cout, stride)
        self.blocks = nn.ModuleList(self.step(cout, i) for i in range(int(self.crosses), steps))

    def step(self, width: int, i: int) -> nn.Module:
        return self.field(width, width)


class OneStep(Crossed):
    """Steps that know u alone; subclasses write `run`."""

    def forward(self, u: Tensor) -> Tensor:
        return self.run(self.project(u) + self.across(u) if self.crosses else u)

    def run(self, u: Tensor) -> Tensor:
        raise NotImplementedError


class ResNet(OneStep):
    def run(self, u: Tensor) -> Tensor:
        for f in self.blocks:
            u = u + f(u)
        return u


class RK4(OneStep):
    """One block for the four evaluations."""

    def run(self, u: Tensor) -> Tensor:
        for f in self.blocks:
            k1 = f(u)
            k2 = f(u + 0.5 * k1)
            k3 = f(u + 0.5 * k2)
            k4 = f(u + k3)
            u = u + (k1 + 2 * (k2 + k3) + k4) / 6
        return u


class RK4Stages(OneStep):
    """A block for each evaluation."""

    def step(self, width: int, i: int) -> nn.Module:
        return nn.ModuleList(self.field(width, width) for _ in range(4))

    def run(self, u: Tensor) -> Tensor:
        for f1, f2, f3, f4 in self.blocks:
            k1 = f1(u)
            k2 = f2(u + 0.5 * k1)
            k3 = f3(u + 0.5 * k2)
            k4 = f4(u + k3)
            u = u + (k1 + 2 * (k2 + k3) + k4) / 6
        return u


class Dimsim(OneStep):
    """A general linear step of u and w, two evaluations of one block; w begins at 0."""

    def run(self, u: Tensor) -> Tensor:
        w = torch.zeros_like(u)
        for f in self.blocks:
            k1 = f(u)
            k2 = f(u + w + 2 * k1)
            u = u + 0.5 * w + 1.25 * k1 + 0.25 * k2
            w = -0.5 * (k1 + k2)
        return u


class PolyNet(OneStep):
    """Steps of two kinds in turn: poly-2, mpoly-2 and poly-3 by stage, each followed by 2-way."""

    def step(self, width: int, i: int) -> nn.Module:
        kind = TwoWay if i % 2 else (Poly2, MPoly2, Poly3)[self.number]
        return kind(*(self.field(width, width) for _ in range(kind.fields)))

    def run(self, u: Tensor) -> Tensor:
        for step in self.blocks:
            u = step(u)
        return u


class Poly2(nn.Module):
    """(I + f + f²) u."""

    fields = 1

    def __init__(self, *blocks: nn.Module) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)

    def forward(self, u: Tensor) -> Tensor:
        (f,) = self.blocks
        k = f(u)
        return u + k + f(k)


class Poly3(Poly2):
    """(I + f + f² + f³) u."""

    def forward(self, u: Tensor) -> Tensor:
        (f,) = self.blocks
        k1 = f(u)
        k2 = f(k1)
        return u + k1 + k2 + f(k2)


class TwoWay(Poly2):
    """(I + f + g) u."""

    fields = 2

    def forward(self, u: Tensor) -> Tensor:
        f, g = self.blocks
        return u + f(u) + g(u)


class MPoly2(TwoWay):
    """(I + f + g f) u."""

    def forward(self, u: Tensor) -> Tensor:
        f, g = self.blocks
        k = f(u)
        return u + k + g(k)


# ---- stages with a history -----------------------------------------------------------------------------------------


class History(Crossed):
    """Steps that begin with an increment k of u: the crossing block's, or the first block's. Subclasses write `run`."""

    def forward(self, u: Tensor) -> Tensor:
        blocks = iter(self.blocks)
        if self.crosses:
            return self.run(self.project(u), self.across(u), blocks)
        return self.run(u, next(blocks)(u), blocks)

    def run(self, u: Tensor, k: Tensor, blocks: Iterator[nn.Module]) -> Tensor:
        raise NotImplementedError


class LMStep(nn.Module):
    """u, u_prev ↦ (1 - k) u + k u_prev + f(u), u."""

    def __init__(self, f: nn.Module) -> None:
        super().__init__()
        self.k = nn.Parameter(torch.empty(()).uniform_(-0.1, 0))
        self.f = f

    def forward(self, u: Tensor, old: Tensor) -> tuple[Tensor, Tensor]:
        return (1 - self.k) * u + self.k * old + self.f(u), u


class LMResNet(History):
    def step(self, width: int, i: int) -> nn.Module:
        return LMStep(self.field(width, width)) if i else self.field(width, width)

    def run(self, u: Tensor, k: Tensor, blocks: Iterator[nn.Module]) -> Tensor:
        u, old = u + k, u
        for step in blocks:
            u, old = step(u, old)
        return u


class ZeroSNet(History):
    def run(self, u: Tensor, k: Tensor, blocks: Iterator[nn.Module]) -> Tensor:
        u, old, older = u + k, u, u
        for i, f in enumerate(blocks):
            following = u / 3 + 5 / 9 * old + older / 9 + 16 / 9 * f(u) if i else u + f(u)
            u, old, older = following, u, old
        return u


class Momentum(History):
    """v' = γ v + (1 - γ) f(u), u' = u + v', from rest."""

    gamma = 0.9

    def run(self, u: Tensor, k: Tensor, blocks: Iterator[nn.Module]) -> Tensor:
        v = (1 - self.gamma) * k
        u = u + v
        for f in blocks:
            v = self.gamma * v + (1 - self.gamma) * f(u)
            u = u + v
        return u


class TwoStepRK(History):
    """Each step takes the last step's increment and makes one more."""

    def run(self, u: Tensor, k: Tensor, blocks: Iterator[nn.Module]) -> Tensor:
        u, old = u + k, u
        for f in blocks:
            k, before = f(old + 2 * k), k
            u, old = 0.8 * u + 0.2 * old + 0.8 * before + 0.4 * k, u
        return u
