"""The lines of YOLO's label files that are none, and what odd ones may mean."""

from pathlib import Path

import pytest

from tests.support.annotated_folders import (
    CUP_XYXY,
    LINE,
    boxes_of,
    image_file,
    notes_of,
    text_file,
)
from training.datasets.defects import DefectKind
from training.datasets.formats.registry import read_dataset

ONE_CUP = [("a.jpg", "train", "cup", CUP_XYXY)]


def a_set(root: Path, description: str | None, *pairs: tuple[str, str], line: str = LINE) -> Path:
    """An image and its label file for each pair of paths, and `data.yaml`."""
    for image, labels in pairs:
        image_file(root / image)
        text_file(root / labels, line)
    if description is not None:
        text_file(root / "data.yaml", description)
    return root


TRAIN = ("train/images/a.jpg", "train/labels/a.txt")
BELOW_IMAGES = ("images/train/a.jpg", "labels/train/a.txt")


@pytest.mark.parametrize(
    ("line", "kind", "message"),
    [
        ("0 20 18 20 20", DefectKind.BAD_ANNOTATION, "looks like pixels"),
        ("0 10 8 30 8 30 28", DefectKind.BAD_ANNOTATION, "looks like pixels"),
        ("0 0.5 0.5 1e-9 0.5", DefectKind.BOX_EMPTY, "pixels thin"),
        ("0 0.3125 0.375 0.3125 0.416667 0.93", DefectKind.BAD_ANNOTATION, "a score at the end"),
        (
            "0,0.5,0.5,0.1,0.1",
            DefectKind.BAD_ANNOTATION,
            "numbers with spaces between were expected",
        ),
        (
            "0 0.5 0.5 nan 0.1",
            DefectKind.BAD_ANNOTATION,
            "numbers with spaces between were expected",
        ),
        ("1e30 0.5 0.5 0.1 0.1", DefectKind.UNKNOWN_CLASS, "class 1e+30"),
    ],
)
def test_a_line_that_is_none_is_a_defect_and_the_others_are_read(
    line: str, kind: DefectKind, message: str, tmp_path: Path
) -> None:
    root = a_set(tmp_path, "train: train/images\nnames: [cup]", TRAIN, line=f"{line}\n{LINE}")
    dataset = read_dataset(root)
    (defect,) = dataset.defects
    assert (defect.kind, message in defect.message) == (kind, True)
    assert boxes_of(dataset) == ONE_CUP


def test_corners_in_the_place_of_center_and_size_are_said(tmp_path: Path) -> None:
    root = a_set(tmp_path, "train: train/images\nnames: [cup]", TRAIN, line="0 0.5 0.3 0.9 0.9\n")
    defect, form = read_dataset(root).defects
    assert (form.kind, form.option) == (DefectKind.BOX_FORM, "--boxes xyxy")
    assert defect.kind == DefectKind.BOX_OUTSIDE
    assert "read as [x_min, y_min, x_max, y_max] it would lie inside" in defect.message


def test_a_box_beyond_the_edge_that_is_no_corners_either_is_outside_alone(tmp_path: Path) -> None:
    root = a_set(tmp_path, "train: train/images\nnames: [cup]", TRAIN, line="0 0.9 0.9 0.5 0.5\n")
    (defect,) = read_dataset(root).defects
    assert "read as" not in defect.message


def test_a_line_that_comes_twice_is_said(tmp_path: Path) -> None:
    root = a_set(tmp_path, "train: train/images\nnames: [cup]", TRAIN, line=LINE * 2)
    dataset = read_dataset(root)
    assert (dataset.object_count, dataset.defects) == (2, ())
    assert "1 object has the box and class of another: in a.jpg" in notes_of(dataset)


def test_two_images_of_one_label_file_are_said(tmp_path: Path) -> None:
    root = a_set(tmp_path, "train: train/images\nnames: [cup]", TRAIN)
    image_file(root / "train" / "images" / "a.png")
    assert "1 label file of several images" in notes_of(read_dataset(root))


def test_one_image_in_two_splits_is_said(tmp_path: Path) -> None:
    description = "train: images/train\nval: images/train\nnames: [cup]"
    dataset = read_dataset(a_set(tmp_path, description, BELOW_IMAGES))
    assert len(dataset) == 2
    assert "1 image is in several splits (train, val): a.jpg" in notes_of(dataset)
