"""The same step in another form: without idle stages, backwards, on values only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from schemes.equivalence import merged
from schemes.errors import SchemeError
from schemes.exact import is_zero
from schemes.linear import product, solve
from schemes.scheme import STATE, Matrix, Row, Scheme, lag, letter, unit


def reduce(scheme: Scheme) -> Scheme:
    """The scheme without the stages that no next state needs, and with one stage for those of equal value.

    Embedded weights are dropped, and with them the stages that only they read.
    Source: Butcher, Numerical Methods for ODEs, 381 (0-reducible and P-reducible).
    """
    return merged(without_idle(scheme))


def without_idle(scheme: Scheme) -> Scheme:
    """The scheme without the stages that no next state needs; equal stages stay, as a network may have a block each."""
    return replace(only(scheme, needed(scheme)), embedded=None)


def needed(scheme: Scheme, rows: Matrix | None = None, ends: Collection[int] = ()) -> list[int]:
    """The stages that rows, those of the next states unless said, read directly or through stages other than `ends`."""
    found = {j for row in (scheme.B if rows is None else rows) for j, x in enumerate(row) if not is_zero(x)}
    while further := {j for i in found.difference(ends) for j, x in enumerate(scheme.A[i]) if not is_zero(x)} - found:
        found |= further
    return sorted(found)


def only(scheme: Scheme, kept: Sequence[int]) -> Scheme:
    """The scheme with some of its stages."""

    def columns(rows: Matrix) -> Matrix:
        return tuple(tuple(row[j] for j in kept) for row in rows)

    A, U = (tuple(rows[i] for i in kept) for rows in (scheme.A, scheme.U))
    fields = tuple(scheme.fields[i] for i in kept)
    embedded = scheme.embedded and columns((scheme.embedded,))[0]
    return replace(scheme, A=columns(A), U=U, B=columns(scheme.B), fields=fields, embedded=embedded)


def adjoint(scheme: Scheme) -> Scheme:
    """The step undone, with -h for h: Φ* = Φ_{-h}⁻¹; its states are those of the step, not reversed in time.

        V* = V⁻¹,  U* = U V⁻¹,  B* = V⁻¹ B,  A* = U V⁻¹ B - A

    Raises SchemeError where V is singular: the step forgets a state, and `recompute` may remove one that repeats what
    others know. Source: Hairer, Lubich, Wanner, Geometric Numerical Integration, II.3, V.1 (Runge–Kutta: V = U = 1).
    """
    r = range(len(scheme.V))
    inverse = solve(scheme.V, [[Fraction(i == j) for j in r] for i in r])
    if inverse is None:
        raise SchemeError(f"{scheme.name} cannot be undone: V is singular, so a step forgets part of its states")
    V = tuple(map(tuple, inverse))
    U, B = product(scheme.U, V), product(V, scheme.B)
    A = tuple(
        tuple(x - a for x, a in zip(*rows, strict=True)) for rows in zip(product(U, scheme.B), scheme.A, strict=True)
    )
    name = scheme.name.removesuffix("*") if scheme.name.endswith("*") else f"{scheme.name}*"
    rounding = 2 * scheme.tolerance  # of a difference of two entries; with more states of U V⁻¹ B, each factor rounded
    if len(scheme.V) > 1 and scheme.tolerance:
        size = max(abs(x) for m in (scheme.U, scheme.B, V) for row in m for x in row)
        rounding = scheme.tolerance * (1 + len(V) * max(size, Fraction(1))) ** 3
    return replace(scheme, name=name, A=A, U=U, B=B, V=V, start=None, embedded=None, tolerance=rounding)


def inverse(scheme: Scheme) -> Scheme:
    """The step undone, Φ_h⁻¹: from the next states those before it.

        V⁻¹,  U V⁻¹,  -V⁻¹ B,  A - U V⁻¹ B

    Stage i is at the same point as stage i of the step, so it has the same increment; another order of the stages may
    make the table explicit. Raises SchemeError as `adjoint` does, of which this is the reflection.
    """
    back = adjoint(scheme)
    A, B = (tuple(tuple(-x for x in row) for row in rows) for rows in (back.A, back.B))
    return replace(back, name=f"{scheme.name}_inverse", A=A, B=B)


def transposed(scheme: Scheme) -> Scheme:
    """The step that carries gradients backwards: (A, U, B, V) becomes (Aᵀ, Bᵀ, Uᵀ, Vᵀ).

    Of states ū' behind a step it makes those before it, ū = Vᵀū' + Uᵀ Ȳ, where its stages are the gradients of the
    increments, F̄ = Bᵀū' + Aᵀ Ȳ, and its fields take them to those of the stages, Ȳ_i = h f'(Y_i)ᵀ F̄_i.
    Source: Hager, Numer. Math. 87 (2000); Sanz-Serna, SIAM Review 58 (2016), section 3 (Runge–Kutta).
    """
    A, U, B, V = (tuple(zip(*rows, strict=True)) for rows in (scheme.A, scheme.B, scheme.U, scheme.V))
    name = f"{scheme.name}_transposed"
    return replace(scheme, name=name, A=A, U=U, B=B, V=V, start=None, embedded=None)


def recompute(scheme: Scheme) -> Scheme:
    """The same method on values only: a kept increment hf[n-j] becomes a stage that evaluates f(u[n-j]) again.

    A multistep scheme then reads as Σ α u = h Σ β f does, and V is singular only where the method itself forgets. A
    scheme whose increments or history are not what their names say is returned as it is.
    """
    slopes = [state for state in scheme.states if is_slope(state)]
    if not slopes or not all(keeps_its_name(scheme, state) for state in scheme.states):
        return scheme
    u = letter(scheme.states[0])
    kept = [s for s in scheme.states if s not in slopes and not (letter(s) == u and s != scheme.states[0])]
    depth = max(lag(s) for s in scheme.states if s in slopes or letter(s) == u)
    names = [f"{u}[n]", *(f"{u}[n-{j}]" for j in range(1, depth + 1)), *kept[1:]]
    at = [f"{u}[n-{lag(s)}]" if lag(s) else f"{u}[n]" for s in slopes]

    def read(row: Row) -> tuple[Row, Row]:
        """A row over the old states as weights on the new stages and on the new states."""
        by = dict(zip(scheme.states, row, strict=True))
        return tuple(by[s] for s in slopes), tuple(by.get(name, Fraction(0)) for name in names)

    old = dict(zip(scheme.states, zip(scheme.B, scheme.V, strict=True), strict=True))
    none: Row = (Fraction(0),) * scheme.stages
    zeros: Row = (Fraction(0),) * len(slopes)
    stages = [((*read(u_row)[0], *a), read(u_row)[1]) for a, u_row in zip(scheme.A, scheme.U, strict=True)]
    nexts = []
    for i, name in enumerate(names):
        if letter(name) == u and lag(name):  # the history moves on
            nexts.append(((*zeros, *none), unit(names, names[i - 1])))
        else:
            b, v = old[name]
            nexts.append(((*read(v)[0], *b), read(v)[1]))
    return replace(
        scheme,
        name=f"{scheme.name}_recomputed",
        A=(*((*zeros, *none) for _ in slopes), *(a for a, _ in stages)),
        U=(*(unit(names, name) for name in at), *(row for _, row in stages)),
        B=tuple(b for b, _ in nexts),
        V=tuple(v for _, v in nexts),
        states=tuple(names),
        fields=(*map(letter, slopes), *scheme.fields),
        start=None,
        embedded=None,
    )


def is_slope(state: str) -> bool:
    match = STATE.fullmatch(state)
    return bool(match and match["slope"])


def keeps_its_name(scheme: Scheme, state: str) -> bool:
    """Whether the next u[n-j] is u[n-j+1] now, and the next hf[n-j] hf[n-j+1], or h f of the next u[n-j]; else any.

    A table can give a state these names and another meaning: momentum called hf[n], the slope of a predictor.
    """
    u, none = letter(scheme.states[0]), (Fraction(0),) * scheme.stages
    rows = dict(zip(scheme.states, zip(scheme.B, scheme.V, strict=True), strict=True))

    def newer(of: str) -> str:
        return f"{of}[n-{lag(state) - 1}]" if lag(state) > 1 else f"{of}[n]"

    def moved(of: str) -> tuple[Row, Row]:
        return none, unit(scheme.states, newer(of))

    if not is_slope(state):
        return not (lag(state) and letter(state) == u) or rows[state] == moved(u)
    if lag(state) and newer(f"h{letter(state)}") in rows and rows[state] == moved(f"h{letter(state)}"):
        return True
    known = moved(u) if lag(state) else rows[scheme.states[0]]
    stages = zip(scheme.fields, scheme.A, scheme.U, strict=True)
    slopes = [i for i, stage in enumerate(stages) if stage == (letter(state), *known)]
    b, v = rows[state]
    return all(is_zero(x) for x in v) and any(b == (*none[:i], Fraction(1), *none[i + 1 :]) for i in slopes)
