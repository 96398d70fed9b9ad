"""Image data: one registry of readers, one batch iterator.

`load("digits")` reads a `Dataset`; `Batches` of one of its splits yields normalised images and labels on the device.
"""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from odenets.data import cifar, digits, folder
from odenets.data.batches import Batches
from odenets.data.dataset import Dataset, Split
from odenets.errors import OdenetsError

__all__ = ["READERS", "Batches", "Dataset", "Split", "load"]

READERS: Mapping[str, Callable[[Path | None], Dataset]] = {
    "digits": digits.read,
    "cifar10": partial(cifar.read, "cifar10"),
    "cifar100": partial(cifar.read, "cifar100"),
    "folder": folder.read,
}


def load(name: str, root: Path | str | None = None) -> Dataset:
    """The data set `name` of `READERS`, read whole into memory from the folder `root` (digits: no folder).

    Raises OdenetsError for an unknown name and for a missing, unreadable, truncated or altered file.
    """
    if name not in READERS:
        near = ", ".join(get_close_matches(name, READERS, cutoff=0.4)) or ", ".join(READERS)
        raise OdenetsError(f"no data set is called {name!r}: choose {near}")
    try:
        return READERS[name](None if root is None else Path(root).expanduser())
    except OSError as error:
        raise OdenetsError(f"{error.filename} cannot be read ({error.strerror}): make it readable") from None
