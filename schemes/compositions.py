"""Compositions of one symmetric scheme with other step sizes: two orders more each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from schemes.algebra import compose, rescale
from schemes.arguments import at_least
from schemes.errors import SchemeError
from schemes.numerals import IRRATIONAL
from schemes.quadrature import real_roots
from schemes.scheme import Scheme


def triple_jump(scheme: Scheme, order: int) -> Scheme:
    """Φ_{wh} ∘ Φ_{(1-2w)h} ∘ Φ_{wh}, w = 1/(2 - 2^{1/(p+1)}): order p + 2 from a symmetric scheme of even order p.

    order: p, of the scheme given. The middle step goes backwards in time. Entries to 50 digits.
    A scheme that is not symmetric gains one order. Raises SchemeError where p is not even, and for one with history.
    Source: Creutz, Gocksch 1989; Forest 1989; Suzuki, Yoshida 1990; Hairer, Lubich, Wanner, (II.4.4).
    """
    without_history("triple_jump", scheme)
    w = 1 / (2 - root_of("triple_jump", 2, order))
    return jumps(scheme, [w, 1 - 2 * w, w], f"{scheme.name}_triple_jump", "Yoshida 1990; HLW (II.4.4)")


def suzuki(scheme: Scheme, order: int) -> Scheme:
    """Φ_{wh}² ∘ Φ_{(1-4w)h} ∘ Φ_{wh}², w = 1/(4 - 4^{1/(p+1)}): order p + 2, all steps shorter than h.

    order: p, of the symmetric scheme given, even. Entries to 50 digits.
    Raises SchemeError where p is not even, and for a scheme with history.
    Source: Suzuki, Phys. Lett. A 146 (1990) 319–323; Hairer, Lubich, Wanner, (II.4.5).
    """
    without_history("suzuki", scheme)
    w = 1 / (4 - root_of("suzuki", 4, order))
    return jumps(scheme, [w, w, 1 - 4 * w, w, w], f"{scheme.name}_suzuki", "Suzuki 1990; HLW (II.4.5)")


# ---- parts ---------------------------------------------------------------------------------------------------------


def without_history(family: str, scheme: Scheme) -> None:
    """Raises SchemeError unless steps of different lengths may follow each other: V = I, all states are values.

    A state that V moves or damps (a value a step ago, a slope h f, a momentum) belongs to the step size before.
    """
    if not isinstance(scheme, Scheme):
        raise SchemeError(f"{family}: {scheme!r} is no scheme, give one such as schemes.get('midpoint')")
    states = scheme.states
    if any(x != (i == j) for i, row in enumerate(scheme.V) for j, x in enumerate(row)):
        raise SchemeError(
            f"{family}: the states {', '.join(states)} of {scheme.name} carry history from steps of one length, which "
            "steps of other lengths can not read: take a one-step scheme"
        )


def root_of(family: str, number: int, order: int) -> Fraction:
    """number^{1/(order+1)}, to 70 digits."""
    at_least(2, family, order=order)
    if order % 2:
        raise SchemeError(f"{family}: order = {order} is odd, that of a symmetric scheme is even")
    (root,) = real_roots([-number, *[0] * order, 1], Fraction(1), Fraction(number))
    return root


def jumps(scheme: Scheme, factors: Sequence[Fraction], name: str, source: str) -> Scheme:
    """One step of each length, the factors rounded so that they still sum to 1 and read the same from both ends."""
    short = [round(w, 60) for w in factors[: len(factors) // 2]]
    middle = 1 - 2 * sum(short, Fraction(0))
    made = compose(*[rescale(scheme, w) for w in (*short, middle, *reversed(short))], name=name)
    return replace(made, tolerance=max(made.tolerance, IRRATIONAL), source=source)
