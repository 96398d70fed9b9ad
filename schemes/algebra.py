"""Schemes from schemes, on their matrices: implicit tables as well as explicit ones.

One step of `first` and then one of `second` is the general linear scheme

    A = [A₁, 0; U₂B₁, A₂],  U = [U₁; U₂V₁],  B = [V₂B₁, B₂],  V = V₂V₁,

its stages with the same value in every problem merged. Source: Butcher, Numerical Methods for ODEs, 383, 508.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce as fold
from itertools import count
from typing import Any

from schemes.equivalence import merged
from schemes.errors import SchemeError
from schemes.exact import coefficient, substitute
from schemes.linear import product
from schemes.parameters import Parameter
from schemes.rewriting import adjoint
from schemes.scheme import Matrix, Row, Scheme
from schemes.starting import starter
from schemes.symbols import RationalFunction, symbol

NUMBERED = re.compile(r"_\d+$")


def compose(first: Scheme, *others: Scheme, name: str = "") -> Scheme:
    """The scheme of one step of each, the first one first; h is the step of each part, not their sum.

    A random coefficient is drawn in each part anew: eta, eta_2, …; a learned or chosen one is shared.
    Raises SchemeError where the parts have other states, or declare a parameter in two ways.
    """
    parts = independent([first, *others])
    joined = name or "_then_".join(p.name for p in (first, *others))
    made = fold(after, parts)
    starts = [starter(p, min(i, p.history)) for i, p in enumerate(parts)] if made.history else []
    start = combined(f"start_of_{joined}", fold(after, starts)) if starts else None
    return combined(joined, replace(made, start=start))


def repeat(scheme: Scheme, times: int, name: str = "") -> Scheme:
    """The scheme of several steps taken as one. Raises SchemeError as `compose` does, and for times < 1."""
    if not isinstance(times, int) or times < 1:
        raise SchemeError(f"repeat of {scheme.name}: times = {times}, it must be a whole number, at least 1")
    return compose(*[scheme] * times, name=name or f"{scheme.name}_x{times}")


def power(scheme: Scheme, exponent: int, name: str = "") -> Scheme:
    """Φ^n: n steps; none for 0, and for n < 0 the step undone, Φ⁻¹ = Φ*_{-h}, -n times.

    Φ^m ∘ Φ^n and Φ^(m+n) are the same method. Raises SchemeError as `repeat` and `adjoint` do.
    """
    label = name or f"{scheme.name}^{exponent}"
    if exponent:
        return repeat(scheme if exponent > 0 else reflect(adjoint(scheme)), abs(exponent), label)
    r = range(len(scheme.states))
    still = tuple(tuple(Fraction(i == j) for j in r) for i in r)
    return Scheme(label, (), (), ((),) * len(r), still, states=scheme.states)


def average(schemes: Sequence[Scheme], weights: Sequence[Any] | None = None, name: str = "") -> Scheme:
    """Σ w_i Φ_i, the weighted mean (equal weights unless said) of the next states of schemes on the same states.

    Random coefficients of the same name are one draw: the parts see the same step.
    Raises SchemeError where the parts have other states or the weights do not sum to 1.
    """
    count = len(schemes)
    w = [Fraction(1, count or 1)] * count if weights is None else [coefficient(x, "weight") for x in weights]
    if not count or len(w) != count or sum(w, Fraction(0)) != 1:
        raise SchemeError(f"average of {count} schemes: the weights are {w}, one a scheme is needed and their sum is 1")
    name = name or "mean_of_" + "_and_".join(p.name for p in schemes)
    check_states(schemes)
    made = beside(schemes, w)
    if schemes[0].history:
        made = replace(made, start=beside([starter(p, 0) for p in schemes], w))
    return combined(name, made, [c for c in w if isinstance(c, RationalFunction)])


def rescale(scheme: Scheme, factor: Any, name: str = "") -> Scheme:
    """The scheme of step factor · h in units of h: A and B times the factor."""
    factor = coefficient(factor)
    made = stretched(scheme, factor)
    if scheme.history:
        made = replace(made, start=stretched(starter(scheme, 0), factor))
    return combined(name or f"{scheme.name}_scaled", made)


def reflect(scheme: Scheme, name: str = "") -> Scheme:
    """The step backwards in time, Φ_{-h}: the adjoint is its inverse, Φ* = Φ_{-h}⁻¹.

    What Butcher (Numerical Methods for ODEs, 343) calls the reflected method is the adjoint.
    """
    return rescale(scheme, -1, name or f"{scheme.name}_reflected")


# ---- parts ---------------------------------------------------------------------------------------------------------


def after(first: Scheme, second: Scheme) -> Scheme:
    """The step of `first`, then that of `second`."""
    check_states([first, second])
    across = product(second.U, first.B)
    A = diagonal(first.A, second.A)
    s = first.stages
    tables: dict[str, Any] = {
        "A": (*A[:s], *((*row, *a[s:]) for row, a in zip(across, A[s:], strict=True))),
        "U": (*first.U, *product(second.U, first.V)),
        "B": tuple((*x, *y) for x, y in zip(product(second.V, first.B), second.B, strict=True)),
        "V": product(second.V, first.V),
        "fields": (*first.fields, *second.fields),
        "parameters": shared(first.name, [first, second]),
        "tolerance": grown(first, second),
        "embedded": None,
    }
    return replace(first, start=None, **tables)


def beside(schemes: Sequence[Scheme], weights: Sequence[Any]) -> Scheme:
    """The tables side by side, and the weighted mean of their next states."""
    parts = list(zip(schemes, weights, strict=True))
    moved = [p.tolerance * (max(abs(c), Fraction(1)) if isinstance(c, Fraction) else 1) for p, c in parts]
    B = [tuple(x for p, c in parts for x in scaled(p.B, c)[i]) for i in range(len(schemes[0].V))]
    return replace(
        schemes[0],
        A=fold(diagonal, (p.A for p in schemes)),
        U=tuple(row for p in schemes for row in p.U),
        B=tuple(B),
        V=fold(added, (scaled(p.V, c) for p, c in parts)),
        fields=tuple(f for p in schemes for f in p.fields),
        parameters=shared(schemes[0].name, schemes, weights),
        start=None,
        embedded=None,
        tolerance=max(moved) if len(B) == 1 else sum(moved, Fraction(0)),
    )


def stretched(scheme: Scheme, factor: Any) -> Scheme:
    """A and B times the factor."""
    return replace(
        scheme,
        A=scaled(scheme.A, factor),
        B=scaled(scheme.B, factor),
        parameters=shared(scheme.name, [scheme], [factor]),
        start=None,
        embedded=None,
        tolerance=scheme.tolerance * (max(abs(factor), Fraction(1)) if isinstance(factor, Fraction) else 1),
    )


def grown(first: Scheme, second: Scheme) -> Fraction:
    """How far an entry of the composition may be off: errors of U₂, V₂ and B₁ go through their products."""
    if not first.tolerance + second.tolerance:
        return Fraction(0)
    if len(first.V) == 1:  # U₂ = V₂ = 1 exactly
        return max(first.tolerance, second.tolerance)
    numbers: list[Fraction] = [
        abs(x) for m in (second.U, second.V, first.B, first.V) for row in m for x in row if isinstance(x, Fraction)
    ]
    return (first.tolerance + second.tolerance) * len(first.V) * max([Fraction(1), *numbers])


def combined(name: str, made: Scheme, entries: Sequence[Any] = ()) -> Scheme:
    """The scheme that was made, equal stages merged, with what a combination has of its own."""
    parameters = shared(name, [made], entries)
    return merged(replace(made, name=name, parameters=parameters, embedded=None, source=""))


def check_states(parts: Sequence[Scheme]) -> None:
    states = parts[0].states
    if odd := next((p for p in parts if p.states != states), None):
        raise SchemeError(
            f"{odd.name} has the states {odd.states}, {parts[0].name} has {states}: "
            "bring both to the same states by as_general_linear"
        )


def shared(name: str, parts: Sequence[Scheme], entries: Sequence[Any] = ()) -> tuple[Parameter, ...]:
    """The parameters of all parts, and of entries given besides, each once."""
    parameters: dict[str, Parameter] = {}
    for part in parts:
        for p in part.parameters:
            if parameters.setdefault(p.name, p) != p:
                raise SchemeError(
                    f"{name}: {p.name} is declared in two ways, {parameters[p.name]} and {p}; fix one by at"
                )
    loose = sorted({s for x in map(coefficient, entries) if isinstance(x, RationalFunction) for s in x.symbols})
    return (*parameters.values(), *(Parameter(s, "chosen", None, "table") for s in loose if s not in parameters))


def independent(parts: Sequence[Scheme]) -> list[Scheme]:
    """The parts with random coefficients of their own: eta, eta_2, eta_3, … in the order of the parts."""
    taken = {p.name for part in parts for p in part.parameters if p.kind != "random"}
    found = []
    for part in parts:
        names = {}
        for p in part.parameters:
            if p.kind == "random":
                base = NUMBERED.sub("", p.name)
                free = p.name if p.name not in taken else next(x for x in numbered(base) if x not in taken)
                taken.add(free)
                names[p.name] = free
        found.append(renamed(part, {old: new for old, new in names.items() if old != new}))
    return found


def numbered(base: str) -> Iterator[str]:
    yield base
    yield from (f"{base}_{n}" for n in count(2))


def renamed(scheme: Scheme, names: dict[str, str]) -> Scheme:
    """The scheme with other names for parameters."""
    if not names:
        return scheme
    values = {old: symbol(new) for old, new in names.items()}
    parameters = tuple(replace(p.at(values), name=names.get(p.name, p.name)) for p in scheme.parameters)
    return scheme.mapped(lambda x: substitute(x, values), parameters=parameters)


def scaled(rows: Matrix, c: Any) -> Matrix:
    return tuple(tuple(c * x for x in row) for row in rows)


def added(first: Matrix, second: Matrix) -> Matrix:
    return tuple(tuple(x + y for x, y in zip(*rows, strict=True)) for rows in zip(first, second, strict=True))


def diagonal(first: Matrix, second: Matrix) -> Matrix:
    """[first, 0; 0, second]."""

    def zeros(count: int) -> Row:
        return (Fraction(0),) * count

    return (*((*row, *zeros(len(second))) for row in first), *((*zeros(len(first)), *row) for row in second))
