"""The exponent of a power law from a few noisy numbers: its interval, whether that decides, and whether a law holds."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import log, sqrt

import numpy as np

from analysis.stochastic.sampling import Array

SLOPES = np.arange(-2 * 128, 8 * 128 + 1) / 128  # candidates
SPACING = Fraction(1, 2)  # of weak orders
NEAR = 1 / 16  # how far an order may be from the interval: terms beyond the next one
NEXT = 0.75  # the next term of the expansion, as a part of the first, at the coarsest level that is used: at most
STEPS = (0.5, 1.0)  # powers of h from the first term to the next
REST = 0.01  # all further terms, as a part of D
FEWEST = 4  # levels, so that one is left to test the expansion
BENT = 0.01  # significance at which levels are said to follow no such expansion


@dataclass(frozen=True)
class Exponent:
    """β of D_l ~ C 2^(-β l) from levels `first`, first + 1, …; fits: their errors allow for such an expansion."""

    slope: float
    low: float
    high: float
    first: int
    fits: bool

    @property
    def order(self) -> Fraction | None:
        """The multiple of 1/2 above 0 in the interval, or very near, if all of it is nearer to it than to others."""
        order = round(self.slope / SPACING) * SPACING
        alone = order - SPACING / 2 < self.low and self.high < order + SPACING / 2
        near = self.low - NEAR <= order <= self.high + NEAR
        return order if self.fits and alone and near and order > 0 else None


def exponent(D: Array, errors: Array, confidence: float = 0.95) -> Exponent:
    """The exponent of D_l = 2^(-β l) (C + c 2^(-q l)) from independent normal estimates with known standard errors.

        χ²(β) = min Σ (D_l - 2^(-β l) (C + c 2^(-q l)))²/s_l²  over C, |c| <= 3 |C|/4, q = 1/2 or 1
        interval: χ²(β) - min χ² <= the quantile of χ² with 1 degree of freedom

    Of two levels and c = 0 this is Fieller's interval of a ratio, exact for any errors: no logarithm of a noisy number
    is taken, and a D that may be 0 gives an infinite interval. c keeps levels that are not asymptotic yet from a short
    interval about a wrong order; further terms count as errors of 1 % of D. The coarsest levels are left out, down to
    four, while min χ² says that no such expansion holds.
    Source: Fieller, J. R. Stat. Soc. B 16 (1954) 175–185; Seber, Wild, Nonlinear Regression, 5.9 (profiles).
    """
    from scipy.stats import chi2

    errors = np.hypot(errors, REST * D)
    for first in range(max(len(D) - FEWEST + 1, 1)):
        misfit = profile(D[first:], errors[first:])
        fits = bool(misfit.min() <= chi2.ppf(1 - BENT, max(len(D) - first - 3, 1)))
        if fits:
            break
    inside = SLOPES[misfit - misfit.min() <= chi2.ppf(confidence, 1)]
    low = -np.inf if inside[0] == SLOPES[0] else inside[0]
    high = np.inf if inside[-1] == SLOPES[-1] else inside[-1]
    return Exponent(float(SLOPES[misfit.argmin()]), float(low), float(high), first, fits)


def profile(D: Array, errors: Array) -> Array:
    """χ²(β) at each candidate; C is solved for, c/C and q are tried."""
    m = shapes(len(D)) / errors
    x = D / errors
    misfit: Array = np.sum(x**2) - np.max((m @ x) ** 2 / np.sum(m**2, axis=-1), axis=-1)
    return misfit


@lru_cache(maxsize=16)
def shapes(levels: int) -> Array:
    """2^(-β l) (1 + c 2^(-q l)) by β, by c and q, and by l."""
    l = np.arange(levels)
    next_term = np.concatenate([np.outer(np.linspace(-NEXT, NEXT, 25), np.exp2(-q * l)) for q in STEPS])
    found: Array = np.exp2(-np.outer(SLOPES, l))[:, None, :] * (1 + next_term)
    return found


def spread(relative: Array) -> float:
    """The standard error of β by the delta method, from relative errors of levels; c of the size NEXT.

    log D_l = log C - β l log 2 + c 2^(-l/2)
    """
    l = np.arange(len(relative))
    slopes = np.stack([np.ones(len(l)), -l * log(2), np.exp2(-STEPS[0] * l)], axis=1)
    information = slopes.T @ (slopes / np.hypot(relative, REST)[:, None] ** 2)
    information[2, 2] += 1 / NEXT**2
    return sqrt(np.linalg.inv(information)[1, 1])
