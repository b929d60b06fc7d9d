"""Detections from files, as `boxwright predict` writes them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detection.coco import coco_results
from detection.detections import Detections
from tests.training.evaluation.perturbed import noisy, scene
from training.datasets.dataset import Dataset, label_map_of
from training.evaluation.detection_files import DetectionFile
from training.evaluation.errors import EvaluationError

TRUTH = scene(9)
FOUND = noisy(TRUTH)


def answer(found: Detections, names: Sequence[str | None] = TRUTH.class_names) -> dict[str, Any]:
    """A gateway's, for an image of 320 x 200."""
    sides = ("y_min", "x_min", "y_max", "x_max")
    pixels = found.boxes_yxyx.astype(float) * (200, 320, 200, 320)
    return {
        "image": {"width": 320, "height": 200},
        "detections": [
            {"class_id": class_id, "label": names[class_id - 1], "score": score,
             "box": dict(zip(sides, box, strict=True))}
            for box, score, class_id in zip(
                pixels.tolist(), found.scores.tolist(), found.class_ids.tolist(), strict=True)
        ],
    }  # fmt: skip


def jsonl(folder: Path, truth: Dataset = TRUTH, **more: Any) -> Path:
    path = folder / "found.jsonl"
    lines = [
        json.dumps({"picture": f"some/where/{image.name}", **answer(found), **more})
        for image, found in zip(truth.images, FOUND, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def coco(folder: Path, *, named: bool) -> Path:
    records: list[dict[str, Any]] = []
    for number, (image, found) in enumerate(zip(TRUTH.images, FOUND, strict=True), 30):
        name = {"file_name": image.name} if named else {}
        results = coco_results(found, width=320, height=200, image_id=number)
        records += [record | name for record in results]
    path = folder / "found.json"
    path.write_text(json.dumps(records))
    return path


def test_boxes_are_read_as_finely_as_they_are_told(tmp_path: Path) -> None:
    sides = ("y_min", "x_min", "y_max", "x_max")
    lines = []
    for image, found in zip(TRUTH.images, FOUND, strict=True):
        told = answer(found)
        for each, box in zip(told["detections"], found.boxes_yxyx.tolist(), strict=True):
            each["box"] = {side: round(value) for side, value in each["box"].items()}
            each["box_normalized"] = dict(zip(sides, (round(v, 6) for v in box), strict=True))
        lines.append(json.dumps({"picture": image.name, **told}))
    (tmp_path / "found.jsonl").write_text("\n".join(lines))
    read = list(DetectionFile(tmp_path / "found.jsonl").detect(TRUTH.images))
    assert_same(read, 1e-6)


def assert_same(found: list[Detections], tolerance: float) -> None:
    for one, other in zip(found, FOUND, strict=True):
        assert np.abs(one.boxes_yxyx - other.boxes_yxyx).max(initial=0) < tolerance
        assert one.scores.tolist() == other.scores.tolist()
        assert one.class_ids.tolist() == other.class_ids.tolist()


def test_a_line_an_image_is_read_with_its_labels(tmp_path: Path) -> None:
    written = DetectionFile(jsonl(tmp_path))
    assert_same(list(written.detect(TRUTH.images)), 1e-6)
    assert written.label_map == TRUTH.label_map
    assert written.lowest_score == pytest.approx(min(each.scores.min(initial=1) for each in FOUND))


def test_a_line_may_hold_what_unicode_calls_the_end_of_one(tmp_path: Path) -> None:
    path = tmp_path / "found.jsonl"
    names = ["a\u2028b", *TRUTH.class_names[1:]]
    document = {"picture": TRUTH.images[0].name, **answer(FOUND[0], names)}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    [found] = DetectionFile(path).detect(TRUTH.images[:1])
    assert len(found) == len(FOUND[0])


def test_coco_results_are_read_by_file_name_or_by_number(tmp_path: Path) -> None:
    half_a_pixel = 0.01 / 200
    by_name = DetectionFile(coco(tmp_path, named=True), TRUTH.label_map)
    assert_same(list(by_name.detect(TRUTH.images)), half_a_pixel)
    assert by_name.label_map == TRUTH.label_map
    names = {number: image.name for number, image in enumerate(TRUTH.images, 30)}
    by_number = DetectionFile(coco(tmp_path, named=False), file_names=names)
    assert_same(list(by_number.detect(TRUTH.images)), half_a_pixel)
    assert by_number.label_map is None


def test_labels_that_are_not_known_are_none(tmp_path: Path) -> None:
    path = tmp_path / "found.jsonl"
    unnamed = answer(FOUND[1], [None] * 3)
    path.write_text(json.dumps({"picture": TRUTH.images[1].name, **unnamed}))
    written = DetectionFile(path)
    assert len(next(written.detect(TRUTH.images[1:2]))) == len(FOUND[1])
    assert written.label_map is None


def test_images_of_the_same_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    path = tmp_path / "found.jsonl"
    images = [replace(TRUTH.images[n], name=f"{n}/a.jpg") for n in (5, 6)]
    path.write_text(
        "".join(json.dumps({"picture": f"x/{n}/a.jpg", **answer(FOUND[n])}) + "\n" for n in (6, 5))
    )
    found = list(DetectionFile(path).detect(images))
    assert [len(each) for each in found] == [len(FOUND[5]), len(FOUND[6])]
    path.write_text(json.dumps({"picture": "a.jpg", **answer(FOUND[5])}))
    with pytest.raises(EvaluationError, match="told apart by their files' names"):
        list(DetectionFile(path).detect(images))
    path.write_text(json.dumps({"picture": "a.jpg", **answer(FOUND[5])}))
    of_two_splits = [replace(images[0], name="a.jpg", split=each) for each in ("train", "val")]
    with pytest.raises(EvaluationError, match=r"could be train/a\.jpg and val/a\.jpg"):
        list(DetectionFile(path).detect(of_two_splits))
    path.write_text(
        "".join(json.dumps({"picture": f"{n}/a.jpg", **answer(FOUND[5])}) + "\n" for n in (7, 8))
    )
    with pytest.raises(EvaluationError, match=r"could both be 5/a\.jpg"):
        list(DetectionFile(path).detect(images[:1]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", "line 1: a gateway's answer"),
        ("hello", "line 1: a gateway's answer"),
        ('\n{"picture": 3, "detections": []}', "line 2"),
        ("[1]", "record 1: COCO results have an image_id"),
        ("[", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ('{"picture": ' * 100_000, "line 1: a gateway's answer"),
        ('[{"image_id": [4]}]', "--coco-images"),
        ('[{"image_id": 4}]', "--coco-images"),
        ('[{"image_id": 4, "file_name": "1.jpg"}]', "1.jpg: no COCO results"),
        ('[{"image_id": 4, "file_name": "other.jpg"}]', "is about other images"),
        ('{"picture": "1.jpg", "detections": [{}]}', "1.jpg: no answer of a gateway"),
        ('{"picture": "2.jpg", "detections": []}', "says nothing of 1.jpg"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "found.json"
    path.write_text(content)
    with pytest.raises(EvaluationError, match=message):
        list(DetectionFile(path).detect(TRUTH.images[1:2]))


def test_an_answer_about_an_image_of_another_size_is_refused(tmp_path: Path) -> None:
    path = jsonl(tmp_path, image={"width": 200, "height": 320})
    with pytest.raises(EvaluationError, match="200x320 pixels, but the data set's has 320x200"):
        list(DetectionFile(path).detect(TRUTH.images))


def test_one_number_with_two_names_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "found.jsonl"
    lines = [
        {"picture": image.name, **answer(found, [label] * 3)}
        for image, found, label in zip(TRUTH.images[5:7], FOUND[5:7], "ab", strict=True)
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    with pytest.raises(EvaluationError, match="is 'a' and 'b'"):
        list(DetectionFile(path).detect(TRUTH.images[5:7]))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"none\.json cannot be read"):
        DetectionFile(tmp_path / "none.json")


def test_classes_of_other_numbers_are_named_by_the_label_map_given(tmp_path: Path) -> None:
    own = label_map_of(["x", "y", "z"])
    assert DetectionFile(jsonl(tmp_path), own).label_map == own
