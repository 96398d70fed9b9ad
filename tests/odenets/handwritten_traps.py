"""Networks by hand whose schemes are easily misread: learned numbers, operations, noise, what stands between."""

import torch
from torch import nn

from tests.odenets.handwritten import Net

# ---- learned numbers -----------------------------------------------------------------------------------------------


class Coefficients(Net):
    """u[n+1] = (1 - k) u[n] + k u[n-1] + f(u[n]), all k in one vector -1/8, -2/8, …"""

    def __init__(self, depth: int = 5, width: int = 4) -> None:
        super().__init__(depth, width)
        self.ks = nn.Parameter(-torch.arange(1.0, depth) / 8)

    def rows(self) -> list:
        return [self.ks[i] for i in range(4)]

    def body(self, u):
        last, u = u, u + self.fields[0](u)
        for f, k in zip(self.fields[1:], self.rows(), strict=True):
            last, u = u, (1 - k) * u + k * last + f(u)
        return u


class Iterated(Coefficients):
    def rows(self):
        return list(self.ks)


class Unbound(Coefficients):
    def rows(self):
        return list(self.ks.unbind(0))


class Clamped(Coefficients):
    def rows(self):
        return [torch.clamp(k, -0.25, 0) for k in self.ks]


class Squashed(Coefficients):
    """Each k is -σ(0) = -1/2 as it starts."""

    def rows(self):
        return list(-torch.sigmoid(0 * self.ks))


class Averaged(Coefficients):
    """The mean of the trajectory goes to the head."""

    def body(self, u):
        last, u = u, u + self.fields[0](u)
        seen = [u]
        for f, k in zip(self.fields[1:], self.rows(), strict=True):
            last, u = u, (1 - k) * u + k * last + f(u)
            seen.append(u)
        return sum(seen) / len(seen)


class TwoRanges(Net):
    """One parameter at two ranges is two coefficients."""

    def __init__(self) -> None:
        super().__init__()
        self.p = nn.Parameter(torch.tensor(1.0))

    def body(self, u):
        for f in self.fields:
            k = f(u)
            u = u + torch.clamp(self.p, 0, 0.25) * k + torch.clamp(self.p, 0, 0.75) * f(u + k)
        return u


class Names(Net):
    """k.1 of a list beside k_1: two parameters."""

    def __init__(self) -> None:
        super().__init__(5)
        self.k = nn.ParameterList(nn.Parameter(torch.tensor(-x)) for x in (0.125, 0.25))
        self.k_0, self.k_1 = nn.Parameter(torch.tensor(-0.375)), nn.Parameter(torch.tensor(-0.5))

    def body(self, u):
        last, u = u, u + self.fields[0](u)
        for f, k in zip(self.fields[1:], [*self.k, self.k_0, self.k_1], strict=True):
            last, u = u, (1 - k) * u + k * last + f(u)
        return u


# ---- operations ----------------------------------------------------------------------------------------------------


class Operations(Net):
    """Heun's weights by addcmul and addcdiv, pow, rsub and a sum over what was stacked; h = 1/4."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("rate", torch.tensor(0.5))

    def body(self, u):
        h = torch.pow(self.rate, 2)
        for i, f in enumerate(self.fields):
            k1 = f(u)
            k2 = f(torch.addcmul(u, k1, h))
            mean = torch.stack([k1, k2]).sum(0) if i % 2 else torch.stack([k1, k2]).mean(0) * 2
            u = torch.addcdiv(u, mean, torch.rsub(self.rate, 8.5))
        return u


class Time(Net):
    """A field of u and t, with t added inside."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.first, self.second = nn.Linear(1, 4), nn.Linear(4, 4), nn.Linear(4, 4)

    def body(self, u):
        for i in range(4):
            u = u + 0.25 * self.second(torch.tanh(self.first(u) + self.embed(torch.tensor([i / 4]))))
        return u


class Remembering(Net):
    """Keeps its velocity as an attribute, which a trace must not set."""

    velocity = None

    def body(self, u):
        if self.velocity is None:
            self.velocity = torch.zeros_like(u)
        for f in self.fields:
            self.velocity = 0.9 * self.velocity + 0.1 * f(u)
            u = u + self.velocity
        return u


# ---- steps that differ, what stands between ------------------------------------------------------------------------


class Grid(Net):
    """Heun with steps of two sizes in turn."""

    def body(self, u):
        for h, f in zip((0.25, 0.5, 0.25, 0.5), self.fields, strict=True):
            k = f(u)
            u = u + h / 2 * (k + f(u + h * k))
        return u


class Called(Net):
    """Layers and an input with names of operations."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.size = nn.LayerNorm(4), nn.Linear(4, 4)

    def forward(self, mean):
        u = self.norm(self.stem(mean))
        for _ in self.fields:
            u = u + self.size(u)
        return u + mean.mean()


class Between(Net):
    """A plain layer before every step."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(4))

    def body(self, u):
        for f, layer in zip(self.fields, self.layers, strict=True):
            u = layer(u)
            u = u + f(u)
        return u


class Trajectory(Net):
    """Heun, all values returned."""

    def forward(self, x):
        u = self.stem(x)
        seen = [u]
        for f in self.fields:
            k = f(u)
            u = u + (k + f(u + k)) / 2
            seen.append(u)
        return torch.stack(seen)


class FirstOfNothing(Net):
    """A first step of size 0."""

    def body(self, u):
        for i, f in enumerate(self.fields):
            u = u + i / 4 * f(u)
        return u


class Noise(Net):
    """Euler and Maruyama: noise is no field."""

    def body(self, u):
        for f in self.fields:
            u = u + f(u) + 0.1 * torch.randn_like(u)
        return u


class Diffusion(Net):
    """Noise with a trained size."""

    def __init__(self) -> None:
        super().__init__()
        self.size = nn.Linear(4, 4)

    def body(self, u):
        for f in self.fields:
            u = u + f(u) + self.size(u) * torch.randn_like(u)
        return u


class FromNoise(Net):
    """A generator: its first value is drawn."""

    def body(self, u):
        z = torch.randn_like(u)
        for f in self.fields:
            z = z + f(z)
        return z
