"""What a format does not keep is said before it is written."""

from dataclasses import replace
from pathlib import Path

import pytest

from detection.label_map import LabelMap, LabelMapItem
from tests.support import small_datasets as small
from training.datasets.annotated import AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.formats.left_out import left_out
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.registry import WRITABLE, read_dataset, write_dataset

MASKS = WriteOptions(include_masks=True)


def said(dataset: Dataset, name: str, options: WriteOptions = MASKS) -> str:
    return "; ".join(left_out(dataset, name, options))


@pytest.mark.parametrize("name", WRITABLE)
def test_groups_are_kept_or_said_to_be_left_out(name: str, tmp_path: Path) -> None:
    dataset = small.boxes_only(tmp_path)
    images = tuple(replace(each, group=f"video {at}") for at, each in enumerate(dataset.images))
    dataset = replace(dataset, images=images)
    write_dataset(dataset, tmp_path / "out", name)
    kept = {each.group for each in read_dataset(tmp_path / "out").images} != {None}
    assert kept != ("4 groups of images (video 0, video 1" in said(dataset, name))


@pytest.mark.parametrize("name", WRITABLE)
def test_display_names_are_kept_or_said_to_be_left_out(name: str, tmp_path: Path) -> None:
    label_map = LabelMap((LabelMapItem(1, "red cell", "blood"), LabelMapItem(2, "white", "pus")))
    image = small.an_image(tmp_path, "a.jpg", (AnnotatedObject("white", (0, 0, 0.5, 0.5)),))
    dataset = Dataset(label_map, (image,))
    write_dataset(dataset, tmp_path / "out", name)
    read = read_dataset(tmp_path / "out").label_map
    assert [item.name for item in read] == ["red cell", "white"]
    lost = [item.label for item in label_map if item.label not in read.labels]
    assert [item.label for item in label_map if f"{item.label} for " in said(dataset, name)] == lost


@pytest.mark.parametrize("name", WRITABLE)
def test_images_without_a_split_beside_others_are_kept_or_said_to_be_left_out(
    name: str, tmp_path: Path
) -> None:
    cup = AnnotatedObject("cup", (0, 0, 0.5, 0.5))
    images = [small.an_image(tmp_path, f"{split}.jpg", (cup,), split)
                for split in ("train", "test", None)]  # fmt: skip
    dataset = Dataset(label_map_of(["cup"]), tuple(images))
    write_dataset(dataset, tmp_path / "out", name)
    kept = len(read_dataset(tmp_path / "out")) == len(dataset)
    assert kept != ("1 image without a split: copied" in said(dataset, name))


def test_an_outline_is_said_to_have_no_parts_and_holes(tmp_path: Path) -> None:
    dataset = small.with_masks(tmp_path)
    for name in ("yolo", "csv-columns"):
        assert "parts and holes of 1 masks, each of which becomes one outline" in said(
            dataset, name
        )
    for name in ("coco", "tfrecord"):
        assert said(dataset, name) == ""


def test_yolo_has_keypoints_in_the_place_of_outlines(tmp_path: Path) -> None:
    dog = AnnotatedObject(
        "dog", (0.25, 0.125, 0.75, 0.5), (small.TRIANGLE,), keypoints=small.POINTS
    )
    dataset = Dataset(
        label_map_of(["dog"]), (small.an_image(tmp_path, "a.jpg", (dog,)),), small.KEYPOINT_NAMES
    )
    assert "masks of 1 objects: a line of YOLO's has keypoints or an outline" in said(
        dataset, "yolo"
    )


def test_columns_without_one_for_outlines_are_said_to_lose_them(tmp_path: Path) -> None:
    columns = {"image": "p", "class": "c", "x_min": "a", "y_min": "b", "x_max": "d", "y_max": "e"}
    options = WriteOptions(include_masks=True, columns=columns)
    dataset = small.with_masks(tmp_path)
    assert "masks of 3 objects, for which the columns" in said(dataset, "csv-columns", options)
