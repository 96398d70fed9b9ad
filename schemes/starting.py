"""The first steps of a multistep scheme: what the states hold at first, and which table steps while history fills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from schemes.equivalence import merged
from schemes.errors import SchemeError
from schemes.exact import is_zero
from schemes.interpreter import combine
from schemes.rewriting import needed
from schemes.scheme import Row, Scheme, letter, unit

EULER = Scheme(
    "euler",
    A=((0,),),
    U=((1,),),
    B=((1,),),
    V=((1,),),
    source="Euler 1768; Hairer, Nørsett, Wanner, Solving ODEs I, (I.7.1)",
)


def components(scheme: Scheme) -> tuple[str, ...]:
    """The letters of the states that start from a value: u of most schemes, x and y of RevNet; velocities start at 0.

    Raises SchemeError where none can: the scheme moves even where the field is 0.
    """
    if (q := scheme.preconsistency) is None:
        raise SchemeError(f"{scheme.name} moves even where the field is 0 and has no start: let it keep a constant")
    return tuple(dict.fromkeys(letter(state) for state, x in zip(scheme.states, q, strict=True) if not is_zero(x)))


def origins(scheme: Scheme) -> tuple[tuple[int, Any], ...]:
    """What each state holds at a start, as (number of its component, q): q times that component's value.

    q is the pre-consistency vector: 1 for values, also earlier ones, 0 for increments and velocities.
    """
    names = components(scheme)
    pairs = zip(scheme.states, scheme.preconsistency or (), strict=True)
    return tuple((0, x) if is_zero(x) else (names.index(letter(state)), x) for state, x in pairs)


def initial(scheme: Scheme, *parts: Any) -> tuple[Any, ...]:
    """The states at a start, from one value a component."""
    return tuple(parts[i] * 0 if is_zero(x) else combine([(x, parts[i])]) for i, x in origins(scheme))


def euler(scheme: Scheme) -> Scheme:
    """Euler's scheme with the field of the scheme's first stage."""
    return replace(EULER, fields=scheme.fields[:1])


def starter(scheme: Scheme, step: int) -> Scheme:
    """The table of a scheme's step number `step` (0 first): the scheme itself once it knows `history` earlier values.

    Until then `scheme.start` (Euler unless said) makes the next value, and the history is kept as in the scheme itself.
    Raises SchemeError where the start scheme has a state that the scheme has not.
    """
    low = scheme
    while low.history > step:
        low = low.start or euler(scheme)
        if low.states == scheme.states:
            return low  # the whole step, as of a composition
    return scheme if low is scheme else embed(low, scheme)


def embed(low: Scheme, scheme: Scheme) -> Scheme:
    """The next value by `low`, all other states of `scheme` moved on as `scheme` does.

    The stages that those states read are added to those of `low`; one at the next value is at that of `low`.
    """
    if low.states[0] != scheme.states[0]:
        raise SchemeError(f"{low.name} cannot start {scheme.name}: both need {scheme.states[0]} as their first state")
    if odd := [state for state in low.states if state not in scheme.states]:
        raise SchemeError(
            f"{low.name} cannot start {scheme.name}, which has no state {odd[0]}: start it by another scheme"
        )
    at_next = [j for j, row in enumerate(zip(scheme.A, scheme.U, strict=True)) if row == (scheme.B[0], scheme.V[0])]
    kept = needed(scheme, scheme.B[1:], at_next)

    def slopes(own: Sequence[Any], others: Sequence[Any] = ()) -> tuple[Any, ...]:
        """A row over the stages of `low`, then over those kept."""
        return (*(own or [0] * low.stages), *((others[j] for j in kept) if others else [0] * len(kept)))

    def place(row: Sequence[Any]) -> tuple[Any, ...]:
        known = dict(zip(low.states, row, strict=True))
        return tuple(known.get(state, 0) for state in scheme.states)

    stages = [
        (slopes(low.B[0]), place(low.V[0])) if j in at_next else (slopes((), scheme.A[j]), scheme.U[j]) for j in kept
    ]
    B = (slopes(low.B[0]), *(slopes((), row) for row in scheme.B[1:]))
    made = replace(
        low,
        name=f"{scheme.name}_started_by_{low.name}",
        A=(*map(slopes, low.A), *(a for a, _ in stages)),
        U=(*map(place, low.U), *(u for _, u in stages)),
        B=B,
        V=(place(low.V[0]), *scheme.V[1:]),
        states=scheme.states,
        fields=(*low.fields, *(scheme.fields[j] for j in kept)),
        parameters=tuple({p.name: p for p in (*scheme.parameters, *low.parameters)}.values()),
        source="",
        embedded=None,
    )
    return merged(pruned(made))


def repeated(scheme: Scheme) -> Scheme:
    """The first step with a history that repeats the start: u[n-1] = u[n], velocities and slopes 0.

    U and V times the start vectors, so that (1-k) u[n] + k u[n-1] is u[n] and k is gone.
    """
    letters = components(scheme)
    places = [[letter(state) for state in scheme.states].index(x) for x in letters]

    def row(given: Row) -> Row:
        sums = [Fraction(0)] * len(scheme.states)
        for x, (component, q) in zip(given, origins(scheme), strict=True):
            sums[places[component]] += x * q
        return tuple(sums)

    return pruned(replace(scheme, U=tuple(map(row, scheme.U)), V=tuple(map(row, scheme.V)), start=None, embedded=None))


def pruned(scheme: Scheme) -> Scheme:
    """The scheme without the parameters that its table does not need."""
    used = scheme.symbols | frozenset().union(*(p.symbols for p in scheme.parameters if p.name in scheme.symbols))
    return replace(scheme, parameters=tuple(p for p in scheme.parameters if p.name in used))


def crossing(scheme: Scheme) -> Scheme:
    """The first step of a stage whose states have another shape than the state w that comes in, history restarting.

    u' = P(w) + h f(w) for Euler. A scheme with several components, or with stages that read earlier slopes, cannot
    cross so: Euler does it, and the scheme starts behind.
    """
    return across(restarted(starter(scheme, 0)))


def restarted(first: Scheme) -> Scheme:
    """The step to cross with where all states start from one value: every stage reads that value alone."""
    if len(components(first)) > 1 or any(not is_zero(x) for row in first.A for x in row):
        first = euler(first)
    return replace(first, U=repeated(first).U)


def early(scheme: Scheme) -> tuple[list[int], list[int]]:
    """The stages that read no slope, and the states that these read: where a field can change the shape."""
    stages = [i for i, row in enumerate(scheme.A) if all(is_zero(x) for x in row)]
    return stages, [j for j in range(len(scheme.V)) if any(not is_zero(scheme.U[i][j]) for i in stages)]


def across(scheme: Scheme) -> Scheme:
    """The step where its states change their shape: it takes all of them behind the change, then those before it.

    A stage that reads states alone reads them before the change, and its field changes the shape; a stage that reads
    slopes as well, which have the new shape, and the next states read them behind it. A state that is read before the
    change is one more state, "w[n]", or "w1[n]", "w2[n]", …, and stays as it is.
    """
    r = len(scheme.states)
    stages, read = early(scheme)
    taken = set(map(letter, scheme.states))
    w = next(x for x in "wzvsrqp" if not taken & {x, *(f"{x}{i + 1}" for i in range(r))})
    names = [f"{w}[n]"] if len(read) == 1 else [f"{w}{i + 1}[n]" for i in range(len(read))]
    none = (Fraction(0),) * r

    def before(row: Row) -> Row:
        return tuple(row[j] for j in read)

    U = ((*none, *before(u)) if i in stages else (*u, *before(none)) for i, u in enumerate(scheme.U))
    return replace(
        scheme,
        name=f"{scheme.name}_across",
        U=tuple(U),
        B=(*scheme.B, *[(0,) * scheme.stages] * len(read)),
        V=(*((*row, *before(none)) for row in scheme.V), *((*none, *unit(names, name)) for name in names)),
        states=(*scheme.states, *names),
        start=None,
        embedded=None,
    )
