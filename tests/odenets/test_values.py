"""Parameter values as text: what is written is read back, and what is no value is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odenets import OdenetsError
from odenets.values import parse, written
from schemes import SchemeError, Uniform, learned

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


@given(fractions, st.fractions(0, 1, max_denominator=100), st.sampled_from(["step", "channel"]))
def test_intervals_survive_as_text(low: Fraction, width: Fraction, per: str) -> None:
    within = (low, low + 4 + width)
    for declared in (learned(low + 1, per, within), learned(Uniform(low + 1, low + 2 + width), per, within)):
        assert parse("k", written(declared)) == declared


def test_an_interval_is_written_behind_the_start() -> None:
    declared = learned(Uniform("-1/10", 0), "channel", (-1, 1))
    assert parse("k", "learned(-0.1..0, in -1..1, channel)") == declared
    assert parse("k", "learned(-0.1..0, channel, in -1..1)") == declared
    assert written(declared) == "learned(-1/10..0, in -1..1, channel)"
    assert parse("k", "learned(0, in -0.5..1/2)") == learned(0, within=("-1/2", "1/2"))


def test_a_start_on_the_end_of_its_interval_is_refused() -> None:
    with pytest.raises(SchemeError, match="its start 1 is not inside"):
        parse("k", "learned(1, in -1..1)")


def test_decimals_mean_their_digits() -> None:
    assert parse("k", "-0.1") == Fraction(-1, 10)
    assert written(0.1) == "1/10"
    assert parse("p", "1:0.5") == (1, Fraction(1, 2))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "half",
        "1/0",
        "1:",
        "learned()",
        "learned(1, layer)",
        "learned(0, in 1)",
        "learned(0, in -1..1, in -1..1, in -1..1)",
        "__import__('os')",
        "nan",
        "1e999999",
    ],
)
def test_what_is_no_value_is_refused(text: str) -> None:
    with pytest.raises(OdenetsError, match="k ="):
        parse("k", text)
