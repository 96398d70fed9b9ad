"""The modified equation on u' = λu, from the principal root alone: operator schemes have one as well."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from typing import Any

from analysis.differentials import TEXT
from analysis.errors import AnalysisError
from analysis.orders import principal_root
from analysis.terms import power_of_step, product
from schemes import Scheme


def linear_equation(scheme: Scheme, order: int) -> tuple[Any, ...]:
    """(c_1, …, c_order) of u' = Σ_n c_n h^(n-1) λ^n u, whose flow over h is the principal root: log ζ(z) = Σ c_n z^n.

    c_n is b of the tall tree of n nodes where there is a B-series, summed over the fields where there are several.
    Exact and symbolic in the parameters, random coefficients at their means.
    Raises AnalysisError as `principal_root` does, and for an order below 1.
    Source: numerics.md section 4; Hairer, Lubich, Wanner, Geometric Numerical Integration, IX.1.
    """
    if order < 1:
        raise AnalysisError(f"{scheme.name}: a modified equation to order {order} has no term, ask for 1 or more")
    zeta = list(islice(principal_root(scheme), order + 1))
    c: list[Any] = [Fraction(0)]
    for n in range(1, order + 1):  # ζ' = ζ (log ζ)': n ζ_n = Σ_m m c_m ζ_(n-m)
        c.append(zeta[n] - sum((m * c[m] * zeta[n - m] for m in range(1, n)), Fraction(0)) / n)
    return tuple(c[1:])


def linear_text(scheme: Scheme, order: int) -> str:
    """The same as a line, u' = λ u - 1/2 h λ^2 u + O(h^2). Raises AnalysisError as `linear_equation` does."""
    text = "u' = "
    for n, c in enumerate(linear_equation(scheme, order), start=1):
        if c != 0:
            factors = [power_of_step(n - 1, TEXT), f"λ^{n}" if n > 1 else "λ", "u"]
            term = product(TEXT.coefficient(c), " ".join(filter(None, factors)))
            text += f"- {term[1:]} " if n > 1 and term[0] == "-" else f"+ {term} " if n > 1 else f"{term} "
    return f"{text}+ O({power_of_step(order, TEXT)})"
