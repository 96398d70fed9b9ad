"""Zero-stability: the roots of a scheme at h = 0, the verdict, and the parameter values for which it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate
from math import lcm
from typing import Any

from analysis.algebraic import Point, rational
from analysis.critical import critical_values
from analysis.errors import AnalysisError
from analysis.intervals import Interval, where
from analysis.power_bounded import power_bounded, schur
from analysis.stability import characteristic, fixed, minimal_polynomial, multiply
from analysis.structure import mended
from schemes import RationalFunction, Scheme, symbol
from schemes.symbols import by_powers
from schemes.writing import LONG

NEAR = 10  # times ε^(1/m), ε of the mean: how far the roots that rounding makes of an m-fold one are from it
MEAN = 1000  # tolerances: how far the mean of the roots that rounding makes of a multiple one is from it


@dataclass(frozen=True)
class Root:
    """An eigenvalue ζ of V: a Fraction, or where irrational complex to double precision.

    growth  λ with ζ(z) = ζ (1 + λ z + …) on u' = λu: a parasitic mode obeys v' = λ f'(u) v between its factors ζ.
            None for a multiple root and for 0.
    """

    value: Fraction | complex
    multiplicity: int
    growth: Fraction | complex | None


@dataclass(frozen=True)
class StableRange:
    """The values of a parameter for which a family is zero-stable, as disjoint ascending intervals."""

    parameter: str
    intervals: tuple[Interval, ...]

    def __str__(self) -> str:
        return f"for {self.parameter} in {' or '.join(map(str, self.intervals)) or 'no interval'}"


@dataclass(frozen=True)
class ZeroStability:
    """The roots, largest modulus first, and whether V^n stays bounded, or even converges (all roots but 1 inside)."""

    roots: tuple[Root, ...]
    stable: bool
    strictly_stable: bool

    @property
    def parasitic(self) -> tuple[Root, ...]:
        """The roots other than 1."""
        return tuple(root for root in self.roots if root.value != 1)

    @property
    def verdict(self) -> str:
        """The answer in words, with the root that decides."""
        if self.strictly_stable:
            return "zero-stable, all roots but 1 inside the unit circle"
        if self.stable:
            return "weakly stable, roots other than 1 on the unit circle"
        largest = max(abs(complex(root.value)) for root in self.roots)
        if largest > 1 + 1e-12:  # irrational roots are known to double precision
            return f"not zero-stable, a root of modulus {largest:.6g}"
        return "not zero-stable, a multiple root on the unit circle"


def zero_stability(scheme: Scheme) -> ZeroStability:
    """Roots of det(ζI - V), whether the powers of V are bounded (decided exactly), growth λ = wᵀBUv/(ζ wᵀv).

    Raises AnalysisError where parameters are left free (`zero_stable_range` treats one).
    Source: Butcher, Numerical Methods for ODEs, section 510; Hairer, Lubich, Wanner, XV.5.1 (growth parameters).
    """
    scheme = fixed(scheme)
    scheme = replace(scheme, V=mended(scheme)) if scheme.tolerance else scheme
    stable = bounded(scheme)
    return ZeroStability(roots(scheme), stable, stable and schur(exact(without_one(minimal_polynomial(scheme.V)))))


def bounded(scheme: Scheme) -> bool:
    """Whether V^n stays bounded; of a rounded table as far as digits tell."""
    if not scheme.tolerance:
        return power_bounded(scheme.V, rational(0))
    from analysis.boundaries import zero_stable

    return zero_stable(scheme)


def zero_stability_or_range(scheme: Scheme) -> ZeroStability | StableRange:
    """The zero-stability of a table of numbers; of one with a free parameter the values for which it holds."""
    symbols = tuple(scheme.mean().symbols)
    return StableRange(symbols[0], zero_stable_range(scheme)) if len(symbols) == 1 else zero_stability(scheme)


def exact(f: list[Any]) -> list[Any]:
    return [rational(0).number(c) for c in f]


def without_one(f: Any) -> list[Any]:
    """f/(ζ - 1) where 1 is a root, else f; coefficients ascending."""
    quotient, carry = [], Fraction(0)
    for c in reversed(f):
        carry += c
        quotient.append(carry)
    return list(f) if quotient.pop() != 0 else quotient[::-1]


def roots(scheme: Scheme) -> tuple[Root, ...]:
    """The eigenvalues of V with multiplicities and growth parameters; of a rounded table those that are meant."""
    z = symbol("z")
    moved = multiply(scheme.B, scheme.U)
    perturbed = tuple(
        tuple(v + z * m for v, m in zip(row, move, strict=True)) for row, move in zip(scheme.V, moved, strict=True)
    )
    P, drift = characteristic(scheme.V), [slope(c) for c in characteristic(perturbed)]
    derivative = [j * c for j, c in enumerate(P)][1:]

    def growth(x: Any) -> Any:
        return meant(-horner(drift, x) / (x * horner(derivative, x)), scheme.tolerance)

    found = rounded_roots(scheme, P) if scheme.tolerance else exact_roots(P)
    every = [Root(x, m, growth(x) if m == 1 and x != 0 else None) for x, m in found]
    return tuple(sorted(every, key=lambda root: descending(root.value)))


def exact_roots(P: list[Any]) -> Iterator[tuple[Any, int]]:
    """The roots of a polynomial over Q, coefficients ascending, and their multiplicities."""
    for factor, multiplicity in whole(P).factor()[1]:
        if factor.degree() == 1:
            yield Fraction(-int(factor[0]), int(factor[1])), multiplicity
        else:
            yield from ((complex(*middle(x)), multiplicity) for x, _ in factor.complex_roots())


def rounded_roots(scheme: Scheme, P: list[Any]) -> Iterator[tuple[Any, int]]:
    """The roots of det(ζI - V) that are meant: m of them are one where some V within the tolerance has it m-fold.

    Rounding by ε moves each of the m by about ε^(1/m), but their mean by about ε.
    """
    from flint import acb, acb_poly, arb, arb_mat

    from analysis.balls import raw, widened

    radius = arb(0, raw(MEAN * scheme.tolerance))
    balls = acb_poly(arb_mat([[raw(x) for x in row] for row in widened(scheme).V]).charpoly())
    derivatives = list(accumulate(P[2:], lambda p, _: p.derivative(), initial=balls))

    def multiple(cluster: list[Any]) -> bool:
        x = mean(cluster)
        at, reach = acb(x.real + radius, x.imag + radius), float(MEAN * scheme.tolerance) ** (1 / len(cluster))
        near = all(abs(y - x).mid() < NEAR * reach for y in cluster)
        return near and all(p(at).contains(0) for p in derivatives[: len(cluster)])

    left = [x for x, m in whole(P).complex_roots() for _ in range(m)]
    while left:
        near = sorted(left, key=lambda x: float(abs(x - left[0]).mid()))
        count = next((m for m in range(len(near), 1, -1) if multiple(near[:m])), 1)
        yield number(*(meant(part, scheme.tolerance) for part in middle(mean(near[:count])))), count
        left = near[count:]


def whole(P: list[Any]) -> Any:
    """A polynomial over Q as a multiple with whole coefficients, of FLINT."""
    from flint import fmpz_poly

    scale = lcm(*(c.denominator for c in P))
    return fmpz_poly([int(c * scale) for c in P])


def middle(x: Any) -> tuple[Fraction, Fraction]:
    """The middle of a complex ball."""
    from analysis.balls import Ball, parts

    return parts(Ball(x.real))[0], parts(Ball(x.imag))[0]


def mean(cluster: list[Any]) -> Any:
    return sum(cluster[1:], cluster[0]) / len(cluster)


def number(real: Fraction, imaginary: Fraction) -> Fraction | complex:
    return real if imaginary == 0 and real.denominator <= LONG else complex(real, imaginary)


def meant(x: Any, tolerance: Fraction) -> Any:
    """The simplest number about a Fraction within the rounding of a mean of roots."""
    if not tolerance or not isinstance(x, Fraction):
        return x
    from analysis.balls import simplest

    return simplest(x, MEAN * tolerance)


def descending(x: Any) -> tuple[Any, ...]:
    """Largest modulus first, then the largest real part."""
    return -abs(x), -x.real, x.imag


def slope(c: Any) -> Fraction:
    """The coefficient of z in a polynomial of z."""
    if not isinstance(c, RationalFunction):
        return Fraction(0)
    return Fraction(by_powers(c.num, "z").get(1, {}).get((), 0), c.den[()])


def horner(f: list[Any], x: Any) -> Any:
    total = Fraction(0)
    for c in reversed(f):
        total = total * x + c
    return total


# ---- as a function of one parameter --------------------------------------------------------------------------------


def zero_stable_range(scheme: Scheme) -> tuple[Interval, ...]:
    """The values of the scheme's one free parameter for which it is zero-stable, as disjoint ascending intervals.

    Critical values are where a root of det(ζI - V) meets the unit circle or another root on it, and poles of the table;
    at each of them and once between them V is tested exactly. Ends are exact; LM-ResNet gives (-1, 1].
    Raises AnalysisError unless exactly one parameter is free: fix the others by scheme.at(…).
    """
    scheme = scheme.mean()
    if len(scheme.symbols) != 1:
        free = ", ".join(sorted(scheme.symbols)) or "none"
        raise AnalysisError(
            f"{scheme.name}: a range needs exactly one free parameter, free are {free}; "
            "fix the others by scheme.at(…), or ask zero_stability if none is free"
        )
    (name,) = scheme.symbols

    def stable(x: Point) -> bool:
        try:
            for entry in scheme.entries:
                x.at(entry, **{name: x.theta})
        except ZeroDivisionError:
            return False
        return power_bounded(scheme.V, x, **{name: x.theta})

    return where(critical_values(scheme.V, name, entries=scheme.entries), stable)
