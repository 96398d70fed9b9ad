"""Samples follow their laws: values, frequencies, moments, independence of what one random number gives."""

from fractions import Fraction
from itertools import pairwise, product
from math import sqrt

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest
from scipy.stats import t as student_t

from odenets.errors import OdenetsError
from odenets.laws import FEW, ROWS, WORD, digits, draw, stairs, words
from schemes.laws import Bernoulli, Distribution, Normal, StudentT, ThreePoint, TwoPoint, Uniform

MANY = 200_000
TABLES = [Bernoulli("1/2"), Bernoulli("4/5"), Bernoulli("1/16"), TwoPoint(), ThreePoint()]
STAIRS = [Bernoulli("1/17"), Bernoulli("37/100"), Bernoulli("999/1000")]
OTHERS = [Bernoulli(0), Bernoulli(1), Uniform(-1, "1/2"), Normal(0, 1), Normal("1/2", 2), Normal(3, 0), StudentT(12)]


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def sample(law, count=MANY, dtype=torch.float64):
    return draw(law, (count,), dtype, "cpu")


@pytest.mark.parametrize("law", [*TABLES, *STAIRS, *OTHERS], ids=str)
def test_sample_moments_are_the_exact_ones(law):
    x = sample(law)
    for n in range(1, 5):
        exact, spread = float(law.moment(n)), float(law.moment(2 * n) - law.moment(n) ** 2)
        assert abs(float((x**n).mean()) - exact) <= 4.5 * sqrt(spread / MANY) + 1e-12


def test_what_is_small_enough_for_a_table_has_one():
    assert all(digits(law.points) is not None for law in TABLES)
    assert all(digits(law.points) is None for law in STAIRS)


@pytest.mark.parametrize("law", TABLES, ids=str)
def test_rows_of_a_table_are_all_digits_and_each_is_as_likely(law):
    width, numbers = digits(law.points)
    table = torch.tensor(numbers, dtype=torch.float64).view(-1, width)
    chances = dict(law.points)
    for row in product(chances, repeat=2):  # the first two digits: their law is that of independent draws
        hits = (table[:, :2] == torch.tensor(row, dtype=torch.float64)).all(1)
        assert Fraction(int(hits.sum()), len(table)) == chances[row[0]] * chances[row[1]]
    assert len(table) <= ROWS


@pytest.mark.parametrize("law", [*TABLES, *STAIRS], ids=str)
def test_neighbours_are_independent(law):
    """χ² of the pairs of a value and the next one, within a row of the table and across rows."""
    x, chances = sample(law), dict(law.points)
    for lag in (1, 3):
        pairs = torch.stack([x[:-lag], x[lag:]], 1)[:: 2 * lag]
        counts = [int((pairs == torch.tensor(pair, dtype=x.dtype)).all(1).sum()) for pair in product(chances, repeat=2)]
        expected = [float(chances[a] * chances[b]) * len(pairs) for a, b in product(chances, repeat=2)]
        assert sum(counts) == len(pairs)
        assert chisquare(counts, expected).pvalue > 1e-4


@settings(max_examples=40, deadline=None)
@given(st.fractions(0, 1, max_denominator=10**9))
def test_a_stair_is_where_the_probability_is(p):
    """Of 2³² words round(2³² (1-p)) give 0: those below a threshold, and no other."""
    law = Bernoulli(p)
    edge = round((1 - p) * WORD) - WORD // 2
    near = torch.tensor([w for w in (edge - 1, edge) if -(WORD // 2) <= w < WORD // 2], dtype=torch.int32)
    assert stairs(law.points, near, torch.float32).tolist() == [float(w >= edge) for w in near.tolist()]


def test_stairs_of_three_values_climb_to_each():
    law, even = ThreePoint().points, torch.arange(-(WORD // 2), WORD // 2, WORD // 6000).to(torch.int32)
    x = stairs(law, even, torch.float64)
    assert len(stairs(law, even, torch.bfloat16).unique()) == 3
    assert all(a <= b for a, b in pairwise(x.tolist()))
    for value, chance in law:
        assert abs(float((x == value).double().mean()) - float(chance)) < 1e-3


def test_words_are_uniform_in_every_bit():
    x = words(MANY, "cpu").to(torch.int64)
    for bit in range(32):
        assert abs(float(((x >> bit) & 1).double().mean()) - 0.5) < 4.5 / (2 * sqrt(MANY))


def test_students_law_has_its_distribution_function():
    for nu in (3, 5):
        assert kstest(sample(StudentT(nu), 20_000).numpy(), student_t(nu).cdf).pvalue > 1e-3
        assert draw(StudentT(nu), (5,), torch.bfloat16, "cpu").dtype == torch.bfloat16


@pytest.mark.parametrize("law", [*TABLES, *STAIRS, *OTHERS], ids=str)
def test_any_shape_type_and_device(law):
    for shape in ((), (0,), (3, 0), (5, 7), (FEW + 1, 3)):
        for dtype in (torch.float64, torch.bfloat16):
            x = draw(law, shape, dtype, "cpu")
            assert x.shape == shape and x.dtype == dtype
            assert draw(law, shape, dtype, "meta").device.type == "meta"


@pytest.mark.parametrize("law", [*TABLES, *STAIRS, *OTHERS], ids=str)
def test_the_same_seed_draws_the_same_and_then_others(law):
    torch.manual_seed(3)
    first, second = sample(law), sample(law)
    torch.manual_seed(3)
    assert torch.equal(sample(law), first)
    assert torch.equal(first, second) == (law.variance == 0)


def test_small_draws_are_torchs_own():
    """Those of recorded runs: coefficients of a batch of samples, and all normal and uniform ones."""
    for law, own in (
        (Bernoulli("4/5"), lambda x: x.bernoulli_(0.8)),
        (Uniform(-1, 2), lambda x: x.uniform_(-1, 2)),
        (Normal("1/2", 3), lambda x: torch.randn(x.shape) * 3 + 0.5),
    ):
        torch.manual_seed(5)
        found = draw(law, (FEW,), torch.float32, "cpu")
        torch.manual_seed(5)
        assert torch.equal(found, own(torch.empty(FEW)))


def test_a_law_without_a_sampler_is_refused():
    class Cauchy(Distribution):
        def moment(self, n):
            return None

    with pytest.raises(OdenetsError, match="no sampler"):
        draw(Cauchy.__new__(Cauchy), (2,), torch.float32, "cpu")
