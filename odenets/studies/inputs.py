"""Errors under noise on the input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from odenets.noise.robustness import input_noise
from odenets.studies.measured import Measured


def inputs(
    about: Measured,
    levels: Sequence[float] = (0, 0.05, 0.1, 0.2, 0.3, 0.5),
    images: int = 2000,
    repeats: int = 2,
) -> dict[str, Any]:
    """Test errors in % on x + s ε, ε normal, at levels s in standard deviations of the normalised pixels.

    The draws of ε are the same for every network; an error is the mean over `repeats` of them.
    """
    given, labels = about.images(images)
    found = input_noise(about.network, given, labels, levels, repeats)
    return {
        "images": len(labels),
        "repeats": repeats,
        "levels": [float(level) for level in levels],
        "error": [100 - right for right in found],
    }
