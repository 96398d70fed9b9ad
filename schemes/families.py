"""Families of any order, computed exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import comb
from typing import Any

from schemes.algebra import average, compose
from schemes.arguments import at_least
from schemes.builders import formula, multistep
from schemes.errors import SchemeError
from schemes.linear import solve
from schemes.parameters import Parameter, learned
from schemes.scheme import Scheme
from schemes.starting import EULER
from schemes.symbols import symbol


def adams_bashforth(steps: int) -> Scheme:
    """u[n+1] = u[n] + h Σ_j β_j f[n-j], order = steps: the β integrate polynomials of degree < steps exactly.

    Source: Bashforth, Adams 1883; Hairer, Nørsett, Wanner I, III.1.
    """
    at_least(1, "adams_bashforth", steps=steps)
    return interpolated(f"ab{steps}", range(0, -steps, -1), 0, "Hairer, Nørsett, Wanner, Solving ODEs I, (III.1.5)")


def adams_moulton(steps: int) -> Scheme:
    """u[n+1] = u[n] + h Σ_j β_j f[n+1-j], j = 0 … steps: implicit, order steps + 1; one step is the trapezoid.

    Source: Moulton 1926; Hairer, Nørsett, Wanner I, (III.1.8).
    """
    at_least(1, "adams_moulton", steps=steps)
    return interpolated(f"am{steps}", range(1, -steps, -1), 0, "Hairer, Nørsett, Wanner, Solving ODEs I, (III.1.8)")


def nystrom(steps: int) -> Scheme:
    """u[n+1] = u[n-1] + h Σ_j κ_j f[n-j], j = 0 … steps - 1: explicit; two steps are the leapfrog.

    Source: Nyström 1925; Hairer, Nørsett, Wanner I, (III.1.13).
    """
    at_least(2, "nystrom", steps=steps)
    return interpolated(f"nystrom{steps}", range(0, -steps, -1), -1, "Nyström 1925; HNW, Solving ODEs I, (III.1.13)")


def milne_simpson(steps: int) -> Scheme:
    """u[n+1] = u[n-1] + h Σ_j κ_j f[n+1-j], j = 0 … steps: implicit; two steps are Simpson's rule, order 4.

    Source: Milne 1926; Hairer, Nørsett, Wanner I, (III.1.15).
    """
    at_least(2, "milne_simpson", steps=steps)
    return interpolated(
        f"milne_simpson{steps}", range(1, -steps, -1), -1, "Milne 1926; HNW, Solving ODEs I, (III.1.15)"
    )


def interpolated(name: str, nodes: Sequence[int], left: int, source: str) -> Scheme:
    """u[n+1] = u[n+left] + h Σ_j β_j f[n+ν_j]: the integral from `left` to 1 of the polynomial through f at the nodes.

    Σ_j β_j ν_j^(q-1) = (1 - left^q)/q for q = 1 … number of nodes; the nodes descend by 1.
    """
    powers = [[Fraction(node) ** q for node in nodes] for q in range(len(nodes))]
    beta = solve(powers, [[Fraction(1 - left ** (q + 1), q + 1)] for q in range(len(nodes))])
    assert beta is not None  # Vandermonde with distinct nodes
    k = max(-nodes[-1], -left) + 1
    alpha, weights = [Fraction(0)] * (k + 1), [Fraction(0)] * (k + 1)
    alpha[k], alpha[k - 1 + left] = Fraction(1), Fraction(-1)
    for node, (x,) in zip(nodes, beta, strict=True):
        weights[k - 1 + node] = x
    return multistep(name, alpha, weights, source=source)


def bdf(steps: int) -> Scheme:
    """Σ_{j=1}^{steps} ∇^j u[n+1] / j = h f[n+1]: implicit, order steps; zero-stable up to six steps.

    Source: Curtiss, Hirschfelder 1952; Hairer, Nørsett, Wanner I, (III.1.22').
    """
    at_least(1, "bdf", steps=steps)
    alpha = [sum(Fraction((-1) ** i * comb(j, i), j) for j in range(max(i, 1), steps + 1)) for i in range(steps + 1)]
    source = "Curtiss, Hirschfelder 1952; Hairer, Nørsett, Wanner, Solving ODEs I, (III.1.22')"
    return multistep(f"bdf{steps}", alpha[::-1], [*[0] * steps, 1], source=source)


def full_history(steps: int, weight: Any = None) -> Scheme:
    """u[n+1] = (1 - Σ_j k_j) u[n] + Σ_j k_j u[n-j] + h f(u[n]), j = 1 … steps - 1; the weights sum to 1.

    `steps` of 1 is Euler and of 2 is the paper's two-step scheme; the scheme with one step less fills the history.
    weight: how the k_j are declared, learned(0) unless said. Raises SchemeError for one that is no parameter.
    """
    at_least(1, "full_history", steps=steps)
    start = learned(0) if weight is None else weight
    if not isinstance(start, Parameter):
        raise SchemeError(f"full_history: weight = {weight!r} is no parameter, declare it: learned(0), chosen('1/10')")
    k = [symbol(f"k{j}") for j in range(1, steps)]
    declared = tuple(replace(start, name=f"k{j}") for j in range(1, steps))
    alpha = [*[-x for x in reversed(k)], sum(k, Fraction(0)) - 1, 1]
    return multistep(
        f"full_history{steps}",
        alpha,
        [*[0] * (steps - 1), 1, 0],
        parameters=declared,
        start=full_history(steps - 1, start) if steps > 2 else None,
        source="Lu et al. 2018, section 2.2, with all lags",
    )


def fractal(columns: int) -> Scheme:
    """Φ_1 = Euler, Φ_{c+1} = ½ identity + ½ Φ_c∘Φ_c: the expansion rule of FractalNet with a plain first column.

    Two columns are Heun's scheme. Source: Larsson, Maire, Shakhnarovich 2017, (1); Lu et al. 2018, section 2.
    """
    at_least(1, "fractal", columns=columns)
    if columns > 8:
        raise SchemeError(
            f"fractal: columns = {columns} are {2 ** (columns - 1)} stages, take at most 8, which are 128"
        )
    identity = formula("identity", lambda f, u: u)
    scheme = EULER
    for _ in range(columns - 1):
        scheme = average([identity, compose(scheme, scheme)])
    return replace(scheme, name=f"fractal{columns}", source="Larsson, Maire, Shakhnarovich 2017, (1)")
