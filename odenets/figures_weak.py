"""Curves of weak errors: exact ones with their slopes, and estimates with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.plots.weak_plot import Falls
from analysis.stochastic.standard_problems import RAISED

if TYPE_CHECKING:
    from analysis.stochastic.end_moments import MomentSlopes
    from analysis.stochastic.standard import MonteCarlo
    from analysis.stochastic.standard_problems import ClosedProblem


def exact_falls(problem: ClosedProblem, found: MomentSlopes) -> Falls:
    """The exact errors of moments, and the slopes that they tend to."""
    names = {n: problem.moment(n) for n in found.errors}
    slopes = {names[n]: "none" if x is None else f"{x:.3f}" for n, x in found.slopes.items()}
    return Falls([float(h) for h in found.h], {names[n]: e for n, e in found.errors.items()}, slopes)


def estimated_falls(drawn: MonteCarlo) -> Falls:
    """The estimated errors with their intervals, and the intervals of the slopes that are decided."""
    found = {name.replace("^", "").translate(RAISED): x for name, x in drawn.slopes.items()}
    h = next(iter(found.values())).h
    errors = {name: [abs(e) for e in x.errors] for name, x in found.items()}
    slopes = {
        name: "not decided" if x.slope is None else f"{x.slope:.2f} ({x.low:.2f} to {x.high:.2f})"
        for name, x in found.items()
    }
    return Falls(h, errors, slopes, {name: x.bands for name, x in found.items()})
