"""Networks with norms by hand, masks, and norms that blocks share."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.odenets.handwritten import Net


def dense(cin: int = 4, cout: int = 4) -> nn.Module:
    return nn.Sequential(nn.Linear(cin, cout), nn.Tanh())


class NormInLine(Net):
    def body(self, u):
        for f in self.fields:
            mean, spread = u.mean(-1, keepdim=True), u.std(-1, keepdim=True)
            u = u + f((u - mean) / (spread + 1e-6))
        return u


class ChannelNorm(nn.Module):
    """LayerNorm over channels, as in the code of ConvNeXt."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean(1, keepdim=True)
        spread = (x - mean).pow(2).mean(1, keepdim=True)
        x = (x - mean) / torch.sqrt(spread + 1e-6)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class ConvNeXt(nn.Module):
    """Two stages, a norm and a strided convolution between them."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 4, 4), ChannelNorm(4))
        self.first = nn.ModuleList(nn.Conv2d(4, 4, 3, padding=1) for _ in range(2))
        self.down = nn.Sequential(ChannelNorm(4), nn.Conv2d(4, 8, 2, 2))
        self.second = nn.ModuleList(nn.Conv2d(8, 8, 3, padding=1) for _ in range(3))

    def forward(self, x):
        x = self.stem(x)
        for f in self.first:
            x = x + f(x)
        x = self.down(x)
        for f in self.second:
            x = x + f(x)
        return x.mean([-2, -1])


class Causal(nn.Module):
    """Attention with a mask of -inf, as in nanoGPT."""

    def __init__(self, width: int = 8, depth: int = 2) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * depth))
        self.qkv = nn.ModuleList(nn.Linear(width, 3 * width) for _ in range(depth))
        self.mlp = nn.ModuleList(dense(width, width) for _ in range(depth))
        self.register_buffer("mask", torch.tril(torch.ones(16, 16)))

    def forward(self, x):
        size = x.shape[1]
        for i, (qkv, mlp) in enumerate(zip(self.qkv, self.mlp, strict=True)):
            q, k, v = qkv(self.norms[2 * i](x)).chunk(3, -1)
            weights = (q @ k.transpose(-2, -1)).masked_fill(self.mask[:size, :size] == 0, float("-inf"))
            x = x + F.softmax(weights, -1) @ v
            x = x + mlp(self.norms[2 * i + 1](x))
        return x


class Parallel(Net):
    """GPT-J: two blocks behind one norm."""

    def __init__(self) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(4) for _ in range(4))
        self.others = nn.ModuleList(nn.Sequential(nn.Linear(4, 4), nn.Sigmoid()) for _ in range(4))

    def body(self, u):
        for norm, f, g in zip(self.norms, self.fields, self.others, strict=True):
            v = norm(u)
            u = u + f(v) + g(v)
        return u
