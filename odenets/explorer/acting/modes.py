"""Parasitic modes step by step, as far as they can be told from the solution.

`analysis.separation` refuses the whole where one step fails; a visitor's h may be too large at any of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from analysis.errors import AnalysisError
from analysis.manifolds import smooth_manifold
from analysis.parasites import eigenvector, principal
from analysis.roots import Root, zero_stability
from analysis.structure import structure
from analysis.systems import Array, system
from analysis.trajectories import begin, run, speeds
from odenets.explorer.acting.flowing import flowed
from odenets.explorer.acting.setting import Setting
from schemes import Scheme

NEAR = 3.0  # times 1 + |u|: how far the smooth component may be from the point
LOST = 1e6  # times its start: beyond, a prediction is not followed


class Mode(NamedTuple):
    """z_n from the first step that is a scheme's own on, an array steps × dimension, and its prediction there."""

    root: Root
    values: Array
    predicted: Array


class Parted(NamedTuple):
    """The smooth component y_n and states - S(y_n), as far as they are told apart."""

    smooth: Array
    rest: Array


def roots(scheme: Scheme) -> list[Root]:
    """The simple parasitic roots but 0, one of two conjugate ones; they have modes."""
    found = [root for root in zero_stability(scheme).parasitic if root.growth is not None]
    return [root for root in found if complex(root.value).imag >= 0]


def parted(scheme: Scheme, setting: Setting, start: Any, steps: int, order: int) -> Parted:
    """The states from a start, S to an order taken away, up to the first step at which that cannot be done."""
    f, h, layout = setting.problem.field, setting.step, structure(scheme)
    manifold = smooth_manifold(scheme, f, order)
    smooth, rest = [], []
    with np.errstate(all="ignore"):
        for states in run(scheme, system(scheme, f), begin(scheme, f, start), h, steps):
            try:
                y = principal(layout, manifold, states, h)
            except AnalysisError:
                break
            if not np.linalg.norm(y - states[0]) <= NEAR * (1 + np.linalg.norm(states[0])):
                break
            smooth.append(y)
            rest.append(np.array(states) - np.array(manifold(y, h)))
    size = len(f.start)
    return Parted(np.array(smooth).reshape(-1, size), np.array(rest).reshape(-1, len(scheme.V), size))


def along(scheme: Scheme, root: Root, states: Array) -> Array:
    """z with states = Σ u_i z_i, by the left and right eigenvectors of V for this root."""
    V = np.array([[float(x) for x in row] for row in scheme.V])
    zeta = complex(root.value)
    u, w = eigenvector(V, zeta), eigenvector(V.T, zeta)
    return np.asarray(np.einsum("i,nid->nd", w, states) / (w @ u))


def predicted(scheme: Scheme, setting: Setting, root: Root, y0: Array, z0: Array, count: int) -> Array:
    """ζ^n z(nh) of z' = λ f'(y) z along y' = w f(y), from z_0, for n < count; no number beyond where it is lost.

    Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, XV.5.1.
    """
    from sympy import Matrix, lambdify

    f, step, size = setting.problem.field, float(speeds(scheme)[0]), len(y0)
    jacobian = lambdify([list(f.variables)], Matrix(f.expressions).jacobian(list(f.variables)), modules="numpy")
    slope, growth, scale = f.function(), complex(root.growth or 0), max(float(np.linalg.norm(z0)), 1e-300)

    def field(x: Array) -> Array:
        y, z = x[:size], x[size : 2 * size] + 1j * x[2 * size :]
        v = growth * (jacobian(y) @ z)
        return np.concatenate([step * slope(y), v.real, v.imag])

    n, begun = np.arange(count), np.concatenate([y0, z0.real / scale, z0.imag / scale])
    x, _ = flowed(field, begun, setting.step * n, LOST)
    with np.errstate(all="ignore"):
        factor = complex(root.value) ** n[:, None]
        return np.asarray(scale * factor * (x[:, size : 2 * size] + 1j * x[:, 2 * size :]))
