"""The same masks from the trained model, TensorFlow and OpenVINO."""

import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from detection.agreement import disagreements
from detection.kinds.masks.kind import MASKS
from detection.tolerance import SAME_PIXELS
from export.parity import Ask, ask_saved_model, ask_server, detections_of
from model_repository.canary.serving_check import MODEL, ModelServerCanary
from tests.support.exported_detector import images, write_version
from tests.support.extras import masks_of
from tests.support.mask_detector import SIZE_HW, chance_mask_detector
from training.evaluation.trained_detector import as_detections
from training.models.rcnn.detector import RcnnDetector

CLASS_IDS = [1, 2]


@pytest.fixture(scope="module")
def detector() -> RcnnDetector:
    return chance_mask_detector()


@pytest.fixture(scope="module")
def version_dir(detector: RcnnDetector, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_version(tmp_path_factory.mktemp("masks") / "1", detector)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return images(3, SIZE_HW)


def check(ask: Ask, detector: RcnnDetector, pixels: np.ndarray) -> None:
    wanted = detector.detect(tf.constant(pixels, tf.float32))
    outputs = ask("image_tensor", "image_tensor", pixels)
    assert outputs["detection_masks"].shape == (3, 8, 28, 28)
    for here, there in zip(as_detections(wanted, CLASS_IDS), detections_of(outputs), strict=True):
        assert masks_of(there).shape[1:] == (28, 28)
        assert disagreements(here, there, SAME_PIXELS) == []


def test_what_is_found_differs_from_image_to_image(
    detector: RcnnDetector, pixels: np.ndarray
) -> None:
    found = as_detections(detector.detect(tf.constant(pixels, tf.float32)), CLASS_IDS)
    first, second, _ = found
    assert first.scores[0] > 0.2
    assert disagreements(first, second, SAME_PIXELS)
    assert 0.02 < np.mean(masks_of(first) >= 0.5) < 0.98


def test_the_saved_model_finds_the_same_masks(
    detector: RcnnDetector, pixels: np.ndarray, version_dir: Path
) -> None:
    check(ask_saved_model(version_dir), detector, pixels)


def test_openvino_finds_the_same_masks(
    detector: RcnnDetector, pixels: np.ndarray, version_dir: Path
) -> None:
    command = [sys.executable, "-m", "server.embedded", "--engine=openvino"]
    with ModelServerCanary(command).serving(version_dir) as (server, _):
        check(ask_server(server, MODEL), detector, pixels)


def test_another_mask_in_the_same_box_is_a_difference(
    detector: RcnnDetector, pixels: np.ndarray
) -> None:
    [found, *_] = as_detections(detector.detect(tf.constant(pixels, tf.float32)), CLASS_IDS)
    turned = found.with_extra(MASKS, masks_of(found)[:, ::-1])
    assert disagreements(found, turned, SAME_PIXELS)
    assert disagreements(found, found, SAME_PIXELS) == []
