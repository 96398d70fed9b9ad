"""How undoing a step multiplies what rounding has changed, and which states are kept for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from odenets.coefficients import learned, value
from odenets.memory.plans import from_behind
from odenets.memory.policy import Memory, sums_in, trusted
from odenets.rows import running
from odenets.wiring import Step
from schemes import RationalFunction, Scheme, inverse


@dataclass(frozen=True)
class Kept:
    """computed   steps whose states before them are not rebuilt;  kept  those of them whose states are kept"""

    computed: frozenset[int] = frozenset()
    kept: frozenset[int] = frozenset()


def kept_states(steps: Sequence[Step], memory: Memory, most: float) -> Kept:
    """Which states a chain keeps: none before invertible steps but where errors would grow by more than `most` since
    the last; of the others those before every `checkpoint`-th."""
    computed = set(range(len(steps)))
    anchors: set[int] = set()
    if memory.reversible:
        computed = {i for i, step in enumerate(steps) if from_behind(step.scheme, step.training) is None}
        if memory.fallback != "exact":
            anchors = grown(steps, computed, most)
    every, run = max(1, memory.checkpoint), 0
    kept = set(anchors)
    for i in sorted(computed):
        run = run + 1 if i - 1 in computed - anchors else 0
        if run % every == 0:
            kept.add(i)
    return Kept(frozenset(computed | anchors), frozenset(kept))


def expected(steps: Sequence[Step], memory: Memory) -> tuple[Kept, float]:
    """What a chain will keep of states in the type of its parameters, and how many times wider those are."""
    dtype = next((p.dtype for step in steps for p in step.parameters()), torch.get_default_dtype())
    sums = sums_in(dtype, memory)
    return kept_states(steps, memory, trusted(sums, dtype)), sums.itemsize / dtype.itemsize


def grown(steps: Sequence[Step], computed: set[int], most: float) -> set[int]:
    """The steps before which a state is kept, so that what lies between multiplies errors by so much at most."""
    anchors: set[int] = set()
    back: NDArray[np.float64] | None = None  # of the steps undone since the last kept state, from behind
    for i in reversed(range(len(steps))):
        if i in computed:
            back = None
            continue
        own = undoing(steps[i])
        back = own if back is None else own @ back
        if norm(back) > most:
            anchors.add(i)
            back = None
    return anchors


def norm(matrix: NDArray[np.float64]) -> float:
    """max_i Σ_j |m_ij|, the largest over the channels; inf where a coefficient divides by 0."""
    size = float(np.abs(matrix).sum(-1).max())
    return size if np.isfinite(size) else np.inf


def undoing(step: Step) -> NDArray[np.float64]:
    """V⁻¹ with the coefficients as they are now, random ones at their means; for each channel where they differ."""
    names = learned(step.scheme)
    return undoing_at(step.scheme, **{name: value(step, name).double().cpu().numpy().reshape(-1) for name in names})


def undoing_at(scheme: Scheme, **values: Any) -> NDArray[np.float64]:
    entries = inverse_V(scheme)
    if not any(isinstance(x, RationalFunction) for row in entries for x in row):
        return constant(scheme)
    with np.errstate(divide="ignore", invalid="ignore"):
        numbers = [[x(**values) if isinstance(x, RationalFunction) else float(x) for x in row] for row in entries]
    width = max(np.size(x) for row in numbers for x in row)
    return np.moveaxis(np.array([[np.broadcast_to(x, width) for x in row] for row in numbers]), -1, 0)


@lru_cache(maxsize=512)
def inverse_V(scheme: Scheme) -> Any:
    return inverse(running(scheme, training=False)[0]).V


@lru_cache(maxsize=512)
def constant(scheme: Scheme) -> NDArray[np.float64]:
    return np.array([[float(x) for x in row] for row in inverse_V(scheme)])
