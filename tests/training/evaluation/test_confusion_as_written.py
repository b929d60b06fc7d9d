"""The confusion matrix counts COCO results by the boxes that COCO's numbers are of."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.training.evaluation import coco_files
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.registry import read_dataset
from training.evaluation.detection_files import DetectionFile
from training.evaluation.evaluation import Evaluation, evaluate

# The file says that the image is 64 x 48; its boxes are of the image, which has 128 x 96 pixels.
BEYOND = [50, 30, 40, 40]
INSIDE_OF_IT = [50, 30, 14, 18]


def measured(folder: Path, bbox: Sequence[float], results: Sequence[Sequence[float]]) -> Evaluation:
    Image.new("L", (128, 96)).save(folder / "a.png")
    content: dict[str, Any] = {
        "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 7, "bbox": bbox,
                         "area": bbox[2] * bbox[3], "iscrowd": 0}],
        "categories": [{"id": 7, "name": "cup"}],
    }  # fmt: skip
    found = [
        {"image_id": 1, "category_id": 7, "bbox": each, "score": 0.9 - 0.1 * number}
        for number, each in enumerate(results)
    ]
    annotations, path = coco_files.write(folder, content, found)
    truth = read_dataset(annotations, "coco", ReadOptions(images_needed=False))
    detector = DetectionFile(path)
    evaluation = evaluate(truth, list(detector.detect(truth.images)), detector.numbers(truth))
    expected = coco_files.pycocotools_stats(annotations, found, "bbox")
    assert list(evaluation.metrics.values.values()) == expected
    return evaluation


@pytest.mark.parametrize(
    ("bbox", "found", "is_right"),
    [
        (BEYOND, BEYOND, True),
        (BEYOND, INSIDE_OF_IT, False),
        (INSIDE_OF_IT, BEYOND, False),
        ([10, 8, 20, 20], [10, 8, 20, 20], True),
        (BEYOND, [52, 32, 40, 40], True),
        (BEYOND, [50, 30, 1e200, 1e200], False),
        (BEYOND, [90, 70, -40, -40], False),
    ],
    ids=[
        "both beyond",
        "what is cut",
        "more than what is cut",
        "inside",
        "moved",
        "huge",
        "negative",
    ],
)
def test_what_is_right_by_coco_s_numbers_is_right_in_the_confusion_matrix(
    bbox: Sequence[float], found: Sequence[float], *, is_right: bool, tmp_path: Path
) -> None:
    evaluation = measured(tmp_path, bbox, [found])
    assert (evaluation.metrics.ap50 == pytest.approx(1)) is is_right
    counts = [[1, 0], [0, 0]] if is_right else [[0, 1], [1, 0]]
    assert evaluation.confusion.counts.tolist() == counts
    assert bool(evaluation.worst) is not is_right


def test_of_several_results_each_keeps_its_own_box(tmp_path: Path) -> None:
    evaluation = measured(tmp_path, BEYOND, [[0, 0, 9, 9], INSIDE_OF_IT, BEYOND])
    assert evaluation.confusion.counts.tolist() == [[1, 0], [2, 0]]
