"""What is found of large and of small objects, whatever class is said."""

import pytest

from tests.training.evaluation.perturbed import NOTHING, detections, no_source, scene
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.evaluation.area_rows import AreaRow
from training.evaluation.evaluation import evaluate

# Shares of 0.25, 0.06 and 0.04 of the image; the last is the only one that is small.
NEAR, EDGE, FAR = (0.0, 0.0, 0.5, 0.5), (0.5, 0.5, 0.8, 0.7), (0.8, 0.0, 1.0, 0.2)
NOWHERE = (0.0, 0.6, 0.4, 1.0)


def _truth(*objects: AnnotatedObject) -> Dataset:
    image = AnnotatedImage("a.jpg", no_source(), 300, 200, objects)
    empty = AnnotatedImage("b.jpg", no_source(), 300, 200, ())
    return Dataset(label_map_of(["zero", "five"]), (image, empty))


def test_another_class_is_found_and_not_right() -> None:
    truth = _truth(*(AnnotatedObject("five", box) for box in (NEAR, EDGE, FAR)))
    found = detections([NEAR, EDGE, NOWHERE], [0.9, 0.8, 0.7], [2, 1, 1])
    by_area = evaluate(truth, [found, NOTHING], score_threshold=0.5, area_share=0.05).by_area
    assert by_area is not None
    large, small, together = by_area.rows
    assert large == AreaRow("0.05 of the image and more", 2, 2, 1)
    assert small == AreaRow("less", 1, 0, 0)
    assert together == AreaRow("all", 3, 2, 1)
    assert (large.recall, large.right_share) == (1.0, 0.5)
    assert (small.recall, small.right_share) == (0.0, -1.0)
    assert by_area.false_per_image == 0.5
    assert by_area.as_json()["rows"][2]["recall"] == pytest.approx(2 / 3)


def test_the_score_threshold_decides_what_is_found() -> None:
    truth = _truth(AnnotatedObject("five", NEAR))
    found = [detections([NEAR, NOWHERE], [0.4, 0.3], [2, 2]), NOTHING]
    strict = evaluate(truth, found, score_threshold=0.5, area_share=0.05).by_area
    loose = evaluate(truth, found, score_threshold=0.1, area_share=0.05).by_area
    assert strict is not None
    assert loose is not None
    assert (strict.rows[0].found, strict.false_per_image) == (0, 0.0)
    assert (loose.rows[0].found, loose.false_per_image) == (1, 0.5)


def test_what_is_ignored_is_not_counted() -> None:
    truth = _truth(AnnotatedObject("five", NEAR, difficult=True))
    found = [detections([NEAR], [0.9], [2]), NOTHING]
    by_area = evaluate(truth, found, score_threshold=0.5, area_share=0.05).by_area
    assert by_area is not None
    assert [each.objects for each in by_area.rows] == [0, 0, 0]
    assert by_area.false_per_image == 0.0
    assert by_area.rows[0].recall == -1.0


def test_nothing_is_counted_by_area_unless_asked_for() -> None:
    assert evaluate(scene(2), [NOTHING, NOTHING]).by_area is None
