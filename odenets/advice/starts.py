"""The Runge–Kutta scheme that makes the first steps of a multistep scheme."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from odenets.advice.families import at_start
from odenets.errors import OdenetsError
from schemes import Scheme, entries, get
from schemes.exact import is_zero


def runge_kutta_start(scheme: Scheme) -> Scheme:
    """The explicit Runge–Kutta entry of at least the scheme's order with the fewest stages, then the fewest numbers.

    It evaluates the field of the scheme. Raises OdenetsError where the scheme has several fields or no order, and where
    no entry is of its order. Source: Hairer, Nørsett, Wanner, Solving ODEs I, III.2, starting values.
    """
    from analysis import recall

    p = recall(at_start(scheme), ["order"])["order"]
    if not isinstance(p, int):
        raise OdenetsError(f"{scheme.name} has no order to start with, take start = 'euler': {p.reason}")
    if len(set(scheme.fields)) > 1:
        names = ", ".join(sorted(set(scheme.fields)))
        raise OdenetsError(f"{scheme.name} has several fields, {names}, a Runge–Kutta start has one: name its start")
    if (found := simplest(p)) is None:
        raise OdenetsError(f"no explicit Runge–Kutta scheme of order {p} is known for {scheme.name}: name its start")
    return replace(found, states=scheme.states[:1], fields=scheme.fields[:1] * found.stages)


@lru_cache
def simplest(p: int) -> Scheme | None:
    """A scheme of order q has at least q stages, so that the orders above the stages of the best need no look.

    Source: Butcher, Numerical Methods for ODEs, 324.
    """
    best: Scheme | None = None
    plain = [e for e in entries() if e.order is not None and e.order >= p and not e.declared]
    for e in sorted(plain, key=lambda e: e.order or 0):
        if best and (e.order or 0) > best.stages:
            break
        scheme = get(e.name)
        usable = scheme.kind == "runge_kutta" and scheme.explicit and len(set(scheme.fields)) == 1
        if usable and (best is None or size(scheme) < size(best)):
            best = scheme
    return best and replace(best, embedded=None)


def size(scheme: Scheme) -> tuple[int, int, int]:
    """Stages, numbers that are not 0, and the digits of these: what makes a table simple."""
    numbers = [x for rows in (scheme.A, scheme.B) for row in rows for x in row if not is_zero(x)]
    return scheme.stages, len(numbers), sum(len(str(x)) for x in numbers)
