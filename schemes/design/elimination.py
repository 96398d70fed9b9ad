"""Polynomial systems that fall apart: one unknown after another is found from an equation that is linear in it.

An equation p x + q = 0 is solved by x = -q/p where p ≠ 0; where p = 0, q = 0 is left, and that is a branch of its own.
The branches together are all solutions, each of them once. An equation that is linear in no unknown ends its branch
open, and so does the end of the work that is allowed.
Source: Wang, Elimination Methods, 2001, chapter 3 (splitting into simple systems), for degree one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import inf
from typing import Any

from schemes.design.factors import factors, without
from schemes.symbols import Polynomial, RationalFunction, add, by_powers, mul, primitive, quotient, symbols_of

Rank = Callable[[str, frozenset[str]], tuple[int, ...]]

LARGEST = 160  # terms of an equation that is solved, and
PRODUCTS = 20_000  # products of terms in one substitution: beyond it takes minutes, and nobody reads what comes out
WORK = 500_000  # products in all branches together: some 10 s; the first one of (6, 5) with C2 and D1 takes 200,000


@dataclass(frozen=True)
class System:
    """Equations p = 0, polynomials that are not 0, and what is found: x = num/den, the last one first.

    conflict    an equation can not hold, or something that is not 0 is
    unfinished  the work allowed was done before all was solved
    """

    equations: tuple[Polynomial, ...]
    nonzero: tuple[Polynomial, ...] = ()
    found: tuple[tuple[str, Polynomial, Polynomial], ...] = ()
    conflict: bool = False
    unfinished: bool = False

    def values(self) -> dict[str, Any]:
        """The unknowns that are found, as functions of those that stay free."""
        known: dict[str, Any] = {}
        for x, num, den in self.found:
            known[x] = value(num, known) / value(den, known)
        return known


@dataclass(frozen=True)
class Pivot:
    """The equation with this number is p x + q = 0, to be solved for x."""

    number: int
    x: str
    p: Polynomial
    q: Polynomial


def branches(system: System, rank: Rank) -> Iterator[System]:
    """All branches of the solutions, the general one first; a branch that ends open has equations left.

    rank(x, the unknowns of the equation) is least for the unknown that should be found first. After `WORK` products
    every branch ends where it is, unfinished.
    """
    waiting, work = [system], 0
    while waiting:
        system = reduced(waiting.pop())
        if system.conflict:
            continue
        if system.equations and work > WORK:
            yield replace(system, unfinished=True)
        elif pivot := chosen(system, rank):
            work += sum(products(system, pivot.x, max(len(pivot.p), len(pivot.q))))
            waiting += reversed(solved(system, pivot))
        elif cases := apart(system):
            waiting += reversed(cases)
        else:
            yield system


def solved(system: System, pivot: Pivot) -> list[System]:
    """p x + q = 0 with p ≠ 0, and the cases of p = q = 0."""
    rest = without_equation(system, pivot.number)
    parts = factors(without(pivot.p, system.nonzero))
    cases = split(replace(rest, equations=(pivot.q, *rest.equations)), parts)
    return [substituted(rest, pivot, parts), *cases]


def apart(system: System) -> list[System]:
    """Where no equation is linear in an unknown, one may have factors that are; [] where none has."""
    for i, e in enumerate(system.equations):
        if len(e) <= LARGEST and (parts := factors(e)) != [e]:
            return split(without_equation(system, i), parts)
    return []


def split(system: System, parts: list[Polynomial]) -> list[System]:
    """One of the parts is 0: the first one, or the second one and not the first, …"""
    found = []
    for part in parts:
        found.append(replace(system, equations=(part, *system.equations)))
        system = replace(system, nonzero=(*system.nonzero, part))
    return found


def without_equation(system: System, number: int) -> System:
    return replace(system, equations=(*system.equations[:number], *system.equations[number + 1 :]))


def reduced(system: System) -> System:
    """The equations without factors that are not 0; those that hold are left out, one like 1 = 0 is a conflict."""
    kept = tuple(without(primitive(e), system.nonzero) for e in system.equations if e)
    return replace(system, equations=kept, conflict=system.conflict or not all(map(symbols_of, kept)))


def chosen(system: System, rank: Rank) -> Pivot | None:
    """The equation to solve next: where p can not be 0 before others, then by rank, then the shortest."""
    best, least = None, (True, inf)
    for i, e in enumerate(system.equations):
        if len(e) > LARGEST:
            continue
        for x in sorted(symbols_of(e)):
            rows = by_powers(e, x)
            if max(rows) > 1:
                continue
            p, q = rows[1], rows.get(0, {})
            unsafe = bool(symbols_of(without(p, system.nonzero))) and (not q or bool(symbols_of(q)))
            score: Any = (unsafe, *rank(x, frozenset(symbols_of(e))), len(p), len(e))
            if score < least and max(products(system, x, max(len(p), len(q)))) <= PRODUCTS:
                best, least = Pivot(i, x, p, q), score
    return best


def products(system: System, x: str, terms: int) -> list[int]:
    """How many products of terms a substitution for x, of so many terms, takes at most in each equation."""
    degrees = [(len(e), max(by_powers(e, x), default=0)) for e in system.equations]
    return [count * int(terms**degree) for count, degree in degrees]


def substituted(system: System, pivot: Pivot, parts: list[Polynomial]) -> System:
    """The system with x = -q/p, p ≠ 0."""
    num = {m: -c for m, c in pivot.q.items()}
    nonzero = [at(e, pivot.x, num, pivot.p) for e in system.nonzero]
    return System(
        tuple(at(e, pivot.x, num, pivot.p) for e in system.equations),
        (*parts, *(part for e in nonzero if e for part in factors(e))),
        ((pivot.x, num, pivot.p), *system.found),
        not all(nonzero),
    )


def at(e: Polynomial, x: str, num: Polynomial, den: Polynomial) -> Polynomial:
    """The numerator of e at x = num/den: Σ_n e_n num^n den^(d-n), d the degree."""
    rows = by_powers(e, x)
    total: Polynomial = {}
    power: Polynomial = {(): 1}
    for n in range(max(rows, default=0), -1, -1):  # Horner's rule, made homogeneous
        total = add(mul(total, num), mul(rows.get(n, {}), power))
        power = mul(power, den)
    return total


def value(p: Polynomial, known: dict[str, Any]) -> Any:
    """p with what is known put in."""
    whole = quotient(p, {(): 1})
    return whole(**known) if isinstance(whole, RationalFunction) else whole
