"""Where a random coefficient is drawn anew: the shape of what is drawn."""

from __future__ import annotations

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
