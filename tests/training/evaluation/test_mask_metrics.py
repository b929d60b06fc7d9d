import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from detection.coco import coco_results
from detection.detections import Detections
from detection.kinds.masks.kind import MASKS
from detection.kinds.masks.run_lengths import RunLengths
from detection.label_map import LabelMap
from tests.training.evaluation.perturbed import NOTHING, no_source
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.evaluation.coco_metrics import METRICS, coco_metrics
from training.evaluation.detection_files import DetectionFile
from training.evaluation.evaluation import evaluate
from training.evaluation.gateway_answers import AnsweredLabels, read_answer
from training.evaluation.kinds import KINDS
from training.evaluation.mask_metrics import mask_metrics

NAMES = ("date", "fig")
HEIGHT, WIDTH = 90, 160


def ellipse(box: tuple[float, float, float, float]) -> RunLengths:
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    y_min, x_min, y_max, x_max = np.array(box) * (HEIGHT, WIDTH, HEIGHT, WIDTH)
    inside = ((2 * y - y_min - y_max) / (y_max - y_min)) ** 2
    return RunLengths.of(inside + ((2 * x - x_min - x_max) / (x_max - x_min)) ** 2 < 1)


def orchard(count: int) -> Dataset:
    """Images of 160 x 90 with 0 to 3 ellipses of two classes."""
    draw = np.random.default_rng(3)
    images = []
    for number in range(count):
        objects = []
        for _ in range(number % 4):
            height, width = draw.uniform(0.3, 0.6, 2)
            top, left = draw.uniform(0, 1 - height), draw.uniform(0, 1 - width)
            mask = ellipse((top, left, top + height, left + width))
            objects.append(AnnotatedObject(NAMES[draw.integers(2)], mask.box_yxyx(), mask=mask))
        images.append(AnnotatedImage(f"{number}.jpg", no_source(), WIDTH, HEIGHT, tuple(objects)))
    return Dataset(label_map_of(NAMES), tuple(images))


def found_in(truth: Dataset, *, moved: float = 0.0, full: bool = False) -> list[Detections]:
    """Every object, its ellipse as a detector says it, or its whole box."""
    y, x = np.mgrid[:28, :28]
    mask = np.clip(0.5 + (14 - np.hypot(y - 13.5, x - 13.5)) / 2, 0, 1).astype(np.float32)
    draw = np.random.default_rng(4)
    found = []
    for image in truth.images:
        boxes = np.array([each.box_yxyx for each in image.objects], np.float32).reshape(-1, 4)
        boxes = np.clip(boxes + draw.normal(0, moved, boxes.shape), 0, 1).astype(np.float32)
        count = len(boxes)
        found.append(
            Detections(
                boxes,
                draw.random(count).astype(np.float32),
                np.array([truth.class_ids[each.label] for each in image.objects], np.int64),
                {
                    MASKS: np.stack([np.ones_like(mask) if full else mask] * count)
                    if count
                    else np.zeros((0, 28, 28), np.float32)
                },
            )
        )
    return found


def by_hand(truth: Dataset, found: list[Detections], folder: Path) -> list[float]:
    """The twelve numbers, by pycocotools from files."""
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for number, (image, detections) in enumerate(zip(truth.images, found, strict=True)):
        for each in image.objects:
            assert each.mask is not None
            y_min, x_min, y_max, x_max = np.array(each.box_yxyx) * (HEIGHT, WIDTH, HEIGHT, WIDTH)
            annotations.append(
                {
                    "id": len(annotations) + 1, "image_id": number, "iscrowd": 0,
                    "category_id": truth.class_ids[each.label], "area": each.mask.area,
                    "bbox": [x_min, y_min, x_max - x_min, y_max - y_min],
                    "segmentation": {
                        "size": [HEIGHT, WIDTH], "counts": each.mask.counts
                    },
                }
            )  # fmt: skip
        results += coco_results(detections, width=WIDTH, height=HEIGHT, image_id=number)
    (folder / "truth.json").write_text(json.dumps({
        "images": [{"id": n, "width": WIDTH, "height": HEIGHT} for n in range(len(truth))],
        "categories": [{"id": n, "name": name} for name, n in truth.class_ids.items()],
        "annotations": annotations,
    }))  # fmt: skip
    (folder / "found.json").write_text(json.dumps(results))
    coco = COCO(folder / "truth.json")
    evaluation = COCOeval(coco, coco.loadRes(str(folder / "found.json")), "segm")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    numbers: list[float] = evaluation.stats.tolist()
    return numbers


def test_the_numbers_are_pycocotools_own_from_coco_s_files(tmp_path: Path) -> None:
    truth = orchard(16)
    found = found_in(truth, moved=0.02)
    metrics = coco_metrics(truth, found, iou_type="segm")
    numbers = by_hand(truth, found, tmp_path)
    assert [metrics.values[name] for name in METRICS] == pytest.approx(numbers, abs=1e-12)
    assert 0.1 < metrics.ap < 0.95


def test_boxes_that_fit_with_masks_that_do_not_are_told_apart() -> None:
    truth = orchard(12)
    right, full = (
        mask_metrics(truth, found_in(truth)),
        mask_metrics(truth, found_in(truth, full=True)),
    )
    assert right.boxes.ap == full.boxes.ap == pytest.approx(1)
    # An ellipse is pi / 4 of its box: found up to an IoU of 0.75, six of the ten limits.
    assert right.masks.ap > 0.9
    assert full.masks.ap == pytest.approx(0.6, abs=0.05)
    assert right.score == right.masks.ap == right.values["segm_ap"]
    assert right.values["ap"] == right.boxes.ap
    assert "segm AP" in right.summary()
    assert right.of_parts()["fig"]["segm_ap50"] == pytest.approx(1)
    assert right.table().count("Average Precision") == 12


def test_an_object_without_a_mask_is_its_box() -> None:
    image = AnnotatedImage(
        "a.jpg", no_source(), WIDTH, HEIGHT, (AnnotatedObject("fig", (0.2, 0.1, 0.6, 0.9)),),
        ignored_yxyx=((0.7, 0.1, 0.9, 0.3),),
    )  # fmt: skip
    truth = Dataset(label_map_of(NAMES), (image,))
    found = [
        Detections(
            np.array([[0.2, 0.1, 0.6, 0.9], [0.7, 0.1, 0.9, 0.3]], np.float32),
            np.array([0.5, 0.9], np.float32), np.array([2, 2]),
            {MASKS: np.ones((2, 4, 4), np.float32)},
        )
    ]  # fmt: skip
    assert coco_metrics(truth, found, iou_type="segm").ap == pytest.approx(1, abs=0.11)


def test_images_without_detections_or_objects_are_measured_too() -> None:
    truth = orchard(6)
    metrics = mask_metrics(truth, [NOTHING] * 6)
    assert metrics.score == 0
    bare = replace(truth, images=tuple(replace(each, objects=()) for each in truth.images))
    assert mask_metrics(bare, [NOTHING] * 6).score == -1


def test_detections_without_masks_are_named() -> None:
    truth = orchard(2)
    found = [NOTHING, replace(found_in(truth)[1], extras={})]
    with pytest.raises(
        ValueError, match=r"1\.jpg: masks are to be measured, but the detections have none"
    ):
        mask_metrics(truth, found)
    assert "masks" not in evaluate(truth, found).beside


def test_checkpoints_of_masks_are_ranked_by_their_masks() -> None:
    truth = orchard(4)
    assert KINDS["masks"].measure(truth, found_in(truth)).score_name == "segm AP"
    assert KINDS["masks"].with_masks


def test_a_gateway_s_answers_give_the_same_numbers(tmp_path: Path) -> None:
    truth = orchard(8)
    found = found_in(truth, moved=0.02)
    label_map: LabelMap = truth.label_map
    answers, lines = [], []
    for image, detections in zip(truth.images, found, strict=True):
        pixels = detections.boxes_yxyx * (HEIGHT, WIDTH, HEIGHT, WIDTH)
        objects = MASKS.json_objects(detections, width=WIDTH, height=HEIGHT, label_map=None)
        document = {
            "image": {"width": WIDTH, "height": HEIGHT},
            "detections": [
                {
                    "class_id": number, "label": label_map.label(number), "score": score,
                    "box": {"y_min": y0, "x_min": x0, "y_max": y1, "x_max": x1}, **mask,
                }
                for number, score, (y0, x0, y1, x1), mask in zip(
                    detections.class_ids.tolist(), detections.scores.tolist(), pixels.tolist(),
                    objects, strict=True,
                )
            ],
        }  # fmt: skip
        answers.append(read_answer(document, image, AnsweredLabels()))
        lines.append(json.dumps({"picture": image.name, **document}))
    evaluation = evaluate(truth, answers)
    expected = coco_metrics(truth, found, iou_type="segm")
    assert evaluation.beside["masks"].values == pytest.approx(expected.values, abs=1e-9)
    assert evaluation.as_json()["masks"]["coco"]["ap"] == pytest.approx(expected.ap)
    (tmp_path / "found.jsonl").write_text("\n".join(lines))
    written = list(DetectionFile(tmp_path / "found.jsonl").detect(truth.images))
    assert "masks" in evaluate(truth, written).beside


def test_coco_results_of_masks_are_read(tmp_path: Path) -> None:
    truth = orchard(6)
    found = found_in(truth, moved=0.02)
    records = [
        record | {"file_name": image.name}
        for number, (image, each) in enumerate(zip(truth.images, found, strict=True))
        for record in coco_results(each, width=WIDTH, height=HEIGHT, image_id=number)
    ]
    (tmp_path / "found.json").write_text(json.dumps(records))
    written = list(DetectionFile(tmp_path / "found.json").detect(truth.images))
    for mine, theirs in zip(found, written, strict=True):
        expected = MASKS.over_image(mine, width=WIDTH, height=HEIGHT) or None
        assert MASKS.over_image(theirs, width=WIDTH, height=HEIGHT) == expected
