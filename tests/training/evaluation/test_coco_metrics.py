"""The twelve numbers against pycocotools run by hand, and what is ignored."""

import contextlib
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from detection.detections import Detections
from tests.training.evaluation.perturbed import (
    NOTHING,
    detections,
    no_source,
    noisy,
    perfect,
    scene,
)
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.evaluation.coco_metrics import METRICS, coco_metrics


def by_hand(truth: Dataset, found: Sequence[Detections], folder: Path) -> tuple[list[float], str]:
    """The numbers and the lines of pycocotools, from files as its demo reads them."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for image_id, (image, each_found) in enumerate(zip(truth.images, found, strict=True), 7):
        size = np.array([image.width, image.height] * 2)
        images.append({"id": image_id, "width": image.width, "height": image.height})
        for each in image.objects:
            x_min, y_min, x_max, y_max = np.array(each.box_yxyx)[[1, 0, 3, 2]] * size
            box = [x_min, y_min, x_max - x_min, y_max - y_min]
            annotations.append(
                {"id": len(annotations) + 1, "image_id": image_id, "bbox": box,
                 "category_id": truth.class_ids[each.label], "area": box[2] * box[3],
                 "iscrowd": int(each.crowd)}
            )  # fmt: skip
        for row in range(len(each_found)):
            corners = each_found.boxes_yxyx[row].astype(np.float64)[[1, 0, 3, 2]] * size
            results.append(
                {"image_id": image_id, "category_id": int(each_found.class_ids[row]),
                 "bbox": [*corners[:2], *(corners[2:] - corners[:2])],
                 "score": float(each_found.scores[row])}
            )  # fmt: skip
    categories = [{"id": item.id, "name": item.name} for item in truth.label_map]
    content: dict[str, Any] = {
        "images": images, "annotations": annotations, "categories": categories
    }  # fmt: skip
    (folder / "truth.json").write_text(json.dumps(content))
    (folder / "found.json").write_text(json.dumps(results))
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(folder / "truth.json"))
        evaluation = COCOeval(coco, coco.loadRes(str(folder / "found.json")), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        evaluation.summarize()
    return evaluation.stats.tolist(), printed.getvalue()


def test_the_twelve_numbers_are_those_of_pycocotools_on_files(tmp_path: Path) -> None:
    truth = scene(40, crowds=True)
    found = noisy(truth)
    numbers, lines = by_hand(truth, found, tmp_path)
    metrics = coco_metrics(truth, found)
    assert [metrics.values[name] for name in METRICS] == pytest.approx(numbers, abs=1e-12)
    assert metrics.table() == lines.rstrip("\n")
    assert 0.1 < metrics.ap < 0.9
    assert np.mean([each.ap for each in metrics.classes if each.ap >= 0]) == pytest.approx(
        metrics.ap
    )


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    coco_metrics(scene(2), perfect(scene(2)))
    assert capsys.readouterr().out == ""


def test_what_is_there_found_exactly_is_one() -> None:
    truth = scene(12)
    metrics = coco_metrics(truth, perfect(truth))
    assert metrics.ap == pytest.approx(1)
    assert [each.object_count > 0 for each in metrics.classes] == [True, True, False]
    assert [each.ap for each in metrics.classes] == pytest.approx([1, 1, -1])


def test_boxes_with_x_for_y_find_nothing() -> None:
    truth = scene(12)
    turned = [replace(each, boxes_yxyx=each.boxes_yxyx[:, [1, 0, 3, 2]]) for each in perfect(truth)]
    assert coco_metrics(truth, turned).ap50 < 0.1


def test_one_class_for_the_other_finds_nothing() -> None:
    truth = scene(12)
    mixed = [replace(each, class_ids=3 - each.class_ids) for each in perfect(truth)]
    assert coco_metrics(truth, mixed).ap50 == 0


def test_without_detections_everything_is_zero() -> None:
    truth = scene(5)
    metrics = coco_metrics(truth, [NOTHING] * 5)
    assert metrics.ap == 0
    assert metrics.values["ar_100"] == 0
    assert metrics.classes[0].matches.scores.shape == (0,)


def test_without_objects_there_is_nothing_to_measure() -> None:
    truth = scene(3)
    bare = replace(truth, images=tuple(replace(each, objects=()) for each in truth.images))
    for found in (perfect(truth), [NOTHING] * 3):
        metrics = coco_metrics(bare, found)
        assert set(metrics.values.values()) == {-1.0}
        assert "= -1.000" in metrics.lines[0]
    assert coco_metrics(replace(truth, images=()), []).ap == -1


def of_one(*objects: AnnotatedObject, ignored: tuple[Any, ...] = ()) -> Dataset:
    image = AnnotatedImage("a.jpg", no_source(), 200, 100, objects, ignored_yxyx=ignored)
    return Dataset(label_map_of(["hand", "face"]), (image,))


HAND = AnnotatedObject("hand", (0.1, 0.1, 0.4, 0.3))
BOX = (0.5, 0.5, 0.9, 0.9)


def test_a_difficult_object_is_neither_missed_nor_wrong_to_find_many_times() -> None:
    truth = of_one(HAND, AnnotatedObject("hand", BOX, difficult=True))
    right = detections([HAND.box_yxyx], [0.5], [1])
    twice = detections([HAND.box_yxyx, BOX, BOX], [0.5, 0.9, 0.8], [1, 1, 1])
    inside = detections([HAND.box_yxyx, (0.6, 0.6, 0.7, 0.7)], [0.5, 0.9], [1, 1])
    assert coco_metrics(truth, [right]).ap == pytest.approx(1)
    assert coco_metrics(truth, [twice]).ap == pytest.approx(1)
    # Unlike a crowd, it does not excuse what merely lies inside.
    assert coco_metrics(truth, [inside]).ap == pytest.approx(0.5)
    assert coco_metrics(truth, [right]).classes[0].object_count == 1


@pytest.mark.parametrize("region", [True, False])
def test_what_lies_in_a_crowd_or_where_nobody_looked_is_not_wrong(region: bool) -> None:
    crowd = AnnotatedObject("hand", BOX, crowd=True)
    truth = of_one(HAND, ignored=(BOX,)) if region else of_one(HAND, crowd)
    inside = [(0.6, 0.6, 0.7, 0.7), (0.7, 0.7, 0.8, 0.9)]
    found = detections([HAND.box_yxyx, *inside], [0.5, 0.9, 0.8], [1, 1, 1])
    assert coco_metrics(truth, [found]).ap == pytest.approx(1)
    matches = coco_metrics(truth, [found]).classes[0].matches
    assert matches.counted[0].tolist() == [False, False, True]


def test_sizes_are_pixels_of_the_image() -> None:
    # 40 x 30 pixels: a medium one, though 1200 / 20000 of the image.
    metrics = coco_metrics(of_one(HAND), [detections([HAND.box_yxyx], [0.5], [1])])
    assert metrics.values["ap_medium"] == pytest.approx(1)
    assert metrics.values["ap_small"] == metrics.values["ap_large"] == -1


def test_a_class_that_the_data_does_not_have_is_passed_over() -> None:
    found = detections([HAND.box_yxyx, BOX], [0.5, 0.9], [1, 77])
    assert coco_metrics(of_one(HAND), [found]).ap == pytest.approx(1)


def test_detections_of_other_images_are_refused() -> None:
    with pytest.raises(ValueError, match="of 2 images for 3 images"):
        coco_metrics(scene(3), [NOTHING] * 2)
    with pytest.raises(ValueError, match="bbox or segm is compared, not 'keypoints'"):
        coco_metrics(scene(0), [], iou_type="keypoints")
