"""Where the stochastic limit of a scheme holds: what its other modes do, and under which scaling of the noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from analysis.errors import AnalysisError
from schemes import RationalFunction, Scheme
from schemes.brownian import Noise

SHARED = {
    "batch": "one Brownian motion, the same for all samples of a batch and all components",
    "sample": "one Brownian motion a sample, the same for all its components",
    "channel": "an own Brownian motion for each channel",
    "element": "an own Brownian motion for each element",
}


def notes(scheme: Scheme, noises: Sequence[Noise]) -> tuple[str, ...]:
    """What a reader is told beside the equation, a sentence each."""
    found = [
        "It is the limit h → 0 of steps whose mean is of size h and whose deviations are of size √h.",
        "Where h stands before the noise as well (plain depth scaling) its variance dies as O(h), and the limit is the "
        "ODE.",
    ]
    if isinstance(root := other_root(scheme), RationalFunction):
        size = str(root).removeprefix("-") if len(root.num) == 1 else str(root)
        found.append(f"It is the slow motion of two states, where |{size}| < 1: noise in their difference dies out.")
    elif len(V := scheme.mean().V) > 2 and any(isinstance(x, RationalFunction) for row in V for x in row):
        found.append(
            f"It is the slow motion of {len(V)} states, where all roots of V but 1 are less than 1 in size: noise in "
            "their differences dies out."
        )
    return tuple(found)


def other_root(scheme: Scheme) -> Any:
    """The root of V beside 1 where there are two states of one component; None elsewhere."""
    V = scheme.mean().V
    coupled = len(V) == 2 and (V[0][1] != 0 or V[1][0] != 0)
    return V[0][0] + V[1][1] - 1 if coupled else None


def decays(scheme: Scheme) -> None:
    """Raises AnalysisError where a mode of V besides the slow ones does not die out: its noise would add up."""
    from analysis.roots import zero_stability

    mean = scheme.mean()
    if len(mean.V) == 1 or not all(isinstance(x, Fraction) for row in mean.V for x in row):
        return
    found = zero_stability(replace(mean, **nothing(mean), start=None))
    if not found.strictly_stable:
        raise AnalysisError(
            f"{scheme.name} has modes that do not die out (the roots of V are "
            f"{', '.join(str(root.value) for root in found.roots)}), and noise adds up in each of them: take a "
            "strictly zero-stable scheme"
        )


def nothing(scheme: Scheme) -> dict[str, Any]:
    """A and B without weights, so that V alone is left."""
    none = (Fraction(0),) * scheme.stages
    return {"A": (none,) * scheme.stages, "B": (none,) * len(scheme.V), "embedded": None}
