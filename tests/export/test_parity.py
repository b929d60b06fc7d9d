"""The same detections from the trained model, TensorFlow and OpenVINO, in real servers."""

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detection.agreement import disagreements
from detection.detections import Detections
from detection.images import DecodedImage, read_image
from detection.tolerance import SAME_FILE
from export.errors import ParityError
from export.parity import (
    Ask,
    Parity,
    ReferenceDetections,
    ask_saved_model,
    ask_server,
    detections_of,
)
from model_repository.canary.serving_check import MODEL, ModelServerCanary
from tests.support.exported_detector import CLASS_IDS, SIZE_HW, images
from training.models.detector import Detector

# In the detector's own size: weights that were drawn by chance make much of a rounded pixel.
KINDS = ("PNG", "JPEG", "BMP")


def image(number: int, kind: str) -> DecodedImage:
    pixels = images(3, SIZE_HW)[number]
    Image.fromarray(pixels).save(file := BytesIO(), kind)
    return read_image(file.getvalue(), max_pixels=10**6)


@pytest.fixture(scope="module")
def reference(detector: Detector) -> ReferenceDetections:
    asked = {kind: image(number, kind) for number, kind in enumerate(KINDS)}
    return ReferenceDetections.of(detector, CLASS_IDS, asked)


def test_the_trained_model_finds_different_things_in_each(reference: ReferenceDetections) -> None:
    first, second, third = reference.expected
    assert all(each.scores[0] > 0.3 for each in reference.expected)
    assert disagreements(first, second, SAME_FILE)
    assert disagreements(second, third, SAME_FILE)


def test_the_saved_model_finds_the_same(reference: ReferenceDetections, version_dir: Path) -> None:
    parity = Parity(len(KINDS))
    parity.check(reference, "tensorflow", ask_saved_model(version_dir))
    told = parity.as_json()["largest_difference_of_best_score"]
    names = ("image_tensor", "resized_images", "serving_default")
    assert set(told) == {f"tensorflow, {name}" for name in names}
    assert told["tensorflow, resized_images"] < 1e-4
    assert told["tensorflow, image_tensor"] < 1e-4


@pytest.mark.parametrize("engine", ["openvino", "tensorflow"])
def test_a_server_with_either_engine_finds_the_same_by_all_signatures_and_in_no_images_nothing(
    engine: str, reference: ReferenceDetections, version_dir: Path
) -> None:
    server_command = [sys.executable, "-m", "server.embedded", f"--engine={engine}"]
    with ModelServerCanary(server_command).serving(version_dir) as (server, served):
        assert set(served.signatures) >= {"serving_default", "image_tensor", "resized_images"}
        ask = ask_server(server, MODEL)
        Parity(len(KINDS)).check(reference, engine, ask)
        assert detections_of(ask("serving_default", "image_bytes", np.empty(0, object))) == []
        none = np.zeros((0, *SIZE_HW, 3), np.uint8)
        assert detections_of(ask("image_tensor", "image_tensor", none)) == []
        assert detections_of(ask("resized_images", "resized_images", none)) == []


def test_another_answer_stops_the_export_and_names_the_image(
    reference: ReferenceDetections, version_dir: Path
) -> None:
    ask = ask_saved_model(version_dir)

    def ask_half_bright(signature: str, taken: str, value: np.ndarray) -> object:
        return ask(signature, taken, value if value.dtype == object else value // 2)

    with pytest.raises(ParityError, match=r"\(broken, image_tensor\) and .* in PNG: "):
        Parity(1).check(reference, "broken", ask_half_bright)  # type: ignore[arg-type]


def test_of_many_detections_a_few_may_have_no_counterpart_and_are_told() -> None:
    boxes = np.array([[0.01 * n, 0.0, 0.01 * n + 0.005, 0.1] for n in range(100)], np.float32)
    crowd = Detections(boxes, np.full(100, 0.9, np.float32), np.ones(100, np.int64))
    reference = ReferenceDetections(["crowd.png"], np.zeros((1, 8, 8, 3), np.uint8), [b""], [crowd])

    def ask_without(missing: int) -> Ask:
        return lambda signature, taken, value: (
            outputs_of(crowd[missing:]) if value.dtype == object else outputs_of(crowd)
        )

    parity = Parity(1)
    parity.check(reference, "crowded", ask_without(3))
    assert parity.mismatched_images == {"crowd.png"}
    assert parity.as_json()["without_counterpart"]["crowded, serving_default"] == 3
    with pytest.raises(ParityError, match="5 of 195 detections have no counterpart"):
        Parity(1).check(reference, "crowded", ask_without(5))


def outputs_of(found: Detections) -> dict[str, np.ndarray]:
    return {
        "detection_boxes": found.boxes_yxyx[None],
        "detection_scores": found.scores[None],
        "detection_classes": found.class_ids[None],
        "num_detections": np.array([len(found)]),
    }
