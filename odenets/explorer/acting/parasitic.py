"""The parasitic modes of a multistep scheme on a toy problem: their size beside their predicted growth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.roots import zero_stability
from analysis.structure import structure
from analysis.systems import Array, system
from analysis.trajectories import begin, run, smooth_start
from odenets.explorer.acting.finite import number, plain
from odenets.explorer.acting.modes import Mode, along, parted, predicted, roots
from odenets.explorer.acting.problems import FLOWS
from odenets.explorer.acting.setting import Setting, read_setting
from odenets.explorer.acting.trails import Trail, trail
from odenets.explorer.designs import fixed
from schemes import Scheme

MOST = 80  # steps
ORDERS = 5, 3, 2  # of the smooth manifold: the higher the better, where h is small enough for it
ENOUGH = 4  # steps that are told apart, to be shown
CLEAR = 3.0  # times what a smooth start leaves: below, a mode is not told from it
SHALLOW = 100.0  # below the smallest size that is drawn a prediction is not drawn
FAR = 20  # times 1 + |u_0|: beyond, nothing is small and no prediction is meant
PROJECTED = "h is too large for the smooth part to be taken away: each size holds h u' as well, beside |ζ|^n."


def act_parasites(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """|z_n| of each parasitic mode, states = S(y_n) + Σ_i u_i z_n, beside its predicted growth ζ^n z(t_n).

    options  as of `act`
    modes    [{"root", "modulus", "size", "predicted"}] over `times`; [] with a sentence where there is none
    Where h is too large for S, states are projected alone, z_n = w_iᵀ states/(w_iᵀ u_i), as `says` says: then z_n holds
    h u' as well, and |ζ|^n is predicted.
    Raises as `act` does. Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, XV.5.1, XV.8.
    """
    setting = read_setting(options, FLOWS)
    scheme = fixed(scheme)[0].mean()
    found = trail(scheme, setting)
    first = scheme.history if np.ndim(found.start[0]) == 0 else 0
    steps = min(MOST, len(found.points) - 1, small(found))
    if sentence := without(scheme, first, steps):
        return {"modes": [], "times": [], "says": [sentence]}
    modes, says = followed(scheme, setting, found, steps, first)
    return {
        "modes": [
            {
                "root": str(mode.root.value),
                "modulus": number(abs(complex(mode.root.value))),
                "size": plain(norms(mode.values)),
                "predicted": plain(seen(norms(mode.values), norms(mode.predicted))),
            }
            for mode in modes
        ],
        "times": plain(setting.step * (first + np.arange(len(modes[0].values)))),
        "says": says,
    }


def without(scheme: Scheme, first: int, steps: int) -> str:
    """Why there are no modes to be shown, or ""."""
    try:
        if len(structure(scheme).components) > 1:
            return f"{scheme.name} steps several halves of u: parasites are told from one unknown."
        if all(root.value == 0 for root in zero_stability(scheme).parasitic):
            return f"{scheme.name} has no parasitic root: its points follow a smooth solution alone."
        if not roots(scheme):
            return f"The parasitic roots of {scheme.name} are multiple: they have no modes that grow like ζ^n."
    except AnalysisError as error:
        return f"Parasitic modes cannot be told from the solution: {error}."
    if steps <= first:
        return f"The points are lost before {scheme.name} makes a step of its own: take a smaller h."
    return ""


def small(found: Trail) -> int:
    """The first step at which the points are far from all they started from, the last one where they stay."""
    size = norms(found.points)
    lost = np.flatnonzero(size > FAR * (1 + size[0]))
    return int(lost[0]) if len(lost) else len(size) - 1


def followed(scheme: Scheme, setting: Setting, found: Trail, steps: int, first: int) -> tuple[list[Mode], list[str]]:
    """The modes from the first step on, and what is to be said of them."""
    for order in ORDERS:
        apart = parted(scheme, setting, found.start, steps, order)
        count = len(apart.rest) - first
        if count < min(ENOUGH, steps + 1 - first):
            continue
        start = smooth_start(scheme, setting.problem.field, found.points[0], setting.step, order)
        left = parted(scheme, setting, start, steps, order).rest
        modes = []
        for root in roots(scheme):
            z = along(scheme, root, apart.rest)[first:]
            grown = predicted(scheme, setting, root, apart.smooth[first], z[0], count)
            modes.append(Mode(root, told(z, norms(along(scheme, root, left))), grown))
        return modes, []
    return projected(scheme, setting, found, steps, first), [PROJECTED]


def told(z: Array, left: Array) -> Array:
    """z_n, and no number from where it is no longer told from what the truncation of S leaves of a smooth start."""
    count = min(len(z), len(left))
    lost = np.flatnonzero(norms(z[:count]) <= CLEAR * np.maximum.accumulate(left[:count]))
    return np.array(z) if not len(lost) else np.where(np.arange(len(z))[:, None] < lost[0], z, np.nan)


def norms(z: Array) -> Array:
    return np.asarray(np.linalg.norm(z, axis=1))


def seen(size: Array, grown: Array) -> Array:
    """The prediction as far as it belongs into the same picture."""
    known = size[np.isfinite(size) & (size > 0)]
    return np.where(grown >= known.min() / SHALLOW, grown, np.nan) if len(known) else grown


def projected(scheme: Scheme, setting: Setting, found: Trail, steps: int, first: int) -> list[Mode]:
    """The states along each root's eigenvector; |ζ|^n beside."""
    begun = begin(scheme, setting.problem.field, found.start)
    states = np.array([*run(scheme, system(scheme, setting.problem.field), begun, setting.step, steps)])[first:]
    modes = []
    for root in roots(scheme):
        z = along(scheme, root, states)
        modes.append(Mode(root, z, abs(complex(root.value)) ** np.arange(len(z))[:, None] * z[0]))
    return modes
