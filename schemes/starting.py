"""The first steps of a multistep scheme: what the states hold at first, and which table steps while history fills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from schemes.errors import SchemeError
from schemes.exact import is_zero
from schemes.interpreter import combine
from schemes.scheme import Scheme

EULER = Scheme(
    "euler",
    A=((0,),),
    U=((1,),),
    B=((1,),),
    V=((1,),),
    source="Euler 1768; Hairer, Nørsett, Wanner, Solving ODEs I, (I.7.1)",
)


def initial(scheme: Scheme, u: Any) -> tuple[Any, ...]:
    """The states at a start from u: q_i u with the pre-consistency vector q (values u, increments and velocities 0)."""
    q = scheme.preconsistency
    assert q is not None, f"{scheme.name} has no start vector: builders refuse such a table"
    return tuple(u * 0 if is_zero(x) else combine([(x, u)]) for x in q)


def starter(scheme: Scheme, step: int) -> Scheme:
    """The table of a scheme's step number `step` (0 first): the scheme itself once it knows `history` earlier values.

    Until then `scheme.start` (Euler unless said) makes the next value, and the history is kept as in the scheme itself.
    Raises SchemeError where a start scheme's first stage is not at u[n], which the kept increments need.
    """
    low = scheme
    while low.history > step:
        low = low.start or EULER
    return scheme if low is scheme else embed(low, scheme)


def embed(low: Scheme, scheme: Scheme) -> Scheme:
    """The next value by `low`, all other states of `scheme` moved on as `scheme` does."""
    if (
        scheme.stages != 1
        or scheme.U[0] != unit_row(scheme.states, "u[n]")
        or low.states[0] != "u[n]"
        or low.U[0] != unit_row(low.states, "u[n]")
    ):
        raise SchemeError(f"{low.name} cannot start {scheme.name}: both need their first stage at u[n]")

    def place(row: Sequence[Any]) -> tuple[Any, ...]:
        known = dict(zip(low.states, row, strict=True))
        return tuple(known.get(state, 0) for state in scheme.states)

    rest = [(row[0], *[0] * (low.stages - 1)) for row in scheme.B[1:]]
    used = {p.name: p for p in low.parameters}
    return Scheme(
        f"{scheme.name}_started_by_{low.name}",
        A=low.A,
        U=tuple(map(place, low.U)),
        B=(low.B[0], *rest),
        V=(place(low.V[0]), *scheme.V[1:]),
        states=scheme.states,
        fields=low.fields,
        parameters=tuple(used.values()),
    )


def unit_row(states: Sequence[str], name: str) -> tuple[int, ...]:
    return tuple(int(state == name) for state in states)
