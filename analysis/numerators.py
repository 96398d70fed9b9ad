"""Exact numbers without fractions: of each coefficient only the numerator is kept, its denominator is known beforehand.

A coefficient of a tree of n nodes is a number of a ring over d^i e^j c(n): d and e are common denominators of the
table, i and j are linear in n, and c(n) is what the factorials of exp and log bring in. So whole numbers, or
polynomials, are added and multiplied, and nothing is cancelled before the end (docs/decisions/0007).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, reduce
from math import lcm, prod
from operator import floordiv, truediv
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from schemes import RationalFunction
from schemes.symbols import lowest, parts

Array = np.ndarray[Any, Any]
Rows = Sequence[Sequence[Any]]
Number = Callable[[Any], Any]


@cache
def factorials(n: int) -> int:
    """c(n) = Π p^⌊(n-1)/(p-1)⌋ over the primes p: 1, 2, 12, 24, 720, 1440, 60480, …

    c(m) c(n) divides c(m+n-1), and n! Π c(k_j) divides c(n + Σ k_j), since p^⌊(n-1)/(p-1)⌋ is what p can have in n!.
    Source: the same numbers are in Hofstätter, Denominators of coefficients of the Baker–Campbell–Hausdorff series.
    """
    primes = (p for p in range(2, n + 1) if all(p % q for q in range(2, p)))
    return prod(p ** ((n - 1) // (p - 1)) for p in primes)


@dataclass(frozen=True)
class Ring:
    """Where numerators live.

    denominator  of an entry of a table
    common       a common multiple of denominators
    lift         the numerator of an entry over a denominator
    drop         the number that a numerator and a denominator are
    factorials   c(n)
    divide       an array by a whole number that divides it
    """

    denominator: Callable[[Any], Any]
    common: Callable[[Iterable[Any]], Any]
    lift: Callable[[Any, Any], Any]
    drop: Callable[[Any, Any], Any]
    factorials: Callable[[int], int] = factorials
    divide: Callable[[Array, int], Array] = floordiv
    dtype: Any = object


WHOLE = Ring(
    denominator=lambda x: x.denominator,
    common=lambda denominators: lcm(*denominators),
    lift=lambda x, over: x.numerator * (over // x.denominator),
    drop=Fraction,
)


def inexact(number: Number) -> Ring:
    """Any arithmetic with + * and / as it is: nothing is known of denominators, all are 1."""
    dtype = number if number in (float, complex) else object

    def lift(x: Any, _: Any) -> Any:
        return number(x.numerator) / number(x.denominator) if isinstance(x, Fraction) else x

    return Ring(lambda _: 1, lambda _: 1, lift, lambda x, _: x, lambda _: 1, truediv, dtype)


def balls() -> Ring:
    """The balls of a rounded table, whose denominators are all 1."""
    from analysis.balls import Ball, raw

    return Ring(lambda _: 1, lambda _: 1, lambda x, _: raw(x), lambda x, _: Ball(x), lambda _: 1, truediv)


def polynomials(symbols: Iterable[str]) -> Ring:
    """Polynomials with integer coefficients, by FLINT."""
    from flint import Ordering, fmpz_mpoly_ctx

    names = tuple(sorted(symbols))
    context = fmpz_mpoly_ctx.get(names, Ordering.lex)

    def pair(x: Any) -> Any:
        return [context.from_dict({exponents(m, names): n for m, n in p.items()}) for p in parts(x) or ()]

    def drop(num: Any, den: Any) -> Any:
        shared = num.gcd(den)
        return lowest(*(monomials((p // shared).to_dict(), names) for p in (num, den)))

    def lift(x: Any, over: Any) -> Any:
        num, den = pair(x)
        return num * (over // den)

    return Ring(
        denominator=lambda x: pair(x)[1],
        common=lambda denominators: reduce(lambda x, y: x * (y // x.gcd(y)), denominators, context.constant(1)),
        lift=lift,
        drop=drop,
    )


def exponents(monomial: Any, names: Sequence[str]) -> tuple[int, ...]:
    return tuple(dict(monomial).get(name, 0) for name in names)


def monomials(p: Mapping[Any, Any], names: Sequence[str]) -> dict[Any, int]:
    return {tuple((s, int(e)) for s, e in zip(names, m, strict=True) if e): int(n) for m, n in p.items()}


def ring_of(entries: Iterable[Any], number: Number | None = None) -> Ring:
    """The ring for a table: whole numbers, polynomials in its symbols, or its arithmetic, or `number`, as it is.

    Raises AnalysisError where symbols are to be numbers.
    """
    entries = list(entries)
    symbols = frozenset().union(*(x.symbols for x in entries if isinstance(x, RationalFunction)))
    if symbols and number is not None:
        values = ", ".join(f"{name}=…" for name in sorted(symbols))
        raise AnalysisError(
            f"{', '.join(sorted(symbols))} is free in the table: fix it before asking for numbers, .at({values})"
        )
    if number is not None or not {type(x) for x in entries} <= {int, Fraction, RationalFunction}:
        return inexact(number or (lambda x: x))
    return polynomials(symbols) if symbols else WHOLE


class Numerators:
    """The numerators over d^i e^j c(n) of a table's coefficients; d and e are common denominators of some matrices."""

    def __init__(self, ring: Ring, d: Iterable[Rows], e: Iterable[Rows]) -> None:
        self.ring = ring
        self.d, self.e = (ring.common(ring.denominator(x) for m in rows for row in m for x in row) for rows in (d, e))

    def lift(self, rows: Rows, over: Any) -> Array:
        """A matrix times `over`."""
        found = np.empty((len(rows), len(rows[0]) if rows else 0), dtype=self.ring.dtype)
        for i, row in enumerate(rows):
            for j, x in enumerate(row):
                found[i, j] = self.ring.lift(x, over)
        return found

    def times(self, array: Array, x: Any) -> Array:
        """array · x; numpy would take a polynomial for the list of its terms."""
        scalar = np.empty((), dtype=self.ring.dtype)
        scalar[()] = x
        return array * scalar

    def extend(self, n: int, *parts: int) -> int:
        """c(n) / Π c(k): what brings a product of coefficients of these numbers of nodes to n."""
        return self.ring.factorials(n) // prod(map(self.ring.factorials, parts))

    def drop(self, x: Any, i: int, j: int, n: int) -> Any:
        """x / (d^i e^j c(n))."""
        return self.ring.drop(x, self.d**i * self.e**j * self.ring.factorials(n))
