"""What rounding loses when a step is undone: the distance to the true number, packed in as few bits as it needs.

Floating-point numbers of one sign are ordered as their bit patterns are; the distance of two is the number of floats
between them. Where a state is small beside what is added to it, its last bits are lost: these few outliers are kept
with their places. Source of the idea: Maclaurin, Duvenaud, Adams 2015 (Gradient-based hyperparameter optimization
through reversible learning, section 3), for one multiplication; here for any table.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from odenets.errors import OdenetsError

PATTERNS = {torch.float64: torch.int64, torch.float32: torch.int32, torch.float16: torch.int16,
            torch.bfloat16: torch.int16}  # fmt: skip


@dataclass(frozen=True)
class Lost:
    """Distances: `packed` has `bits` each (4, 8 or 16), `outliers` are those that need more, with their places."""

    bits: int
    packed: Tensor
    places: Tensor
    outliers: Tensor

    @property
    def bytes(self) -> int:
        return sum(x.numel() * x.element_size() for x in (self.packed, self.places, self.outliers))


def lost(true: Tensor, guess: Tensor) -> Lost | None:
    """What `restored` needs to make of the guess the true tensor, bit for bit; None where it is."""
    distance = (ranked(true) - ranked(guess)).flatten()
    if not bool(distance.any()):
        return None
    ends = {bits: 1 << (bits - 1) for bits in (4, 8, 16)}
    wide = {bits: ((distance >= end) | (distance < -end)).nonzero().flatten() for bits, end in ends.items()}
    cost = {bits: len(distance) * bits // 8 + 12 * len(places) for bits, places in wide.items()}
    bits = min(cost, key=lambda b: cost[b])
    places = wide[bits]
    outliers = distance[places]
    distance = distance.index_fill(0, places, 0)
    return Lost(bits, pack(distance, bits), places.to(torch.int32), outliers)


def restored(guess: Tensor, about: Lost | None) -> Tensor:
    """The true tensor."""
    if about is None:
        return guess
    rank = ranked(guess)
    distance = unpack(about, rank.numel()).to(rank.dtype)
    distance[about.places.long()] = about.outliers
    return unranked(rank + distance.view(rank.shape), guess.dtype)


def ranked(x: Tensor) -> Tensor:
    """Integers in the order of the numbers: 0 at 0.0, -1 at -0.0; they wrap around, and so does their difference."""
    if x.dtype not in PATTERNS:
        raise OdenetsError(f"states of type {x.dtype} have no lost bits to keep: take floating-point numbers")
    pattern = x.contiguous().view(PATTERNS[x.dtype])
    return torch.where(pattern < 0, pattern ^ torch.iinfo(pattern.dtype).max, pattern)


def unranked(rank: Tensor, dtype: torch.dtype) -> Tensor:
    return torch.where(rank < 0, rank ^ torch.iinfo(rank.dtype).max, rank).view(dtype)


def pack(distance: Tensor, bits: int) -> Tensor:
    if bits > 4:
        return distance.to(torch.int8 if bits == 8 else torch.int16)
    half = torch.nn.functional.pad(distance + 8, (0, len(distance) % 2)).to(torch.uint8)
    return half[::2] | half[1::2] << 4


def unpack(about: Lost, count: int) -> Tensor:
    if about.bits > 4:
        return about.packed.to(torch.int32)
    both = torch.stack([about.packed & 15, about.packed >> 4], 1).flatten()[:count]
    return both.to(torch.int32) - 8
