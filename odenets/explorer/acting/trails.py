"""The points of a scheme on a problem, from the usual, a smooth or a disturbed start, as far as they are numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.structure import structure
from analysis.systems import Array, joined, split, system
from analysis.trajectories import begin, run, smooth_start
from odenets.errors import OdenetsError
from odenets.explorer.acting.setting import Setting
from schemes import Scheme, SchemeError, initial

FAR = 1e6  # times 1 + |u_0|: beyond, a point is lost
SMOOTH = 4  # order of the smooth manifold on which a smooth start is
DISTURBED = 0.01  # of 1 + |u_0|: the deviation of each state that a disturbed start moves


@dataclass(frozen=True)
class Trail:
    """u_0, …, u_n, an array (n + 1) × dimension; `says` why it ends before the last step, or "".

    start   what the library's functions take as a start: a point, or all states
    """

    points: Array
    start: Any
    says: str


@lru_cache(maxsize=32)
def trail(scheme: Scheme, setting: Setting) -> Trail:
    """The points of an acting scheme; raises AnalysisError and SchemeError where it cannot start or step at all."""
    f = setting.problem.field
    start, says = started(scheme, setting), ""
    points: list[Array] = []
    bound = FAR * (1 + float(np.linalg.norm(f.start)))
    with np.errstate(all="ignore"):
        try:
            for states in run(scheme, system(scheme, f), begin(scheme, f, start), setting.step, setting.steps):
                point = joined(scheme, f, states)
                if not np.linalg.norm(point) <= bound:
                    n = len(points)
                    says = f"The points grow without bound: cut at step {n}, t = {n * setting.step:.3g}."
                    break
                points.append(point)
        except AnalysisError as error:
            if len(points) < 2:
                raise
            says = f"Cut at step {len(points) - 1}: {error}."
    return Trail(np.array(points), start, says)


def started(scheme: Scheme, setting: Setting) -> Any:
    """The start that is asked for: a point, from which the scheme fills its history, or all its states."""
    f = setting.problem.field
    u0 = np.array(f.start, float)
    if setting.start == "usual":
        return u0
    if setting.start == "smooth":
        return smooth(scheme, setting)
    first = {component.states[0] for component in structure(scheme).components}
    if len(first) == len(scheme.V):
        raise OdenetsError(
            f"{scheme.name} keeps nothing but the solution, and nothing can be disturbed: take start = usual"
        )
    try:
        states = smooth(scheme, setting)
    except (AnalysisError, SchemeError):
        states = initial(scheme, *split(scheme, f, u0))
    noise = np.random.default_rng(setting.seed)
    size = DISTURBED * (1 + float(np.linalg.norm(u0)))
    moved = [np.asarray(x, float) + size * noise.standard_normal(np.shape(x)) for x in states]
    return tuple(np.asarray(x, float) if i in first else y for i, (x, y) in enumerate(zip(states, moved, strict=True)))


def smooth(scheme: Scheme, setting: Setting) -> tuple[Array, ...]:
    """Raises AnalysisError where the series of the manifold leaves u_0 far behind: h is beyond its reach."""
    f = setting.problem.field
    u0 = np.array(f.start, float)
    with np.errstate(all="ignore"):
        states = smooth_start(scheme, f, u0, setting.step, SMOOTH)
    plain = initial(scheme, *split(scheme, f, u0))
    near = 1 + float(np.linalg.norm(u0))
    if not all(np.linalg.norm(x - y) <= near for x, y in zip(states, plain, strict=True)):
        raise AnalysisError(f"{scheme.name} has no smooth start at h = {setting.h}: take a smaller h")
    return states
