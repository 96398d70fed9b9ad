"""What a designer is given, and what it says when nothing is left: fixed entries, contradictions, open branches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from schemes.design.elimination import System
from schemes.errors import SchemeError
from schemes.exact import coefficient, substitute
from schemes.symbols import Polynomial, RationalFunction, by_powers, parts, polynomial_text, symbols_of

Fixed = Mapping[str, Any]
Solutions = Callable[[Fixed], Iterator[System]]


def constraints(name: str, entries: Mapping[str, Any], fixed: Fixed) -> System:
    """entry - value = 0 for what is fixed; a value may name other entries."""
    equations, nonzero = [], []
    for key, given in fixed.items():
        if key not in entries:
            raise SchemeError(f"{name}: {key!r} is no entry that can be fixed, those are {', '.join(entries)}")
        value = substitute(coefficient(given, f"{name}: {key}"), dict(entries))
        pair = parts(value)
        if pair is None:
            raise SchemeError(f"{name}: {key} = {given!r} is not exact, write a fraction or the name of an entry")
        equations.append(numerator(entries[key] - value))
        nonzero.append(pair[1])
    return System(tuple(equations), tuple(p for p in nonzero if symbols_of(p)))


def numerator(x: Fraction | RationalFunction) -> Polynomial:
    pair = parts(x)
    assert pair is not None
    return pair[0]


def closed(name: str, solution: System, hint: str = "") -> dict[str, Any]:
    """What is found, if no equation is left; `hint` is what else may help."""
    if not solution.equations:
        return solution.values()
    e = min(solution.equations, key=len)
    unknowns = sorted(symbols_of(e))
    linear = any(max(by_powers(e, x)) == 1 for x in unknowns)
    text = f"{polynomial_text(e)} = 0" if len(e) < 12 else f"an equation of {len(e)} terms"
    reason = "which is too long to go on from" if linear else "which is linear in no unknown"
    if solution.unfinished:
        reason = "and fall apart into more branches than can be gone through"
    raise SchemeError(f"{name}: the conditions leave {text}, {reason}: fix one or more of {', '.join(unknowns)}{hint}")


def contradiction(name: str, wish: str, solutions: Solutions, fixed: Fixed) -> SchemeError:
    """Names the fixed values that are enough to exclude every scheme."""
    for key in fixed:
        rest = {k: v for k, v in fixed.items() if k != key}
        if next(solutions(rest), None) is None:
            return contradiction(name, wish, solutions, rest)
    if not fixed:
        return SchemeError(f"{name}: there is no {wish}: lower the order")
    given = " and ".join(f"{k} = {v}" for k, v in fixed.items())
    return SchemeError(
        f"{name}: there is no {wish} that has {given}: leave {'one of them' if len(fixed) > 1 else 'it'} free"
    )


def whole(name: str, **numbers: int) -> None:
    for key, x in numbers.items():
        if not isinstance(x, int) or isinstance(x, bool) or x < 1:
            raise SchemeError(f"{name}: {key} = {x!r} must be a whole number of at least 1")
