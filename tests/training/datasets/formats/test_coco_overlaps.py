"""Several COCO files on the same images: which of them each image is read from."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.annotated_folders import (
    boxes_of,
    coco_box,
    coco_file,
    coco_image,
    images,
    notes_of,
)
from training.datasets.defects import DatasetError
from training.datasets.formats.registry import read_dataset


def on(path: Path, names: str, **annotation: Any) -> None:
    """A file on some images, with a box in each."""
    coco_file(path, [coco_image(at, f"{name}.jpg") for at, name in enumerate(names)],
              [coco_box(at, id=at, **annotation) for at in range(len(names))])  # fmt: skip


def splits_of(root: Path) -> list[tuple[str, str | None]]:
    return [(name, split) for name, split, *_ in boxes_of(read_dataset(root))]


def test_a_part_of_another_file_is_not_read_twice(tmp_path: Path) -> None:
    images(tmp_path / "train2017", "a.jpg", "b.jpg", "c.jpg")
    on(tmp_path / "annotations" / "instances_train2017.json", "abc")
    on(tmp_path / "annotations" / "instances_minitrain2017.json", "ab")
    assert splits_of(tmp_path) == [("a.jpg", "train"), ("b.jpg", "train"), ("c.jpg", "train")]
    note = "2 images of it read in instances_train2017.json alone"
    assert note in notes_of(read_dataset(tmp_path))


def test_a_file_of_all_splits_gives_what_no_split_has(tmp_path: Path) -> None:
    images(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    for name, of in (("trainval", "abc"), ("train", "a"), ("val", "b")):
        on(tmp_path / f"{name}.json", of)
    assert splits_of(tmp_path) == [("a.jpg", "train"), ("b.jpg", "val"), ("c.jpg", None)]


def test_images_of_two_splits_stay_in_both_and_are_told(tmp_path: Path) -> None:
    images(tmp_path, "a.jpg", "b.jpg")
    on(tmp_path / "train.json", "ab")
    on(tmp_path / "val.json", "b")
    assert splits_of(tmp_path) == [("a.jpg", "train"), ("b.jpg", "train"), ("b.jpg", "val")]
    assert "1 image is in several splits" in notes_of(read_dataset(tmp_path))


def test_a_copy_is_read_once_and_another_version_has_to_be_chosen(tmp_path: Path) -> None:
    images(tmp_path, "a.jpg")
    on(tmp_path / "one.json", "a")
    on(tmp_path / "two.json", "a")
    assert splits_of(tmp_path) == [("a.jpg", None)]
    on(tmp_path / "two.json", "a", bbox=[1, 1, 5, 5])
    with pytest.raises(DatasetError, match=r"one.json and two.json are on the same images with"):
        read_dataset(tmp_path)


def test_images_of_one_name_in_two_folders_are_two(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        images(tmp_path / split, "a.jpg")
        on(tmp_path / split / "_annotations.coco.json", "a")
    assert splits_of(tmp_path) == [("a.jpg", "train"), ("a.jpg", "val")]
