"""What is wrong with one record, or with a file of them, is told, and the rest is read."""

import struct
from pathlib import Path
from typing import Any

import pytest

from tests.support.record_files import an_example, written
from tfrecord.checksum import masked_crc32c
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.registry import read_dataset
from training.datasets.formats.tfrecord import record_file

MAP = "item { id: 1 name: 'cup' }\nitem { id: 2 name: 'fork' }\n"


def read_with_map(folder: Path) -> Dataset:
    (folder / "label_map.pbtxt").write_text(MAP)
    return read_dataset(folder)


def test_what_unpacks_to_more_than_is_taken_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.datasets.archives.unpacking.ALWAYS_TAKEN_BYTES", 1 << 20)
    bomb = written(tmp_path / "a.tfrecord", b"\0" * (64 << 20), compression="GZIP")
    assert bomb.stat().st_size < 1 << 17
    with pytest.raises(DatasetError, match="unpacks to more than the 1 MB"):
        read_dataset(tmp_path)


def test_a_cut_gzip_file_says_so(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tfrecord", an_example(), compression="GZIP")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DatasetError, match=r"a\.tfrecord: the compressed data is cut short"):
        read_dataset(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"width": b"48"}, "image/width is b'48', a number was expected"),
        ({"height": 31.5}, "image/height is 31.5, a whole number"),
        ({"width": -48}, "image/width is -48"),
    ],
)
def test_a_size_that_is_none_is_a_defect_and_the_image_says_it(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    written(tmp_path / "a.record", an_example(**changes), an_example(filename=b"b.jpg"))
    dataset = read_with_map(tmp_path)
    (defect,) = dataset.defects
    assert message in defect.message
    assert defect.where.endswith("a.record, record 1")
    assert [(each.width, each.height, len(each.objects)) for each in dataset.images] == [
        (48, 32, 1), (48, 32, 1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"object__bbox__xmin": b"0.125"}, {"object__bbox__xmin": [0.1, 0.2]},
        {"object__class__text": None, "object__class__label": b"x"}, {"encoded": None},
        {"encoded": 5}, {"object__class__text": None, "object__class__label": None},
        {"object__class__text": None, "object__class__label": 1.5},
        {"object__keypoint__x": b"1", "object__keypoint__y": b"1"},
        {"object__mask": b"no PNG"}, {"object__mask": [1, 0, 1]},
        {"object__bbox__ymax": float("nan")},
    ],
)  # fmt: skip
def test_what_is_wrong_with_one_record_is_a_defect_and_the_rest_is_read(
    changes: dict[str, Any], tmp_path: Path
) -> None:
    written(tmp_path / "a.record", an_example(**changes), an_example(filename=b"b.jpg"))
    dataset = read_with_map(tmp_path)
    (defect,) = dataset.defects
    assert "a.record, record 1" in defect.where
    assert len(dataset.images[-1].objects) == 1


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    (tmp_path / "train.record").touch()
    with pytest.raises(DatasetError, match=r"train\.record: .*empty file"):
        read_dataset(tmp_path)


def test_records_around_a_changed_one_are_read(tmp_path: Path) -> None:
    names = [f"{letter}.jpg".encode() for letter in "abc"]
    path = written(tmp_path / "a.record", *(an_example(filename=name) for name in names))
    data = bytearray(path.read_bytes())
    data[data.index(b"b.jpg")] ^= 1
    path.write_bytes(bytes(data))
    dataset = read_with_map(tmp_path)
    assert [each.name for each in dataset.images] == ["a.jpg", "c.jpg"]
    (defect,) = dataset.defects
    assert defect.where == f"{path}, record 2"
    path.write_bytes(bytes(data[:-7]))
    dataset = read_with_map(tmp_path)
    assert [each.name for each in dataset.images] == ["a.jpg"]
    assert "record 3" in dataset.defects[1].where


def test_a_length_above_the_bound_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_file, "MAX_RECORD_BYTES", 1000)
    length = struct.pack("<Q", 5000)
    with (tmp_path / "a.record").open("wb") as file:
        file.write(length + struct.pack("<I", masked_crc32c(length)))
        file.truncate(6000)
    with pytest.raises(DatasetError, match="5000 bytes, more than the 1000 that are taken"):
        read_dataset(tmp_path)


def test_a_shard_that_is_not_there_is_a_defect(tmp_path: Path) -> None:
    for number in (0, 2):
        name = f"train.record-{number:05}-of-00003"
        written(tmp_path / name, an_example(filename=f"{number}.jpg".encode()))
    written(tmp_path / "val.record", an_example())
    dataset = read_with_map(tmp_path)
    assert len(dataset.images) == 3
    (defect,) = dataset.defects
    assert defect.where == str(tmp_path / "train.record-00001-of-00003")
