"""Rounded tables: how far their numbers may be from those that they stand for, and which those are."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from schemes import RationalFunction, Scheme

LONG = 10**20  # a denominator beyond it stands for an irrational number
SIMPLE = 10**4  # denominators that a rounded number may mean
MANY = 1000  # times the rounding of an entry: what a moment of a table may be off


def slack_of(scheme: Scheme) -> Fraction:
    """How far a moment of a table may be off, by its tolerance and by the numbers in its laws."""
    laws = [v for p in scheme.parameters if p.kind == "random" for v in vars(p.value).values()]
    long = [x for x in laws if isinstance(x, Fraction) and x.denominator > LONG]
    return MANY * max([scheme.tolerance, *(Fraction(1, x.denominator) for x in long)])


def negligible(x: Any, slack: Fraction) -> bool:
    """Whether an error is 0, or as small as rounding makes it."""
    if isinstance(x, RationalFunction):
        return bool(slack) and max(map(abs, x.num.values())) <= slack * max(map(abs, x.den.values()))
    return bool(abs(x) <= slack)


def meant(x: Any, slack: Fraction) -> Any:
    """The simple fraction that a rounded number stands for, or the number."""
    if not slack or not isinstance(x, Fraction):
        return x
    simple = x.limit_denominator(SIMPLE)
    return simple if abs(x - simple) <= slack else x
