"""The same points from the trained model, TensorFlow and OpenVINO, and its belief maps."""

import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from detection.agreement import disagreements
from detection.kinds.keypoints.kind import KEYPOINTS
from detection.kinds.keypoints.outputs import BELIEF_MAPS
from detection.tolerance import SAME_PIXELS
from export.parity import Ask, ask_saved_model, ask_server, detections_of
from model_repository.canary.serving_check import MODEL, ModelServerCanary
from serving_protocol.detector_signature import RESIZED_SIGNATURE
from tests.support.exported_detector import write_version
from tests.support.extras import keypoints_of
from tests.support.keypoint_detector import SIZE_HW, chance_keypoint_detector
from training.evaluation.trained_detector import as_detections
from training.models.cpm.detector import CpmDetector


@pytest.fixture(scope="module")
def detector() -> CpmDetector:
    return chance_keypoint_detector()


@pytest.fixture(scope="module")
def version_dir(detector: CpmDetector, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_version(tmp_path_factory.mktemp("points") / "1", detector)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (3, *SIZE_HW, 3), np.uint8)


def check(ask: Ask, detector: CpmDetector, pixels: np.ndarray) -> None:
    wanted = detector.detect(tf.constant(pixels, tf.float32))
    for signature in ("image_tensor", RESIZED_SIGNATURE):
        outputs = ask(signature, signature, pixels)
        assert outputs["keypoints"].shape == (3, 1, 21, 3)
        assert BELIEF_MAPS not in outputs
        for here, there in zip(as_detections(wanted, [1]), detections_of(outputs), strict=True):
            assert disagreements(here, there, SAME_PIXELS) == []
    maps = ask(BELIEF_MAPS, "image_tensor", pixels)
    assert set(maps) == {BELIEF_MAPS}
    assert wanted.belief_maps is not None
    beliefs = wanted.belief_maps.numpy()
    # Of weights by chance beliefs are as large as 24, and sums of 32 bits in another order, which
    # engine and processor choose, differ by a share of that.
    np.testing.assert_allclose(maps[BELIEF_MAPS], beliefs, rtol=0, atol=1.5e-4 * abs(beliefs).max())


def test_the_points_are_not_the_same_in_every_image(
    detector: CpmDetector, pixels: np.ndarray
) -> None:
    first, second, _ = as_detections(detector.detect(tf.constant(pixels, tf.float32)), [1])
    assert first.scores[0] > 0.3
    assert disagreements(first, second, SAME_PIXELS)


def test_the_saved_model_finds_the_same_points(
    detector: CpmDetector, pixels: np.ndarray, version_dir: Path
) -> None:
    check(ask_saved_model(version_dir), detector, pixels)


def test_openvino_finds_the_same_points(
    detector: CpmDetector, pixels: np.ndarray, version_dir: Path
) -> None:
    command = [sys.executable, "-m", "server.embedded", "--engine=openvino"]
    with ModelServerCanary(command).serving(version_dir) as (server, served):
        assert BELIEF_MAPS in served.signatures
        check(ask_server(server, MODEL), detector, pixels)


def test_one_point_elsewhere_is_a_difference(detector: CpmDetector, pixels: np.ndarray) -> None:
    [found, *_] = as_detections(detector.detect(tf.constant(pixels, tf.float32)), [1])
    moved = keypoints_of(found).copy()
    surest = int(moved[0, :, 2].argmax())
    moved[0, surest, 0] += 0.02
    assert len(disagreements(found, found.with_extra(KEYPOINTS, moved), SAME_PIXELS)) == 2
    assert disagreements(found, found, SAME_PIXELS) == []
