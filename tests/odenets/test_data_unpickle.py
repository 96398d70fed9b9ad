"""The restricted unpickler reads what Python 2 and numpy wrote as numpy does, and runs nothing."""

import pickle
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odenets.data import unpickle
from odenets.errors import OdenetsError

UNTIMED = settings(deadline=None)


def python2(value: object) -> bytes:
    """The pickle, protocol 2, that Python 2 wrote of dicts, lists, tuples, bytes (its str), ints and uint8 arrays."""
    return b"\x80\x02" + opcodes(value) + b"."


def opcodes(value: object) -> bytes:
    match value:
        case None:
            return b"N"
        case bool():
            return b"\x88" if value else b"\x89"
        case int():
            return b"J" + struct.pack("<i", value)
        case bytes():
            return b"T" + struct.pack("<i", len(value)) + value
        case tuple():
            return b"(" + b"".join(map(opcodes, value)) + b"t"
        case list():
            return b"](" + b"".join(map(opcodes, value)) + b"e"
        case dict():
            return b"}(" + b"".join(opcodes(entry) for item in value.items() for entry in item) + b"u"
        case np.ndarray():
            made = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n" + opcodes((0,)) + opcodes(b"b") + b"tR"
            fortran = not value.flags.c_contiguous
            kind = b"cnumpy\ndtype\n" + opcodes((b"u1", 0, 1)) + b"R"
            kind += opcodes((3, b"|", None, None, None, -1, -1, 0)) + b"b"
            parts = opcodes(1), opcodes(value.shape), kind, opcodes(fortran), opcodes(value.tobytes("A"))
            return made + b"(" + b"".join(parts) + b"tb"
    raise TypeError(type(value))


@UNTIMED
@given(st.integers(0, 5), st.integers(1, 7), st.booleans(), st.randoms())
def test_arrays_read_as_numpy_reads_them(rows: int, columns: int, fortran: bool, random) -> None:
    source = np.frombuffer(random.randbytes(rows * columns), np.uint8).reshape(rows, columns)
    blob = python2({b"data": np.asfortranarray(source) if fortran else source, b"labels": list(range(rows))})
    ours, numpys = unpickle.load(blob), pickle.loads(blob, encoding="bytes")
    array = ours[b"data"]
    assert isinstance(array, unpickle.Array)
    np.testing.assert_array_equal(array.of_bytes((rows, columns)), source)
    np.testing.assert_array_equal(numpys[b"data"], source)
    assert ours[b"labels"] == numpys[b"labels"] == list(range(rows))


class Payload:
    """Unpickled by Python's own reader, creates `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return open, (str(self.path), "w")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_payload_is_refused_and_does_not_run(tmp_path: Path, protocol: int) -> None:
    blob = pickle.dumps({"data": Payload(tmp_path / "ran")}, protocol)
    with pytest.raises(OdenetsError, match=r"names \w*io\.open, which no official file does"):
        unpickle.load(blob)
    assert not (tmp_path / "ran").exists()
    pickle.loads(blob)["data"].close()
    assert (tmp_path / "ran").exists(), "the payload is no payload"


@pytest.mark.parametrize(
    "name",
    ["os.system", "builtins.eval", "numpy.fromfile", "numpy.core.multiarray.frombuffer", "copyreg._reconstructor"],
)
def test_only_three_names_are_known(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    with pytest.raises(OdenetsError, match=name):
        unpickle.load(f"c{module}\n{attribute}\n.".encode())


def test_the_stand_ins_cannot_be_altered_by_a_file() -> None:
    replaced = opcodes((None, {b"of_bytes": 1})).replace(b"T\x08\x00\x00\x00of_bytes", b"X\x08\x00\x00\x00of_bytes")
    before = unpickle.Array.of_bytes
    for name in (b"numpy.core.multiarray\n_reconstruct\n", b"numpy\ndtype\n", b"numpy\nndarray\n"):
        with pytest.raises(OdenetsError, match="no whole pickle"):
            unpickle.load(b"\x80\x02c" + name + replaced + b"b.")
    assert unpickle.Array.of_bytes is before


def test_every_truncation_is_one_sentence() -> None:
    blob = python2({b"data": np.zeros((2, 3), np.uint8), b"labels": [1, 2]})
    for length in range(len(blob)):
        with pytest.raises(OdenetsError, match="no whole pickle"):
            unpickle.load(blob[:length])


@pytest.mark.parametrize("blob", [b"not a pickle", python2([1, 2]), b"\x80\x02P1\n.", b"\x80\x02}]1s."])
def test_what_is_no_dictionary_is_refused(blob: bytes) -> None:
    with pytest.raises(OdenetsError, match=r"is no whole pickle|holds no dictionary"):
        unpickle.load(blob)


@pytest.mark.parametrize("wrong", [np.zeros((3, 2), np.uint8), np.zeros((2, 4), np.uint8), np.zeros(6, np.uint8)])
def test_an_array_of_another_shape_is_refused(wrong: np.ndarray) -> None:
    array = unpickle.load(python2({b"data": wrong}))[b"data"]
    with pytest.raises(OdenetsError, match=r"shape \(2, 3\)"):
        array.of_bytes((2, 3))


@pytest.mark.parametrize(
    ("old", "new"),
    [(opcodes(b"u1"), opcodes(b"i1")), (opcodes(b"\x07" * 6), opcodes(b"\x07" * 5)), (b"\x89", b"\x89N")],
    ids=["type", "short buffer", "state"],
)
def test_an_array_of_another_type_or_state_is_refused(old: bytes, new: bytes) -> None:
    blob = python2({b"data": np.full((2, 3), 7, np.uint8)})
    assert blob.count(old) == 1
    array = unpickle.load(blob.replace(old, new))[b"data"]
    with pytest.raises(OdenetsError, match="no whole array of bytes"):
        array.of_bytes((2, 3))
