"""Families of any order, computed exactly."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from schemes.algebra import average, compose
from schemes.builders import formula, multistep
from schemes.errors import SchemeError
from schemes.linear import solve
from schemes.parameters import Parameter, learned
from schemes.scheme import Scheme
from schemes.starting import EULER
from schemes.symbols import symbol


def adams_bashforth(steps: int) -> Scheme:
    """u[n+1] = u[n] + h Σ_j β_j f[n-j], order = steps: the β integrate polynomials of degree < steps exactly.

    Σ_j β_j (-j)^(q-1) = 1/q for q = 1 … steps. Source: Bashforth, Adams 1883; Hairer, Nørsett, Wanner I, III.1.
    """
    require(steps >= 1, f"adams_bashforth({steps}): steps must be at least 1")
    powers = [[Fraction(-j) ** q for j in range(steps)] for q in range(steps)]
    beta = solve(powers, [[Fraction(1, q + 1)] for q in range(steps)])
    assert beta is not None  # Vandermonde with distinct nodes
    alpha = [0] * (steps - 1) + [-1, 1]
    return multistep(
        f"ab{steps}",
        alpha,
        [*[x for (x,) in reversed(beta)], 0],
        source="Hairer, Nørsett, Wanner, Solving ODEs I, (III.1.5)",
    )


def full_history(steps: int, weight: Any = None) -> Scheme:
    """u[n+1] = (1 - Σ_j k_j) u[n] + Σ_j k_j u[n-j] + h f(u[n]), j = 1 … steps - 1; the weights sum to 1.

    `steps` of 1 is Euler and of 2 is the paper's two-step scheme; the scheme with one step less fills the history.
    """
    require(steps >= 1, f"full_history({steps}): steps must be at least 1")
    start = weight or learned(0)
    k = [symbol(f"k{j}") for j in range(1, steps)]
    declared = tuple(Parameter(f"k{j}", start.kind, start.value, start.per) for j in range(1, steps))
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
    require(1 <= columns <= 8, f"fractalnet({columns}): columns must be at least 1 and at most 8, which are 128 stages")
    identity = formula("identity", lambda f, u: u)
    scheme = EULER
    for _ in range(columns - 1):
        scheme = average([identity, compose(scheme, scheme)])
    return replace(scheme, name=f"fractal{columns}", source="Larsson, Maire, Shakhnarovich 2017, (1)")


def require(condition: bool, sentence: str) -> None:
    if not condition:
        raise SchemeError(sentence)
