"""Joins with drop-path: the weights of what is averaged are random together, and always sum to 1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import combinations
from math import comb, prod
from typing import Any

from schemes.errors import SchemeError
from schemes.laws import Distribution
from schemes.scheme import Scheme
from schemes.symbols import RationalFunction, symbol


@dataclass(frozen=True)
class DropPath(Distribution):
    """The weight of one column at a join of the last `inputs` of `columns` columns, 1 the first.

    join     the weight of the join's first column: those that name it are drawn together, and sum to 1
    share    of draws that are global: one column, each with equal probability, is taken alone in the whole network; a
             join where it does not meet, whose value nobody reads, takes the mean
    p        locally: each input is dropped with this probability, one at random stays where all would go, and the join
             is the mean of those that stay

    Source: Larsson, Maire, Shakhnarovich 2017, section 3.1; where all would go: their published fractal_join_layer.cpp.
    """

    join: Any
    column: Any
    inputs: Any
    columns: Any
    p: Any
    share: Any

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.join, RationalFunction):
            raise SchemeError(f"{self}: its join is {self.join}, name the weight of its first column; fix all or none")
        counts = (self.inputs, self.columns, self.column)
        if not all(isinstance(x, Fraction) and x.denominator == 1 for x in counts) or not (
            1 <= self.inputs <= self.columns and self.columns - self.inputs < self.column <= self.columns
        ):
            raise SchemeError(f"{self}: the column is one of the last {self.inputs} of {self.columns} columns")
        if odd := [x for x in (self.p, self.share) if isinstance(x, Fraction) and not 0 <= x <= 1]:
            raise SchemeError(f"{self}: {odd[0]} is a probability, take it from [0, 1]")

    @property
    def together(self) -> Any:
        return type(self), self.columns, self.share

    def moment(self, n: int) -> Any:
        return self.joint([(self, n)])

    def joint(self, others: Sequence[tuple[Any, int]]) -> Any:
        """E[Π w_i^n_i], of joins that are independent of each other locally, and have one column globally."""
        powers = [(law, n) for law, n in others if n]
        joins = {law.join: [(x, n) for x, n in powers if x.join == law.join] for law, _ in powers}
        local = prod((local_moment(part) for part in joins.values()), start=Fraction(1))
        whole = range(1, int(self.columns) + 1)
        alone = sum((prod((law.alone(c) ** n for law, n in powers), start=Fraction(1)) for c in whole), Fraction(0))
        return (1 - self.share) * local + self.share * alone / self.columns

    def alone(self, column: int) -> Fraction:
        """The weight where one column is taken in the whole network."""
        met = column > self.columns - self.inputs
        return Fraction(self.column == column) if met else 1 / Fraction(self.inputs)

    def chance(self, kept: int) -> Any:
        """The local probability that these inputs, a given set of so many, stay."""
        m = int(self.inputs)
        return (1 - self.p) ** kept * self.p ** (m - kept) + (self.p**m / m if kept == 1 else 0)

    def outcomes(self) -> Iterator[tuple[tuple[int, ...], Any]]:
        """The sets of columns that may stay locally, and their probabilities."""
        met = range(int(self.columns - self.inputs) + 1, int(self.columns) + 1)
        for kept in range(1, len(met) + 1):
            yield from ((chosen, self.chance(kept)) for chosen in combinations(met, kept))


def local_moment(powers: Sequence[tuple[DropPath, int]]) -> Any:
    """E[Π w_i^n_i] within one join: Σ_k P(k inputs stay, these among them) k^-n."""
    law = powers[0][0]
    m, needed = int(law.inputs), len({x.column for x, _ in powers})
    n = sum(n for _, n in powers)
    terms = (law.chance(k) * Fraction(comb(m - needed, k - needed), k**n) for k in range(needed, m + 1))
    return sum(terms, Fraction(0))


def joins_of(scheme: Scheme) -> dict[str, tuple[str, ...]]:
    """{first weight: all weights} of the joins whose weights are in the table, columns ascending.

    Raises SchemeError where some weights of a join are fixed and others are not.
    """
    laws = {p.name: p.value for p in scheme.parameters if isinstance(p.value, DropPath)}
    found = {}
    for law in dict.fromkeys(laws[name] for name in laws if name in scheme.symbols):
        names = sorted((x for x in laws if laws[x].join == law.join), key=lambda x: laws[x].column)
        if len(names) != law.inputs:
            raise SchemeError(
                f"{scheme.name}: of the join {', '.join(names)} a weight is fixed; fix all of them or none"
            )
        found[names[0]] = tuple(names)
    return found


def spelled_out(scheme: Scheme) -> Scheme:
    """The scheme with the first weight of each join written by its name, where the table has 1 - w₂ - w₃ for it.

    As the weights of a join sum to 1, coefficients are made homogeneous in them: exactly 0 where a column is dropped.
    """
    for names in joins_of(scheme).values():
        scheme = scheme.mapped(partial(homogeneous, names=names))
    return scheme


def homogeneous(x: Any, names: Sequence[str]) -> Any:
    """A polynomial in symbols that sum to 1, every term of the same degree in them."""
    if not isinstance(x, RationalFunction) or not x.symbols & set(names):
        return x
    degree = {m: sum(e for s, e in m if s in names) for m in x.num}
    top, total = max(degree.values()), sum(map(symbol, names), Fraction(0))
    terms = (c * prod((symbol(s) ** e for s, e in m), start=total ** (top - degree[m])) for m, c in x.num.items())
    return sum(terms, Fraction(0)) / RationalFunction(x.den, {(): 1})()
