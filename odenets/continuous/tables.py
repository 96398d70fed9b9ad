"""The differential equation behind a table: how much of which field each component gets in a step, on average."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from odenets.errors import OdenetsError
from odenets.tables import AFTER
from schemes import Scheme, SchemeError
from schemes.consistency import connected, principal
from schemes.exact import is_zero
from schemes.linear import product


@dataclass(frozen=True)
class Flux:
    """What a stage gives in a step: weights[c] f(u_reads) to component c; random coefficients may stand in them."""

    stage: int
    reads: int
    weights: tuple[Any, ...]


@cache
def fluxes(scheme: Scheme) -> tuple[Flux, ...]:
    """The stages of a table as the slow motion of its components sees them: w_cᵀ B_i for each component c.

    w_cᵀ V = w_cᵀ, w_cᵀ q = 1: what a step adds to a component when its fast modes have died out, so 1/(1+k) of lm2.
    Raises OdenetsError where no differential equation is behind the table.
    Source: Butcher, Numerical Methods for ODEs, 512 (consistency), and schemes.consistency.weights.
    """
    mean = scheme.mean()
    check(mean)
    try:
        parts = [(states, *principal(mean, states)) for states in connected(mean)]
    except SchemeError as error:
        raise OdenetsError(f"{scheme.name} follows no first-order equation: {error}") from None
    parts = [part for part in parts if any(not is_zero(x) for x in part[2])]
    fed = product([placed(w, states, scheme) for states, _, w in parts], scheme.B)
    classes = [states for states, *_ in parts]
    return tuple(Flux(i, read_by(scheme, i, classes), tuple(row[i] for row in fed)) for i in range(scheme.stages))


def check(scheme: Scheme) -> None:
    """Raises OdenetsError for the tables whose step is not a small one along a field."""
    if AFTER in scheme.fields:
        raise OdenetsError(
            f"{scheme.name} ends with a map behind its sum (relu), which follows no equation u' = f(u): take "
            "placement = 'pre'"
        )
    if scheme.operator:
        raise OdenetsError(
            f"{scheme.name} applies a field to a slope instead of a state and follows no equation u' = f(u): take a "
            "scheme whose stages read states (names(operator=False))"
        )
    if scheme.preconsistency is None:
        raise OdenetsError(
            f"{scheme.name} moves even where its blocks are 0 (its blocks are maps or resolvents) and follows no "
            "equation u' = f(u): take increments (residual = True) and explicit fields"
        )


def placed(w: list[Any], states: list[int], scheme: Scheme) -> list[Any]:
    """Weights on some states as weights on all."""
    known = dict(zip(states, w, strict=True))
    return [known.get(j, 0) for j in range(len(scheme.states))]


def read_by(scheme: Scheme, stage: int, parts: list[list[int]]) -> int:
    """The component that a stage reads: one, as states that a stage reads together are of one."""
    row = scheme.U[stage]
    return next(c for c, states in enumerate(parts) if any(not is_zero(row[j]) for j in states))


def edges(scheme: Scheme) -> set[tuple[str, int, int]]:
    """(field, component that it reads, component that it feeds) of all that weighs something on average."""
    mean = scheme.mean()
    totals: dict[tuple[str, int, int], Any] = {}
    for flux in fluxes(mean):
        for feeds, x in enumerate(flux.weights):
            key = scheme.fields[flux.stage], flux.reads, feeds
            totals[key] = totals.get(key, 0) + x
    return {key for key, x in totals.items() if not is_zero(x)}
