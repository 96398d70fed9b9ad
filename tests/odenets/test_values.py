"""Parameter values as text: what is written is read back, and what is no value is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odenets import OdenetsError
from odenets.values import parse, written
from schemes import Uniform, learned

fractions = st.fractions(max_denominator=1000)


@given(fractions)
def test_numbers_survive_as_text(x: Fraction) -> None:
    assert parse("k", written(x)) == x


@given(fractions, fractions)
def test_pairs_survive_as_text(first: Fraction, last: Fraction) -> None:
    assert parse("p", written((first, last))) == (first, last)


@given(fractions, fractions, st.sampled_from(["step", "channel"]))
def test_learned_starts_survive_as_text(a: Fraction, b: Fraction, per: str) -> None:
    for declared in (learned(a, per), learned(Uniform(min(a, b), max(a, b)), per)):
        assert parse("k", written(declared)) == declared


def test_decimals_mean_their_digits() -> None:
    assert parse("k", "-0.1") == Fraction(-1, 10)
    assert written(0.1) == "1/10"
    assert parse("p", "1:0.5") == (1, Fraction(1, 2))


@pytest.mark.parametrize(
    "text", ["", "half", "1/0", "1:", "learned()", "learned(1, layer)", "__import__('os')", "nan", "1e999999"]
)
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(OdenetsError, match="k ="):
        parse("k", text)
