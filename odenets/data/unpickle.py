"""The python layout's pickles, read without running anything that they name.

A pickle may call whatever it names. These files, written by Python 2, name three things of numpy: each is replaced by
an inert stand-in that keeps what it is told, and any other name is refused. Not even numpy's constructors see the file.
"""

import pickle
from io import BytesIO
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from odenets.errors import OdenetsError


class _Type:
    """Stands for numpy.dtype: keeps the code, such as b"u1"."""

    def __init__(self, code: object, *_: object) -> None:
        self.code = code

    def __setstate__(self, state: object) -> None:
        """Drops byte order and alignment: a byte has neither."""


class Array:
    """Stands for a numpy array: keeps the state (version, shape, type, Fortran order, buffer)."""

    state: object = None

    def __init__(self, *_: object) -> None:
        """Takes and drops what numpy's _reconstruct is given: the class and an empty shape."""

    def __setstate__(self, state: object) -> None:
        self.state = state

    def of_bytes(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        """The array, if it is one of uint8 and this shape; raises OdenetsError otherwise."""
        match self.state:
            case (_, found, _Type(code=b"u1"), fortran, bytes(buffer)) if found == shape and len(buffer) == prod(shape):
                return np.frombuffer(buffer, np.uint8).reshape(shape, order="F" if fortran else "C")
        raise OdenetsError(f"holds no whole array of bytes of shape {shape}")


_STAND_INS = {
    ("numpy.core.multiarray", "_reconstruct"): Array,
    ("numpy", "ndarray"): "the class numpy.ndarray",
    ("numpy", "dtype"): _Type,
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _STAND_INS:
            raise OdenetsError(f"names {module}.{name}, which no official file does and which could run code")
        return _STAND_INS[module, name]


def load(blob: bytes) -> dict[object, object]:
    """The dictionary that a Python 2 pickle holds, its strings as bytes and its arrays as `Array`.

    Raises OdenetsError for a truncated pickle, one that is no dictionary, and one that names anything but an array.
    """
    try:
        content = _Reader(BytesIO(blob), encoding="bytes").load()
    except OdenetsError:
        raise
    except Exception as error:  # a broken pickle may raise nearly any type: docs.python.org, pickle.UnpicklingError
        raise OdenetsError(f"is no whole pickle ({error})") from None
    if not isinstance(content, dict):
        raise OdenetsError("holds no dictionary")
    return content
