"""What of points and curves is drawn: the plane, and a window that holds the flow though points may leave it."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.systems import Array
from odenets.explorer.acting.finite import plain
from odenets.explorer.acting.problems import Problem

WIDER = 2.0  # times the half extent of the flow: how far points are followed
MARGIN = 0.06
Box = Array  # (low, high) a row, an axis a column


def axes(problem: Problem, times: Array, points: Array) -> Array:
    """The two coordinates that are drawn, an array 2 × samples."""
    if problem.plane is None:
        return np.array([times, points[:, 0]])
    return points[:, list(problem.plane)].T


def curve(drawn: Array, times: Array) -> dict[str, Any]:
    """{"x", "y", "t"} of a curve."""
    return {"x": plain(drawn[0]), "y": plain(drawn[1]), "t": plain(times)}


def window(flow: Array | None, points: Array) -> Box:
    """The extent of the flow and of those points that are near it; of the points where there is no flow."""
    box = extent(points if flow is None else flow)
    middle, half = box.mean(axis=0), np.maximum((box[1] - box[0]) / 2, 0.02)
    low, high = middle - WIDER * half, middle + WIDER * half
    near = np.all((points >= low[:, None]) & (points <= high[:, None]), axis=0)
    if flow is not None and np.any(near):
        other = extent(points[:, near])
        box = np.array([np.minimum(box[0], other[0]), np.maximum(box[1], other[1])])
    width = np.maximum(box[1] - box[0], 0.04)
    return np.array([box[0] - MARGIN * width, box[1] + MARGIN * width])


def extent(drawn: Array) -> Box:
    finite = drawn[:, np.all(np.isfinite(drawn), axis=0)]
    return np.array([finite.min(axis=1), finite.max(axis=1)])


def inside(drawn: Array, box: Box) -> Array:
    """The same, no number where a point is outside of the window."""
    seen = np.all((drawn >= box[0][:, None]) & (drawn <= box[1][:, None]), axis=0)
    return np.where(seen, drawn, np.nan)
