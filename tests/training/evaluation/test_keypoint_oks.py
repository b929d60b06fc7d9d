"""OKS AP of models of keypoints, against pycocotools fed with the same as files."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from detection.detections import Detections
from detection.kinds.keypoints.kind import KEYPOINTS
from tests.support.extras import keypoints_of
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.sources import FileImage
from training.evaluation.keypoint_evaluation import evaluate_keypoints
from training.evaluation.oks_evaluation import keypoint_oks

WIDTH, HEIGHT = 400, 200


def people(count: int, points: int) -> tuple[Dataset, list[Detections]]:
    """Images with 0 to 3 objects of `points` keypoints, and what was found: moved, and one more."""
    draw = np.random.default_rng(points)
    images, found = [], []
    for number in range(count):
        objects, moved = [], []
        for _ in range(number % 4):
            low = draw.uniform(0, 0.5, 2)
            box = (*low, *(low + draw.uniform(0.2, 0.45, 2)))
            places = draw.uniform(low, box[2:], (points, 2))
            seen = draw.integers(0, 3, points).astype(np.float64)
            seen[0] = 2
            objects.append(AnnotatedObject(
                "hand" if number % 2 else "foot", box,
                keypoints=np.column_stack([places * (seen > 0)[:, None], seen]),
            ))  # fmt: skip
            off = places + draw.normal(0, draw.choice([0.003, 0.02, 0.08]), places.shape)
            moved.append(np.column_stack([off.clip(0, 1), draw.random(points)]))
        moved.append(draw.random((points, 3)))
        images.append(
            AnnotatedImage(f"{number}.png", FileImage(Path("x.png")), WIDTH, HEIGHT,
                             tuple(objects))
        )  # fmt: skip
        keypoints = np.array(moved, np.float32)
        boxes = np.concatenate([keypoints[..., :2].min(1), keypoints[..., :2].max(1)], axis=1)
        scores = np.sort(draw.random(len(moved)))[::-1].astype(np.float32)
        # Numbers of classes as a detector of something else has them.
        classes = np.full(len(moved), 7)
        found.append(Detections(boxes, scores, classes, {KEYPOINTS: keypoints}))
    names = tuple(f"p{each}" for each in range(points))
    return Dataset(label_map_of(["foot", "hand"]), tuple(images), names), found


def by_pycocotools(truth: Dataset, found: list[Detections]) -> list[float]:
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    size = np.array([HEIGHT, WIDTH])
    for number, (image, each) in enumerate(zip(truth.images, found, strict=True), 1):
        for one in image.objects:
            assert one.keypoints is not None
            places = (one.keypoints[:, :2] * size)[:, ::-1]
            box = image.pixels_xywh(one.box_yxyx)
            annotations.append({
                "id": len(annotations) + 1, "image_id": number, "category_id": 1,
                "bbox": list(box), "area": box[2] * box[3], "iscrowd": 0,
                "keypoints": np.column_stack([places, one.keypoints[:, 2]]).ravel().tolist(),
                "num_keypoints": int((one.keypoints[:, 2] > 0).sum()),
            })  # fmt: skip
        for points, score in zip(keypoints_of(each).astype(np.float64), each.scores, strict=True):
            places = (points[:, :2] * size)[:, ::-1]
            results.append({
                "image_id": number, "category_id": 1, "score": float(score),
                "keypoints": np.column_stack([places, points[:, 2]]).ravel().tolist(),
            })  # fmt: skip
    data = COCO()
    data.dataset = {
        "images": [{"id": each} for each in range(1, len(truth) + 1)],
        "annotations": annotations,
        "categories": [{"id": 1}],
    }
    with redirect_stdout(StringIO()):
        data.createIndex()
        evaluation = COCOeval(data, data.loadRes(results), "keypoints")
        if len(truth.keypoint_names) != 17:
            count = len(truth.keypoint_names)
            evaluation.params.kpt_oks_sigmas = np.full(count, 1 / count)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(each) for each in evaluation.stats]


@pytest.mark.parametrize(
    ("points", "sigmas"), [(17, "COCO's own of a person's 17 points"), (21, "1/21 for each")]
)
def test_a_models_keypoints_measure_as_pycocotools_measures_them(points: int, sigmas: str) -> None:
    truth, found = people(16, points)
    measured = keypoint_oks(truth, found)
    expected = by_pycocotools(truth, found)
    assert list(measured.values.values()) == pytest.approx(expected, abs=1e-6)
    assert 0.05 < measured.values["ap"] < 0.95
    assert sigmas in measured.sigmas_text


def test_it_stands_beside_pck() -> None:
    truth, found = people(8, 21)
    content = evaluate_keypoints(truth, found).as_json()
    assert content["oks"]["coco"] == keypoint_oks(truth, found).values
    assert "pck_10" in content["keypoints"]
    nothing = [each.select(max_detections=0) for each in found]
    assert evaluate_keypoints(truth, nothing).oks.values["ap"] == 0
