"""Moments of many paths from running sums."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import torch
from torch import Tensor

from odenets.errors import OdenetsError


@dataclass(frozen=True)
class Moments:
    """E u^n of each number of a state at some times, estimated from independent paths.

    steps    after how many steps: the rows of what follows
    orders   n: their columns
    values   the means, of shape (steps, orders, …)
    errors   their standard errors √(Var(u^n) / paths)
    """

    steps: tuple[int, ...]
    orders: tuple[int, ...]
    values: Tensor
    errors: Tensor
    paths: int

    def interval(self, sigmas: float = 1.96) -> tuple[Tensor, Tensor]:
        """The ends of the interval of so many standard errors about the means: 95 % of normal means unless said."""
        return self.values - sigmas * self.errors, self.values + sigmas * self.errors


class Sums:
    """Running sums of powers, in double precision: their memory is that of one state."""

    def __init__(self, orders: tuple[int, ...]) -> None:
        if odd := [n for n in orders if not isinstance(n, int) or n < 1]:
            raise OdenetsError(f"moment {odd[0]!r}: take whole numbers from 1 on, such as moments=(1, 2, 3, 4)")
        self.orders = orders
        self.rows: dict[int, tuple[int, Tensor, Tensor]] = {}

    def add(self, step: int, u: Tensor) -> None:
        """The states of some more paths, one a row, after so many steps."""
        powers = torch.stack([u.double() ** n for n in self.orders])
        count, first, second = self.rows.get(step, (0, torch.zeros(()), torch.zeros(())))
        first, second = (torch.as_tensor(x, device=u.device) for x in (first, second))
        self.rows[step] = count + len(u), first + powers.sum(1), second + powers.square().sum(1)

    def moments(self) -> Moments:
        counts, firsts, seconds = zip(*self.rows.values(), strict=True)
        count = counts[0]
        values = torch.stack(firsts) / count
        variances: Any = (torch.stack(seconds) / count - values.square()).clamp_min(0)
        # one path tells nothing of the spread of others
        errors = variances.sqrt() / sqrt(count - 1) if count > 1 else torch.full_like(values, torch.inf)
        return Moments(tuple(self.rows), self.orders, values, errors, count)
