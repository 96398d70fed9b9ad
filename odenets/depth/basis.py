"""Functions of depth s in [0, 1] that weights are sums of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import cos, pi, prod
from typing import Any

from odenets.errors import OdenetsError
from schemes.exact import coefficient

NEAR = 1e-9  # abscissae of rounded tables miss 1 by their tolerance
MOST = {"legendre": 20}  # Lagrange's products lose digits beyond


@dataclass(frozen=True)
class Basis:
    """Cardinal functions φ_m: 1 at place m, 0 at the others, of sum 1; so θ_m is the weight at place m itself.

    kind    constant: 1 on the piece that begins at place m · linear: hats, flat outside · cosine, legendre: of the
            first K cosines cos(kπs), or of the polynomials of degree below K
    places  in [0, 1], increasing
    """

    kind: str
    places: tuple[Any, ...]

    def weights(self, s: Any, end: bool = False) -> dict[int, float]:
        """{m: φ_m(s)} without zeros; a piece has its left end, with `end` its right one instead: a step's last stage
        sees what the step saw."""
        found = KINDS[self.kind](self.places, s, end)
        return {m: float(x) for m, x in found.items() if x != 0}

    def __str__(self) -> str:
        count = len(self.places)
        known = self.kind in SPECTRAL or self.places == usual(self.kind, count)
        return f"{self.kind}:{count if known else ','.join(map(written, self.places))}"

    def near(self, other: Basis) -> bool:
        """Whether the two have the same functions, but for the rounding of places."""
        pairs = list(zip(self.places, other.places, strict=False))
        same = self.kind == other.kind and len(self.places) == len(other.places)
        return same and all(abs(float(a) - float(b)) < NEAR for a, b in pairs)


def written(place: Any) -> str:
    """A fraction as it is, or where a trained coefficient makes it long its decimals."""
    return str(place) if Fraction(place).denominator < 10**6 else format(float(place), ".17f").rstrip("0")


def read(text: str) -> Basis:
    """A basis from text: "linear:4", or "constant:0,1/4,1/2" with places of its own.

    Raises OdenetsError for another kind, and for places that are none.
    """
    kind, _, rest = text.strip().partition(":")
    if kind not in KINDS:
        raise OdenetsError(f"weights = {text!r}: write a kind and a number of knots, such as linear:4, of {either()}")
    if rest.isdecimal() and 0 < int(rest) <= MOST.get(kind, 10**6):
        return Basis(kind, usual(kind, int(rest)))
    if kind in SPECTRAL or "," not in rest:
        most = f", at most {MOST[kind]}" if kind in MOST else ""
        raise OdenetsError(f"weights = {text!r}: behind {kind}: stands a number of knots, at least 1{most}")
    try:
        places = tuple(Fraction(coefficient(part.strip())) for part in rest.split(","))
    except (ValueError, TypeError, ZeroDivisionError):
        raise OdenetsError(f"weights = {text!r}: places are numbers in [0, 1], such as 0,1/4,1/2") from None
    ordered = all(a < b for a, b in pairwise(places))
    if not ordered or not 0 <= places[0] <= places[-1] <= 1 or (kind == "constant" and places[0] != 0):
        raise OdenetsError(f"weights = {text!r}: places increase from 0 to 1 at most, the first of constant is 0")
    return Basis(kind, places)


def either() -> str:
    *names, last = KINDS
    return f"{', '.join(names)} or {last}"


def usual(kind: str, count: int) -> tuple[Any, ...]:
    """Places of that many functions: even ones with both ends, ends of pieces, Chebyshev's, Gauss's."""
    match kind:
        case "constant":
            return tuple(Fraction(m, count) for m in range(count))
        case "linear":
            return tuple(Fraction(m, max(1, count - 1)) for m in range(count))
        case "cosine":
            return tuple(Fraction(2 * m + 1, 2 * count) for m in range(count))
    from numpy.polynomial.legendre import leggauss

    return tuple(float(1 + x) / 2 for x in leggauss(count)[0])


def constant(places: tuple[Any, ...], s: Any, end: bool) -> dict[int, Any]:
    return {max(0, bisect_right(places, s - NEAR if end else s + NEAR) - 1): 1}


def linear(places: tuple[Any, ...], s: Any, end: bool) -> dict[int, Any]:
    m = bisect_right(places, s)
    if m in (0, len(places)):
        return {max(0, m - 1): 1}
    part = (s - places[m - 1]) / (places[m] - places[m - 1])
    return {m - 1: 1 - part, m: part}


def cosine(places: tuple[Any, ...], s: Any, end: bool) -> dict[int, float]:
    """Interpolation by cosines at the midpoints, the discrete cosine transform II and back."""
    K, x = len(places), float(s)
    return {
        m: (1 + 2 * sum(cos(k * pi * float(place)) * cos(k * pi * x) for k in range(1, K))) / K
        for m, place in enumerate(places)
    }


def legendre(places: tuple[Any, ...], s: Any, end: bool) -> dict[int, float]:
    x = float(s)
    return {
        m: prod((x - other) / (place - other) for k, other in enumerate(places) if k != m)
        for m, place in enumerate(places)
    }


SPECTRAL = ("cosine", "legendre")
KINDS: dict[str, Callable[[tuple[Any, ...], Any, bool], dict[int, Any]]] = {
    "constant": constant,
    "linear": linear,
    "cosine": cosine,
    "legendre": legendre,
}
