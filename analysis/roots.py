"""Zero-stability: the roots of a scheme at h = 0, the verdict, and the parameter values for which it holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
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
    stable = power_bounded(scheme.V, rational(0))
    return ZeroStability(roots(scheme), stable, stable and schur(exact(without_one(minimal_polynomial(scheme.V)))))


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
    """The eigenvalues of V with multiplicities and growth parameters."""
    from sympy import Poly, Rational, Symbol

    z = symbol("z")
    moved = multiply(scheme.B, scheme.U)
    perturbed = tuple(
        tuple(v + z * m for v, m in zip(row, move, strict=True)) for row, move in zip(scheme.V, moved, strict=True)
    )
    P, drift = characteristic(scheme.V), [slope(c) for c in characteristic(perturbed)]
    derivative = [j * c for j, c in enumerate(P)][1:]
    found: list[Root] = []
    for factor, multiplicity in Poly([Rational(*c.as_integer_ratio()) for c in P[::-1]], Symbol("x")).factor_list()[1]:
        if factor.degree() == 1:
            a, b = (Fraction(int(c.p), int(c.q)) for c in factor.all_coeffs())
            values: list[Any] = [-b / a]
        else:
            values = [complex(x) for x in factor.nroots(n=30)]
        for x in values:
            simple = multiplicity == 1 and x != 0
            growth = -horner(drift, x) / (x * horner(derivative, x)) if simple else None
            found.append(Root(x, multiplicity, growth))
    return tuple(sorted(found, key=lambda root: descending(root.value)))


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
