"""Whether the powers of a matrix stay bounded, decided exactly.

They do if and only if its minimal polynomial is simple von Neumann: no root outside the unit circle, simple ones on it.
Source: Miller, On the location of zeros of certain classes of polynomials, J. Inst. Maths Applics 8 (1971) 397–406;
Strikwerda, Finite Difference Schemes and PDEs, section 4.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analysis.algebraic import Point
from analysis.stability import Matrix, characteristic, minimal_polynomial


def power_bounded(matrix: Matrix, point: Point, **values: Any) -> bool:
    """Whether sup_n ‖M^n‖ < ∞ for a matrix of rational functions at values in the point's field; not at a pole."""
    try:
        M = tuple(tuple(point.at(x, **values) for x in row) for row in matrix)
    except ZeroDivisionError:
        return False
    if simple_von_neumann([point.number(1) * c for c in characteristic(M)]):
        return True  # a divisor is simple von Neumann too, and the minimal polynomial costs more
    return simple_von_neumann([point.number(1) * c for c in minimal_polynomial(M)])


def simple_von_neumann(f: Sequence[Any]) -> bool:
    """All roots in the closed unit disc, those on the circle simple; coefficients ascending."""
    while len(f) > 1:
        lower = reduced(f)
        if all(c == 0 for c in lower):
            return schur([j * c for j, c in enumerate(f)][1:])
        if dominance(f) <= 0:
            return False
        f = lower
    return True


def schur(f: Sequence[Any]) -> bool:
    """All roots strictly inside the unit circle."""
    while len(f) > 1:
        if dominance(f) <= 0:
            return False
        f = reduced(f)
    return True


def dominance(f: Sequence[Any]) -> int:
    """The sign of |leading coefficient|² - |constant coefficient|²."""
    return int((f[-1] * f[-1].conjugate() - f[0] * f[0].conjugate()).sign())


def reduced(f: Sequence[Any]) -> list[Any]:
    """(f*(0) f - f(0) f*)/ζ with f* the reversed conjugate polynomial: Miller's transform, of a degree less."""
    star = [c.conjugate() for c in reversed(f)]
    return [star[0] * c - f[0] * d for c, d in zip(f[1:], star[1:], strict=True)]
