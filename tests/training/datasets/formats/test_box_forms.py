"""Boxes written as two corners where a width and a height are expected, in every format."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.annotated_folders import (
    boxes_of,
    coco_box,
    coco_file,
    images,
    notes_of,
    text_file,
)
from training.datasets.defects import DefectKind
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset

# In an image of 64x48; the first reaches out of it where it has a size.
CORNERS = [(40, 30, 60, 44), (4, 4, 20, 24)]
Boxes = Sequence[tuple[float, ...]]


def a_csv(root: Path, boxes: Boxes, *, sized: bool = False) -> Path:
    images(root, "a.jpg")
    header = "filename,class,bbox" + (",width,height" if sized else "")
    rows = [f'a.jpg,cup,"{list(box)}"{",64,48" if sized else ""}' for box in boxes]
    text_file(root / "boxes.csv", "\n".join([header, *rows]) + "\n")
    return root


def in_shares(boxes: Boxes) -> Boxes:
    return [(a / 64, b / 48, c / 64, d / 48) for a, b, c, d in boxes]


def rounded(root: Path, options: ReadOptions | None = None) -> list[tuple[int, ...]]:
    return [tuple(map(round, each[3])) for each in boxes_of(read_dataset(root, None, options))]


def test_shares_that_a_person_calls_corners_are_read_as_shares(tmp_path: Path) -> None:
    a_csv(tmp_path, in_shares(CORNERS))
    options = ReadOptions(box_form="xyxy")
    assert sorted(rounded(tmp_path, options)) == sorted(CORNERS)
    notes = notes_of(read_dataset(tmp_path, None, options))
    assert "taken as shares of the image" in notes
    assert "were taken as x_min" not in notes


def test_shares_that_a_person_calls_sizes_are_read_as_such(tmp_path: Path) -> None:
    a_csv(tmp_path, in_shares([(10, 8, 20, 20)]))
    assert rounded(tmp_path, ReadOptions(box_form="xywh")) == [(10, 8, 30, 28)]


@pytest.mark.parametrize("boxes", [CORNERS, CORNERS[:1]], ids=["two", "one"])
def test_a_csv_says_itself_that_shares_are_corners(boxes: Boxes, tmp_path: Path) -> None:
    a_csv(tmp_path, in_shares(boxes))
    assert sorted(rounded(tmp_path)) == sorted(boxes)
    assert "were taken as x_min, y_min, x_max, y_max" in notes_of(read_dataset(tmp_path))


@pytest.mark.parametrize("boxes", [CORNERS, CORNERS[:1]], ids=["two", "one"])
def test_one_or_two_boxes_tell_it_as_many_do(boxes: Boxes, tmp_path: Path) -> None:
    images(tmp_path / "coco", "a.jpg")
    annotations = [coco_box(bbox=list(box), id=number) for number, box in enumerate(boxes)]
    coco_file(tmp_path / "coco" / "c.json", annotations=annotations)
    a_csv(tmp_path / "csv", boxes)
    for name in ("coco", "csv"):
        form = read_dataset(tmp_path / name).defects[-1]
        assert (form.kind, form.option) == (DefectKind.BOX_FORM, "--boxes xyxy")
    # With the image's size in the file, the same is seen while its columns are understood.
    assert sorted(rounded(a_csv(tmp_path / "sized", boxes, sized=True))) == sorted(boxes)


def test_a_wrong_row_among_many_corners_does_not_make_them_sizes(tmp_path: Path) -> None:
    boxes = [(40, 30, 60, 44)] * 30
    root = a_csv(tmp_path, [*boxes, (30, 20, 10, 9)], sized=True)
    assert [each for each in rounded(root) if each in boxes] == boxes


def test_a_box_of_two_that_may_be_corners_is_a_note_alone(tmp_path: Path) -> None:
    images(tmp_path, "a.jpg")
    boxes = [(40, 30, 60, 44), (30, 20, 10, 9)]
    annotations = [coco_box(bbox=list(box), id=number) for number, box in enumerate(boxes)]
    coco_file(tmp_path / "c.json", annotations=annotations)
    dataset = read_dataset(tmp_path)
    assert [each.kind for each in dataset.defects] == [DefectKind.BOX_OUTSIDE]
    assert "1 of 2 boxes would go beyond the image" in notes_of(dataset)
    asked = read_dataset(tmp_path, None, ReadOptions(box_form="xywh"))
    assert "would go beyond" not in notes_of(asked)
