"""The points of a scheme beside the exact flow, their distance from it, and what the flow conserves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.systems import Array
from analysis.trajectories import speeds
from odenets.explorer.acting.finite import kept, number, plain
from odenets.explorer.acting.flowing import between, exact_field, flowed
from odenets.explorer.acting.problems import FLOWS
from odenets.explorer.acting.setting import Setting, read_setting
from odenets.explorer.acting.trails import trail
from odenets.explorer.acting.windows import axes, curve, inside, window
from odenets.explorer.designs import fixed
from schemes import Scheme

NEAR = 5  # times 1 + |u_0|


def act(scheme: Scheme, options: Mapping[str, Any]) -> dict[str, Any]:
    """The points u_n of a scheme on a toy problem, the exact flow, errors and invariants over time t_n = nh.

    options     problem, h, steps, start, seed
    points      {"x", "y"} in the plane that is drawn, null outside of its window; `shown` are their n
    exact       {"x", "y", "t"}, or null; u' = w f(u), w as `speed` says
    errors      max_i |u_n - u(t_n)|_i
    invariants  I(u_n) - I(u_0) of each
    at          the parameters that nobody fixed, at their usual values
    says        sentences: what was cut and what cannot be had
    Raises OdenetsError for wrong options, AnalysisError and SchemeError where no step can be made.
    """
    setting = read_setting(options, FLOWS)
    random = bool(scheme.role("random"))
    scheme, at = fixed(scheme)
    scheme = scheme.mean()
    found = trail(scheme, setting)
    shown = kept(len(found.points) - 1)
    points, times = found.points[shown], setting.step * shown
    says = [found.says] if found.says else []
    try:
        smooth, own, flow, reason = exact(scheme, setting, shown)
        speed = [str(w) for w in speeds(scheme)]
        errors = np.max(np.abs(points - flow[own]), axis=1)
        if reason:
            says.append(f"The exact flow is not shown to the end: {reason}.")
    except AnalysisError as error:
        smooth, flow, speed, errors = times, None, [], np.full(len(times), np.nan)
        says.append(f"There is no exact flow to compare with: {error}.")
    drawn = axes(setting.problem, times, points)
    exactly = None if flow is None else axes(setting.problem, smooth, flow)
    box = window(exactly, drawn)
    if np.any(np.isnan(clipped := inside(drawn, box))):
        first = int(shown[np.flatnonzero(np.isnan(clipped[0]))[0]])
        says.append(f"The points leave the picture at step {first}, t = {first * setting.step:.3g}.")
    x, y = setting.problem.drawn
    return {
        "problem": setting.problem.name,
        "scheme": scheme.name,
        "h": str(setting.h),
        "step": number(setting.step),
        "steps": setting.steps,
        "random": random,
        "range": list(setting.problem.reach),
        "formula": setting.problem.formula,
        "at": at,
        "speed": speed,
        "says": says,
        "plane": {"x": x, "y": y, "window": {"x": plain(box[:, 0]), "y": plain(box[:, 1])}},
        "shown": shown.tolist(),
        "times": plain(times),
        "points": {"x": plain(clipped[0]), "y": plain(clipped[1])},
        "exact": None if exactly is None else curve(inside(exactly, box), smooth),
        "errors": plain(errors),
        "invariants": invariants(setting, np.where(near(points)[:, None], points, np.nan)),
    }


def exact(scheme: Scheme, setting: Setting, shown: Array) -> tuple[Array, Array, Array, str]:
    """Times, which of them are the shown t_n, the exact flow there, and why it ends early, or ""."""
    f = setting.problem.field
    smooth, at = between(setting.step, setting.steps, shown)
    return smooth, at, *flowed(exact_field(scheme, f), np.array(f.start, float), smooth)


def near(points: Array) -> Array:
    """Whether each point is as near as flows go: the drift of an invariant at a point that is lost says nothing."""
    size = np.linalg.norm(points, axis=1)
    return np.asarray(size <= NEAR * (1 + size[0]))


def invariants(setting: Setting, points: Array) -> list[dict[str, Any]]:
    """The drift of each invariant along the points."""
    found = []
    with np.errstate(all="ignore"):
        for name, value in setting.problem.field.conserved().items():
            values = np.array([float(value(u)[0]) for u in points])
            found.append({"name": name, "drift": plain(values - values[0])})
    return found
