"""The effective step of a table, and the scheme whose effective step is h."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from schemes.equivalence import NOISE, same
from schemes.errors import SchemeError
from schemes.linear import product, solve
from schemes.rewriting import is_slope
from schemes.scheme import Scheme


def consistent(scheme: Scheme) -> Scheme:
    """The scheme with h/ψ for h, ψ its effective step, so that n steps reach n h: LM-ResNet with weight 1 + k on f.

    A and B are divided by ψ; kept slopes "hf[n-1]" stay h f, so what reads them is divided instead. A scheme with
    ψ = 1 is returned as it is, and the start scheme stays. Random coefficients count at their means.
    Raises SchemeError where ψ is 0 or differs between fields, and where 1 is no simple eigenvalue of V.
    Source: Butcher, Numerical Methods for ODEs, 512 (consistency); Lu et al. 2018, (3).
    """
    psi = weight(scheme)
    if psi == 1:
        return scheme
    d = [1 / psi if is_slope(state) else Fraction(1) for state in scheme.states]

    def over(row: Sequence[Any], by: Any) -> tuple[Any, ...]:
        return tuple(x / by for x in row)

    def read(row: Sequence[Any], by: Any = 1) -> tuple[Any, ...]:
        return tuple(x * y / by for x, y in zip(row, d, strict=True))

    larger = max(Fraction(1), 1 / psi**2) if isinstance(psi, Fraction) else Fraction(1)
    return replace(
        scheme,
        name=f"{scheme.name}_consistent",
        A=tuple(over(row, psi) for row in scheme.A),
        U=tuple(read(row) for row in scheme.U),
        B=tuple(over(row, psi * x) for row, x in zip(scheme.B, d, strict=True)),
        V=tuple(read(row, x) for row, x in zip(scheme.V, d, strict=True)),
        embedded=scheme.embedded and over(scheme.embedded, psi),
        tolerance=scheme.tolerance * larger,
    )


def weight(scheme: Scheme) -> Any:
    """ψ, the time in units of h that a step advances each field: wᵀ B U q = ψ wᵀ q with wᵀ V = wᵀ, V q = q.

    Fields of weight 0, such as noise of mean 0, do not count; of schemes with several components (RevNet's x and y)
    each has its w and q. Raises SchemeError as `consistent` does.
    """
    mean = scheme.mean()
    slack = NOISE * scheme.tolerance * scheme.stages
    found = {key: Fraction(1) if same(x, 1, slack) else x for key, x in weights(mean).items() if x != 0}
    if not found:
        raise SchemeError(f"{scheme.name} follows u' = 0: its weights on the field sum to 0, change a weight of B")
    psi, *others = found.values()
    if not all(same(x, psi, slack) for x in others):
        each = ", ".join(f"{field}: {x}" for (field, *_), x in found.items())
        raise SchemeError(f"{scheme.name} weighs its fields differently ({each}): divide each block by its weight")
    return psi


def weights(scheme: Scheme) -> dict[tuple[str, int, int], Any]:
    """wᵀ B U q of each field, by the component that it reads and the one that it feeds."""
    parts = [(states, *principal(scheme, states)) for states in connected(scheme)]
    found: dict[tuple[str, int, int], Any] = {}
    for feeds, (states, _, w) in enumerate(parts):
        (fed,) = product([w], [scheme.B[j] for j in states])
        for reads, (others, q, _) in enumerate(parts):
            at = product([[u[j] for j in others] for u in scheme.U], [[x] for x in q])
            for field, x, (y,) in zip(scheme.fields, fed, at, strict=True):
                found[field, reads, feeds] = found.get((field, reads, feeds), Fraction(0)) + x * y
    return found


def principal(scheme: Scheme, states: Sequence[int]) -> tuple[list[Any], list[Any]]:
    """(q, w) of some states: V q = q, 1 on the first, and wᵀ V = wᵀ, wᵀ q = 1; zeros where nothing is kept or read.

    Raises SchemeError where 1 is no simple eigenvalue of their V: the bordered matrix [I - V, q; dᵀ, 0] is singular.
    """
    r = range(len(states))
    rotation = [[Fraction(i == j) - scheme.V[i][j] for j in states] for i in states]
    first = [Fraction(j == 0) for j in r]
    q = solve([*rotation, first], [*([Fraction(0)] for _ in r), [Fraction(1)]])
    if q is None and 0 not in states and not any(u[j] != 0 for u in scheme.U for j in states):
        return [Fraction(0)] * len(states), [Fraction(0)] * len(states)
    if q is not None:
        bordered = [*([*row, *x] for row, x in zip(rotation, q, strict=True)), [*first, Fraction(0)]]
        size = range(len(bordered))
        if inverse := solve(bordered, [[Fraction(i == j) for j in size] for i in size]):
            return [x for (x,) in q], list(inverse[-1][:-1])
    raise SchemeError(
        f"{scheme.name} has no effective step: 1 is no simple eigenvalue of V, take a scheme of a first-order equation"
    )


def connected(scheme: Scheme) -> list[list[int]]:
    """The states in classes: two belong together where V couples them or a stage reads both."""
    r = range(len(scheme.states))
    links = [(i, j) for i in r for j in r if scheme.V[i][j] != 0]
    links += [(i, j) for u in scheme.U for i in r for j in r if u[i] != 0 and u[j] != 0]
    label = list(r)
    for i, j in links:
        label = [label[i] if x == label[j] else x for x in label]
    return [[i for i in r if label[i] == x] for x in dict.fromkeys(label)]
