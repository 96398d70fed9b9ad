"""Numbers for JSON: six digits, null for what is no number, and no more of them than a picture shows."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.systems import Array

DIGITS = 6
MOST = 500  # samples of a curve


def plain(values: Any) -> list[float | None]:
    """A list of floats of six digits; null for what is infinite or no number."""
    return [number(float(x)) for x in np.asarray(values, float).reshape(-1)]


def number(x: float) -> float | None:
    return float(f"{x:.{DIGITS}g}") if np.isfinite(x) else None


def kept(count: int) -> Array:
    """The indices of 0 … count that are sent: every s-th one, and the last."""
    stride = -(-(count + 1) // MOST)
    return np.unique(np.append(np.arange(0, count + 1, stride), count))
