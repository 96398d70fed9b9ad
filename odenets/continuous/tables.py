"""The differential equation behind a table: how much of which field each component gets in a step, on average."""

from __future__ import annotations

from functools import cache
from typing import Any

from odenets.errors import OdenetsError
from odenets.tables import AFTER
from schemes import Scheme, SchemeError
from schemes.exact import is_zero
from schemes.flux import Flux
from schemes.flux import fluxes as of_table


@cache
def fluxes(scheme: Scheme) -> tuple[Flux, ...]:
    """The stages of a table as the slow motion of its components sees them, `schemes.flux.fluxes`.

    Raises OdenetsError where no differential equation is behind the table.
    """
    check(scheme.mean())
    try:
        return of_table(scheme)
    except SchemeError as error:
        raise OdenetsError(str(error)) from None


def check(scheme: Scheme) -> None:
    """Raises OdenetsError for the tables whose step is not a small one along a field."""
    if AFTER in scheme.fields:
        raise OdenetsError(
            f"{scheme.name} ends with a map behind its sum (relu), which follows no equation u' = f(u): take "
            "placement = 'pre'"
        )
    if scheme.preconsistency is None:
        raise OdenetsError(
            f"{scheme.name} moves even where its blocks are 0 (its blocks are maps or resolvents) and follows no "
            "equation u' = f(u): take increments (residual = True) and explicit fields"
        )


def edges(scheme: Scheme) -> set[tuple[str, int, int]]:
    """(field, component that it reads, component that it feeds) of all that weighs something on average."""
    mean = scheme.mean()
    totals: dict[tuple[str, int, int], Any] = {}
    for flux in fluxes(mean):
        for feeds, x in enumerate(flux.weights):
            key = scheme.fields[flux.stage], flux.reads, feeds
            totals[key] = totals.get(key, 0) + x
    return {key for key, x in totals.items() if not is_zero(x)}
