"""COCO results on COCO's annotations give pycocotools' numbers of the same files, to the digit."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.effort import examples
from tests.training.evaluation import coco_files
from training.datasets.formats.registry import read_dataset
from training.evaluation.class_names import ClassNames
from training.evaluation.detection_files import DetectionFile
from training.evaluation.evaluation import Evaluation, evaluate


def drawn(count: int) -> settings:
    return settings(
        max_examples=examples(count),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("coco")
    coco_files.draw_images(made)
    return made


def evaluation_of(folder: Path, content: Any, results: Any) -> tuple[Evaluation, Path]:
    annotations, path = coco_files.write(folder, content, results)
    truth = read_dataset(annotations, "coco")
    assert truth.defects == ()
    detector = DetectionFile(path)
    found = list(detector.detect(truth.images))
    names = detector.numbers(truth)
    assert isinstance(names, ClassNames)
    return evaluate(truth, found, names, worst_count=0), annotations


def images_of(content: Any, results: Any) -> set[Any]:
    return {each["id"] for each in content["images"]} & {each["image_id"] for each in results}


@drawn(50)
@given(coco_files.coco_files(kind="bbox"))
def test_boxes_measure_as_pycocotools_measures_them(folder: Path, files: Any) -> None:
    content, results = files
    measured, annotations = evaluation_of(folder, content, results)
    if not results:
        # `loadRes` ends in an IndexError.
        assert measured.metrics.ap in (0, -1)
        return
    expected = coco_files.pycocotools_stats(annotations, results, "bbox")
    assert list(measured.metrics.values.values()) == expected


@drawn(30)
@given(coco_files.coco_files(kind="segm"))
def test_masks_measure_as_pycocotools_measures_them(folder: Path, files: Any) -> None:
    content, results = files
    # `loadRes` looks at the first result alone for what they all have.
    with_box = [each for each in results if "bbox" in each]
    results = with_box if with_box else results
    measured, annotations = evaluation_of(folder, content, results)
    if not results:
        return
    expected = coco_files.pycocotools_stats(annotations, results, "segm")
    if "masks" not in measured.beside:
        assert not measured.metrics.classes or max(expected) <= 0
        return
    assert list(measured.beside["masks"].values.values()) == expected
    boxes = coco_files.pycocotools_stats(annotations, results, "bbox")
    assert list(measured.metrics.values.values()) == boxes


@drawn(20)
@given(coco_files.coco_files(kind="keypoints"))
def test_keypoints_measure_as_pycocotools_measures_them(folder: Path, files: Any) -> None:
    content, results = files
    measured, annotations = evaluation_of(folder, content, results)
    if not results:
        return
    expected = coco_files.pycocotools_stats(annotations, results, "keypoints")
    if "keypoints" not in measured.beside:
        assert max(expected) <= 0
        return
    assert list(measured.beside["keypoints"].values.values()) == expected
