"""The folder reader on fabricated trees of images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from odenets.data import folder, load
from odenets.errors import OdenetsError

COLOURS = {"ant": (250, 10, 20), "bee": (30, 240, 40), "cow": (50, 60, 230)}
SUFFIXES = ("png", "bmp", "webp", "JPEG")


def tree(root: Path, test: str = "val") -> Path:
    """Two training images and one test image of each class, of its colour alone, in several sizes and formats."""
    for part, count in (("train", 2), (test, 1)):
        for number, (label, colour) in enumerate(COLOURS.items()):
            (root / part / label).mkdir(parents=True)
            for copy in range(count):
                image = Image.new("RGB", (40 + 10 * number, 50 - 10 * copy), colour)
                image.save(root / part / label / f"{copy}.{SUFFIXES[(number + copy) % 4]}")
    return root


@pytest.mark.parametrize("test", ["val", "test"])
def test_images_come_by_class_in_order_of_names(tmp_path: Path, test: str) -> None:
    data = load("folder", tree(tmp_path, test))
    assert (data.name, data.classes, data.shape, data.augment) == ("folder", tuple(COLOURS), (3, 32, 32), True)
    assert data.train.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert data.test.labels.tolist() == [0, 1, 2]
    for split in (data.train, data.test):
        for image, label in zip(split.images, split.labels, strict=True):
            colour = np.array(list(COLOURS.values())[label])[:, None, None]
            assert np.abs(image.numpy().astype(int) - colour).max() <= 4, "a lossy format may differ a little"


def test_val_is_read_where_test_is_there_too(tmp_path: Path) -> None:
    (tree(tmp_path) / "test").mkdir()
    assert len(load("folder", tmp_path).test) == 3


@pytest.mark.parametrize("axis", [1, 2])
def test_the_centre_is_kept_at_the_scale_of_the_shorter_side(tmp_path: Path, axis: int) -> None:
    ramp = np.broadcast_to(4 * np.arange(60, dtype=np.uint8), (20, 60))
    Image.fromarray(ramp if axis == 2 else np.ascontiguousarray(ramp.T)).save(tmp_path / "image.png")
    found = np.moveaxis(folder._pixels(tmp_path / "image.png", 10), axis, 2)
    np.testing.assert_array_equal(found, np.broadcast_to(4 * (20.5 + 2 * np.arange(10)), found.shape))


def test_an_image_of_the_size_keeps_its_pixels_and_grey_is_repeated(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(folder._pixels(tmp_path / "grey.png", 8), np.stack([pixels] * 3))


def test_the_size_is_a_parameter_of_the_reader(tmp_path: Path) -> None:
    assert folder.read(tree(tmp_path), size=9).shape == (3, 9, 9)


def test_hidden_folders_and_other_files_are_passed_over(tmp_path: Path) -> None:
    (tree(tmp_path) / "train" / ".cache").mkdir()
    (tmp_path / "train" / "ant" / "notes.txt").touch()
    (tmp_path / "train" / "ant" / "._0.png").touch()
    (tmp_path / "train" / "README").touch()
    assert len(load("folder", tmp_path).train) == 6


def refused(root: Path | None) -> str:
    """The sentence with which a tree is refused."""
    with pytest.raises(OdenetsError) as caught:
        load("folder", root)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_missing_folders_are_named(tmp_path: Path) -> None:
    assert "name the folder that holds train/ and val/" in refused(None)
    assert refused(tmp_path).startswith(f"{tmp_path / 'train'} is no folder")
    (tmp_path / "train" / "ant").mkdir(parents=True)
    assert refused(tmp_path).startswith(f"{tmp_path / 'train' / 'ant'} holds no image")
    (tmp_path / "train" / "ant").rmdir()
    (tmp_path / "val").mkdir()
    assert refused(tmp_path).startswith(f"{tmp_path / 'train'} holds no class")


def test_a_missing_test_folder_is_named(tmp_path: Path) -> None:
    tree(tmp_path).joinpath("val").rename(tmp_path / "validation")
    assert refused(tmp_path).startswith(f"{tmp_path / 'val'} is no folder: make it")


@pytest.mark.parametrize(("lacking", "other"), [("train", "val"), ("val", "train")])
def test_a_class_of_one_split_alone_is_named(tmp_path: Path, lacking: str, other: str) -> None:
    (tree(tmp_path) / lacking / "bee").rename(tmp_path / "bee")
    assert refused(tmp_path).startswith(f"{tmp_path / lacking} lacks the class 'bee' of {tmp_path / other}")


@pytest.mark.parametrize("damage", [lambda blob: b"", lambda blob: b"no image", lambda blob: blob[: len(blob) // 2]])
@pytest.mark.parametrize("suffix", ["png", "webp", "JPEG", "bmp"])
def test_an_unreadable_image_is_named(tmp_path: Path, suffix: str, damage) -> None:
    victim = next(tree(tmp_path).rglob(f"*.{suffix}"))
    victim.write_bytes(damage(victim.read_bytes()))
    assert refused(tmp_path).startswith(f"{victim} is no readable image")


def test_more_than_the_limit_is_refused_before_an_image_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "LIMIT", 9 * 3 * 32**2)
    assert len(load("folder", tree(tmp_path)).train) == 6
    monkeypatch.setattr(folder, "LIMIT", 9 * 3 * 32**2 - 1)
    monkeypatch.setattr(folder, "_pixels", None)
    assert "9 images of 32×32 take 27,648 bytes in memory, and 27,647 are the limit" in refused(tmp_path)
