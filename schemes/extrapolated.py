"""Extrapolation: one step by n_1 < n_2 < … small ones, and the results combined as if n were infinite."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from schemes.algebra import average, repeat, rescale
from schemes.arguments import at_least
from schemes.builders import formula
from schemes.compositions import without_history
from schemes.errors import SchemeError
from schemes.linear import solve
from schemes.scheme import Scheme, listed
from schemes.starting import EULER

Base = tuple[Callable[[int], Scheme], int, int]  # n substeps as one step, the lowest power of the error, their distance


def extrapolation(
    sequence: Sequence[int],
    base: str | Scheme = "euler",
    *,
    order: int | None = None,
    symmetric: bool = False,
    name: str = "",
) -> Scheme:
    """Σ_j w_j Φ^{n_j}_{h/n_j}, the last entry of the Aitken–Neville tableau over the step numbers n_j, as one table.

        Σ_j w_j = 1,  Σ_j w_j n_j^(-e) = 0  for the k - 1 lowest powers h^e of the error of Φ

    base       order         e
    "euler"    k             1, 2, …
    "gragg"    2k            2, 4, …      the modified midpoint rule, n even, smoothed by (y_{n-1} + 2y_n + y_{n+1})/4
    "midpoint" 2k            2, 4, …      the same without smoothing, a stage less for each n
    a scheme   p + k - 1     p, p + 1, …  its order p is given
    a scheme   p + 2k - 2    p, p + 2, …  its order p is given, and symmetric=True

    Stages that agree, such as f(u), are shared.
    Raises SchemeError unless the n_j are whole and increase, and are even for "gragg" and "midpoint"; for a scheme with
    history, and unless its order is at least 1, and even where it is symmetric.
    Source: Gragg 1965; Deuflhard 1985; Hairer, Nørsett, Wanner, Solving ODEs I, II.9.
    """
    sequence = tuple(listed("extrapolation", "sequence", sequence))
    if isinstance(base, str) and base not in BASES:
        raise SchemeError(f"extrapolation: base {base!r} is unknown, take {', '.join(BASES)} or a scheme")
    if isinstance(base, str) and (order is not None or symmetric):
        raise SchemeError(f"extrapolation: the errors of {base!r} are known, leave out order and symmetric")
    steps, first, apart = (
        BASES[base] if isinstance(base, str) else given(base, 1 if order is None else order, symmetric)
    )
    label = name or f"extrapolated_{base if isinstance(base, str) else base.name}_{'_'.join(map(str, sequence))}"
    check(label, sequence, even=steps in (gragg, midpoint))
    w = weights(sequence, [first + apart * j for j in range(len(sequence) - 1)])
    source = "Hairer, Nørsett, Wanner, Solving ODEs I, II.9"
    return replace(average([steps(n) for n in sequence], w, name=label), source=source)


def step_numbers(rule: str, count: int, even: bool = False) -> tuple[int, ...]:
    """The first step numbers by "harmonic" 1, 2, 3, 4, …, "romberg" 1, 2, 4, 8, … or "bulirsch" 1, 2, 3, 4, 6, 8, 12, …

    even: twice these, for Gragg's base. Raises SchemeError for another rule.
    Source: Hairer, Nørsett, Wanner, Solving ODEs I, II.9.
    """
    rules: dict[str, Callable[[list[int]], int]] = {
        "harmonic": lambda n: n[-1] + 1,
        "romberg": lambda n: 2 * n[-1],
        "bulirsch": lambda n: 2 * n[-2] if len(n) > 2 else n[-1] + 1,
    }
    if rule not in rules:
        raise SchemeError(f"step_numbers: the rule {rule!r} is unknown, take one of {', '.join(rules)}")
    at_least(1, "step_numbers", count=count)
    n = [1]
    while len(n) < count:
        n.append(rules[rule](n))
    return tuple(x * (1 + even) for x in n[:count])


# ---- parts ---------------------------------------------------------------------------------------------------------


def given(scheme: Scheme, order: int, symmetric: bool) -> Base:
    """A scheme as base, its order taken on trust."""
    without_history("extrapolation", scheme)
    at_least(1, "extrapolation", order=order)
    if symmetric and order % 2:
        raise SchemeError(f"extrapolation: order = {order} is odd, that of a symmetric scheme is even")
    return substeps(scheme), order, 1 + symmetric


def substeps(scheme: Scheme) -> Callable[[int], Scheme]:
    return lambda n: rescale(repeat(scheme, n), Fraction(1, n))


def gragg(n: int) -> Scheme:
    """y_1 = u + k f(u), y_{i+1} = y_{i-1} + 2k f(y_i) with k = h/n, then (y_{n-1} + 2 y_n + y_{n+1})/4.

    Source: Gragg, SIAM J. Numer. Anal. 2 (1965) 384–403; Hairer, Nørsett, Wanner, Solving ODEs I, (II.9.13).
    """

    def rule(f: Any, u: Any) -> Any:
        y = leapfrogged(f, u, n)
        return (y[-2] + 2 * y[-1] + (y[-2] + Fraction(2, n) * f(y[-1]))) / 4

    return formula(f"gragg{n}", rule)


def midpoint(n: int) -> Scheme:
    """The values of `gragg` without its last, smoothing step."""
    return formula(f"modified_midpoint{n}", lambda f, u: leapfrogged(f, u, n)[-1])


def leapfrogged(f: Any, u: Any, n: int) -> list[Any]:
    y = [u, u + Fraction(1, n) * f(u)]
    for i in range(1, n):
        y.append(y[i - 1] + Fraction(2, n) * f(y[i]))
    return y


BASES: dict[str, Base] = {
    "euler": (substeps(EULER), 1, 1),
    "gragg": (gragg, 2, 2),
    "midpoint": (midpoint, 2, 2),
}


def check(name: str, sequence: Sequence[int], even: bool) -> None:
    previous = 0
    for n in sequence:
        if not isinstance(n, int) or isinstance(n, bool) or n <= previous:
            raise SchemeError(
                f"{name}: the step number {n!r} is not a whole number above {previous}, let them increase"
            )
        if even and n % 2:
            raise SchemeError(f"{name}: the step number {n} is odd, an even one is needed for errors in h² only")
        previous = n
    if not sequence:
        raise SchemeError(f"{name}: there are no step numbers, give one at least")


def weights(sequence: Sequence[int], exponents: Sequence[int]) -> list[Any]:
    """Σ_j w_j n_j^(-e) = 1 for e = 0 and 0 for the exponents; for 1, 2, … these are Π_{i≠j} n_j/(n_j - n_i)."""
    rows = [[Fraction(1, n**e) for n in sequence] for e in (0, *exponents)]
    found = solve(rows, [[Fraction(e == 0)] for e in (0, *exponents)])
    assert found is not None  # a generalized Vandermonde matrix of different positive numbers
    return [x for (x,) in found]
