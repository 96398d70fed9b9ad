"""The registry, the derived facts of a data set, its statistics, and the digits."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from odenets.data import READERS, Dataset, Split, load
from odenets.data.dataset import channel_statistics
from odenets.errors import OdenetsError

UNTIMED = settings(deadline=None)


@pytest.mark.parametrize(("typo", "near"), [("cifar", "cifar10"), ("cifar-10", "cifar10"), ("digit", "digits")])
def test_an_unknown_name_offers_the_near_ones_alone(typo: str, near: str) -> None:
    with pytest.raises(OdenetsError, match=f"no data set is called '{typo}': choose {near}") as caught:
        load(typo)
    assert "folder" not in str(caught.value)


def test_a_name_near_to_none_offers_all() -> None:
    with pytest.raises(OdenetsError, match=", ".join(READERS)):
        load("???")


def test_importing_loads_neither_sklearn_nor_pillow() -> None:
    code = "import sys, odenets.data; print(sorted({'sklearn', 'PIL', 'scipy', 'matplotlib'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@UNTIMED
@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 5), st.integers(2, 5), st.randoms())
def test_statistics_are_the_moments_of_the_pixels(count: int, channels: int, height: int, width: int, random) -> None:
    shape = (count, channels, height, width)
    pixels = np.frombuffer(random.randbytes(int(np.prod(shape))), np.uint8).reshape(shape).copy()
    pixels[0, :, 0, :2] = 0, 255
    mean, std = channel_statistics(torch.from_numpy(pixels))
    assert mean.shape == std.shape == (channels,)
    np.testing.assert_allclose(mean, (pixels / 255).mean((0, 2, 3)), rtol=1e-6)
    np.testing.assert_allclose(std, (pixels / 255).std((0, 2, 3)), rtol=1e-6)


def test_a_constant_channel_is_refused_by_number() -> None:
    images = torch.randint(0, 256, (4, 3, 2, 2), dtype=torch.uint8)
    images[:, 1] = 77
    with pytest.raises(OdenetsError, match="channel 1 is the same in every training pixel"):
        channel_statistics(images)


def test_a_data_set_takes_its_facts_from_the_training_split() -> None:
    train = Split(torch.randint(0, 256, (9, 3, 4, 5), dtype=torch.uint8), torch.zeros(9, dtype=torch.int64))
    test = Split(torch.zeros(2, 3, 4, 5, dtype=torch.uint8), torch.ones(2, dtype=torch.int64))
    data = Dataset.of("ours", train, test, ("cat", "dog"), augment=True, warnings=("mind this",))
    assert (data.shape, data.num_classes, len(data.train), len(data.test)) == ((3, 4, 5), 2, 9, 2)
    assert (data.augment, data.warnings) == (True, ("mind this",))
    for ours, moment in zip((data.mean, data.std), channel_statistics(train.images), strict=True):
        assert torch.equal(ours, moment)


def test_held_out_images_are_the_last_of_training_and_not_trained_on() -> None:
    whole = load("digits")
    part = whole.holding_out(400)
    assert torch.equal(torch.cat((part.train.images, part.test.images)), whole.train.images)
    assert torch.equal(part.test.labels, whole.train.labels[-400:]) and len(part.test) == 400
    for ours, moment in zip((part.mean, part.std), channel_statistics(part.train.images), strict=True):
        assert torch.equal(ours, moment)


@pytest.mark.parametrize("count", [0, -1, 1437, 1438])
def test_both_parts_have_images(count: int) -> None:
    with pytest.raises(OdenetsError, match=f"held_out = {count} of 1437"):
        load("digits").holding_out(count)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (torch.zeros(2, 3, 4, 4), torch.zeros(2, dtype=torch.int64)),
        (torch.zeros(2, 4, 4, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64)),
        (torch.zeros(2, 3, 4, 4, dtype=torch.uint8), torch.zeros(2)),
        (torch.zeros(2, 3, 4, 4, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64)),
    ],
)
def test_a_split_of_other_types_or_shapes_is_refused(images: torch.Tensor, labels: torch.Tensor) -> None:
    with pytest.raises(OdenetsError, match="a split pairs uint8 images"):
        Split(images, labels)


def test_digits_are_the_source_times_fifteen_each_image_once() -> None:
    from sklearn.datasets import load_digits

    data, source = load("digits"), load_digits()
    assert (data.name, data.shape, data.classes, data.augment) == ("digits", (1, 8, 8), tuple("0123456789"), False)
    both = [(image.flatten().tolist(), int(label)) for part in (data.train, data.test) for image, label in pairs(part)]
    wanted = [([15 * int(v) for v in row], int(label)) for row, label in zip(source.data, source.target, strict=True)]
    assert sorted(both) == sorted(wanted)


def test_digits_split_every_class_alike_and_always_the_same() -> None:
    data, again = load("digits"), load("digits")
    assert (len(data.train), len(data.test)) == (1437, 360)
    train, test = data.train.labels.bincount(), data.test.labels.bincount()
    assert bool(((test - (train + test) / 5).abs() < 1).all())
    assert torch.equal(data.test.images, again.test.images)
    assert torch.equal(data.train.labels, again.train.labels)


def test_digits_refuse_a_folder() -> None:
    with pytest.raises(OdenetsError, match="digits come with scikit-learn and are not read from /data"):
        load("digits", "/data")


def pairs(part: Split) -> zip:
    return zip(part.images, part.labels, strict=True)
