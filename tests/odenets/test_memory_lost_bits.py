"""Lost bits: any tensor comes back from any guess, bit for bit."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from odenets.errors import OdenetsError
from odenets.memory.lost_bits import PATTERNS, lost, ranked, restored, unranked

TYPES = pytest.mark.parametrize("dtype", PATTERNS, ids=str)
SPECIAL = [0.0, -0.0, 1.0, -1.0, float("inf"), float("-inf"), float("nan"), 5e-324, 1e-45, -1e-40, 6e-8, 65504.0, 3e38]


def patterns(dtype, count):
    """Arbitrary bits: every number there is, each nan and each subnormal."""
    info = torch.iinfo(PATTERNS[dtype])
    numbers = st.integers(info.min, info.max) | st.integers(-20, 20) | st.sampled_from([info.min, info.max])
    return st.lists(numbers, min_size=count, max_size=count).map(
        lambda bits: torch.tensor(bits, dtype=PATTERNS[dtype]).view(dtype)
    )


@TYPES
@given(data=st.data())
def test_a_round_trip_from_any_guess(dtype, data):
    count = data.draw(st.integers(0, 9))
    true, guess = (data.draw(patterns(dtype, count)) for _ in "ab")
    found = restored(guess, lost(true, guess))
    assert torch.equal(found.view(PATTERNS[dtype]), true.view(PATTERNS[dtype]))


@TYPES
@given(data=st.data())
def test_a_round_trip_from_close_by(dtype, data):
    """Distances that fit in 4, 8 or 16 bits, and outliers among them."""
    count, width = data.draw(st.integers(1, 40)), data.draw(st.sampled_from([3, 7, 8, 9, 127, 128, 129, 30_000]))
    rank = data.draw(st.lists(st.integers(-1000, 1000), min_size=count, max_size=count))
    by = data.draw(st.lists(st.integers(-width, width), min_size=count, max_size=count))
    guess = torch.tensor(rank).to(PATTERNS[dtype])
    true = unranked(guess + torch.tensor(by).to(PATTERNS[dtype]), dtype)
    about = lost(true, unranked(guess, dtype))
    assert (about is None) == (not any(by))
    found = restored(unranked(guess, dtype), about)
    assert torch.equal(found.view(PATTERNS[dtype]), true.view(PATTERNS[dtype]))


@TYPES
def test_of_numbers_that_are_none(dtype):
    special = torch.tensor(SPECIAL, dtype=torch.float64).to(dtype)
    guess = special.flip(0).contiguous()
    for true, other in ((special, guess), (special, torch.zeros_like(special)), (torch.zeros_like(special), special)):
        found = restored(other, lost(true, other))
        assert torch.equal(found.view(PATTERNS[dtype]), true.view(PATTERNS[dtype]))


@TYPES
def test_ranks_are_in_the_order_of_the_numbers(dtype):
    numbers = torch.randn(1000, generator=torch.Generator().manual_seed(0), dtype=torch.float64).to(dtype).sort().values
    assert bool((ranked(numbers).diff() >= 0).all())
    assert int(ranked(torch.tensor(0.0, dtype=dtype))) == 0
    assert int(ranked(torch.tensor(-0.0, dtype=dtype))) == -1
    following = torch.nextafter(numbers.float(), torch.full((1000,), torch.inf)) if dtype == torch.float32 else None
    if following is not None:
        assert bool((ranked(following) - ranked(numbers) == 1).all())


def test_nothing_is_kept_of_a_perfect_guess():
    x = torch.randn(5)
    assert lost(x, x.clone()) is None
    assert restored(x, None) is x


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 5), (0, 4)])
def test_shapes_and_orders_of_memory(shape):
    true = torch.randn(shape)
    guess = true * (1 + 1e-6)
    found = restored(guess, lost(true, guess))
    assert found.shape == true.shape and torch.equal(found, true)
    if len(shape) == 3:
        true, guess = true.mT, guess.mT
        assert torch.equal(restored(guess, lost(true, guess)), true)
        assert torch.equal(restored(guess.contiguous(), lost(true, guess)), true)


def test_4_bits_a_number_and_8_bytes_an_outlier():
    true = torch.randn(10_000, generator=torch.Generator().manual_seed(0))
    guess = unranked(ranked(true) + torch.randint(-7, 8, (10_000,), dtype=torch.int32), torch.float32)
    about = lost(true, guess)
    assert about is not None and (about.bits, about.bytes) == (4, 5000)
    guess[7] = 3e8
    about = lost(true, guess)
    assert about is not None and (about.bits, about.places.tolist(), about.bytes) == (4, [7], 5000 + 8)
    assert torch.equal(restored(guess, about), true)


def test_other_types_have_no_bits_to_keep():
    with pytest.raises(OdenetsError, match=r"states of type torch\.int64 have no lost bits to keep"):
        lost(torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=torch.int64))
