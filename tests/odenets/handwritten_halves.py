"""Networks of two halves, and modules that are more than one layer."""

import torch
from torch import Tensor, nn

from tests.odenets.handwritten import Net
from tests.odenets.handwritten_norms import dense


class Halves(nn.Module):
    """RevNet of halves of `first` and `second` channels; `parts` says how they are cut, `order` how put together."""

    def __init__(self, first: int = 4, second: int = 4, depth: int = 4) -> None:
        super().__init__()
        self.first, self.second = first, second
        self.left, self.right = nn.Linear(3, first), nn.Linear(3, second)
        self.f = nn.ModuleList(dense(second, first) for _ in range(depth))
        self.g = nn.ModuleList(dense(first, second) for _ in range(depth))

    def parts(self, z: Tensor) -> list:
        return list(z.split([self.first, self.second], 1))

    def forward(self, x):
        z = torch.cat([self.left(x), self.right(x)], 1)
        for f, g in zip(self.f, self.g, strict=True):
            a, b = self.parts(z)
            a = a + f(b)
            b = b + g(a)
            z = torch.cat([a, b], 1)
        return z


class Slices(Halves):
    def parts(self, z):
        return [z[:, : self.first], z[:, self.first :]]


class CutElsewhere(Halves):
    """2 + 6 channels put together, 4 + 4 cut: halves that mix."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Linear(3, 2), nn.Linear(3, 6)
        self.f = nn.ModuleList(dense() for _ in range(4))
        self.g = nn.ModuleList(dense() for _ in range(4))
        self.mix = nn.ModuleList(nn.ModuleList([nn.Linear(4, 2), nn.Linear(4, 6)]) for _ in range(4))

    def forward(self, x):
        a, b = self.left(x), self.right(x)
        for f, g, (p, q) in zip(self.f, self.g, self.mix, strict=True):
            y, z = torch.cat([a, b], 1).chunk(2, 1)
            a, b = a + p(f(z)), b + q(g(y))
        return torch.cat([a, b], 1)


class SlicesElsewhere(CutElsewhere):
    """The same cut by slices."""

    def forward(self, x):
        a, b = self.left(x), self.right(x)
        for f, g, (p, q) in zip(self.f, self.g, self.mix, strict=True):
            both = torch.cat([a, b], 1)
            a, b = a + p(f(both[:, 4:])), b + q(g(both[:, :4]))
        return torch.cat([a, b], 1)


# ---- modules -------------------------------------------------------------------------------------------------------


class Increment(nn.Module):
    """A field with sums of its own: v + g(v) for v = f(u)."""

    def __init__(self) -> None:
        super().__init__()
        self.f, self.g = dense(), dense()

    def forward(self, u: Tensor) -> Tensor:
        v = self.f(u)
        return v + self.g(v)


class Whole(Net):
    def __init__(self) -> None:
        super().__init__()
        self.fields = nn.ModuleList(Increment() for _ in range(4))

    def body(self, u):
        for f in self.fields:
            u = u + f(u)
        return u


class Gate(nn.Module):
    """Decides by values: no trace enters it."""

    def __init__(self) -> None:
        super().__init__()
        self.f = nn.Linear(4, 4)

    def forward(self, u: Tensor) -> Tensor:
        return self.f(u) if u.sum() > 0 else u.tanh()


class Closed(Whole):
    def __init__(self) -> None:
        super().__init__()
        self.fields = nn.ModuleList(Gate() for _ in range(4))


class Weighted(nn.Module):
    """A layer whose weights and statistics are computed; it is no submodule."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.scale = (nn.BatchNorm1d(4),), nn.Parameter(torch.ones(4))

    def forward(self, u: Tensor) -> Tensor:
        (layer,) = self.layer
        given = {name: self.scale * x for name, x in layer.state_dict().items() if x.ndim}
        return torch.func.functional_call(layer, given, (u,))


class Computed(Whole):
    def __init__(self) -> None:
        super().__init__()
        self.fields = nn.ModuleList(Weighted() for _ in range(4))


class Assigning(Net):
    """Sets a part of a tensor."""

    def body(self, u):
        for f in self.fields:
            v = u.clone()
            v[:, :2] = f(u)[:, :2]
            u = u + v
        return u
