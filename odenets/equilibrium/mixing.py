"""Fixed-point iteration with Anderson's mixing of the last iterates."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Map = Callable[[Tensor], Tensor]


class Mixing:
    """The next iterate of x = g(x) from the last ones.

        x' = g_k - ΔG γ,   γ = argmin ‖f_k - ΔF γ‖,   f = g(x) - x,   ΔF, ΔG: the last `depth` differences of f and g

    depth = 0 is the plain iteration x' = g(x). On a linear problem it is GMRES, as long as depth suffices. Gram's
    matrix is regularised by the rounding of its entries, so that differences that repeat each other get weight 0.
    All samples have the same γ: with one for each, steps of residual networks in training, whose batch norms couple
    the samples, took 3 times as many evaluations or did not converge where these took 20 to 30.
    Source: Walker, Ni, SIAM J. Numer. Anal. 49 (2011), (2.2) and section 4, "type II".
    """

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.rows: list[tuple[Tensor, Tensor]] = []
        self.last: tuple[Tensor, Tensor] | None = None

    def forget(self) -> None:
        self.rows, self.last = [], None

    def __call__(self, x: Tensor, gx: Tensor) -> Tensor:
        now = (gx - x).flatten(), gx.flatten()
        if self.last is not None and self.depth:
            differences = now[0] - self.last[0], now[1] - self.last[1]
            self.rows = [*self.rows, differences][-self.depth :]
        self.last = now
        if not self.rows:
            return gx
        F, G = (torch.stack(rows) for rows in zip(*self.rows, strict=True))
        return gx - (least_squares(F, now[0]) @ G).reshape(gx.shape)


def least_squares(rows: Tensor, right: Tensor) -> Tensor:
    """argmin ‖right - γ rows‖, where a row that is 0 has weight 0."""
    gram = (rows @ rows.mT).double()
    size = gram.trace() * torch.finfo(rows.dtype).eps + torch.finfo(torch.double).tiny
    gram.diagonal().add_(size)
    weights: Tensor = torch.linalg.solve(gram, (rows @ right).double())
    return weights.to(rows.dtype)
