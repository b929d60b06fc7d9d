"""COCO files in which something is odd in many records at once, and files that are no data."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.annotated_folders import (
    CATEGORIES,
    coco_box,
    coco_file,
    coco_image,
    image_file,
    images,
    notes_of,
)
from training.datasets.defects import DatasetError
from training.datasets.formats.registry import read_dataset

PERCENT = ([5, 5, 20, 30], [50, 40, 48, 59], [2, 60, 12, 30], [70, 3, 29.5, 12], [30, 30, 40, 45])
AS_CORNERS = [[x, y, x + width, y + height] for x, y, width, height in PERCENT]
RESULT = {"image_id": 1, "category_id": 1, "bbox": [10, 8, 20, 20], "score": 0.9}


def numbered(*boxes: Any) -> list[dict[str, Any]]:
    return [coco_box(id=number, bbox=list(box)) for number, box in enumerate(boxes, 1)]


def notes_on(folder: Path, size_wh: tuple[int, int], *boxes: Any) -> str:
    image_file(folder / "a.jpg", size_wh)
    record = coco_image(1, "a.jpg", width=size_wh[0], height=size_wh[1])
    return notes_of(read_dataset(coco_file(folder / "c.json", [record], numbered(*boxes))))


def test_an_id_of_two_annotations_is_noted_and_both_are_read(tmp_path: Path) -> None:
    boxes = [coco_box(id=7), coco_box(id=7, bbox=[1, 1, 9, 9]), coco_box(id=8, bbox=[2, 2, 9, 9])]
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=boxes))
    assert dataset.object_count == 3
    (note,) = [each.message for each in dataset.notes if "same id" in each.message]
    assert "(7)" in note
    assert "pycocotools takes the last" in note


@pytest.mark.parametrize("ids", [(1, 2), (1, "1"), (None, None)])
def test_annotations_of_their_own_ids_or_of_none_are_not_noted(ids: Any, tmp_path: Path) -> None:
    boxes = [coco_box(id=ids[0]), coco_box(id=ids[1], bbox=[1, 1, 9, 9])]
    dataset = read_dataset(coco_file(images(tmp_path, "a.jpg") / "c.json", annotations=boxes))
    assert "same id" not in notes_of(dataset)


@pytest.mark.parametrize("boxes", [PERCENT, AS_CORNERS], ids=["sizes", "corners"])
def test_boxes_in_percent_of_large_images_are_noted(boxes: Any, tmp_path: Path) -> None:
    said = notes_on(tmp_path, (640, 480), *boxes)
    assert "odd: " in said
    assert "look like percent of the image: all 5 lie within 0 to 100" in said


@pytest.mark.parametrize(
    ("size_wh", "boxes"),
    [
        ((110, 105), PERCENT),
        ((640, 480), PERCENT[:4]),
        ((640, 480), [*PERCENT, (300, 200, 50, 50)]),
        ((640, 480), [*PERCENT, (90, 20, 20, 20)]),
        ((640, 480), [(x / 2, y / 2, width / 2, height / 2) for x, y, width, height in PERCENT]),
        ((640, 480), [(90, 90, 5, 5)] * 6),
    ],
    ids=["small image", "few", "one far out", "one beyond 100", "half the range", "one corner"],
)
def test_boxes_in_pixels_are_not_taken_for_percent(
    size_wh: tuple[int, int], boxes: Any, tmp_path: Path
) -> None:
    assert "percent" not in notes_on(tmp_path, size_wh, *boxes)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("results.json", json.dumps([RESULT, RESULT])),
        ("results.json", json.dumps([RESULT] * 1000, indent=1)),
        ("bbox.json", json.dumps([{**RESULT, "segmentation": {"size": [4, 4], "counts": "04"}}])),
        ("results.jsonl", f"{json.dumps(RESULT)}\n{json.dumps(RESULT)}\n"),
        ("points.json", json.dumps([{"image_id": "a", "category_id": 1, "keypoints": [],
                                     "score": 1}])),
    ],
)  # fmt: skip
def test_results_given_as_data_are_said_to_be_results(
    name: str, content: str, tmp_path: Path
) -> None:
    (images(tmp_path, "a.jpg") / name).write_text(content)
    for path in (tmp_path, tmp_path / name):
        with pytest.raises(
            DatasetError, match=r"is a file of COCO results.*boxwright evaluate RESULTS"
        ):
            read_dataset(path)


@pytest.mark.parametrize("content", [[RESULT], {"annotations": [RESULT], "categories": CATEGORIES}])
def test_results_read_as_coco_by_name_are_said_to_be_results(content: Any, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(json.dumps(content))
    with pytest.raises(
        DatasetError, match=r"is a file of COCO results.*boxwright evaluate RESULTS"
    ):
        read_dataset(path, "coco")


def test_results_beside_their_annotations_do_not_keep_these_from_being_read(tmp_path: Path) -> None:
    file = coco_file(images(tmp_path, "a.jpg") / "annotations.json")
    file.with_name("results.json").write_text(json.dumps([RESULT]))
    dataset = read_dataset(tmp_path)
    assert dataset.object_count == 1
    assert "results.json" in notes_of(dataset)


@pytest.mark.parametrize("name", ["c.json.gz", "annotations/instances_train.json.gz", "b.csv.gz"])
def test_annotations_packed_by_gzip_are_named_with_what_to_do(name: str, tmp_path: Path) -> None:
    packed = images(tmp_path, "a.jpg") / name
    packed.parent.mkdir(exist_ok=True)
    packed.write_bytes(gzip.compress(coco_file(tmp_path / "c.json").read_bytes()))
    (tmp_path / "c.json").unlink()
    for path in (tmp_path, packed):
        with pytest.raises(
            DatasetError, match=r"is packed by gzip, .*gunzip --keep.* name \S+[.](json|csv)$"
        ):
            read_dataset(path)
