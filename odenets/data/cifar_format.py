"""The two formats of the official CIFAR files: bytes in, records and names out.

Messages begin with a verb, for `odenets.data.cifar` puts the file before them and the repair behind.
Source: https://www.cs.toronto.edu/~kriz/cifar.html, "Dataset layout" and "Binary version".
"""

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from odenets.data import unpickle
from odenets.errors import OdenetsError

PIXELS = 3 * 32 * 32
"""Bytes of an image: red, green and blue plane, each 32 rows of 32."""

Bytes = NDArray[np.uint8]


class Format(Protocol):
    """How one layout writes its files."""

    def records(self, blob: bytes, count: int) -> tuple[Bytes, Bytes]:
        """Images (count, PIXELS) and labels (count,); raises OdenetsError unless the blob holds exactly `count`."""

    def names(self, blob: bytes) -> list[str]:
        """Class names in the order of their labels; raises OdenetsError for a file that holds none."""


@dataclass(frozen=True)
class Binary:
    """Records of `label_bytes` labels, the last of them the finest, and PIXELS bytes; names a line each."""

    label_bytes: int

    def records(self, blob: bytes, count: int) -> tuple[Bytes, Bytes]:
        size = self.label_bytes + PIXELS
        if len(blob) != count * size:
            raise OdenetsError(f"has {len(blob):,} bytes, but {count:,} records of {size:,} make {count * size:,}")
        table = np.frombuffer(blob, np.uint8).reshape(count, size)
        return table[:, self.label_bytes :], table[:, self.label_bytes - 1]

    def names(self, blob: bytes) -> list[str]:
        return blob.decode(errors="replace").split()


@dataclass(frozen=True)
class Pickled:
    """Dictionaries with the array b"data", the list `labels_key` and, in the file of names, the list `names_key`."""

    labels_key: bytes
    names_key: bytes

    def records(self, blob: bytes, count: int) -> tuple[Bytes, Bytes]:
        content = unpickle.load(blob)
        data = content.get(b"data")
        if not isinstance(data, unpickle.Array):
            raise OdenetsError("holds no array 'data'")
        return data.of_bytes((count, PIXELS)), self._labels(content.get(self.labels_key), count)

    def _labels(self, labels: object, count: int) -> Bytes:
        with suppress(TypeError, ValueError):  # what bytes() says of anything but whole numbers from 0 to 255
            if isinstance(labels, list) and len(labels) == count:
                return np.frombuffer(bytes(labels), np.uint8)
        raise OdenetsError(f"holds no list {self.labels_key.decode()!r} of {count:,} bytes")

    def names(self, blob: bytes) -> list[str]:
        names = unpickle.load(blob).get(self.names_key)
        if isinstance(names, list) and all(isinstance(name, bytes) for name in names):
            return [name.decode(errors="replace") for name in names]
        raise OdenetsError(f"holds no list {self.names_key.decode()!r} of names")
