"""Where a random coefficient is drawn anew: the shape of what is drawn."""

from __future__ import annotations

import torch
from torch import Tensor


def spread(per: str, u: Tensor, dims: int) -> tuple[int, ...]:
    """() per batch, (N, 1, …) per sample, (N, …, C, …) per channel, u's shape per element.

    dims: axes of u behind its channels, as many as it has.
    """
    if per in ("batch", "element"):
        return tuple(u.shape) if per == "element" else ()
    shape = [u.shape[0], *[1] * (u.dim() - 1)]
    if per == "channel":
        axis = max(1, u.dim() - 1 - dims)
        shape[axis] = u.shape[axis]
    return tuple(shape)


def has_numbers(x: Tensor) -> bool:
    """Whether its numbers can be read: torch.compile would break its graph there, fake and meta tensors have none."""
    return not torch.compiler.is_compiling() and type(x) is Tensor and x.device.type != "meta"
