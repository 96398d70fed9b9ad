"""An implicit scheme as an explicit one, and a scheme on more states than it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal

from schemes.errors import SchemeError
from schemes.rewriting import only, reduce
from schemes.scheme import STATE, Matrix, Row, Scheme, lag, letter, unit


def unroll(
    scheme: Scheme, sweeps: int, method: Literal["fixed_point", "neumann"] = "fixed_point", name: str = ""
) -> Scheme:
    """The explicit scheme of m sweeps for the stages Y = U u + hA f(Y).

        fixed_point   Y⁰ = U u,  Yᵐ = U u + hA f(Yᵐ⁻¹),             u' = V u + hB f(Yᵐ)
        neumann       K⁰ = hf(U u),  Kᵐ = hf(A Kᵐ⁻¹),               u' = V u + B (K⁰ + … + Kᵐ)

    They agree for linear f; Neumann's applies f to slopes, as PolyNet does: backward Euler's m = 1 is poly-2.
    The order of a one-step scheme of order p is min(p, m + 1) at least, Y⁰ being wrong by O(h) and each sweep gaining
    one power; of an explicit scheme of s stages m = s - 1 fixed-point sweeps are the scheme itself.
    Raises SchemeError for another method, for sweeps < 0, and for Neumann sweeps of an operator scheme.
    Source: Hairer, Wanner, Solving ODEs II, IV.8; Burrage, Parallel and Sequential Methods for ODEs, 1995, section 4.
    """
    if not isinstance(sweeps, int) or sweeps < 0:
        raise SchemeError(f"unroll of {scheme.name}: sweeps = {sweeps}, it must be a whole number, at least 0")
    if method not in ("fixed_point", "neumann"):
        raise SchemeError(f"unroll of {scheme.name}: method = {method!r}, it is 'fixed_point' or 'neumann'")
    series = method == "neumann"
    if series and scheme.operator:
        raise SchemeError(f"unroll of {scheme.name}: it applies f to slopes already, take method 'fixed_point'")
    s, times = scheme.stages, sweeps + 1
    none: Row = (Fraction(0),) * s
    still: Row = (Fraction(0),) * len(scheme.states)

    def blocks(row: Row, at: int) -> Row:
        return tuple(x for n in range(times) for x in (row if n == at else none))

    A: Matrix = tuple(blocks(row, n - 1) for n in range(times) for row in scheme.A)
    U: Matrix = tuple(still if series and n else row for n in range(times) for row in scheme.U)
    B: Matrix = tuple(row * times if series else blocks(row, sweeps) for row in scheme.B)
    label = name or f"{scheme.name}_{method}{sweeps}"
    fields = scheme.fields * times
    unrolled = replace(scheme, name=label, A=A, U=U, B=B, fields=fields, embedded=None)
    return reduce(without_empty(unrolled) if series else unrolled)


def without_empty(scheme: Scheme) -> Scheme:
    """Without the stages that read nothing: f(0), to which Neumann sweeps of an explicit stage come."""
    kept = [i for i in range(scheme.stages) if any((*scheme.A[i], *scheme.U[i]))]
    return scheme if len(kept) == scheme.stages else without_empty(only(scheme, kept))


def as_general_linear(scheme: Scheme, states: Sequence[str], name: str = "") -> Scheme:
    """The same scheme on more states: earlier values u[n-j] and increments hf[n-j] are kept as well.

    So a Runge–Kutta scheme meets a multistep one: compose(as_general_linear(get("heun2"), s.states), s).
    hf[n] is the increment at the next value, hf[n-1] that at u[n], for which a stage is added where there is none.
    Raises SchemeError for a state of the scheme that is left out and a new one whose newer neighbour is not kept.
    """
    states = tuple(states)
    if lost := [x for x in scheme.states if x not in states]:
        raise SchemeError(f"{scheme.name} reads {lost[0]}, which the states {states} leave out: keep it")
    if states[0] != scheme.states[0]:
        raise SchemeError(f"{scheme.name}: the first state is {scheme.states[0]}, begin the states with it")
    stages = list(zip(scheme.fields, scheme.A, scheme.U, strict=True))
    known = dict(zip(scheme.states, zip(scheme.B, scheme.V, strict=True), strict=True))
    moves = {x: source(scheme, x, states, stages) for x in states if x not in known}
    count = len(stages)

    def wide(row: Row) -> Row:
        return (*row, *(Fraction(0),) * (count - len(row)))

    def placed(row: Row) -> Row:
        by = dict(zip(scheme.states, row, strict=True))
        return tuple(by.get(x, Fraction(0)) for x in states)

    def following(state: str) -> tuple[Row, Row]:
        if state in known:
            return wide(known[state][0]), placed(known[state][1])
        at = moves[state]
        if isinstance(at, int):
            return tuple(Fraction(j == at) for j in range(count)), unit(states, "")
        return wide(()), unit(states, at)

    rows = [following(x) for x in states]
    return replace(
        scheme,
        name=name or scheme.name,
        A=tuple(wide(a) for _, a, _ in stages),
        U=tuple(placed(u) for _, _, u in stages),
        B=tuple(b for b, _ in rows),
        V=tuple(v for _, v in rows),
        states=states,
        fields=tuple(f for f, _, _ in stages),
        embedded=scheme.embedded and wide(scheme.embedded),
    )


def source(scheme: Scheme, state: str, states: Sequence[str], stages: list[Any]) -> str | int:
    """What becomes a kept state: another state by its name, or the number of a stage, which is added if need be."""
    match = STATE.fullmatch(state)
    if match is None:
        raise SchemeError(f"{scheme.name}: state {state!r} is not written like 'u[n]', 'u[n-1]' or 'hf[n-1]'")
    slope, back = bool(match["slope"]), lag(state)
    newer = f"{'h' * slope}{letter(state)}[n{f'-{back - 1}' if back > 1 else ''}]"
    if newer in states and back:
        return newer
    if not slope or back > 1:
        raise SchemeError(f"{scheme.name}: {state} is what {newer} was a step ago, keep {newer} too")
    wanted = (scheme.B[0], scheme.V[0]) if not back else (None, unit(scheme.states, scheme.states[0]))
    for i, (field, a, u) in enumerate(stages):
        row = wanted[0] if wanted[0] is not None else (Fraction(0),) * len(a)
        if field == letter(state) and tuple(u) == tuple(wanted[1]) and tuple(a) == tuple(row)[: len(a)]:
            return i
    stages.append((letter(state), wanted[0] or (), wanted[1]))
    return len(stages) - 1
