"""What a scheme does to an oscillation u' = iωu: numerical damping (dissipation) and phase error (dispersion).

The principal root is ζ(z) = exp(w z + Σ c_n z^n). At z = iy the even powers change the modulus, the odd ones the phase;
Y = w y is the true phase of a step. Source: van der Houwen, Sommeijer, SIAM J. Numer. Anal. 24 (1987) 595–617.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import takewhile
from math import inf
from typing import Any

from analysis.critical import curve
from analysis.errors import AnalysisError
from analysis.orders import eigenvalue, highest_order, principal_root
from analysis.stability import fixed, stability_matrix
from schemes import Scheme


def dispersion_order(scheme: Scheme) -> int:
    """q of the phase error Y - arg ζ(iy) = C Y^(q+1) + …; always finite. Random coefficients at their means.

    Raises AnalysisError where parameters are free and as `linear_order` does.
    """
    return leading(scheme, 1)[0] - 1


def dispersion_constant(scheme: Scheme) -> Any:
    """C of the phase error Y - arg ζ(iy) = C Y^(q+1) + …: positive where the oscillation lags behind."""
    n, c = leading(scheme, 1)
    return -c * (-1) ** (n // 2)


def dissipation_order(scheme: Scheme) -> int | float:
    """r of the amplitude error 1 - |ζ(iy)| = C Y^(r+1) + …; inf where |ζ(iy)| = 1 exactly.

    Random coefficients at their means. Raises AnalysisError where parameters are free and as `linear_order` does.
    """
    return inf if conserves(fixed(scheme)) else leading(scheme, 0)[0] - 1


def dissipation_constant(scheme: Scheme) -> Any:
    """C of the amplitude error 1 - |ζ(iy)| = C Y^(r+1) + …: positive where the oscillation is damped; 0 if r = inf."""
    if conserves(fixed(scheme)):
        return Fraction(0)
    n, c = leading(scheme, 0)
    return -c * (-1) ** (n // 2)


def leading(scheme: Scheme, parity: int) -> tuple[int, Any]:
    """The first n ≥ 2 of this parity with c_n ≠ 0, and c_n / w^n, a float where the table is rounded.

    There is one among the odd n: ζ(z) is algebraic, so ζ(z)/ζ(-z) is not exp(2wz). Of a rounded table c_n ≠ 0 is said
    where it is certain, and one is sought among the n ≤ 2 (r+1)(s+1): twice as far as ζ(z) can be exp(wz).
    Raises AnalysisError where a rounded table has none.
    """
    scheme = fixed(scheme)
    terms = enumerate(logarithm(eigenvalue(scheme)), start=1)
    _, w = next(terms)
    most = 2 * (highest_order(scheme) + 2)
    sought = takewhile(lambda term: term[0] <= most, terms) if scheme.tolerance else terms
    for n, c in sought:
        if n % 2 == parity and c != 0:
            return n, float(c / w**n) if scheme.tolerance else c / w**n
    raise AnalysisError(f"{scheme.name}: its errors on u' = iωu cannot be told from rounding: give exact entries")


def logarithm(series: Iterator[Any]) -> Iterator[Any]:
    """c_1, c_2, … of log Σ a_n z^n = Σ c_n z^n, a_0 = 1: n a_n = Σ_k k c_k a_(n-k)."""
    a, c = [next(series)], [Fraction(0)]
    for n, x in enumerate(series, start=1):
        a.append(x)
        c.append(x - sum((k * c[k] * a[n - k] for k in range(1, n)), Fraction(0)) / n)
        yield c[n]


def conserves(scheme: Scheme) -> bool:
    """Whether ζ(z) ζ(-z) = 1, ζ the principal root: that |ζ(iy)| is 1 as far as it is an analytic function.

    With φ(ζ, z) the characteristic polynomial of M(z), 1/ζ(-z) is a root of φ*(ζ, z) = ζ^r φ(1/ζ, -z). Only one branch
    of φ goes through (1, 0), so the two are the same function if and only if gcd(φ, φ*) vanishes there.
    """
    next(principal_root(scheme))  # refuses what has no principal root
    if scheme.tolerance:
        from analysis.boundaries import conserving

        return conserving(scheme)
    phi = curve(stability_matrix(scheme))
    r = phi.degree(phi.gens[0])
    star = {(r - j, k): c * (-1) ** k for (j, k), c in phi.terms()}
    return bool(phi.gcd(phi.from_dict(star, *phi.gens)).eval((1, 0)) == 0)
