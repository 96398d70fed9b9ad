"""Blocks: the fields f of a network. Each maps (N, C_in, H, W) to (N, C_out, H/stride, W/stride).

Pre-activation residual branches (He, Zhang, Ren, Sun 2016), without the shortcut: that is the scheme's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from torch import Tensor, nn

from odenets.errors import OdenetsError

# relu has a kink; behind the others a block is a smooth field, to which modified equations of any order apply;
# torch has no second forward derivative of silu
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": partial(nn.ReLU, inplace=True),
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
}

# batch: at evaluation an affine map, of statistics that all uses of a block share; group: over a whole image, always
NORMS: dict[str, Callable[[int], nn.Module]] = {"batch": nn.BatchNorm2d, "group": partial(nn.GroupNorm, 1)}


def preactivated(
    cin: int, cout: int, kernel: int, stride: int = 1, groups: int = 1, activation: str = "relu", norm: str = "batch"
) -> list[nn.Module]:
    """norm - activation - conv, the size kept at stride 1."""
    conv = nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [NORMS[norm](cin), ACTIVATIONS[activation](), conv]


class Basic(nn.Sequential):
    """bn-relu-conv3×3, bn-relu-conv3×3; another norm and activation where they are named."""

    convolutions = 2
    expansion = 1

    def __init__(self, cin: int, cout: int, stride: int = 1, activation: str = "relu", norm: str = "batch") -> None:
        kind: dict[str, Any] = {"activation": activation, "norm": norm}
        super().__init__(*preactivated(cin, cout, 3, stride, **kind), *preactivated(cout, cout, 3, **kind))


class Bottleneck(nn.Sequential):
    """bn-relu-conv1×1, bn-relu-conv3×3 in groups, bn-relu-conv1×1; a quarter of the channels inside.

    cardinality groups of base_width / 64 · C_out / 4 channels each; more than one is ResNeXt (Xie et al. 2017, 5.2).
    """

    convolutions = 3
    expansion = 4

    def __init__(
        self, cin: int, cout: int, stride: int = 1, cardinality: int = 1, base_width: int = 64,
        activation: str = "relu", norm: str = "batch",
    ) -> None:  # fmt: skip
        kind: dict[str, Any] = {"activation": activation, "norm": norm}
        inner = cout // 4 * base_width // 64 * cardinality
        if inner < 1 or inner % cardinality:
            raise OdenetsError(
                f"ResNeXt block {cardinality}×{base_width}d at {cout} channels: {inner} inner channels do not divide, "
                "take a larger base_width"
            )
        super().__init__(
            *preactivated(cin, inner, 1, **kind),
            *preactivated(inner, inner, 3, stride, cardinality, **kind),
            *preactivated(inner, cout, 1, **kind),
        )


class ResNeXt(Bottleneck):
    """The bottleneck with 8 groups of 64 channels unless said."""

    def __init__(
        self, cin: int, cout: int, stride: int = 1, cardinality: int = 8, base_width: int = 64,
        activation: str = "relu", norm: str = "batch",
    ) -> None:  # fmt: skip
        super().__init__(cin, cout, stride, cardinality, base_width, activation, norm)


class MLP(nn.Sequential):
    """linear - activation - linear on the last axis, for tables and toy fields: (…, width) to (…, width)."""

    def __init__(self, width: int, hidden: int, activation: Callable[[], nn.Module] = nn.Tanh) -> None:
        super().__init__(nn.Linear(width, hidden), activation(), nn.Linear(hidden, width))


class Field(nn.Module):
    """A plain function as a block: wire(scheme, Field(torch.sin))."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, u: Tensor) -> Tensor:
        return self.function(u)


BLOCKS: dict[str, type[Basic] | type[Bottleneck]] = {"basic": Basic, "bottleneck": Bottleneck, "resnext": ResNeXt}
