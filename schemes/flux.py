"""What the stages of a table give to the slow motion of its components, in powers of a symbol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from schemes.consistency import connected, principal
from schemes.errors import SchemeError
from schemes.exact import is_zero
from schemes.linear import product
from schemes.scheme import Scheme
from schemes.symbols import RationalFunction, by_powers, quotient


@dataclass(frozen=True)
class Part:
    """The states of one component: V q = q with q_1 = 1, wᵀ V = wᵀ, wᵀ q = 1."""

    states: tuple[int, ...]
    q: tuple[Any, ...]
    w: tuple[Any, ...]


@dataclass(frozen=True)
class Flux:
    """What a stage gives in a step: weights[c] f(u_reads) to component c; random coefficients may stand in them."""

    stage: int
    reads: int
    weights: tuple[Any, ...]


@cache
def parts(scheme: Scheme) -> tuple[Part, ...]:
    """The components of a table that are read or kept; random coefficients count at their means.

    Raises SchemeError where 1 is no simple eigenvalue of V on one of them.
    """
    mean = scheme.mean()
    found = (Part(tuple(states), *map(tuple, principal(mean, states))) for states in connected(mean))
    return tuple(part for part in found if any(not is_zero(x) for x in part.w))


@cache
def fluxes(scheme: Scheme) -> tuple[Flux, ...]:
    """The stages of a table as the slow motion of its components sees them: w_cᵀ B_i for each component c.

    w_cᵀ V = w_cᵀ, w_cᵀ q = 1: what a step adds to a component when its fast modes have died out, so 1/(1+k) of lm2.
    Raises SchemeError as `parts` does, and for an operator scheme, some of whose stages read no component.
    Source: Butcher, Numerical Methods for ODEs, 512 (consistency), and schemes.consistency.weights.
    """
    if scheme.operator:
        raise SchemeError(
            f"{scheme.name} applies a field to a slope instead of a state and follows no equation u' = f(u): take a "
            "scheme whose stages read states (names(operator=False))"
        )
    own = parts(scheme)
    fed = product([placed(part, scheme) for part in own], scheme.B)
    return tuple(Flux(i, read_by(scheme, i, own), tuple(row[i] for row in fed)) for i in range(scheme.stages))


def placed(part: Part, scheme: Scheme) -> list[Any]:
    """The weights w of a component on all states."""
    known = dict(zip(part.states, part.w, strict=True))
    return [known.get(j, Fraction(0)) for j in range(len(scheme.states))]


def read_by(scheme: Scheme, stage: int, parts: Sequence[Part]) -> int:
    """The component that a stage reads: one, as states that a stage reads together are of one."""
    row = scheme.U[stage]
    return next(c for c, part in enumerate(parts) if any(not is_zero(row[j]) for j in part.states))


def powers(x: Any, name: str) -> dict[int, Any]:
    """{n: c_n} of x = Σ c_n sⁿ, a Laurent polynomial in the symbol s of this name.

    Raises SchemeError where s is in a denominator in another way than sᵐ.
    """
    if not isinstance(x, RationalFunction):
        return {} if is_zero(x) else {0: x}
    if len(below := by_powers(x.den, name)) > 1:
        raise SchemeError(f"{x} is no polynomial in {name} and 1/{name}: take {name} out of the denominator")
    ((lowest, rest),) = below.items()
    return {n - lowest: quotient(row, rest) for n, row in by_powers(x.num, name).items()}
