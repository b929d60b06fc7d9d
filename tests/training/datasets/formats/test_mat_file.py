"""MATLAB's files are read as SciPy reads them, and whatever bytes come end in a sentence."""

import random
import struct
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import loadmat, savemat

from tests.support.effort import examples
from training.datasets.formats.text import mat_file
from training.datasets.formats.text.mat_file import BadMatFile, read_struct_array

KINDS = ("f8", "f4", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8")


def saved(name: str, records: list[dict[str, Any]], **options: Any) -> bytes:
    array = np.zeros((1, len(records)), [(field, object) for field in records[0]])
    for at, record in enumerate(records):
        for field, value in record.items():
            array[0, at][field] = value
    file = BytesIO()
    savemat(file, {"before": np.eye(3), name: array, "text": "abc"}, **options)
    return file.getvalue()


@st.composite
def structs(draw: st.DrawFn) -> list[dict[str, Any]]:
    fields = draw(st.lists(st.sampled_from(["a", "left", "x_1"]), min_size=1, unique=True))

    def array() -> Any:
        kind, rows = draw(st.sampled_from(KINDS)), draw(st.integers(0, 4))
        return np.array(
            draw(st.lists(st.integers(0, 100), min_size=2 * rows, max_size=2 * rows)), kind
        ).reshape(rows, 2)

    return [{field: array() for field in fields} for _ in range(draw(st.integers(1, 4)))]


@settings(max_examples=examples(15))
@given(records=structs(), compressed=st.booleans())
def test_a_struct_is_read_as_scipy_reads_it(
    records: list[dict[str, Any]], compressed: bool
) -> None:
    data = saved("polygons", records, do_compression=compressed)
    expected = loadmat(BytesIO(data))["polygons"].ravel()
    found = read_struct_array(data, "polygons")
    assert len(found) == len(records)
    for record, other in zip(found, expected, strict=True):
        assert list(record) == list(other.dtype.names)
        for field, values in record.items():
            assert values is not None
            assert values.size == other[field].size
            assert not values.size or np.array_equal(values, other[field])


def test_a_field_that_is_no_numbers_is_none() -> None:
    data = saved("polygons", [{"a": "text", "b": np.array([[1.0, 2.0]])}])
    (record,) = read_struct_array(data, "polygons")
    assert record["a"] is None
    assert record["b"] is not None
    assert record["b"].tolist() == [[1, 2]]


def test_big_endian_files_are_read() -> None:
    def element(kind: int, data: bytes) -> bytes:
        return struct.pack(">II", kind, len(data)) + data + bytes(-len(data) % 8)

    def matrix(kind: int, shape: tuple[int, ...], name: bytes, *rest: bytes) -> bytes:
        sides = struct.pack(f">{len(shape)}i", *shape)
        parts = (element(6, struct.pack(">II", kind, 0)), element(5, sides), element(1, name))
        return element(14, b"".join((*parts, *rest)))

    points = matrix(6, (2, 2), b"", element(9, struct.pack(">4d", 1, 2, 3, 4)))
    fields = (element(5, struct.pack(">i", 8)), element(1, b"left\0\0\0\0"))
    data = bytes(124) + b"\x01\0MI" + matrix(2, (1, 1), b"polygons", *fields, points)
    (record,) = read_struct_array(data, "polygons")
    assert record["left"] is not None
    assert record["left"].tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize("compressed", [False, True])
def test_damaged_files_end_in_a_sentence(compressed: bool) -> None:
    data = saved("polygons", [{"a": np.ones((3, 2))}, {"a": np.ones((0, 0))}])
    chance = random.Random(compressed)
    for _ in range(examples(500)):
        changed = bytearray(data)
        for _ in range(chance.choice([1, 1, 2, 10])):
            changed[chance.randrange(128, len(data))] = chance.randrange(256)
        del changed[chance.choice([len(data), len(data), chance.randrange(len(data))]) :]
        whole = bytes(changed)
        if compressed:
            packed = zlib.compress(whole[128:])
            whole = whole[:128] + struct.pack("<II", 15, len(packed)) + packed
        try:
            read_struct_array(whole, "polygons")
        except BadMatFile as error:
            assert str(error)  # noqa: PT017 (either is right)


def test_what_unpacks_to_more_than_is_taken_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mat_file, "MOST_BYTES", 2 << 20)
    packed = zlib.compress(bytes(3 << 20))
    header = bytes(124) + b"\0\x01IM"
    with pytest.raises(BadMatFile, match="unpacks to more than the 2 MB"):
        read_struct_array(header + struct.pack("<II", 15, len(packed)) + packed, "polygons")
    # In one element, or in several.
    packed = zlib.compress(bytes(3 << 19))
    element = struct.pack("<II", 15, len(packed)) + packed
    with pytest.raises(BadMatFile, match="unpacks to more than the 2 MB"):
        read_struct_array(header + 2 * element, "polygons")


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "header of a MATLAB 5 file"), (bytes(200), "header of a MATLAB 5 file"),
     (saved("other", [{"a": np.eye(2)}]), "no struct 'polygons'")],
)  # fmt: skip
def test_what_is_not_there_is_named(data: bytes, message: str) -> None:
    with pytest.raises(BadMatFile, match=message):
        read_struct_array(data, "polygons")
