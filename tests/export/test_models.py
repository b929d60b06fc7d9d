"""Models of every kind that is trained here give one answer, whoever computes them."""

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from detection.agreement import disagreements
from detection.detections import Detections
from detection.tolerance import SAME_PIXELS
from export.formats.tflite import ask_tflite, write_tflite
from export.graphs.freezing import detection_function, freeze
from export.parity import detections_of
from export.serving_compatibility.operations import check_loadable
from server.embedded.engines.engine import LoadedModel
from server.embedded.engines.openvino_engine import OpenvinoEngine
from server.embedded.engines.tensorflow_engine import TensorflowEngine
from tests.support.exported_detector import (
    CLASS_IDS,
    SIZE_HW,
    chance_detector,
    images,
    write_version,
)
from tests.support.keras_hub_files import TINY_DFINE
from training.models.detector import Detector
from training.models.dfine.detector import build_detector as build_dfine
from training.models.retinanet.detector import build_detector as build_retinanet
from training.models.retinanet.network import RESNET_18

OUTPUTS = ["detection_boxes", "detection_classes", "detection_scores", "num_detections"]
ANCHORS_A_PLACE = 9


def with_something_to_say(detector: Detector) -> Detector:
    """Its last layers for classes, as they are drawn, say 0.01 of everything."""
    rng = np.random.default_rng(3)
    answered = {detector.class_count, ANCHORS_A_PLACE * detector.class_count}
    for weight in detector.network.weights:
        if len(weight.shape) > 0 and weight.shape[-1] in answered:
            taken = max(1, int(np.prod(weight.shape[:-1])))
            scale = 2.5 / taken**0.5 if len(weight.shape) > 1 else 1.0
            weight.assign(rng.normal(0, scale, weight.shape))
    return detector


def ssd() -> Detector:
    return chance_detector("ssd_mobilenet_v1", 0.25)


def retinanet() -> Detector:
    keras.utils.set_random_seed(5)
    return with_something_to_say(build_retinanet(RESNET_18, len(CLASS_IDS), SIZE_HW, {}))


def dfine() -> Detector:
    keras.utils.set_random_seed(5)
    return with_something_to_say(build_dfine(TINY_DFINE, len(CLASS_IDS), SIZE_HW, {}))


Made = tuple[Detector, Path, list[Detections]]


@pytest.fixture(scope="module", params=[ssd, retinanet, dfine], ids=lambda each: each.__name__)
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    build: Callable[[], Detector] = request.param
    detector = build()
    folder = write_version(tmp_path_factory.mktemp(build.__name__) / "1", detector)
    pixels = tf.cast(images(2, SIZE_HW), tf.float32)
    answer = detection_function(detector, CLASS_IDS)(pixels)
    return detector, folder, detections_of({name: each.numpy() for name, each in answer.items()})


def test_the_two_images_are_told_apart(made: Made) -> None:
    first, second = made[2]
    assert min(len(first), len(second)) > 0
    assert disagreements(first, second, SAME_PIXELS)


@pytest.mark.parametrize("engine", [TensorflowEngine, OpenvinoEngine])
def test_either_engine_says_the_same_by_both_signatures(
    engine: Callable[[], Any], made: Made
) -> None:
    check_loadable(made[1] / "saved_model.pb")
    model: LoadedModel = engine().load(made[1])
    pixels = images(2, SIZE_HW)
    by_pixels = model.run("image_tensor", {"image_tensor": pixels}, OUTPUTS)
    assert_same(made[2], detections_of(by_pixels))
    by_files = model.run("serving_default", {"image_bytes": files(pixels)}, OUTPUTS)
    assert_same(made[2], detections_of(by_files))
    none = model.run("image_tensor", {"image_tensor": pixels[:0]}, OUTPUTS)
    assert detections_of(none) == []


def test_tensorflow_lite_says_the_same(made: Made, tmp_path: Path) -> None:
    detector, _, expected = made
    file = tmp_path / "model.tflite"
    write_tflite(freeze(detector, CLASS_IDS), SIZE_HW, file)
    found = ask_tflite(file)("image_tensor", "image_tensor", images(2, SIZE_HW))
    assert_same(expected, detections_of(found))


def assert_same(expected: Sequence[Detections], found: Sequence[Detections]) -> None:
    for one, other in zip(expected, found, strict=True):
        assert disagreements(one, other, SAME_PIXELS) == []


def files(pixels: np.ndarray) -> np.ndarray:
    found = np.empty(len(pixels), object)
    for row, each in enumerate(pixels):
        Image.fromarray(each).save(file := BytesIO(), "PNG")
        found[row] = file.getvalue()
    return found
