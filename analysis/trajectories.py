"""A scheme run on a field, the exact flow beside it, and the states that start a scheme on its smooth manifold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import count
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.manifolds import smooth_manifold
from analysis.orders import effective_weights
from analysis.structure import structure
from analysis.systems import Array, Field, States, joined, split, system
from schemes import Scheme, step
from schemes.interpreter import combine
from schemes.starting import initial, starter

PRECISION = 1e-12  # relative, of exact flows and of stage equations


# ---- a scheme's steps ----------------------------------------------------------------------------------------------


def trajectory(scheme: Scheme, f: Any, start: Any, h: float, steps: int) -> Array:
    """The points u_0, …, u_steps of a scheme with step size h, an array (steps + 1) × dimension.

    f      a `VectorField`, a callable on arrays, or {field name: callable}
    start  a point u_0, from which the scheme starts as usual, or its states, one array each, as `smooth_start` gives
    Implicit stage equations are solved to rounding. A scheme with several components reads the halves of f.
    Raises AnalysisError for free parameters, a field without halves, and stage equations that are not solved.
    """
    found = system(scheme, f)
    with np.errstate(over="ignore", invalid="ignore"):  # an unstable scheme's points are infinite in the end
        return np.array([joined(scheme, f, states) for states in run(scheme, found, begin(scheme, f, start), h, steps)])


def run(scheme: Scheme, fields: Mapping[str, Field], start: tuple[States, bool], h: float, steps: int) -> Iterator[Any]:
    """The states at each step; the second of `start` says that the history is still to be filled."""
    states, fresh = start
    scheme = scheme.mean()
    yield states
    for n in range(steps):
        table = starter(scheme, n) if fresh else scheme
        advance = step if table.explicit else implicit_step
        states = advance(table, fields, states, h)
        yield states


def begin(scheme: Scheme, f: Any, start: Any) -> tuple[States, bool]:
    """The states, and whether they are a bare start."""
    if np.ndim(start[0]) > 0:
        return tuple(np.asarray(x, float) for x in start), False
    return initial(scheme.mean(), *split(scheme, f, np.asarray(start, float))), True


def implicit_step(scheme: Scheme, fields: Mapping[str, Field], states: States, h: float) -> States:
    """One step of an implicit scheme: Y = U u + h A f(Y) solved by Powell's hybrid method from U u."""
    from scipy.optimize import root

    bases = [combine(zip(row, states, strict=True)) for row in scheme.U]
    ends = np.cumsum([base.size for base in bases])[:-1]
    called = [fields[name] for name in scheme.fields]

    def slopes(x: Array) -> list[Array]:
        return [h * g(Y) for g, Y in zip(called, np.split(x, ends), strict=True)]

    def residual(x: Array) -> Array:
        F = slopes(x)
        moved = [base + combine(zip(row, F, strict=True)) for base, row in zip(bases, scheme.A, strict=True)]
        return x - np.concatenate(moved)

    x = root(residual, np.concatenate(bases), tol=1e-15).x  # it reports "no progress" at rounding: look at the residual
    if not np.max(np.abs(residual(x))) <= 10 * PRECISION * (1 + np.max(np.abs(x))):
        raise AnalysisError(
            f"{scheme.name}: the stage equations have no solution near u at h = {h:g}, take a smaller h"
        )
    F = slopes(x)
    return tuple(
        combine([*zip(v, states, strict=True), *zip(b, F, strict=True)])
        for v, b in zip(scheme.V, scheme.B, strict=True)
    )


# ---- the exact flow ------------------------------------------------------------------------------------------------


def speeds(scheme: Scheme) -> tuple[Any, ...]:
    """w of each component, u' = w f(u): the weights of all fields that feed it, 2 where f and g both stand for f.

    Raises AnalysisError as `analysis.effective_weights` does.
    """
    weights, layout = effective_weights(scheme), structure(scheme)
    named = list(zip(layout.names, layout.colours, strict=True))
    return tuple(
        sum((weights[name] for name, c in named if c.feeds == n), Fraction(0)) for n in range(len(layout.components))
    )


def flow(field: Field, u0: Array, times: Array, calls: float = np.inf) -> Array:
    """The exact solution of u' = field(u), u(0) = u0, at ascending times ≥ 0: an array times × dimension.

    By scipy's DOP853 to 1e-12 relative. Raises AnalysisError where the solution ends before the last time, and where
    the field is called more than `calls` times, as a stiff one is.
    Source: Hairer, Nørsett, Wanner, Solving ODEs I, II.5 and II.10.
    """
    from scipy.integrate import solve_ivp

    times = np.asarray(times, float)
    if times.size == 0 or times[0] < 0 or np.any(np.diff(times) < 0):
        raise AnalysisError("the times of a flow must be ascending and at least 0, give one or more")
    u0 = np.asarray(u0, float)
    if times[-1] == 0:
        return np.tile(u0, (len(times), 1))
    # beyond this distance a solution is lost; a quadratic field reaches it in finite time
    lost = 1e6 * (1 + np.linalg.norm(u0))

    def far(_: float, u: Array) -> float:
        return float(lost - np.linalg.norm(u))

    called = count(1)

    def counted(_: float, u: Array) -> Array:
        if next(called) > calls:
            raise AnalysisError(
                f"the flow to t = {times[-1]:g} takes more than {calls} values of the field, ask for a shorter time"
            )
        return field(u)

    far.terminal = True  # type: ignore[attr-defined]
    with np.errstate(over="ignore", invalid="ignore"):
        found = solve_ivp(
            counted, (0, times[-1]), u0, "DOP853", t_eval=times, rtol=PRECISION, atol=PRECISION / 100, events=far
        )
    if found.status != 0:
        raise AnalysisError(f"the flow ends before t = {times[-1]:g} (it leaves every bound), ask for a shorter time")
    return found.y.T


# ---- the smooth manifold -------------------------------------------------------------------------------------------


def smooth_start(scheme: Scheme, f: Any, u0: Array, h: float, order: int) -> States:
    """The states S(u0) = Σ_t h^|t|/σ(t) S(t) F(t)(u0) to an order: from them a scheme has no parasitic components.

    f is a `VectorField`. The first steps then follow the modified equation up to O(h^(order+1)).
    Raises AnalysisError as `analysis.underlying_map` does. Source: Hairer, Lubich, Wanner, XV.8.
    """
    return smooth_manifold(scheme, f, order)(np.asarray(u0, float), h)
