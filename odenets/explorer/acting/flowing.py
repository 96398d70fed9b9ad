"""The flow of a field as far as it goes: what a picture can show, where the library's exact flow refuses the whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.examples import VectorField
from analysis.systems import Array, Field, parts
from analysis.trajectories import speeds
from schemes import Scheme

PRECISION = 1e-10  # relative: a picture and errors down to 1e-9
CALLS = 30_000  # of the field, half a second
LOST = 30.0  # times 1 + |u_0|: beyond, a flow is lost


def flowed(field: Field, u0: Array, times: Array, lost: float = LOST) -> tuple[Array, str]:
    """The solution of u' = field(u) at ascending times from 0, an array times × dimension, and why it ends before the
    last one, or "". What is not reached is no number.

    lost  times 1 + |u_0|: beyond, the solution is not followed

    By LSODA, which changes to backward differences where the field is stiff.
    Source: Petzold, SIAM J. Sci. Stat. Comput. 4 (1983) 136–148.
    """
    from scipy.integrate import LSODA

    found = np.full((len(times), len(u0)), np.nan)
    found[0] = u0
    done, bound = 1, lost * (1 + float(np.linalg.norm(u0)))
    with np.errstate(all="ignore"):
        solver = LSODA(lambda _, u: field(u), 0.0, u0, times[-1], rtol=PRECISION, atol=PRECISION / 100)
        while done < len(times):
            solver.step()
            ended = solver.status == "failed" or not np.all(np.isfinite(solver.y))
            if ended or np.linalg.norm(solver.y) > bound:
                return found, f"it leaves every bound at t = {solver.t:.3g}"
            reached = int(np.searchsorted(times, solver.t, side="right"))
            if reached > done:
                found[done:reached] = solver.dense_output()(times[done:reached]).T
                done = reached
            if solver.nfev > CALLS:
                return found, f"it is too rough to be followed beyond t = {solver.t:.3g}"
    return found, ""


def exact_field(scheme: Scheme, f: VectorField) -> Field:
    """u' = w f(u), which a consistent scheme follows: w is the time in which a step of 1 moves it, one a component.

    Raises AnalysisError where there is no such equation, and of a field without the halves that a scheme steps.
    """
    moved, halves = speeds(scheme), parts(scheme, f)
    weights = np.ones(len(f.start))
    for w, half in zip(moved, halves, strict=True):
        weights[list(half)] = float(w)
    function = f.function()
    return lambda u: weights * function(u)


def between(h: float, steps: int, shown: Sequence[int] | Array, least: int = 400) -> tuple[Array, Array]:
    """Times for a smooth curve over all steps, the shown t_n among them, and the indices of these."""
    own = h * np.asarray(shown, float)
    smooth = np.linspace(0, h * steps, least + 1)
    times = np.unique(np.concatenate([own, smooth]))
    return times, np.searchsorted(times, own)
