"""Batches: each index once over all ranks, an epoch as a pure function, windows of the normalised image."""

from itertools import zip_longest

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor

from odenets.data.augment import MARGIN, normalise
from odenets.data.batches import Batches
from odenets.data.dataset import Split
from odenets.errors import OdenetsError
from tests.odenets.test_data_augment import window

UNTIMED = settings(deadline=None)

MEAN, STD = torch.tensor([0.4, 0.6]), torch.tensor([0.2, 0.3])


def split(count: int, side: int = 5) -> Split:
    """Images whose pixels tell their place, and labels that tell their index."""
    pixels = torch.arange(count * 2 * side * side) % 251
    return Split(pixels.to(torch.uint8).view(count, 2, side, side), torch.arange(count))


def batches(data: Split, size: int = 4, **changes: object) -> Batches:
    settings = {"mean": MEAN, "std": STD, "device": "cpu", "augment": True, "shuffle": True, "seed": 0} | changes
    return Batches(data, size, **settings)


def equal(some: list[tuple[Tensor, Tensor]], others: list[tuple[Tensor, Tensor]]) -> bool:
    """Whether two epochs agree bit for bit."""
    pairs = zip_longest(some, others, fillvalue=(torch.empty(0), torch.empty(0)))
    return all(torch.equal(x, y) and torch.equal(a, b) for (x, a), (y, b) in pairs)


counts, sizes, worlds, seeds = st.integers(1, 60), st.integers(1, 9), st.integers(1, 4), st.integers(0, 2**40)


@UNTIMED
@given(counts, sizes, worlds, seeds, st.integers(0, 300), st.booleans())
def test_every_index_once_over_all_ranks(
    count: int, size: int, world: int, seed: int, epoch: int, shuffle: bool
) -> None:
    tail = count % (size * world)
    assume(tail == 0 or tail >= world)
    seen = []
    for rank in range(world):
        loader = batches(split(count, 1), size, seed=seed, rank=rank, world=world, shuffle=shuffle)
        labels = [label for _, label in loader.epoch(epoch)]
        assert len(labels) == len(loader) == -(-count // (size * world))
        assert all(len(label) == size for label in labels[:-1])
        assert 0 < len(labels[-1]) <= size
        seen += torch.cat(labels).tolist()
    assert sorted(seen) == list(range(count))


@UNTIMED
@given(st.integers(0, 5), sizes, st.integers(2, 5), st.data())
def test_a_last_batch_that_some_rank_lacks_is_refused(full: int, size: int, world: int, draw: st.DataObject) -> None:
    count = full * size * world + draw.draw(st.integers(1, world - 1))
    with pytest.raises(OdenetsError, match=f"{count} images in batches of {size} .* choose another batch_size"):
        batches(split(count, 1), size, world=world)


@UNTIMED
@given(st.integers(8, 40), st.integers(1, 5), st.integers(2, 3), st.integers(0, 9))
def test_ranks_together_see_the_batches_of_one_process(count: int, size: int, world: int, epoch: int) -> None:
    tail = count % (size * world)
    assume(tail == 0 or tail >= world)
    alone = batches(split(count), size * world).epoch(epoch)
    ranks = [batches(split(count), size, rank=rank, world=world).epoch(epoch) for rank in range(world)]
    for (images, labels), *shares in zip(alone, *ranks, strict=True):
        for rank, share in enumerate(shares):
            assert equal([share], [(images[rank::world], labels[rank::world])])


def test_an_epoch_depends_on_seed_and_epoch_alone() -> None:
    data = split(30)
    fresh = list(batches(data).epoch(3))
    used = batches(data)
    list(used), next(used.epoch(3))
    assert equal(list(used.epoch(3)), fresh)
    interleaved = [pair for pair, _ in zip(used.epoch(3), used.epoch(4), strict=True)]
    assert equal(interleaved, fresh)
    assert equal(list(used), list(used.epoch(0)))


@pytest.mark.parametrize("shuffle", [True, False])
def test_epochs_and_seeds_differ_in_order_and_in_windows(shuffle: bool) -> None:
    data = split(30)
    epochs = [next(batches(data, 30, seed=s, shuffle=shuffle).epoch(e)) for s in (0, 1) for e in (0, 1)]
    for k, (images, labels) in enumerate(epochs):
        for others, other_labels in epochs[:k]:
            assert torch.equal(labels, other_labels) is not shuffle
            assert not torch.equal(images[labels.argsort()], others[other_labels.argsort()])


def test_a_long_seed_is_not_taken_for_a_short_one_and_a_later_epoch() -> None:
    order = [
        torch.cat([labels for _, labels in batches(split(30), seed=s).epoch(e)]) for s, e in [(2**32 + 5, 0), (5, 1)]
    ]
    assert not torch.equal(*order)


def test_without_shuffle_and_augmentation_the_split_is_normalised_in_order() -> None:
    data = split(30)
    images, labels = map(torch.cat, zip(*batches(data, 7, shuffle=False, augment=False), strict=True))
    assert torch.equal(labels, data.labels)
    assert torch.equal(images, normalise(data.images, MEAN, STD))


def test_augmented_images_are_all_the_windows_of_their_normalised_image() -> None:
    data = split(1, side=5)
    many = Split(data.images.expand(8000, -1, -1, -1), torch.zeros(8000, dtype=torch.int64))
    source = normalise(data.images, MEAN, STD)[0]
    starts = range(2 * MARGIN + 1)
    allowed = {
        tuple(window(source, top, left, mirrored).flatten().tolist()): mirrored
        for top in starts
        for left in starts
        for mirrored in (False, True)
    }
    found = [tuple(image.flatten().tolist()) for images, _ in batches(many, 2000) for image in images]
    assert set(found) == set(allowed), "every crop and both mirrors occur, and nothing else"
    mirrors = sum(allowed[image] for image in found)
    assert abs(mirrors - 4000) < 5 * 8000**0.5 / 2, "mirrored with probability one half, to five deviations"


def test_the_padding_is_the_mean_colour_not_black() -> None:
    black = Split(torch.zeros(64, 2, 4, 4, dtype=torch.uint8), torch.zeros(64, dtype=torch.int64))
    values = torch.cat([images for images, _ in batches(black, 64)]).unique()
    torch.testing.assert_close(values, torch.tensor([-2.0, 0.0]))


def test_labels_stay_with_their_images() -> None:
    flat = Split(torch.arange(40, dtype=torch.uint8).view(40, 1, 1, 1).expand(-1, 2, 3, 3), torch.arange(40))
    for images, labels in batches(flat, augment=False).epoch(5):
        torch.testing.assert_close(
            (images[:, 0] * STD[0] + MEAN[0]) * 255, labels.float()[:, None, None].expand(-1, 3, 3)
        )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 0}, "batch_size is 0: a batch holds at least 1"),
        ({"seed": -1}, "seed is -1: give 0 or more"),
        ({"rank": 2, "world": 2}, "rank is 2 of 2 processes"),
        ({"rank": -1}, "rank is -1 of 1 processes"),
        ({"world": 0}, "rank is 0 of 0 processes"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(OdenetsError, match=message):
        batches(split(8), **changes)
