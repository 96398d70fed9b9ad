"""Fields on vectors (…, C), and plain functions as blocks."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from odenets.blocks.parts import ACTIVATIONS, NORMS, Block
from odenets.errors import OdenetsError


class MLP(nn.Sequential):
    """linear - activation - linear on the last axis, for tables and toy fields: (…, width) to (…, width)."""

    def __init__(self, width: int, hidden: int, activation: Callable[[], nn.Module] = nn.Tanh) -> None:
        super().__init__(nn.Linear(width, hidden), activation(), nn.Linear(hidden, width))


class Dense(nn.Sequential, Block):
    """norm - linear - activation - linear on the last axis; `hidden` units inside, C unless said."""

    name = "mlp"
    kind = "vectors"
    convolutions = 2
    norms = ("layer", "none")

    def __init__(
        self, cin: int, cout: int, stride: int = 1, *, activation: str = "tanh", norm: str = "none",
        placement: str = "pre", hidden: int | None = None,
    ) -> None:  # fmt: skip
        self.check(cin, cout, stride, activation=activation, norm=norm, placement=placement)
        hidden = cout if hidden is None else hidden
        if hidden < 1:
            raise OdenetsError(f"mlp blocks need hidden units: hidden = {hidden}, take 1 or more")
        super().__init__(NORMS[norm](cin), *MLP(cout, hidden, ACTIVATIONS[activation]))


class Field(nn.Module):
    """A plain function as a block: wire(scheme, Field(torch.sin))."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, u: Tensor) -> Tensor:
        return self.function(u)
