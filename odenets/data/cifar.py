"""CIFAR-10 and CIFAR-100 from their official files, in the binary or the python layout.

Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009; www.cs.toronto.edu/~kriz/cifar.html.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from odenets.data.cifar_format import Bytes
from odenets.data.cifar_layouts import LAYOUTS, File, Layout
from odenets.data.dataset import Dataset, Split
from odenets.errors import OdenetsError


class _Part(NamedTuple):
    """What one file gave: images (n, PIXELS), labels (n,), and sentences to show."""

    images: Bytes
    labels: Bytes
    warnings: tuple[str, ...]


def read(name: str, root: Path | None) -> Dataset:
    """The data set `name` of LAYOUTS, images (3, 32, 32), CIFAR-100 with its fine labels.

    `root` is the folder of the official files or its parent; where both layouts are there, the binary one is read.
    Raises OdenetsError for a file that is missing, truncated or out of range; a wrong checksum is a warning.
    """
    folder, layout = _locate(name, root)
    *train, test = (_part(folder, layout, file) for file in (*layout.train, layout.test))
    classes, unnamed = _classes(folder, layout)
    warnings = (*unnamed, *(warning for part in (*train, test) for warning in part.warnings))
    return Dataset.of(name, _split(train), _split([test]), classes, augment=True, warnings=warnings)


def _locate(name: str, root: Path | None) -> tuple[Path, Layout]:
    """The folder at or under `root` that holds a data file of some layout, and that layout."""
    layouts = LAYOUTS[name]
    archives = " or ".join(layout.archive for layout in layouts)
    if root is None:
        raise OdenetsError(f"{name} is read from a folder: name the one that {archives} was unpacked in")
    for layout in layouts:
        for folder in (root, root / layout.folder):
            if any((folder / file.name).is_file() for file in (*layout.train, layout.test)):
                return folder, layout
    lack = "holds no file of the official layouts" if root.is_dir() else "is no folder"
    raise OdenetsError(f"{root} {lack}: name the folder that {archives} was unpacked in")


def _part(folder: Path, layout: Layout, file: File) -> _Part:
    """Reads and checks one data file; of the second that 184 MB take to load, md5 is a quarter."""
    with _blaming(folder / file.name, layout):
        blob = (folder / file.name).read_bytes()
        images, labels = layout.format.records(blob, file.records)
        if labels.max() >= layout.classes:
            record = int(labels.argmax())
            raise OdenetsError(f"has label {labels[record]} in record {record}, but labels end at {layout.classes - 1}")
    if md5(blob, usedforsecurity=False).hexdigest() == file.md5:
        return _Part(images, labels, ())
    warning = f"{folder / file.name} is not the official file (its md5 is not {file.md5}): say so beside its results"
    return _Part(images, labels, (warning,))


def _classes(folder: Path, layout: Layout) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Class names and, where their file is missing and numbers stand in, a sentence that says so."""
    path = folder / layout.names
    if not path.exists():
        numbers = tuple(map(str, range(layout.classes)))
        return numbers, (f"{folder} lacks {layout.names}: classes are called by their number",)
    with _blaming(path, layout):
        names = layout.format.names(path.read_bytes())
        if len(names) != layout.classes:
            raise OdenetsError(f"names {len(names)} classes, not {layout.classes}")
    return tuple(names), ()


def _split(parts: list[_Part]) -> Split:
    """The records of all parts in order, copied into tensors of their own."""
    images = torch.from_numpy(np.concatenate([part.images for part in parts]))
    labels = torch.from_numpy(np.concatenate([part.labels for part in parts]))
    return Split(images.view(-1, 3, 32, 32), labels.to(torch.int64))


@contextmanager
def _blaming(path: Path, layout: Layout) -> Iterator[None]:
    """Puts the file before what is wrong with it, and the repair behind."""
    try:
        yield
    except FileNotFoundError:
        raise OdenetsError(f"{path} is missing: unpack {layout.archive} again") from None
    except OdenetsError as error:
        raise OdenetsError(f"{path} {error}: it is truncated or altered, unpack {layout.archive} again") from None
