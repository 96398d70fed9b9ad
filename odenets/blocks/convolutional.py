"""Residual branches on images, without the shortcut: that is the scheme's. And one plain layer.

pre   norm - activation - conv, each (He, Zhang, Ren, Sun, Identity mappings in deep residual networks, 2016)
post  conv - norm - activation, each, but the last activation comes after the sum, in the network (the same, 2015)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from odenets.blocks.parts import ACTIVATIONS, NORMS, Block, dropped
from odenets.errors import OdenetsError

Shape = tuple[int, int, int, int, int]  # channels in and out, kernel, stride, groups


def convolution(cin: int, cout: int, kernel: int, stride: int, groups: int, bias: bool) -> nn.Conv2d:
    """The size kept at stride 1."""
    return nn.Conv2d(cin, cout, kernel, stride, kernel // 2, groups=groups, bias=bias)


def preactivated(shape: Shape, activation: str, norm: str) -> list[nn.Module]:
    """norm - activation - conv."""
    act = ACTIVATIONS[activation]()
    if isinstance(act, nn.ReLU):
        act.inplace = norm != "none"  # behind no norm it would overwrite the state itself
    return [NORMS[norm](shape[0]), act, convolution(*shape, bias=norm == "none")]


def postactivated(shape: Shape, activation: str, norm: str) -> list[nn.Module]:
    """conv - norm - activation."""
    return [convolution(*shape, bias=norm == "none"), NORMS[norm](shape[1]), ACTIVATIONS[activation]()]


class Branch(nn.Sequential, Block):
    """Convolutions with a norm and an activation each.

    opened  a pre-activation branch without its first norm and activation: the network has done them, for the
            projection as well (He et al. 2016, their code; ResNetV2)
    zero    the branch starts as 0: its last norm (post; Goyal et al. 2017, 5.1) or last convolution (pre) does
    """

    strides = True
    placements = ("pre", "post")

    def __init__(
        self, shapes: Sequence[Shape], *, activation: str, norm: str, placement: str, opened: bool, zero: bool
    ) -> None:
        if opened and placement != "pre":
            raise OdenetsError(f"opened leaves out a pre-activation: placement is {placement!r}, take 'pre'")
        layers = preactivated if placement == "pre" else postactivated
        modules = [m for shape in shapes for m in layers(shape, activation, norm)]
        super().__init__(*(modules[2 if opened else 0 :] if placement == "pre" else modules[:-1]))
        self.zero = zero
        self.initialise()

    def initialise(self) -> None:
        """Set the last weighted module to 0 where `zero` says so."""
        if self.zero:
            for parameter in [m for m in self if list(m.parameters())][-1].parameters():
                nn.init.zeros_(parameter)


class Basic(Branch):
    """Two convolutions 3×3; the first has the stride. He et al. 2015, figure 5 left."""

    name = "basic"
    convolutions = 2

    def __init__(
        self, cin: int, cout: int, stride: int = 1, *, activation: str = "relu", norm: str = "batch",
        placement: str = "pre", opened: bool = False, zero: bool = False,
    ) -> None:  # fmt: skip
        kind: dict[str, Any] = {"activation": activation, "norm": norm, "placement": placement}
        self.check(cin, cout, stride, **kind)
        super().__init__([(cin, cout, 3, stride, 1), (cout, cout, 3, 1, 1)], **kind, opened=opened, zero=zero)


class Bottleneck(Branch):
    """Convolutions 1×1, 3×3 in groups, 1×1; a quarter of the channels inside. He et al. 2015, figure 5 right.

    The 3×3 has the stride (ResNet v1.5; the first 1×1 in the paper). cardinality groups of base_width / 64 · C_out / 4
    channels each; more than one is ResNeXt (Xie et al. 2017, 5.1: 32×4d on ImageNet, 5.2: 8×64d on CIFAR).
    """

    name = "bottleneck"
    convolutions = 3
    expansion = 4

    def __init__(
        self, cin: int, cout: int, stride: int = 1, *, cardinality: int = 1, base_width: int = 64,
        activation: str = "relu", norm: str = "batch", placement: str = "pre", opened: bool = False, zero: bool = False,
    ) -> None:  # fmt: skip
        kind: dict[str, Any] = {"activation": activation, "norm": norm, "placement": placement}
        self.check(cin, cout, stride, **kind)
        inner = cout // 4 * base_width // 64 * cardinality
        if inner < 1 or inner % cardinality:
            raise OdenetsError(
                f"ResNeXt block {cardinality}×{base_width}d at {cout} channels: {inner} inner channels do not divide, "
                "take a larger base_width"
            )
        super().__init__(
            [(cin, inner, 1, 1, 1), (inner, inner, 3, stride, cardinality), (inner, cout, 1, 1, 1)],
            **kind, opened=opened, zero=zero,
        )  # fmt: skip


class ResNeXt(Bottleneck):
    """The bottleneck with 8 groups of 64 channels unless said."""

    name = "resnext"

    def __init__(
        self, cin: int, cout: int, stride: int = 1, *, cardinality: int = 8, base_width: int = 64,
        activation: str = "relu", norm: str = "batch", placement: str = "pre", opened: bool = False, zero: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(
            cin, cout, stride, cardinality=cardinality, base_width=base_width, activation=activation, norm=norm,
            placement=placement, opened=opened, zero=zero,
        )  # fmt: skip


class Conv(nn.Sequential, Block):
    """One whole layer, conv3×3 - dropout - norm - activation: a map G of its own, which keeps its last activation.

    FractalNet's (Larsson, Maire, Shakhnarovich 2017, section 3). Pre-activation: norm - activation - conv - dropout.
    """

    name = "conv"
    convolutions = 1
    strides = True
    placements = ("pre", "post")

    def __init__(
        self, cin: int, cout: int, stride: int = 1, *, activation: str = "relu", norm: str = "batch",
        placement: str = "post", dropout: float = 0.0,
    ) -> None:  # fmt: skip
        self.check(cin, cout, stride, activation=activation, norm=norm, placement=placement)
        layer = (preactivated if placement == "pre" else postactivated)((cin, cout, 3, stride, 1), activation, norm)
        layer.insert(3 if placement == "pre" else 1, dropped(dropout))  # behind the convolution
        super().__init__(*layer)
