"""Random coefficients as functions of standard normal numbers z: F⁻¹(Φ(z)), so that two step sizes share one path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from schemes.brownian import OWN
from schemes.laws import Distribution, Normal, StudentT, Uniform
from schemes.parameters import Parameter

Array = NDArray[np.float64]
Draws = dict[str, Array]
AREA = Fraction(1, 12)  # the variance of ζ = I_(1,0)/h^(3/2) - ξ/2


def quantile(law: Distribution) -> Callable[[Array], Array]:
    """z ↦ F⁻¹(Φ(z)), monotone: a standard normal z becomes a number of this law.

    Raises AnalysisError for a law whose arguments are no numbers, and for one that is not of a single number.
    """
    arguments = list(vars(law).values())
    if odd := [x for x in arguments if not isinstance(x, Fraction)]:
        raise AnalysisError(f"{law} still depends on {odd[0]}: give it a number, for instance get(…, {odd[0]}=0.5)")
    match law, [float(x) for x in arguments]:
        case Normal(), [mu, sigma]:
            return lambda z: mu + sigma * z
        case Uniform(), [low, high]:
            return lambda z: low + (high - low) * normal_distribution(z)
        case StudentT(), [nu]:
            return lambda z: student_quantile(nu, z)
        case _ if law.points:
            return steps(law.points)
    raise AnalysisError(f"{law} is no law of one number and has no quantile: take a law that `schemes` draws alone")


def steps(points: Sequence[tuple[float, Fraction]]) -> Callable[[Array], Array]:
    """From one value to the next where Φ(z) passes the probability of those before."""
    values, chances = zip(*points, strict=True)
    cuts = [normal_quantile(float(p)) for p in accumulate(chances[:-1])]
    sizes = [after - before for before, after in pairwise(values)]
    return lambda z: sum((size * np.greater(z, cut) for size, cut in zip(sizes, cuts, strict=True)), values[0])


def normal_distribution(z: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(ndtr(z))


def normal_quantile(p: float) -> float:
    from scipy.special import ndtri

    return float(ndtri(p))


def student_quantile(nu: float, z: Array) -> Array:
    from scipy.special import stdtrit

    # by symmetry from the lower tail: Φ(z) rounds to 1 above 8
    return np.asarray(np.copysign(stdtrit(nu, normal_distribution(-np.abs(z))), z))


class CommonNumbers:
    """The random coefficients of a table: their normal numbers, how two steps make one, and what they are at last."""

    def __init__(self, parameters: Iterable[Parameter], size: int) -> None:
        """size: how many elements a path has. Raises AnalysisError as `quantile`, and for draws that are joint."""
        random = [p for p in parameters if p.kind == "random"]
        if joint := [p for p in random if p.value.together is not None]:
            raise AnalysisError(
                f"{joint[0].name} is drawn together with others, {joint[0].value}: Monte Carlo takes independent ones"
            )
        self.quantiles = {p.name: quantile(p.value) for p in random}
        # a path is a sample, and its batch has no other
        self.sizes = {p.name: size if p.per in OWN else 1 for p in random}
        self.areas = areas(random)

    def normals(self, generator: np.random.Generator, paths: int) -> Draws:
        """z for half of the paths and -z for the others: what is odd in the noise is averaged away.

        Their memory is ordered by element, as that of the states: paths are the inner loop.
        """
        found = {}
        for name, size in self.sizes.items():
            z = generator.standard_normal((size, paths // 2))
            found[name] = np.concatenate([z, -z], axis=1).T
        return found

    def merged(self, first: Draws, second: Draws) -> Draws:
        """z of the step that two make: (z₁ + z₂)/√2, as Brownian increments add.

        Of a double integral, ζ = (ξ₁ - ξ₂)/(4√2) + (ζ₁ + ζ₂)/(2√2), which is that of the same path.
        Source: Kloeden, Platen, Numerical Solution of Stochastic Differential Equations, 10.4 (ΔZ = ∫∫ dW ds).
        """
        found = {name: (z + second[name]) * sqrt(0.5) for name, z in first.items()}
        for area, name in self.areas.items():
            between = sqrt(3 / 8) * (first[name] - second[name])
            found[area] = between + found[area] / 2
        return found

    def values(self, z: Draws) -> Draws:
        """The coefficients themselves."""
        return {name: self.quantiles[name](x) for name, x in z.items()}


def areas(random: Iterable[Parameter]) -> Mapping[str, str]:
    """The normal coefficients of variance 1/12, each with a standard normal one that is drawn as often.

    Any such pair may be merged as a double integral and its increment: the law is right, whatever they are.
    """
    normal = [p for p in random if isinstance(p.value, Normal) and p.value.mu == 0]
    increments = [p for p in normal if p.value.sigma == 1]
    near = [p for p in normal if abs(p.value.sigma**2 - AREA) < Fraction(1, 10**12)]
    return {p.name: q.name for p, q in zip(near, increments, strict=False) if p.per == q.per}
