"""The smooth and the parasitic part of what a multi-value scheme computes: states = S(y) + Σ_i u_i z_i."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.manifolds import smooth_manifold
from analysis.roots import Root, zero_stability
from analysis.structure import Structure, structure
from analysis.systems import system
from analysis.trajectories import begin, flow, run, speeds
from schemes import Scheme

Array = Any
SWEEPS = 60


@dataclass(frozen=True)
class Mode:
    """The parasitic component of one simple root ζ ≠ 0 at every step: the states hold u_i z_n, u_i of norm 1.

    values     z_n, an array (steps + 1) × dimension, complex where ζ is
    predicted  ζ^(n - m) z((n - m)h) of z' = λ f'(y) z along the smooth component, from z_m, where m is the first step
               that the scheme itself makes; not a number before
    """

    root: Root
    values: Array
    predicted: Array


@dataclass(frozen=True)
class Separation:
    """y_n, the smooth component; |states - S(y_n)|, the size of all the rest; and the modes that it consists of."""

    smooth: Array
    rest: Array
    modes: tuple[Mode, ...]


def separation(scheme: Scheme, f: Any, start: Any, h: float, steps: int, order: int = 5) -> Separation:
    """The states of a scheme from `start` separated into the smooth component and the parasitic ones.

        states_n = S(y_n) + Σ_i u_i z_n,   wᵀ states_n = wᵀ S(y_n),   z_n = w_iᵀ (states_n - S(y_n))/(w_iᵀ u_i)

    w, w_i are the left eigenvectors of V for 1 and ζ_i. f is a `VectorField`; S is known to O(h^(order+1)), and no
    component below that is meant. Roots 0 and multiple ones have no mode, what they carry is in `rest`.
    Raises AnalysisError for several components, and where S(y) cannot be solved for y (h too large).
    Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, XV.5.1 (multistep), XV.8 (general linear).
    """
    found = structure(scheme)
    if len(found.components) > 1:
        raise AnalysisError(f"{scheme.name} has several components: parasitic ones are separated for a single unknown")
    manifold = smooth_manifold(scheme, f, order)
    smooth, rests, begun = [], [], begin(scheme, f, start)
    for states in run(scheme, system(scheme, f), begun, h, steps):
        y = principal(found, manifold, states, h)
        smooth.append(y)
        rests.append(np.array(states) - np.array(manifold(y, h)))
    rest, y = np.array(rests), np.array(smooth)
    first = scheme.history if begun[1] else 0
    if first > steps:
        raise AnalysisError(f"{steps} steps only start {scheme.name}, take more than {first}")
    roots = [root for root in zero_stability(scheme).parasitic if root.growth is not None]
    modes = [mode(found, f, root, rest, y, h, first) for root in roots]
    return Separation(y, np.linalg.norm(rest, axis=(1, 2)), tuple(modes))


def principal(found: Structure, manifold: Callable[[Array, float], Any], states: Any, h: float) -> Array:
    """y with wᵀ S(y) = wᵀ states, by y ← y + wᵀ(states - S(y))/(wᵀ u): it contracts like O(h)."""
    (component,) = found.components
    w = np.array([float(x) for x in component.inverse[-1][:-1]])
    given = np.array(states)[list(component.states)]
    y = w @ given
    for _ in range(SWEEPS):
        move = w @ (given - np.array(manifold(y, h))[list(component.states)])
        y = y + move
        if np.max(np.abs(move)) <= 1e-15 * (1 + np.max(np.abs(y))):
            return y
    if not np.max(np.abs(move)) <= 1e-12 * (1 + np.max(np.abs(y))):
        raise AnalysisError(f"{found.scheme.name}: no smooth state belongs to u at h = {h:g}, take a smaller h")
    return y


def mode(found: Structure, f: Any, root: Root, rest: Array, y: Array, h: float, first: int) -> Mode:
    """The part of the rest along u_i, and the solution of its equation."""
    V = np.array([[float(x) for x in row] for row in found.scheme.V])
    zeta, growth = complex(root.value), complex(root.growth)  # type: ignore[arg-type]
    u, w = eigenvector(V, zeta), eigenvector(V.T, zeta)
    z = np.einsum("i,nid->nd", w, rest) / (w @ u)
    n = np.arange(len(rest) - first)
    predicted = np.full(z.shape, np.nan, complex)
    predicted[first:] = zeta ** n[:, None] * variational(
        f, float(speeds(found.scheme)[0]), growth, y[first], z[first], h * n
    )
    return Mode(root, z, predicted)


def eigenvector(V: Array, zeta: complex) -> Array:
    """Of norm 1; real for a real matrix and root."""
    return np.linalg.svd(V - zeta * np.eye(len(V)))[2][-1].conj()


def variational(f: Any, step: float, growth: complex, y0: Array, z0: Array, times: Array) -> Array:
    """z' = λ f'(y) z along y' = w f(y), real and imaginary part side by side."""
    from sympy import Matrix, lambdify

    slope = f.function()
    jacobian = lambdify([list(f.variables)], Matrix(f.expressions).jacobian(list(f.variables)), modules="numpy")
    d = len(y0)

    def field(x: Array) -> Array:
        y, z = x[:d], x[d : 2 * d] + 1j * x[2 * d :]
        v = growth * (jacobian(y) @ z)
        return np.concatenate([step * slope(y), v.real, v.imag])

    scale = max(float(np.linalg.norm(z0)), 1e-300)  # z is small: the solver's absolute tolerance is not
    x = flow(field, np.concatenate([y0, z0.real / scale, z0.imag / scale]), times)
    return scale * (x[:, d : 2 * d] + 1j * x[:, 2 * d :])
