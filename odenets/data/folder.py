"""A tree of image files: ROOT/train/CLASS/* and ROOT/val/CLASS/* (or ROOT/test), as ImageNet is kept."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from odenets.data.dataset import Dataset, Split
from odenets.errors import OdenetsError

SUFFIXES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"})

LIMIT = 8 * 2**30
"""Bytes that the images may take in memory; ImageNet's 1.33 million take 4.1 GB at 32×32."""

Tree = dict[str, list[Path]]
"""Class names in order, each with its image files in order."""


def read(root: Path | None, size: int = 32) -> Dataset:
    """Every image in RGB, its shorter side resized to `size` and its centre cropped: uint8 (3, size, size).

    Classes are the folders of ROOT/train by name; where ROOT/val and ROOT/test are both there, val is read.
    Raises OdenetsError for a missing or empty folder, an unreadable image, and more than LIMIT bytes.
    """
    if root is None:
        raise OdenetsError("folder is read from a tree of images: name the folder that holds train/ and val/")
    train_folder, test_folder = root / "train", root / "val"
    if not test_folder.is_dir() and (root / "test").is_dir():
        test_folder = root / "test"
    train, test = _tree(train_folder), _tree(test_folder)
    for label in sorted(train.keys() ^ test.keys()):
        lacking, other = (test_folder, train_folder) if label in train else (train_folder, test_folder)
        raise OdenetsError(f"{lacking} lacks the class {label!r} of {other}: add that folder, or remove the other")
    _check_memory(sum(map(len, [*train.values(), *test.values()])), size)
    return Dataset.of("folder", _split(train, size), _split(test, size), tuple(train), augment=True)


def _tree(folder: Path) -> Tree:
    """The classes and files of one split; hidden folders and files of other kinds are passed over."""
    if not folder.is_dir():
        raise OdenetsError(f"{folder} is no folder: make it, with a folder of images for each class")
    tree = {path.name: _images(path) for path in sorted(folder.iterdir()) if path.is_dir() and path.name[0] != "."}
    if not tree:
        raise OdenetsError(f"{folder} holds no class: make a folder of images in it for each class")
    return tree


def _images(folder: Path) -> list[Path]:
    """The image files of one class."""
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.name[0] != ".")
    if not files:
        raise OdenetsError(f"{folder} holds no image ({', '.join(sorted(SUFFIXES))}): fill or remove the folder")
    return files


def _check_memory(count: int, size: int) -> None:
    """Raises OdenetsError where `count` images of `size` are more than LIMIT bytes."""
    if count * 3 * size**2 > LIMIT:
        raise OdenetsError(
            f"{count:,} images of {size}×{size} take {count * 3 * size**2:,} bytes in memory, and {LIMIT:,} are the "
            "limit: choose a smaller size or fewer images"
        )


def _split(tree: Tree, size: int) -> Split:
    """The images of all classes, read by threads."""
    paths = [path for files in tree.values() for path in files]
    labels = torch.arange(len(tree)).repeat_interleave(torch.tensor([len(files) for files in tree.values()]))
    images = np.empty((len(paths), 3, size, size), np.uint8)

    def fill(index: int) -> None:
        images[index] = _pixels(paths[index], size)

    with ThreadPoolExecutor() as pool:
        list(pool.map(fill, range(len(paths))))
    return Split(torch.from_numpy(images), labels)


def _pixels(path: Path, size: int) -> NDArray[np.uint8]:
    """One image, uint8 (3, size, size)."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as image:
            # lets a JPEG decode at a fraction of its size: from 500×375 to 32 at 980 images/s, without it at 385
            image.draft("RGB", (2 * size, 2 * size))
            return np.asarray(ImageOps.fit(image.convert("RGB"), (size, size))).transpose(2, 0, 1)
    except Exception as error:  # a broken file makes Pillow raise OSError, SyntaxError, ValueError, struct.error, …
        raise OdenetsError(f"{path} is no readable image ({error}): replace or remove it") from None
