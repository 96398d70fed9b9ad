"""The table of a step whose noise is scaled for a stochastic limit: deviations of size √h, means of size h.

The symbol root_h, √h, stands in it beside the random ones, and the general linear form is as ever: Y = U u + h A f(Y),
u' = V u + h B f(Y). A table like any other: `at(root_h=x)` gives the step of h = x².
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from schemes.arguments import check_fields
from schemes.consistency import weights
from schemes.errors import SchemeError
from schemes.exact import is_zero
from schemes.laws import Distribution
from schemes.parameters import Parameter, declaring, expectation
from schemes.scheme import Scheme
from schemes.symbols import RationalFunction, symbol

ROOT = "root_h"  # √h


def diffusive(scheme: Scheme, noise: Collection[str] | None = None) -> Scheme:
    """The table with its noise scaled by √h, so that it tends to a stochastic differential equation.

    noise   fields whose slopes are √h g(Y); unless said those that weigh nothing on average and something at random,
            as g of Euler–Maruyama and `one` of Gaussian noise

    Entries of other fields with the random coefficients that stand in their total weights deviate by 1/√h of what they
    did: x ↦ E x + (x - E x)/√h, so that stochastic depth is u + h p f + √h (η - p) f.
    Raises SchemeError for a field that the scheme has not, a random number before a state, and as `weights` does where
    no equation is behind a table.
    Source: Lu et al. 2018, section 3 (stochastic depth, Shake-Shake); Kloeden, Platen, chapter 14 (g of size √h).
    """
    scheme = declared(scheme)
    laws = {p.name: p.value for p in scheme.parameters if p.kind == "random"}
    total = totals(scheme)
    check_states(scheme, laws)
    check_fields(scheme, noise or ())
    if noise is None:
        noise = {field for field, xs in total.items() if is_noise(xs, laws)}
    s = symbol(ROOT)
    moved = {name for field, xs in total.items() if field not in noise for x in xs for name in random_in(x, laws)}
    moved |= {other for name in moved for other in laws if together(laws, name, other)}

    def spread(x: Any, field: str) -> Any:
        if field in noise:
            return x / s
        return (mean := expectation(x, laws)) + (x - mean) / s if random_in(x, laws) & moved else x

    def scaled(rows: Sequence[Sequence[Any]]) -> tuple[tuple[Any, ...], ...]:
        return tuple(tuple(spread(x, field) for x, field in zip(row, scheme.fields, strict=True)) for row in rows)

    return replace(
        scheme,
        A=scaled(scheme.A),
        B=scaled(scheme.B),
        parameters=(*(p for p in scheme.parameters if p.name != ROOT), Parameter(ROOT, "chosen", 1, "table")),
        start=scheme.start and diffusive(scheme.start, set(noise) & set(scheme.start.fields)),
        embedded=None,
    )


def check_states(scheme: Scheme, laws: dict[str, Distribution]) -> None:
    """Raises SchemeError where a random number multiplies a state."""
    if any(random_in(x, laws) for row in (*scheme.U, *scheme.V) for x in row):
        raise SchemeError(
            f"{scheme.name} multiplies a state by a random number of size 1, whatever h is, and has no limit: write "
            "the noise as a field, such as f = u, or `one`"
        )


def declared(scheme: Scheme) -> Scheme:
    """The scheme and its start with the symbols that their laws name among the parameters: p of get(…, p="p")."""
    return replace(scheme, parameters=declaring(scheme.parameters), start=scheme.start and declared(scheme.start))


def totals(scheme: Scheme) -> dict[str, list[Any]]:
    """The weights wᵀ B U q of each field, random coefficients in them, from component to component."""
    mean = scheme.mean()
    found: dict[str, list[Any]] = {}
    for (field, *_), x in weights(replace(scheme, U=mean.U, V=mean.V)).items():
        found.setdefault(field, []).append(x)
    return found


def is_noise(xs: Sequence[Any], laws: dict[str, Distribution]) -> bool:
    """Whether weights are random and 0 on average."""
    return any(random_in(x, laws) for x in xs) and all(is_zero(expectation(x, laws)) for x in xs)


def random_in(x: Any, laws: dict[str, Distribution]) -> set[str]:
    return set(x.symbols) & set(laws) if isinstance(x, RationalFunction) else set()


def together(laws: dict[str, Distribution], name: str, other: str) -> bool:
    """Whether two coefficients come from one draw."""
    return name != other and laws[name].together is not None and laws[name].together == laws[other].together
