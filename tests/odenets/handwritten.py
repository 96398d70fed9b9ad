"""Networks as people write them: no class of odenets in them, each with the style of its authors' code."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Field(nn.Module):
    """norm - relu - linear - relu - linear."""

    def __init__(self, width: int = 4) -> None:
        super().__init__()
        self.norm, self.first, self.second = nn.LayerNorm(width), nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, u: Tensor) -> Tensor:
        return self.second(F.relu(self.first(F.relu(self.norm(u)))))


class Net(nn.Module):
    """A stem, some fields, a head; `body` says how u goes on."""

    def __init__(self, depth: int = 4, width: int = 4) -> None:
        super().__init__()
        self.stem, self.head = nn.Linear(3, width), nn.Linear(width, 2)
        self.fields = nn.ModuleList(Field(width) for _ in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(self.stem(x)))


class Euler(Net):
    def body(self, u):
        for f in self.fields:
            u = u + f(u)
        return u


class InPlace(Net):
    """One tensor that is changed in place, under two names."""

    def body(self, u):
        shortcut = u.clone()
        for f in self.fields:
            same = nn.Identity()(shortcut)
            shortcut += f(same)
            same.add_(f(shortcut), alpha=0.5)
        return shortcut


class Heun(Net):
    def body(self, u):
        for f in self.fields:
            k1 = f(u)
            k2 = f(u + k1)
            u = torch.add(u, k1 + k2, alpha=0.5)
        return u


class RK4(Net):
    """With a step size, which the blocks count."""

    h = 0.1

    def body(self, u):
        h = self.h
        for f in self.fields:
            k1 = f(u)
            k2 = f(u + h / 2 * k1)
            k3 = f(u + h / 2 * k2)
            k4 = f(u + h * k3)
            u = u + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return u


class RK4Stages(Net):
    """A block for each evaluation, the sum by a list."""

    def body(self, u):
        for i in range(0, len(self.fields), 4):
            f1, f2, f3, f4 = self.fields[i : i + 4]
            k1 = f1(u)
            k2 = f2(u.add(k1, alpha=0.5))
            k3 = f3(torch.lerp(u, u + k2, 0.5))
            k4 = f4(u + k3)
            u = u + sum([k1, 2 * k2, 2 * k3, k4]) / 6
        return u


class AB2(Net):
    def body(self, u):
        old = None
        for f in self.fields:
            new = f(u)
            u = u + new if old is None else u + 1.5 * new - 0.5 * old
            old = new
        return u


class AB3(Net):
    def body(self, u):
        slopes: list = []
        for f in self.fields:
            slopes = [f(u), *slopes][:3]
            weights = {1: [1], 2: [3 / 2, -1 / 2], 3: [23 / 12, -16 / 12, 5 / 12]}[len(slopes)]
            for c, k in zip(weights, slopes, strict=True):
                u = u + c * k
        return u


class Momentum(Net):
    gamma = 0.9

    def body(self, u):
        v = torch.zeros_like(u)
        for f in self.fields:
            v = self.gamma * v + (1 - self.gamma) * f(u)
            u = u + v
        return u


class LMResNet(Net):
    """k' u[n] + (1 - k') u[n-1] + f, a trained k' a step, as the authors of LM-ResNet write it."""

    def __init__(self, depth: int = 5, width: int = 4) -> None:
        super().__init__(depth, width)
        self.ks = nn.ParameterList(nn.Parameter(torch.tensor([1 + 0.125 * i])) for i in range(depth))

    def body(self, u):
        last = u
        u = u + self.fields[0](u)
        for f, k in zip(self.fields[1:], self.ks[1:], strict=True):
            residual = u
            u = f(u)
            u = k.expand_as(u) * residual + (1 - k).expand_as(u) * last + u
            last = residual
        return u


class Leapfrog(Net):
    def body(self, u):
        old, u = u, u + self.fields[0](u)
        for f in self.fields[1:]:
            old, u = u, old + 2 * f(u)
        return u


class RevNet(Net):
    """Halves of the channels by chunk, put together behind each step."""

    def body(self, u):
        for i in range(0, len(self.fields), 2):
            x, y = torch.chunk(u, 2, dim=1)
            x = x + self.fields[i](y)
            y = y + self.fields[i + 1](x)
            u = torch.cat((x, y), dim=1)
        return u

    def forward(self, x):
        u = self.body(torch.cat([self.stem(x), self.stem(-x)], 1))
        return self.head(u[:, :4] + u[:, 4:])


class Verlet(Net):
    def __init__(self, depth: int = 4, width: int = 4) -> None:
        super().__init__(depth, width)
        self.velocity = nn.Linear(width, width)
        self.forces = nn.ModuleList(nn.Sequential(nn.Linear(width, width), nn.Tanh()) for _ in range(depth))

    def body(self, u):
        x, y = u, self.velocity(u)
        for f, g in zip(self.fields, self.forces, strict=True):
            y = y + g(x) / 2
            x = x + f(y)
            y = y + g(x) / 2
        return x + y


class Transformer(nn.Module):
    """Pre-norm layers with attention written out; `half` makes it the Macaron net."""

    def __init__(self, depth: int = 2, width: int = 8, macaron: bool = False) -> None:
        super().__init__()
        self.macaron = macaron
        self.layers = nn.ModuleList(Layer(width, macaron) for _ in range(depth))
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens):
        for layer in self.layers:
            tokens = layer(tokens)
        return self.norm(tokens).mean(1)


class Layer(nn.Module):
    def __init__(self, width: int, macaron: bool) -> None:
        super().__init__()
        self.macaron = macaron
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width) for _ in range(3))
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(nn.Linear(width, 16), nn.GELU(), nn.Linear(16, width), nn.Dropout(0.1))
        self.other = nn.Sequential(nn.Linear(width, 16), nn.GELU(), nn.Linear(16, width), nn.Dropout(0.1))

    def attend(self, x):
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        return self.out((q @ k.transpose(-2, -1) / 8**0.5).softmax(-1) @ v)

    def forward(self, x):
        if self.macaron:
            x = x + 0.5 * self.other(self.norm3(x))
        x = x + self.attend(self.norm1(x))
        return x + (0.5 if self.macaron else 1) * self.mlp(self.norm2(x))


class PolyNet(Net):
    def body(self, u):
        for f in self.fields:
            k = f(u)
            u = u + k + f(k)
        return u


class PostResNet(nn.Module):
    """He et al. 2015 with the usual code: relu behind the sum, a projection where the shape changes."""

    def __init__(self, widths=(4, 4, 4, 8, 8, 8)) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, widths[0], 3, padding=1)
        pairs = zip((widths[0], *widths), widths, strict=False)
        self.blocks = nn.Sequential(*(Block(cin, cout) for cin, cout in pairs))
        self.head = nn.Linear(widths[-1], 2)

    def forward(self, x):
        x = self.blocks(F.relu(self.stem(x)))
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Block(nn.Module):
    def __init__(self, cin: int, cout: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(cin, cout, 3, padding=1), nn.Conv2d(cout, cout, 3, padding=1)
        self.bn1, self.bn2, self.relu = nn.BatchNorm2d(cout), nn.BatchNorm2d(cout), nn.ReLU(inplace=True)
        self.downsample = nn.Conv2d(cin, cout, 1) if cin != cout else None

    def forward(self, x):
        identity = x if self.downsample is None else self.downsample(x)
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += identity
        return self.relu(out)


class LayerScale(Net):
    """u + γ f(u) with a trained γ per channel."""

    def __init__(self, depth: int = 4, width: int = 4) -> None:
        super().__init__(depth, width)
        self.gammas = nn.ParameterList(nn.Parameter(0.5 * torch.ones(width)) for _ in range(depth))

    def body(self, u):
        for f, gamma in zip(self.fields, self.gammas, strict=True):
            u = u + gamma * f(u)
        return u


class Wandering(Net):
    """Two evaluations a step whose weights no family has, others in each step."""

    def body(self, u):
        for i, f in enumerate(self.fields, 2):
            k = f(u)
            u = (1 + 1 / i) * u + k / i + f(u / i + i * k)
        return u


class Plain(nn.Module):
    """A convolutional network without a sum."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3), nn.ReLU(), nn.Flatten())

    def forward(self, x):
        return self.layers(x)


class Dense(Net):
    """DenseNet: every block sees all that came before it."""

    def __init__(self) -> None:
        super().__init__(3, 4)
        self.fields = nn.ModuleList(nn.Linear(4 * i, 4) for i in range(1, 4))

    def body(self, u):
        seen = [u]
        for f in self.fields:
            seen.append(f(torch.cat(seen, 1)))
        return seen[-1]


class Bilinear(Net):
    """A block of two values of the chain."""

    def body(self, u):
        old = u
        u = u + self.fields[0](u)
        for f in self.fields[1:]:
            old, u = u, u + f(u * old)
        return u


class Deciding(Net):
    """Control flow that depends on values."""

    def body(self, u):
        for f in self.fields:
            if u.sum() > 0:
                u = u + f(u)
        return u
