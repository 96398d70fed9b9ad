"""What the start of a multi-value scheme does to its solution, to leading order: an offset and parasitic components."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from analysis.elementary import expression
from analysis.errors import AnalysisError
from analysis.roots import horner
from analysis.series import underlying_map
from analysis.stability import characteristic
from analysis.structure import Colour, Component, Structure, dot, structure
from analysis.trees import Key, key, tree
from schemes import Scheme, symbol
from schemes.starting import starter

Vector = tuple[Any, ...]


@dataclass(frozen=True)
class StartOffset:
    """The states after the start-up steps are S(y(mh)) + h Σ_t rest(t) F(t)(u_0) + O(h²), t the single nodes.

    offset  {node: c}: the smooth component starts at y(0) = u_0 + h Σ_t c(t) F(t)(u_0) + O(h²)
    first   m, the number of the first step that the scheme itself makes
    rest    {node: p}, p over the states; later states hold V^(n-m) p: u[n] = y(nh) + h Σ_t (V^(n-m) p(t))_1 F(t)(u_0)
    """

    scheme: Scheme
    offset: dict[Key, Any]
    first: int
    rest: dict[Key, Vector]

    @cached_property
    def parasites(self) -> dict[Key, dict[Any, Any]]:
        """{node: {ζ: z}}, u[n] = y(nh) + h Σ_t Σ_ζ ζ^n z(t, ζ) F(t)(u_0) + O(h²), over the simple roots ζ ≠ 0, 1 of V.

        A root is a Fraction, a rational function of the parameters, or where it is irrational complex. What roots 0
        carry is gone after some steps, what multiple ones carry has no factor ζ^n alone: both are in `rest` only.
        Raises AnalysisError where a root is no rational function of the parameters.
        """
        found = structure(self.scheme)
        feeds = {node(found, c): found.components[c.feeds] for c in found.colours}
        return {t: modes(found.scheme, feeds[t], p, self.first) for t, p in self.rest.items()}


def start_offset(scheme: Scheme) -> StartOffset:
    """What the start of a scheme, Euler steps until its history is full unless it says otherwise, leaves: O(h) terms.

        c(t) = wᵀ(x - m Φ(t) u - S(t)),   p(t) = x - m Φ(t) u - S(t) - c(t) u,   V u = u, wᵀ V = wᵀ, wᵀ u = 1

    u_0 u + h x F(t)(u_0) are the states at step m. Exact and symbolic in the parameters, random coefficients at their
    means. Of LM-ResNet: c = k/(1+k)², and z = -k/(1+k)² at the root -k.
    Raises AnalysisError as `modified_equation` does, SchemeError where the start scheme does not fit.
    Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, XV.5.1; numerics.md section 7.
    """
    found = structure(scheme)
    mean = found.scheme
    x, (powers, start) = begun(mean), underlying_map(scheme, 1)
    offset: dict[Key, Any] = {}
    rest: dict[Key, Vector] = {}
    for c in found.colours:
        part, t = found.components[c.feeds], node(found, c)
        r = [x[i] - mean.history * powers[t] * u - start[t][i] for i, u in zip(part.states, part.fixed, strict=True)]
        offset[t] = dot(part.inverse[-1][:-1], r)
        inside = {i: y - offset[t] * u for i, y, u in zip(part.states, r, part.fixed, strict=True)}
        rest[t] = tuple(inside.get(i, Fraction(0)) for i in range(len(mean.V)))
    return StartOffset(scheme, offset, mean.history, rest)


def node(found: Structure, colour: Colour) -> Key:
    """The key of the single node of a colour."""
    return key(tree((), found.colours.index(colour)), found.names)


def begun(scheme: Scheme) -> Vector:
    """x at the end of the start-up: x ← V x + B 1 from 0, table by table."""
    x: Vector = (Fraction(0),) * len(scheme.V)
    for n in range(scheme.history):
        table = starter(scheme, n)  # refuses a scheme of several stages: what has a history has a single colour
        x = tuple(dot(v, x) + sum(b, Fraction(0)) for v, b in zip(table.V, table.B, strict=True))
    return x


# ---- parasitic components ------------------------------------------------------------------------------------------


def modes(scheme: Scheme, part: Component, rest: Vector, first: int) -> dict[Any, Any]:
    """{ζ: z} with z = ζ^(-m) (χ(V) (V - ζ)⁻¹ p)_1/χ'(ζ), χ(ζ) = det(ζI - V) of one component."""
    V = tuple(tuple(scheme.V[i][j] for j in part.states) for i in part.states)
    chi = characteristic(V)
    derivative = [j * c for j, c in enumerate(chi)][1:]
    found = {}
    for zeta in simple_roots(scheme, chi):
        vector: Sequence[Any] = [Fraction(0)] * len(V)
        carry = Fraction(0)
        for c in chi[:0:-1]:  # synthetic division by ζ and Horner's rule in V at once
            carry = carry * zeta + c
            vector = [dot(row, vector) + carry * rest[i] for row, i in zip(V, part.states, strict=True)]
        found[zeta] = vector[0] / (horner(derivative, zeta) * zeta**first)
    return found


def simple_roots(scheme: Scheme, chi: Sequence[Any]) -> list[Any]:
    """The simple roots of Σ χ_j x^j other than 0 and 1; raises AnalysisError for those without a name."""
    from sympy import Dummy, Poly, factor_list, numer, together

    x = Dummy("x")
    roots: list[Any] = []
    for factor, multiplicity in factor_list(numer(together(sum(expression(c) * x**j for j, c in enumerate(chi)))))[1]:
        polynomial = Poly(factor, x)
        names = sorted(map(str, factor.free_symbols - {x}))
        if polynomial.degree() == 1 and multiplicity == 1:
            a, b = map(rational_function, polynomial.all_coeffs())
            roots.append(-b / a)
        elif polynomial.degree() > 1 and multiplicity == 1:
            if names:
                raise AnalysisError(
                    f"{scheme.name} has roots that are no rational functions of {' and '.join(names)}: "
                    f"fix them first, scheme.at({', '.join(f'{name}=…' for name in names)})"
                )
            roots += [complex(root) for root in polynomial.nroots(n=30)]
    return [root for root in roots if root not in (0, 1)]


def rational_function(polynomial: Any) -> Any:
    """A polynomial in the parameters with whole coefficients, from sympy."""
    from sympy import lambdify

    names = sorted(polynomial.free_symbols, key=str)
    return Fraction(1) * lambdify(names, polynomial)(*(symbol(str(name)) for name in names))
