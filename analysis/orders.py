"""Order, effective step and error constant of a scheme, exactly and over all its trees.

The limit equation is u' = Σ_c w_c f_c with the weights w_c = Φ(node of colour c): 1 each for a consistent scheme,
1/(1+k) for LM-ResNet, ½ and ½ for the mean of Shake-Shake. Order p is order towards that equation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from itertools import count, islice
from math import factorial
from typing import Any

from analysis.enumeration import number_of_trees as number_of_trees
from analysis.enumeration import refuse_too_many
from analysis.errors import AnalysisError
from analysis.series import certain_series, underlying
from analysis.structure import certain_table, component, dot
from analysis.weights import classical, runge_kutta_order
from schemes import Scheme

MOST_TREES = 5000  # of an order: 4766 at order 12, which take a second; 12486 at order 13


@lru_cache(maxsize=256)
def order(scheme: Scheme) -> int:
    """The largest p with Φ(t) = Π w / γ(t) for |t| ≤ p, that is b(t) = 0 for 2 ≤ |t| ≤ p; in every parameter.

    Random coefficients at their means. Raises AnalysisError for an operator scheme (it has `linear_order`), no start
    vector, a multiple principal root, weights that are all 0, too many trees
    to ask one by one, and a table that is exact: u' = u + h f(v), v' = v.
    A rounded table has the order that some table within its tolerance may have (docs/decisions/0005).
    Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, III.1, IX.9; numerics.md section 5.
    """
    if classical(scheme) and (p := runge_kutta_order(scheme)):
        return p
    series = certain_series(scheme)
    effective_weights(scheme)
    highest = highest_order(scheme)
    for p in range(1, highest + 1):
        refuse_too_many(scheme.name, p + 1, series.structure.grammar)
        if any(series.field[t] != 0 for t in series.trees(p + 1)):
            return p
    raise AnalysisError(f"{scheme.name} has no finite order: it is exact on all trees to order {highest + 1}")


def highest_order(scheme: Scheme) -> int:
    """(r+1)(s+1) - 2, what s stages and r states cannot exceed; 2s for Runge–Kutta, which Gauss schemes attain.

    det(ζI - M(z)) is a polynomial of degrees r in ζ and s in z; at ζ = e^(wz) it vanishes to z^((r+1)(s+1)-1) at most.
    Source: Hermite 1873; Mahler, Perfect systems, Compositio Math. 19 (1968) 95–166 (exponentials are such a system).
    """
    return (len(scheme.V) + 1) * (scheme.stages + 1) - 2


def effective_weights(scheme: Scheme) -> dict[str, Any]:
    """{field: w}, the limit equation u' = Σ w_c f_c; a field without influence on the mean scheme is left out.

    Raises AnalysisError as `order` does. Source: numerics.md section 4, ψ_0.
    """
    series = underlying(scheme)
    weights = dict(zip(series.structure.names, (series.field[t] for t in series.trees(1)), strict=True))
    if all(w == 0 for w in weights.values()):
        raise AnalysisError(f"{scheme.name} is inconsistent: its weights on the field sum to 0, it follows u' = 0")
    return weights


def effective_step(scheme: Scheme) -> Any:
    """w, the time in units of h that a step advances u' = f(u): n steps reach n w h; 1/(1+k) for LM-ResNet.

    Raises AnalysisError as `order` does, and where the fields have different weights.
    """
    weights = effective_weights(scheme)
    if len(set(weights.values())) > 1:
        each = ", ".join(f"{name}: {w}" for name, w in weights.items())
        raise AnalysisError(f"{scheme.name} weights its fields differently ({each}): see effective_weights")
    return next(iter(weights.values()))


def error_constant(scheme: Scheme) -> Any:
    """C of ζ(z) = exp(wz) - C (wz)^(p+1) + …, the leading error on u' = λu, p the order.

    Of a multistep scheme it is C_(p+1)/σ(1), and u' = f - C H^p u^(p+1) + … for every f, H the effective step.
    Raises AnalysisError as `order` does, and for a partitioned scheme.
    Source: Hairer, Nørsett, Wanner, Solving ODEs I, (III.2.13); Hairer, Wanner, Solving ODEs II, (IV.3.5).
    """
    p = linear_order(scheme) if scheme.operator else order(scheme)
    coefficients = list(islice(principal_root(scheme), p + 2))
    return Fraction(1, factorial(p + 1)) - coefficients[p + 1] / coefficients[1] ** (p + 1)


def embedded_order(scheme: Scheme) -> int | None:
    """The order of the scheme with its embedded weights; None if it has none.

    0 where they advance another time than the scheme: the two results then differ by O(h) for every f.
    Raises AnalysisError as `order` does.
    """
    if scheme.embedded is None:
        return None
    second = replace(scheme, B=(scheme.embedded, *scheme.B[1:]), embedded=None)
    p, other = order(second), effective_weights(second)
    return 0 if any(w != other.get(c, 0) for c, w in effective_weights(scheme).items()) else p


def linear_order(scheme: Scheme) -> int:
    """The largest p with ζ(z) = exp(w z) + O(z^(p+1)), ζ the principal eigenvalue of M(z).

    All fields stand for the same λu; works for operator schemes, where R(z) = ζ(z).
    Raises AnalysisError as `principal_root` does. Source: numerics.md sections 5 and 8.
    """
    coefficients = eigenvalue(scheme)
    _, w = next(coefficients), next(coefficients)
    return next(n for n, c in enumerate(coefficients, start=1) if c != w ** (n + 1) / factorial(n + 1))


def principal_root(scheme: Scheme) -> Iterator[Any]:
    """ζ_0 = 1, ζ_1 = w, ζ_2, … of the eigenvalue ζ(z) = Σ ζ_n z^n of M(z) = V + zB(I - zA)⁻¹U with ζ(0) = 1.

    Random coefficients at their means; of a rounded table the numbers that are meant.
    Raises AnalysisError where there is no start vector, 1 is not a simple eigenvalue of V (partitioned schemes), or
    w = 0. Source: numerics.md section 5 on u' = λu.
    """
    coefficients = eigenvalue(scheme)
    if not scheme.tolerance:
        return coefficients
    from analysis.balls import plain

    return map(plain, coefficients)


def simplest(x: Any) -> Any:
    """The number that a ball is meant to be."""
    from analysis.balls import plain

    return plain(x)


def eigenvalue(scheme: Scheme) -> Iterator[Any]:
    """ζ_n as `principal_root` has them, of a rounded table in balls, exact to the order that it is meant to have.

    M(z) S(z) = ζ(z) S(z) is solved by powers of z, one bordered system each.
    """
    scheme = certain_table(scheme)
    part = component(scheme, tuple(range(len(scheme.V))))
    assert part is not None  # the first state is in it
    zeta, states, met = [Fraction(1)], [part.fixed], bool(scheme.tolerance)
    yield zeta[0]
    stages = tuple(dot(row, part.fixed) for row in scheme.U)
    for n in count(1):
        right = [
            dot(row, stages) - sum((zeta[m] * states[n - m][j] for m in range(1, n)), Fraction(0))
            for j, row in enumerate(scheme.B)
        ]
        *state, coefficient = (dot(row[:-1], right) for row in part.inverse)
        if met:
            exponential = simplest(coefficient) if n == 1 else zeta[1] ** n / factorial(n)
            met = coefficient == exponential
            coefficient = exponential if met else coefficient
        zeta.append(coefficient)
        states.append(tuple(state))
        stages = tuple(dot(u, state) + dot(a, stages) for u, a in zip(scheme.U, scheme.A, strict=True))
        if zeta[1] == 0:
            raise AnalysisError(f"{scheme.name} is inconsistent: its weights on the field sum to 0, it follows u' = 0")
        yield coefficient
