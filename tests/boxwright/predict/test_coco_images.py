"""Images' numbers in COCO results: no two images have one, whatever they are called."""

import json
from io import StringIO
from pathlib import Path

import pytest

from boxwright.predict.coco_images import number_images, read_image_ids
from boxwright.predict.reports import CocoReport

TRAIN, VAL, OTHER = (Path(f"photos/{each}.png") for each in ("train/a", "val/a", "b"))


@pytest.mark.parametrize(
    ("image_ids", "numbers"),
    [
        ({}, [1, 2, 3]),
        ({"a.jpg": 7}, [8, 9, 10]),
        ({"val/a.png": 3, "train/a.png": 4, "b.png": 5}, [4, 3, 5]),
        # By the end of its path before by its name.
        ({"val/a.png": 3}, [4, 3, 5]),
        ({"a.png": 3, "train/a.png": 4}, [4, 3, 5]),
        ({"elsewhere/b.png": 6}, [7, 8, 6]),
    ],
)
def test_each_image_has_its_own_number(image_ids: dict[str, int], numbers: list[int]) -> None:
    assert number_images([TRAIN, VAL, OTHER], image_ids) == dict(
        zip([TRAIN, VAL, OTHER], numbers, strict=True)
    )


@pytest.mark.parametrize(
    ("image_ids", "message"),
    [
        ({"a.png": 3}, r"image a\.png matches two files, photos/train/a\.png and photos/val/"),
        (
            {"x/a.png": 3, "y/a.png": 4},
            r"train/a\.png matches two annotated images, x/a\.png and y/a\.png",
        ),
    ],
)
def test_what_cannot_be_told_apart_is_named(image_ids: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        number_images([TRAIN, VAL, OTHER], image_ids)


def test_results_of_images_of_one_name_stay_apart() -> None:
    text = StringIO()
    report = CocoReport(text, number_images([TRAIN, VAL, OTHER], {}))
    box = {"x_min": 1.0, "y_min": 2.0, "x_max": 4.0, "y_max": 6.0}
    for image in (TRAIN, VAL, OTHER):
        report.add(image, {"detections": [{"class_id": 1, "score": 0.5, "box": box}]})
    report.finish()
    assert [(each["image_id"], each["file_name"]) for each in json.loads(text.getvalue())] == [
        (1, "photos/train/a.png"),
        (2, "photos/val/a.png"),
        (3, "b.png"),
    ]


def test_annotations_nested_too_deeply_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "coco.json"
    path.write_text("[" * 100_000)
    with pytest.raises(ValueError, match="is not COCO JSON"):
        read_image_ids(path)
