"""The ResNets of He et al. 2015 and 2016 by hand, with their LM relatives: stages with a relu behind the sum, stages
whose block and projection share an activation, and stages that keep their shape behind a layer that changes it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.by_hand_images import Field, Images, LMStep, conv1, norm_relu
from odenets.blocks.conservative import Antisymmetric, Hamiltonian, Symmetric
from odenets.blocks.convolutional import Basic, Bottleneck, Conv
from odenets.blocks.implicit import Diffusion


class Post(nn.Module):
    """u' = relu(u + f(u)); where the shape changes relu(P(u) + f(u)), P a convolution and its norm."""

    def __init__(self, cin: int, cout: int, stride: int, steps: int, number: int, field: Field = Bottleneck) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.shortcut: nn.Module = nn.Identity()
        if (cin, stride) != (cout, 1):
            self.shortcut = self.projection(cin, cout, stride)
        self.first = field(cin, cout, stride, placement="post")
        self.blocks = nn.ModuleList(self.wrapped(field(cout, cout, placement="post")) for _ in range(steps - 1))

    def projection(self, cin: int, cout: int, stride: int) -> nn.Module:
        return nn.Sequential(conv1(cin, cout, stride), nn.BatchNorm2d(cout))

    def wrapped(self, f: nn.Module) -> nn.Module:
        return f

    def forward(self, u: Tensor) -> Tensor:
        u = self.relu(self.shortcut(u) + self.first(u))
        for f in self.blocks:
            u = self.relu(u + f(u))
        return u


class PostPadded(Post):
    """Option A: every second pixel, new channels 0."""

    def projection(self, cin: int, cout: int, stride: int) -> nn.Module:
        return Padded(stride, cout - cin)


class Padded(nn.Module):
    def __init__(self, stride: int, new: int) -> None:
        super().__init__()
        self.stride, self.new = stride, new

    def forward(self, u: Tensor) -> Tensor:
        return F.pad(u[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new))


class PostLM(Post):
    """u' = relu((1 - k) u + k u_prev + f(u))."""

    def wrapped(self, f: nn.Module) -> nn.Module:
        return LMStep(f)

    def forward(self, u: Tensor) -> Tensor:
        old = self.shortcut(u)
        u = self.relu(old + self.first(u))
        for step in self.blocks:
            following, old = step(u, old)
            u = self.relu(following)
        return u


class Pre(nn.Module):
    """ResNetV2: where the shape changes block and projection share the first norm and relu."""

    def __init__(self, cin: int, cout: int, stride: int, steps: int, number: int, field: Field = Bottleneck) -> None:
        super().__init__()
        self.before = norm_relu(cin)
        self.project = conv1(cin, cout, stride)
        self.across = field(cin, cout, stride, opened=True)
        self.blocks = nn.ModuleList(self.wrapped(field(cout, cout)) for _ in range(steps - 1))

    def wrapped(self, f: nn.Module) -> nn.Module:
        return f

    def forward(self, u: Tensor) -> Tensor:
        a = self.before(u)
        u = self.project(a) + self.across(a)
        for f in self.blocks:
            u = u + f(u)
        return u


class PreLM(Pre):
    def wrapped(self, f: nn.Module) -> nn.Module:
        return LMStep(f)

    def forward(self, u: Tensor) -> Tensor:
        a = self.before(u)
        old = self.project(a)
        u = old + self.across(a)
        for step in self.blocks:
            u, old = step(u, old)
        return u


class RevNet(Images):
    """Two halves of the channels go through all stages."""

    def forward(self, images: Tensor) -> Tensor:
        x, y = self.stem(images).chunk(2, 1)
        for stage in self.stages:
            x, y = stage(x, y)
        return self.head(torch.cat((x, y), 1))


class Reversible(nn.Module):
    """x' = x + f(y), y' = y + g(x'); where the shape changes each half is padded, and the first f is strided."""

    def __init__(self, cin: int, cout: int, stride: int, steps: int, number: int) -> None:
        super().__init__()
        before, width = cin // 2, cout // 2
        self.pad = Padded(stride, width - before) if number else nn.Identity()
        self.blocks = nn.ModuleList()
        for i in range(steps):
            f = Basic(width, width) if i else Basic(before, width, stride)
            self.blocks.append(nn.ModuleList([f, Basic(width, width)]))

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        seen, x, y = y, self.pad(x), self.pad(y)
        for f, g in self.blocks:
            x = x + f(seen)
            seen = y = y + g(x)
        return x, y


class FractalNet(Images):
    """For half of the batches in training one column, drawn for the whole network; 0: each join draws by itself."""

    def forward(self, images: Tensor) -> Tensor:
        column = None
        if self.training:
            draws = images.new_empty(2).uniform_()
            column = (draws[0] < 0.5) * (1 + (3 * draws[1]).long())
        u = self.stem(images)
        for stage in self.stages:
            u = stage(u, column)
        return self.head(u)


class Fractal(nn.Module):
    """Three columns of whole layers, 1, 2 and 4 deep, with two joins. Larsson et al. 2017, figure 1."""

    def __init__(self, cin: int, cout: int, stride: int, steps: int, number: int) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(2) if number else nn.Identity()
        self.one = Conv(cin, cout)
        self.two = Conv(cin, cout)
        self.four = nn.Sequential(Conv(cin, cout), Conv(cout, cout))
        self.two_then = Conv(cout, cout)
        self.four_then = nn.Sequential(Conv(cout, cout), Conv(cout, cout))

    def forward(self, u: Tensor, column: Tensor | None) -> Tensor:
        u = self.pool(u)
        half = join(column, self.two(u), self.four(u))
        return join(column, self.one(u), self.two_then(half), self.four_then(half))


def join(column: Tensor | None, *values: Tensor) -> Tensor:
    """The mean of the values that stay: the column's alone, or each with probability 0.85, one at least."""
    total = len(values)
    if column is None:
        return sum(values[1:], values[0]) / total
    numbers = torch.arange(total, device=column.device)
    stay = torch.rand(total, device=column.device) > 0.15
    stay = torch.where(stay.any(), stay, numbers == torch.randint(total, (), device=column.device))
    alone = numbers == column + total - 4
    alone = alone | ~alone.any()
    weights = torch.where(column > 0, alone, stay).to(values[0].dtype)
    weights = weights / weights.sum()
    first, *others = (w * x for w, x in zip(weights.unbind(), values, strict=True))
    return sum(others, first)


# ---- stages behind a layer that changes the shape ------------------------------------------------------------------


class Layered(nn.Module):
    """A 1×1 convolution where the shape changes, then blocks that keep it; subclasses write `run`."""

    def __init__(self, cin: int, cout: int, stride: int, steps: int, number: int) -> None:
        super().__init__()
        self.enter = conv1(cin, cout, stride) if number else nn.Identity()
        self.blocks = nn.ModuleList(self.step(cout) for _ in range(steps))

    def step(self, width: int) -> nn.Module:
        raise NotImplementedError

    def forward(self, u: Tensor) -> Tensor:
        return self.run(self.enter(u))

    def run(self, u: Tensor) -> Tensor:
        raise NotImplementedError


class Midpoint(Layered):
    """u' = u_prev + 2h f(u)."""

    h = 0.25

    def step(self, width: int) -> nn.Module:
        return Antisymmetric(width, width)

    def run(self, u: Tensor) -> Tensor:
        first, *others = self.blocks
        u, old = u + self.h * first(u), u
        for f in others:
            u, old = old + 2 * self.h * f(u), u
        return u


class Leapfrog(Layered):
    """u' = 2u - u_prev + h² f(u), h² = 1/4."""

    def step(self, width: int) -> nn.Module:
        return Symmetric(width, width)

    def run(self, u: Tensor) -> Tensor:
        first, *others = self.blocks
        u, old = u + 0.25 * first(u), u
        for f in others:
            u, old = 2 * u - old + 0.25 * f(u), u
        return u


class Verlet(Layered):
    """Kick, drift, kick of the halves of the channels."""

    h = 0.25

    def step(self, width: int) -> nn.Module:
        f, g = Hamiltonian.pair(width // 2, width // 2)
        return nn.ModuleList([g, f])

    def run(self, u: Tensor) -> Tensor:
        x, y = u.chunk(2, 1)
        for g, f in self.blocks:
            y = y + self.h / 2 * g(x)
            x = x + self.h * f(y)
            y = y + self.h / 2 * g(x)
        return torch.cat((x, y), 1)


class IMEX(Layered):
    """Forward Euler for f, then (I + h LᵀL)⁻¹."""

    h = 0.25

    def step(self, width: int) -> nn.Module:
        return nn.ModuleList([Symmetric(width, width), Diffusion(width, width, a=self.h)])

    def run(self, u: Tensor) -> Tensor:
        for f, solve in self.blocks:
            u = solve(u + self.h * f(u))
        return u
