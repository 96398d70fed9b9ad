"""The words of the picture of `odenets modified --field --plot`: they follow from the scheme."""

from __future__ import annotations

from fractions import Fraction

import pytest

from analysis.trajectories import speeds
from odenets.figures_shadow_words import damped
from schemes import get, multistep


def test_all_fields_that_feed_a_component_move_it() -> None:
    assert speeds(get("polynet_2way")) == (2,)  # u + h f(u) + h g(u), both the field of the picture
    assert speeds(get("shake_shake")) == (1,)
    assert speeds(get("revnet")) == (1, 1)
    assert speeds(get("lm2", k=Fraction(1, 3))) == (Fraction(3, 4),)


@pytest.mark.parametrize(
    ("alpha", "sentence"),
    [
        ((0, -1, 1), "roots are 0: what is not smooth loses a power of h"),
        ((Fraction(-1, 9), Fraction(-5, 9), Fraction(-1, 3), 1), "roots are multiple (−1/3)"),
        ((0, Fraction(-1, 9), Fraction(-5, 9), Fraction(-1, 3), 1), "roots are 0 and multiple (−1/3)"),
    ],
)
def test_the_parasitic_roots_choose_the_sentence(alpha: tuple[Fraction, ...], sentence: str) -> None:
    """(ζ - 1)(ζ + 1/3)² = ζ³ - ζ²/3 - 5ζ/9 - 1/9, the double root of ZeroSNet; once more with a root 0."""
    beta = [0] * len(alpha)
    beta[0 if alpha[0] == 0 else -2] = sum(j * a for j, a in enumerate(alpha))  # hf[n-j], a root 0 each, or none
    assert sentence in damped(multistep("m", list(alpha), beta))
