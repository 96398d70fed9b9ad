"""Spectral deferred correction as an explicit table."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from schemes.arguments import at_least
from schemes.builders import formula
from schemes.errors import SchemeError
from schemes.interpreter import combine
from schemes.quadrature import integrals
from schemes.rewriting import reduce
from schemes.scheme import Scheme, vector

CORRECTORS = {"euler": 1, "picard": 0}  # the weight of the difference of slopes in a sweep


def deferred_correction(nodes: Sequence[Any], sweeps: int, corrector: str = "euler", name: str = "") -> Scheme:
    """Euler's scheme over the nodes, corrected `sweeps` times towards the collocation scheme on them.

        y_m = y_{m-1} + (c_m - c_{m-1}) (f(y_{m-1}) - f(y°_{m-1})) + h ∫_{c_{m-1}}^{c_m} p°(t) dt

    from 0 over the nodes to 1, p° the polynomial through the slopes f(y°_j) of the sweep before; "picard" leaves out
    the difference. Order min(sweeps + 1, the order of the quadrature with these nodes). Explicit and exact.
    Raises SchemeError unless the nodes increase within [0, 1] and sweeps ≥ 0, and for another corrector.
    Source: Dutt, Greengard, Rokhlin, BIT 40 (2000) 241–266.
    """
    c = vector("deferred_correction", "nodes", nodes)
    label = name or f"deferred_{corrector}_{len(c)}_{sweeps}"
    check(label, c, sweeps, corrector)
    points = [Fraction(0), *c, Fraction(1)]
    lengths = [CORRECTORS[corrector] * (b - a) for a, b in pairwise(points)]
    pieces = [[y - x for x, y in zip(*rows, strict=True)] for rows in pairwise(integrals(c, points))]

    def rule(f: Any, u: Any) -> Any:
        slopes = [f(u)] * len(c)  # a sweep on them is Euler's scheme
        for _ in range(sweeps + 1):
            y, new = u, list[Any]()
            for m, (length, piece) in enumerate(zip(lengths, pieces, strict=True)):
                y = y + combine(zip(piece, slopes, strict=True))
                if m:
                    y = y + length * (new[-1] - slopes[m - 1])
                if m < len(c):
                    new.append(f(y))
            slopes = new
        return y

    return reduce(formula(label, rule, source="Dutt, Greengard, Rokhlin, BIT 40 (2000) 241–266"))


def check(name: str, c: Sequence[Any], sweeps: int, corrector: str) -> None:
    if corrector not in CORRECTORS:
        raise SchemeError(f"{name}: the corrector {corrector!r} is unknown, take one of {', '.join(CORRECTORS)}")
    if not c or not all(isinstance(x, Fraction) for x in c) or not 0 <= c[0] <= c[-1] <= 1:
        raise SchemeError(f"{name}: the nodes {list(map(str, c))} are not numbers of [0, 1], give at least one")
    if (odd := next((b for a, b in pairwise(c) if a >= b), None)) is not None:
        raise SchemeError(f"{name}: the node {odd} is not above the one before, let the nodes increase")
    at_least(0, name, sweeps=sweeps)
