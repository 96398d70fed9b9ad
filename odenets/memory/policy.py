"""What a chain keeps for its backward pass, and in which precision it sums."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from odenets.errors import OdenetsError

FALLBACKS = ("checkpoint", "exact", "double")
HALF = (torch.float16, torch.bfloat16)


@dataclass(frozen=True)
class Memory:
    """What a chain keeps for its backward pass.

    reversible   rebuild the states before invertible steps from those behind them
    fallback     where this is ill-conditioned: "checkpoint" keeps a state now and then, "exact" the bits that are lost,
                 "double" carries the states in double precision, the blocks as they are
    checkpoint   keep the states before every so many of the other steps, and compute those between again; 0: each

    Raises OdenetsError for another fallback.
    """

    reversible: bool = False
    fallback: str = "checkpoint"
    checkpoint: int = 0

    def __post_init__(self) -> None:
        if self.fallback not in FALLBACKS:
            raise OdenetsError(f"fallback = {self.fallback!r}: take {' or '.join(map(repr, FALLBACKS))}")

    def __bool__(self) -> bool:
        return self.reversible or self.checkpoint > 0


def sums_in(given: torch.dtype, memory: Memory) -> torch.dtype:
    """The type in which states are summed: 8 bits of a sum cannot be undone, so half precision becomes single."""
    if memory.reversible and memory.fallback == "double":
        return torch.promote_types(given, torch.float64)
    return torch.float32 if memory.reversible and given in HALF else given


def trusted(sums: torch.dtype, blocks: torch.dtype) -> float:
    """How much rounding errors may grow before a state is kept.

    In single precision by 50: at 100 gradients of 100 steps were right to 6e-5; in double by as much more as it is
    finer. Blocks in single precision under sums in double read another float now and then: 5e4 gave 2e-5 on tanh and
    3e-3 on 400 relu blocks.
    """
    coarse = blocks in HALF or torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda")
    if coarse and sums != torch.float64:
        return 1.0  # a last bit of a sum turns a last bit of a block, 2^-9 of its increment: nothing may multiply that
    if sums != torch.float64 or coarse:
        return 50.0
    return 2e10 if blocks == torch.float64 else 5e3
