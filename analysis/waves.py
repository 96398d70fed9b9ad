"""Numerical dissipation and dispersion: what a scheme makes of each wave of a linear field, constant coefficients."""

from __future__ import annotations

from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.orders import principal_root
from analysis.stability import fixed, numerical_matrix
from schemes import Scheme

Array = Any
PATH = 64  # points on the way from 0 to z along which the principal root is followed


def wave_rates(scheme: Scheme, rates: Any, H: float) -> Array:
    """log ζ(z)/H for each rate λ, z = Hλ/w: how u' = λu grows (real part) and turns (imaginary) under a scheme.

    H = w h is the effective step, so that schemes are compared at equal time a step. Exact would be λ; the first
    deviation is (c_2/w²) H λ², a second derivative in time: c_2/w² = -(1-k)/(2(1+k)) for LM-ResNet. ζ is followed
    from ζ(0) = 1 along the segment to z. Raises AnalysisError for free parameters, and as `principal_root`.
    Source: Trefethen, Group velocity in finite difference schemes, SIAM Review 24 (1982) 113–136; numerics.md 7.
    """
    scheme = fixed(scheme)
    if not H > 0:
        raise AnalysisError(f"{scheme.name}: an effective step of {H} is none, take H > 0")
    root = principal_root(scheme)
    _, w = next(root), float(next(root))
    z = H / w * np.asarray(rates, complex).reshape(-1)
    zeta, turned = np.ones_like(z), np.zeros(z.shape)
    for s in np.linspace(0, 1, PATH + 1)[1:]:
        roots = np.linalg.eigvals(numerical_matrix(scheme, s * z))
        nearest = roots[np.arange(len(z)), np.abs(roots - zeta[:, None]).argmin(axis=1)]
        turned = turned + np.angle(nearest * zeta.conj())
        zeta = nearest
    with np.errstate(divide="ignore"):
        return np.log(np.abs(zeta)) / H + 1j * (turned / H)
