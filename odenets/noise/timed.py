"""Fields that depend on time, and those of a trained stage over its depth."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from torch import Tensor, nn

from odenets.depth import chain_field
from odenets.stages import Stage
from odenets.tables import evaluated


class Timed(nn.Module):
    """f(t, u) as a field of u: `paths`, `Walk` and `reference` set t to the time at the start of each step.

    All stages of a step see that time: a scheme is of order 1 in it, whatever it is in u.
    """

    def __init__(self, function: Callable[[float, Tensor], Tensor]) -> None:
        super().__init__()
        self.function, self.t = function, 0.0

    def forward(self, u: Tensor) -> Tensor:
        return self.function(self.t, u)


def clock(fields: Iterable[Any]) -> Callable[[Any], None]:
    """What tells the fields the time."""
    timed = [field for field in fields if isinstance(field, Timed)]

    def tell(t: Any) -> None:
        for field in timed:
            field.t = float(t)

    return tell


def depth_fields(stage: Stage, time: float, how: str = "linear") -> dict[str, Timed]:
    """The fields of a trained stage as functions of t in [0, time] over its depth, what a step of h = 1 adds.

    how: as `odenets.depth.chain_field` takes it, whose errors it raises
    """

    def timed(field: str) -> Timed:
        of_depth = chain_field(stage, field, how)
        return Timed(lambda t, u: cast(Tensor, of_depth(of_depth.time * min(t / time, 1.0), u)))

    return {field: timed(field) for field in dict.fromkeys(evaluated(stage.behind()[-1].scheme))}
