"""What a study of weak errors answers: a slope with its interval, or the sentence that refuses one."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any


@dataclass(frozen=True)
class WeakSlope:
    """The weak order that a functional shows, or why it shows none.

    slope       of the differences' logarithms; None where the interval does not decide between orders
    low, high   its confidence interval, infinite where a difference may be 0
    order       the one multiple of 1/2 in it; None as slope
    h           the step sizes
    errors      E φ(X_h) - E φ(X_h/2) of each
    half_widths of their confidence intervals
    samples     pairs of paths behind each
    evaluations of fields, one a path, for all functionals together
    sentence    all this for a reader
    """

    slope: float | None
    low: float
    high: float
    order: Fraction | None
    h: tuple[float, ...]
    errors: tuple[float, ...]
    half_widths: tuple[float, ...]
    samples: tuple[int, ...]
    evaluations: float
    sentence: str

    @property
    def decided(self) -> bool:
        return self.order is not None

    @property
    def bands(self) -> tuple[list[float], list[float]]:
        """The ends of the intervals of |errors|."""
        pairs = list(zip(self.errors, self.half_widths, strict=True))
        return [max(abs(e) - w, 0.0) for e, w in pairs], [abs(e) + w for e, w in pairs]

    @property
    def facts(self) -> dict[str, Any]:
        """What JSON can hold: None for what is infinite or not decided."""
        ends = {"low": self.low, "high": self.high}
        order = None if self.order is None else str(self.order)
        lists = {name: list(getattr(self, name)) for name in ("h", "errors", "half_widths", "samples")}
        return {
            "slope": self.slope,
            **{name: x if isfinite(x) else None for name, x in ends.items()},
            "order": order,
            **lists,
            "evaluations": self.evaluations,
            "sentence": self.sentence,
        }

    def __str__(self) -> str:
        return self.sentence
