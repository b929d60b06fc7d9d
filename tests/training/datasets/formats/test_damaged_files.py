"""Whatever bytes a file holds, a reader answers with a data set, defects, or a `DatasetError`."""

import random
import shutil
from pathlib import Path

import pytest

from tests.support import small_datasets as small
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.registry import WRITABLE, detect, read_dataset, write_dataset

DAMAGES_OF_EACH = 60
INTERESTING = [
    b"", b"\x00", b"\xff\xfe", b"-1", b"1e999", b"nan", b'"', b"<", b">", b"{", b"]", b",", b" ",
    b"99999999999999999999", b"\n", b"null", b"[]", b"{}", b"../../x", b"true",
]  # fmt: skip


def damaged(data: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    end = min(len(data), start + chance.choice([0, 1, 1, 4, 20, len(data)]))
    return data[:start] + chance.choice(INTERESTING) + data[end:]


@pytest.mark.parametrize("name", WRITABLE)
def test_a_damaged_file_never_ends_in_a_trace(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    make = small.with_keypoints if name == "yolo" else small.with_masks
    write_dataset(make(tmp_path), tmp_path / "out", name, WriteOptions(include_masks=True))
    whole = {file: file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file()}
    files = sorted(file for file in whole if file.suffix not in (".jpg", ".png"))
    for _ in range(DAMAGES_OF_EACH):
        file = chance.choice(files)
        file.write_bytes(damaged(whole[file], chance))
        try:
            found = read_dataset(tmp_path / "out", name)
        except DatasetError as error:
            assert str(tmp_path) in str(error)  # noqa: PT017 (either is right)
        else:
            assert isinstance(found, Dataset)
            assert all(str(tmp_path) in defect.where for defect in found.defects)
        try:
            detect(tmp_path / "out")
        except DatasetError as error:
            assert str(tmp_path) in str(error)  # noqa: PT017 (either is right)
        file.write_bytes(whole[file])


# TFRecords have their images in the same file.
@pytest.mark.parametrize("name", [name for name in WRITABLE if name != "tfrecord"])
def test_images_that_are_gone_are_defects_with_their_names(name: str, tmp_path: Path) -> None:
    write_dataset(small.boxes_only(tmp_path), tmp_path / "out", name)
    for image in (tmp_path / "out").rglob("*first.jpg"):
        image.unlink()
    found = read_dataset(tmp_path / "out", name)
    kept = [image for image in found.images if image.name == "first.jpg"]
    # Formats that hold the sizes keep the annotation; `check` looks at the images.
    assert kept or any("first" in str(defect) for defect in found.defects)


@pytest.mark.parametrize("name", WRITABLE)
def test_an_empty_folder_is_said_to_be_none(name: str, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=tmp_path.name):
        read_dataset(tmp_path, name, ReadOptions(classes=("a",)))


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="does not exist"):
        read_dataset(tmp_path / "nowhere")


def test_a_folder_of_something_else_names_the_formats(tmp_path: Path) -> None:
    shutil.copy(__file__, tmp_path)
    with pytest.raises(DatasetError, match=r"none of the formats tfrecord, .* yolo"):
        read_dataset(tmp_path)
