"""The CIFAR readers on fabricated files of the official layouts, with fewer records a file and their true checksums."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from hashlib import md5
from pathlib import Path

import numpy as np
import pytest

from odenets.data import Dataset, cifar, load
from odenets.data.cifar_format import PIXELS, Binary
from odenets.data.cifar_layouts import LAYOUTS, File, Layout
from odenets.errors import OdenetsError
from tests.odenets.test_data_unpickle import Payload, python2

BINARY, PYTHON = 0, 1
EACH = [(name, style) for name in LAYOUTS for style in (BINARY, PYTHON)]
FACTOR = 1000
"""Fabricated files have this many times fewer records than the official ones."""


def records(file: File) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images (n, PIXELS), fine labels below 10 and coarse labels, the same for both layouts of a file."""
    random = np.random.default_rng(list(file.name.removesuffix(".bin").encode()))
    count = file.records // FACTOR
    images = random.integers(0, 256, (count, PIXELS), dtype=np.uint8)
    return images, random.integers(0, 10, count, dtype=np.uint8), np.full(count, 255, np.uint8)


def content(layout: Layout, file: File) -> bytes:
    """The bytes of a fabricated data file."""
    images, fine, coarse = records(file)
    if isinstance(layout.format, Binary):
        columns = [coarse, fine] if layout.format.label_bytes == 2 else [fine]
        return np.column_stack([*columns, images]).tobytes()
    return python2({b"batch_label": b"x", layout.format.labels_key: fine.tolist(), b"data": images})


def names(layout: Layout) -> bytes:
    """The bytes of a fabricated file of names."""
    listed = [f"name_{number}".encode() for number in range(layout.classes)]
    return (
        b"\n".join(listed) + b"\n\n"
        if isinstance(layout.format, Binary)
        else python2({layout.format.names_key: listed})
    )


def write(root: Path, layout: Layout) -> Path:
    """Writes all files of a layout under root and returns their folder."""
    folder = root / layout.folder
    folder.mkdir()
    for file in (*layout.train, layout.test):
        (folder / file.name).write_bytes(content(layout, file))
    (folder / layout.names).write_bytes(names(layout))
    return folder


def shrunk(layout: Layout) -> Layout:
    """The layout whose official files are the fabricated ones."""

    def small(file: File) -> File:
        return File(file.name, file.records // FACTOR, md5(content(layout, file)).hexdigest())

    return replace(layout, train=tuple(map(small, layout.train)), test=small(layout.test))


@pytest.fixture(autouse=True)
def fewer_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cifar, "LAYOUTS", {name: tuple(map(shrunk, layouts)) for name, layouts in LAYOUTS.items()})


def arrays(data: Dataset) -> list[np.ndarray]:
    return [part.numpy() for split in (data.train, data.test) for part in (split.images.flatten(1), split.labels)]


@pytest.mark.parametrize(("name", "style"), EACH)
@pytest.mark.parametrize("root", [lambda folder: folder, lambda folder: folder.parent, lambda folder: str(folder)])
def test_what_is_written_is_read(tmp_path: Path, name: str, style: int, root: Callable[[Path], Path | str]) -> None:
    layout = LAYOUTS[name][style]
    data = load(name, root(write(tmp_path, layout)))
    train, test = [records(file) for file in layout.train], records(layout.test)
    wanted = [
        np.concatenate([part[0] for part in train]),
        np.concatenate([part[1] for part in train]),
        test[0],
        test[1],
    ]
    for found, expected in zip(arrays(data), wanted, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert (data.name, data.shape, data.num_classes) == (name, (3, 32, 32), layout.classes)
    assert data.classes[-1] == f"name_{layout.classes - 1}"
    assert (data.augment, data.warnings) == (True, ())


@pytest.mark.parametrize("name", LAYOUTS)
def test_both_layouts_give_the_same_data(tmp_path: Path, name: str) -> None:
    binary, python = (load(name, write(tmp_path, layout)) for layout in LAYOUTS[name])
    for one, other in zip(arrays(binary), arrays(python), strict=True):
        np.testing.assert_array_equal(one, other)
    assert binary.classes == python.classes


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_official_sets_have_60000_images_and_one_checksum_a_file(name: str) -> None:
    for layout in LAYOUTS[name]:
        assert (sum(file.records for file in layout.train), layout.test.records) == (50_000, 10_000)
    sums = {file.md5 for layout in LAYOUTS[name] for file in (*layout.train, layout.test)}
    assert len(sums) == sum(len(layout.train) + 1 for layout in LAYOUTS[name])
    assert all(len(bytes.fromhex(checksum)) == 16 for checksum in sums)


@pytest.mark.parametrize(("name", "style"), EACH)
def test_an_altered_pixel_is_a_warning_that_names_the_file(tmp_path: Path, name: str, style: int) -> None:
    layout = LAYOUTS[name][style]
    folder = write(tmp_path, layout)
    path = folder / layout.train[-1].name
    blob = bytearray(path.read_bytes())
    place = blob.rindex(records(layout.train[-1])[0][-1].tobytes())
    blob[place] ^= 1
    path.write_bytes(blob)
    (warning,) = load(name, folder).warnings
    assert warning.startswith(f"{path} is not the official file")


@pytest.mark.parametrize(("name", "style"), EACH)
def test_missing_names_are_a_warning_and_numbers_stand_in(tmp_path: Path, name: str, style: int) -> None:
    layout = LAYOUTS[name][style]
    folder = write(tmp_path, layout)
    (folder / layout.names).unlink()
    data = load(name, folder)
    assert data.classes == tuple(map(str, range(layout.classes)))
    assert data.warnings == (f"{folder} lacks {layout.names}: classes are called by their number",)


def damaged(name: str, style: int, tmp_path: Path, damage: Callable[[bytes], bytes], victim: str | None = None) -> str:
    """The sentence for a set in which `damage` was done to one file, by default the last of the training files."""
    layout = LAYOUTS[name][style]
    path = write(tmp_path, layout) / (victim or layout.train[-1].name)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(OdenetsError) as caught:
        load(name, tmp_path)
    sentence = str(caught.value)
    assert sentence.startswith(str(path))
    assert sentence.endswith(f"it is truncated or altered, unpack {layout.archive} again")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(("name", "style"), EACH)
@pytest.mark.parametrize("damage", [lambda blob: blob[:-1], lambda blob: blob[:1], lambda blob: b""])
def test_a_truncated_file_is_refused(tmp_path: Path, name: str, style: int, damage: Callable[[bytes], bytes]) -> None:
    assert "bytes, but" in (sentence := damaged(name, style, tmp_path, damage)) or "no whole pickle" in sentence


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_binary_file_with_a_byte_too_many_is_refused(tmp_path: Path, name: str) -> None:
    assert "bytes, but" in damaged(name, BINARY, tmp_path, lambda blob: blob + b"\0")


@pytest.mark.parametrize("label", [100, 255])
def test_a_binary_label_out_of_range_is_refused_by_record(tmp_path: Path, label: int) -> None:
    size = 2 + PIXELS
    sentence = damaged("cifar100", BINARY, tmp_path, lambda b: b[: 7 * size + 1] + bytes([label]) + b[7 * size + 2 :])
    assert f"has label {label} in record 7, but labels end at 99" in sentence


def test_the_first_class_past_the_end_is_refused(tmp_path: Path) -> None:
    assert "has label 10 in record 0, but labels end at 9" in damaged(
        "cifar10", BINARY, tmp_path, lambda blob: b"\x0a" + blob[1:]
    )


@pytest.mark.parametrize("wrong", [-1, 300, 2**31 - 1, b"3", None, [3]])
def test_a_pickled_label_that_is_no_byte_is_refused(tmp_path: Path, wrong: object) -> None:
    file = LAYOUTS["cifar10"][PYTHON].train[-1]
    images, fine, _ = records(file)
    blob = python2({b"labels": [*fine.tolist()[1:], wrong], b"data": images})
    assert "holds no list 'labels' of 10 bytes" in damaged("cifar10", PYTHON, tmp_path, lambda _: blob)


@pytest.mark.parametrize(
    ("content", "lack"),
    [
        ({}, "holds no array 'data'"),
        ({b"data": [0]}, "holds no array 'data'"),
        ({b"data": np.zeros((10, PIXELS - 1), np.uint8)}, "holds no whole array of bytes of shape"),
        ({b"data": np.zeros((10, PIXELS), np.uint8)}, "holds no list 'labels'"),
        ({b"data": np.zeros((10, PIXELS), np.uint8), b"labels": 10}, "holds no list 'labels'"),
        ({b"data": np.zeros((10, PIXELS), np.uint8), b"labels": [0] * 9}, "holds no list 'labels'"),
    ],
)
def test_a_pickle_that_lacks_its_parts_is_refused(tmp_path: Path, content: dict, lack: str) -> None:
    assert lack in damaged("cifar10", PYTHON, tmp_path, lambda _: python2(content))


def test_a_pickle_with_a_payload_is_refused_and_does_not_run(tmp_path: Path) -> None:
    blob = pickle.dumps(Payload(tmp_path / "ran"), 2)
    assert "which could run code" in damaged("cifar10", PYTHON, tmp_path, lambda _: blob)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("name", "style", "blob"),
    [
        ("cifar10", BINARY, b"cat\ndog\n"),
        ("cifar10", PYTHON, python2({b"label_names": [b"cat"]})),
        ("cifar100", PYTHON, python2({b"fine_label_names": [1] * 100})),
        ("cifar100", PYTHON, python2({b"label_names": [b"cat"] * 100})),
        ("cifar100", PYTHON, b""),
    ],
)
def test_a_file_of_names_with_others_than_the_classes_is_refused(
    tmp_path: Path, name: str, style: int, blob: bytes
) -> None:
    damaged(name, style, tmp_path, lambda _: blob, victim=LAYOUTS[name][style].names)


@pytest.mark.parametrize(("name", "style"), EACH)
def test_any_missing_data_file_is_named(tmp_path: Path, name: str, style: int) -> None:
    layout = LAYOUTS[name][style]
    folder = write(tmp_path, layout)
    for file in (*layout.train, layout.test):
        (folder / file.name).rename(tmp_path / "away")
        with pytest.raises(OdenetsError, match=f"{file.name} is missing: unpack {layout.archive} again"):
            load(name, folder)
        (tmp_path / "away").rename(folder / file.name)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_wrong_path_is_named_with_the_archives(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    binary, python = (layout.archive for layout in LAYOUTS[name])
    for root, lack in [("absent", "is no folder"), ("file", "is no folder"), ("", "holds no file")]:
        with pytest.raises(OdenetsError, match=f"{lack}.*{binary} or {python}"):
            load(name, tmp_path / root)
    with pytest.raises(OdenetsError, match=f"{name} is read from a folder"):
        load(name)


def test_a_folder_in_place_of_a_file_is_one_sentence(tmp_path: Path) -> None:
    folder = write(tmp_path, LAYOUTS["cifar10"][BINARY])
    (folder / "data_batch_2.bin").unlink()
    (folder / "data_batch_2.bin").mkdir()
    with pytest.raises(OdenetsError, match=r"data_batch_2.bin cannot be read \(Is a directory\): make it readable"):
        load("cifar10", folder)
