"""What all blocks are made of: activations, norms, the facts that networks read, the refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ClassVar

from torch import nn

from odenets.errors import OdenetsError

# relu has a kink; behind the others a block is a smooth field, to which modified equations of any order apply;
# torch has no second forward derivative of silu
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": partial(nn.ReLU, inplace=True),
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
}

# batch: at evaluation an affine map, of statistics that all uses of a block share; group: over a whole image, always;
# layer: over the last axis, each token or row by itself
NORMS: dict[str, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm2d,
    "group": partial(nn.GroupNorm, 1),
    "layer": nn.LayerNorm,
    "none": nn.Identity,
}


class Block(nn.Module):
    """A field f of a network: Block(cin, cout, stride=1, *, activation, norm, placement, …).

    Facts of a class, for the networks that use it:

    name          in BLOCKS
    kind          images (N, C, H, W), tokens (N, T, C) or vectors (N, C); blocks on vectors act on the last axis alone
    convolutions  weighted layers one after the other
    expansion     channels behind it over the nominal width
    strides       whether it can change channels and size; the others raise OdenetsError for cin ≠ cout or stride ≠ 1
    tied          whether `pair` gives the blocks of two fields f and g, which belong together
    resolvent     whether its value is the implicit stage Y itself, not an increment h f(Y)

    A block whose weights do not start as He's has `initialise()`, to be called behind any other initialisation.
    """

    name: ClassVar[str]
    kind: ClassVar[str] = "images"
    convolutions: ClassVar[int]
    expansion: ClassVar[int] = 1
    strides: ClassVar[bool] = False
    tied: ClassVar[bool] = False
    resolvent: ClassVar[bool] = False
    activations: ClassVar[Iterable[str]] = tuple(ACTIVATIONS)
    norms: ClassVar[Iterable[str]] = ("batch", "group", "none")
    placements: ClassVar[Iterable[str]] = ("pre",)

    @classmethod
    def pair(cls, cin: int, cout: int, stride: int = 1, **options: Any) -> tuple[Block, Block]:
        """The blocks of two fields f and g that belong together. Raises OdenetsError for a block that stands alone."""
        raise OdenetsError(f"{cls.name} blocks stand alone: take the same block for both fields")

    @classmethod
    def check(cls, cin: int, cout: int, stride: int, **choices: Any) -> None:
        """Raise OdenetsError where the block cannot be: a shape that it cannot change, a part that it does not have."""
        if not cls.strides and (cin != cout or stride != 1):
            raise OdenetsError(
                f"{cls.name} blocks keep the shape, {cin} to {cout} channels at stride {stride} they cannot: "
                "leave the change to a transition between the stages (across = 'layer')"
            )
        for what, known in (("activation", cls.activations), ("norm", cls.norms), ("placement", cls.placements)):
            if choices[what] not in known:
                raise OdenetsError(f"{cls.name} blocks have no {what} {choices[what]!r}: take {either(known)}")


def either(names: Iterable[Any]) -> str:
    """The names as in a sentence: a, b or c."""
    *head, last = map(str, names)
    return f"{', '.join(head)} or {last}" if head else last


def dropped(p: float) -> nn.Module:
    """Dropout at probability p; the identity at 0, so that the names of the parameters do not depend on p."""
    if not 0 <= p < 1:
        raise OdenetsError(f"dropout = {p} is a probability: take it from [0, 1)")
    return nn.Dropout(p) if p else nn.Identity()
