"""Which registered scheme a table is, whatever its states are called and however they are combined.

Two tables are the same method where each block is asked at the same values of what the blocks before it gave:

    A = A',   U Vᵏ B = U' V'ᵏ B'   for k < r + r'

(the Markov parameters of a linear system: equal for V -> T V T⁻¹, U -> U T⁻¹, B -> T B, and finitely many by Cayley
and Hamilton). A block may give h f for f: its columns then have a common factor. Source: Kalman, J. SIAM Control 1
(1963) 152–192; for general linear methods Butcher, Acta Numerica 15 (2006), section 2.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from odenets.advice.families import solved
from schemes import RationalFunction, Scheme, SchemeError, entries
from schemes.equivalence import NOISE
from schemes.exact import substitute
from schemes.linear import product
from schemes.rewriting import without_idle
from schemes.scheme import unit

Rows = tuple[tuple[Any, ...], ...]
ROUNDING = Fraction(1, 10**12)  # of a sum of products of coefficients that were floats
KINDS = ("runge_kutta", "multistep", "partitioned", "operator", "general_linear")


@dataclass(frozen=True)
class Match:
    """A registered scheme, the values of its parameters, and the factor that the blocks of each field have."""

    name: str
    scheme: Scheme
    values: Mapping[str, Any]
    factors: Mapping[str, Any]
    rank: tuple[Any, ...] = ()


def matches(scheme: Scheme, kinds: Sequence[Any], among: Collection[str] | None = None) -> list[Match]:
    """All registered schemes that a table is, the best first: as it stands, then with a factor on the blocks.

    kinds: what the block of each stage is made of; stages of one field have blocks of one kind
    among: the names that are asked for, else all
    """
    known = [c for c in explicit_entries() if c[2].stages == scheme.stages and (among is None or c[1] in among)]
    for mode in ("none", "all", "field"):
        if found := [m for m in (matched(c, scheme, kinds, mode) for c in known) if m]:
            return sorted(found, key=lambda m: m.rank)
    return []


@cache
def explicit_entries() -> tuple[tuple[int, str, Scheme], ...]:
    """The explicit schemes of the registry without random coefficients, and without stages that nothing needs."""
    found = []
    for number, entry in enumerate(entries()):
        usual = entry.usual
        if usual.explicit and not usual.role("random"):
            found.append((number, entry.name, without_idle(usual)))
    return tuple(found)


def markov(scheme: Scheme, depth: int) -> Rows:
    """The rows of A, then those of U Vᵏ B."""
    return answers(scheme, scheme.U, depth, scheme.A)


def answers(scheme: Scheme, reads: Rows, depth: int, first: Rows = ()) -> Rows:
    """How what reads the states answers to the blocks of this step and of earlier ones."""
    rows, power = list(first), scheme.B
    for _ in range(depth):
        rows += product(reads, power)
        power = product(scheme.V, power)
    return tuple(map(tuple, rows))


@cache
def markov_of(name: str, depth: int) -> Rows:
    """As `markov`, of a scheme of the registry, which is asked again and again."""
    return markov(next(family for _, own, family in explicit_entries() if own == name), depth)


def zeros(rows: Rows) -> list[list[bool]]:
    return [[x == 0 for x in row] for row in rows]


def matched(candidate: tuple[int, str, Scheme], scheme: Scheme, kinds: Sequence[Any], mode: str) -> Match | None:
    """The match with one scheme of the registry, or None."""
    number, name, family = candidate
    if not comparable(family, scheme, kinds):
        return None
    depth = len(family.V) + len(scheme.V)
    found = fitted(name, family, markov(scheme, depth), mode)
    if found is None:
        return None
    values, factors = found
    value = [answers(x, (unit(x.states, x.states[0]),), depth) for x in (family, scheme)]
    other_value = not agreeing(put(value[0], values), value[1], family, factors)
    shared = [x == y for x, y in zip(pairs(scheme.fields), pairs(family.fields), strict=True)]
    rank = (len(values), other_value, shared.count(False), KINDS.index(family.kind), len(family.V), number)
    return Match(name, family, values, {k: v for k, v in factors.items() if v != 1}, rank)


def comparable(family: Scheme, scheme: Scheme, kinds: Sequence[Any]) -> bool:
    """Whether blocks of one kind stand where the family has one field, and zeros where it has zeros."""
    parts: dict[str, set[Any]] = {}
    for field, kind in zip(family.fields, kinds, strict=True):
        parts.setdefault(field, set()).add(kind)
    alone = all(len(part) == 1 for part in parts.values()) and family.operator == scheme.operator
    return alone and (bool(family.symbols) or zeros(family.A) == zeros(scheme.A))


def fitted(name: str, family: Scheme, ours: Rows, mode: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The values and factors for which the family's rows are ours; None where there are none."""
    depth = len(ours) // family.stages - 1
    try:
        theirs = markov_of(name, depth)
        values = values_of(theirs, ours, family) if mode == "none" else {}
        theirs = put(theirs, values)
        factors = factors_of(theirs, ours, family.fields, mode)
    except (SchemeError, ZeroDivisionError):
        return None
    if factors is None or set(values) != set(family.symbols) or not agreeing(theirs, ours, family, factors):
        return None
    return values, factors


def put(rows: Rows, values: Mapping[str, Any]) -> Rows:
    return tuple(tuple(substitute(x, dict(values)) for x in row) for row in rows) if values else rows


def agreeing(theirs: Rows, ours: Rows, family: Scheme, factors: Mapping[str, Any]) -> bool:
    noise = max(ROUNDING, NOISE * family.tolerance)
    scales = [factors[field] for field in family.fields]
    return all(
        alike(x * c if x != 0 else x, y, noise)
        for row, own in zip(theirs, ours, strict=True)
        for x, y, c in zip(row, own, scales, strict=True)
    )


def alike(x: Any, y: Any, noise: Fraction) -> bool:
    """x = y, but for what a float has lost of a number that is no small fraction."""
    if x == y:
        return True
    return isinstance(x, Fraction) and isinstance(y, Fraction) and abs(x - y) <= noise * max(Fraction(1), abs(y))


def pairs(fields: Sequence[str]) -> list[bool]:
    return [x == y for x in fields for y in fields]


def values_of(theirs: Rows, ours: Rows, family: Scheme) -> dict[str, Any]:
    """The values of the family's parameters for which its rows can be ours: one equation after the other."""
    values: dict[str, Any] = {}
    missing = set(family.symbols)
    while missing:
        found: dict[str, Any] = {}
        for x, value in zip(sum(theirs, ()), sum(ours, ()), strict=True):
            x = substitute(x, values)
            if isinstance(x, RationalFunction) and len(x.symbols) == 1:
                found = solution(x, value)
                if found:
                    break
        if not found:
            return {}
        values |= found
        missing -= set(found)
    return values


def solution(x: Any, value: Any) -> dict[str, Any]:
    """As `solved`, where the value may have symbols of its own, those of the network."""
    try:
        if not isinstance(value, RationalFunction):
            return solved(x, value)
        (name,) = x.symbols
        if {*x.num, *x.den} - {(), ((name, 1),)}:
            return {}
        (a, b), (c, d) = ((p.get((), 0), p.get(((name, 1),), 0)) for p in (x.num, x.den))
        return {name: (value * c - a) / (b - value * d)}
    except ZeroDivisionError:
        return {}


def factors_of(theirs: Rows, ours: Rows, fields: Sequence[str], mode: str) -> dict[str, Any] | None:
    """The factor of each field: 1, one for all, or one each; None where the first entry allows none."""
    factors: dict[str, Any] = dict.fromkeys(fields, 1)
    if mode == "none":
        return factors
    for field in dict.fromkeys(fields):
        entry = next(
            ((x, y) for row, own in zip(theirs, ours, strict=True)
             for x, y, name in zip(row, own, fields, strict=True) if name == field and x != 0),
            None,
        )  # fmt: skip
        if entry is None or entry[1] == 0 or isinstance(entry[0], RationalFunction):
            return None
        factors[field] = entry[1] / entry[0]
        if mode == "all":
            return dict.fromkeys(fields, factors[field])
    return factors
