import struct
from pathlib import Path

import pytest

from tfrecord.records import BadRecord, CorruptRecord, read_records, scan_records, write_records


@pytest.mark.parametrize("records", [[], [b""], [b"a", b"", b"long" * 1000]])
def test_records_are_read_as_they_were_written(tmp_path: Path, records: list[bytes]) -> None:
    write_records(tmp_path / "f", records)
    assert list(read_records(tmp_path / "f")) == records


@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("no records at all", b"hello, this is text"),
        ("cut in the header", b"\x01\x00\x00"),
        ("an absurd length", b"\xff" * 12),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, what: str, data: bytes) -> None:
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(CorruptRecord):
        list(read_records(tmp_path / "f"))


@pytest.mark.parametrize("position", [0, 9, 13, -1])
def test_a_changed_byte_is_noticed(tmp_path: Path, position: int) -> None:
    write_records(tmp_path / "f", [b"some data"])
    data = bytearray((tmp_path / "f").read_bytes())
    data[position] ^= 1
    (tmp_path / "f").write_bytes(data)
    with pytest.raises(CorruptRecord):
        list(read_records(tmp_path / "f"))


def test_a_file_that_was_cut_short_is_noticed(tmp_path: Path) -> None:
    write_records(tmp_path / "f", [b"some data"])
    data = (tmp_path / "f").read_bytes()
    for length in range(1, len(data)):
        (tmp_path / "f").write_bytes(data[:length])
        with pytest.raises(CorruptRecord):
            list(read_records(tmp_path / "f"))


def test_what_tensorflow_writes_is_read(tmp_path: Path) -> None:
    import tensorflow as tf

    records = [b"one", b"", bytes(range(256)) * 20]
    with tf.io.TFRecordWriter(str(tmp_path / "theirs")) as writer:
        for record in records:
            writer.write(record)
    assert list(read_records(tmp_path / "theirs")) == records


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-3], "record 2: 400 bytes are announced, but the file ends"),
        (lambda data: data[:100] + b"!" + data[101:], "record 1: the data's checksum is wrong"),
        (lambda data: struct.pack("<Q", 9) + data[8:], "record 1: the length's checksum is wrong"),
        (lambda data: data + b"more", "record 3: cut short"),
    ],
)
def test_damage_is_named_by_its_record(change: object, message: str, tmp_path: Path) -> None:
    assert callable(change)
    path = tmp_path / "a.record"
    write_records(path, [b"x" * 400, b"y" * 400])
    path.write_bytes(change(path.read_bytes()))
    bad = next(each for each in scan_records(path) if isinstance(each, BadRecord))
    assert f"record {bad.number}: {bad.message}" == message
    with pytest.raises(CorruptRecord, match=f"{path}, record at byte {bad.offset}: "):
        list(read_records(path))
