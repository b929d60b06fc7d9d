"""A kind of output that a test alone adds: from a SavedModel to JSON, an image and metrics."""

import sys
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from flask.testing import FlaskClient
from PIL import Image

from boxwright.predict.reports import CocoReport
from client_api.app import create_app
from client_api.settings import Settings
from detection.agreement import disagreements
from detection.detections import Detections
from detection.kinds.table import KINDS
from detection.tolerance import SAME_PIXELS, Tolerance
from model_repository.canary.serving_check import MODEL, ModelServerCanary
from tests.client_api.conftest import image_file
from tests.detection.kinds.corner_kind import (
    COLOR,
    CORNERS,
    NAMES,
    NEAR,
    RADIUS_PX,
    CornerMetrics,
    corner_metrics,
)
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.sources import FileImage
from training.evaluation.exported_detector import ExportedDetector
from training.evaluation.gateway_answers import AnsweredLabels, read_answer
from training.evaluation.kinds import KINDS as MEASURED
from training.evaluation.kinds import Kind

KNOWN = KINDS.with_kind(CORNERS)
SIZE_WH = (400, 200)
BOXES = ((0.2, 0.1, 0.6, 0.5), (0.4, 0.55, 0.9, 0.8))
SCORES = ((1.0, 0.75, 0.5, 0.25), (0.0, 0.0, 0.0, 1.0))


class CornerDetector(tf.Module):  # type: ignore[misc]  # the package has no types
    """Finds the same two boxes in every image, and says how sure it is of each corner."""

    @tf.function(  # type: ignore[untyped-decorator]  # the package has no types
        input_signature=[tf.TensorSpec((None, None, None, 3), tf.uint8, name="input_tensor")]
    )
    def detect(self, input_tensor: tf.Tensor) -> dict[str, tf.Tensor]:
        rows: dict[str, Any] = {
            "detection_boxes": BOXES, "detection_scores": (0.9, 0.8),
            "detection_classes": (1.0, 1.0), CORNERS.output: SCORES,
        }  # fmt: skip
        # Depends on the image, as a model does.
        nothing = 0 * tf.reduce_mean(tf.cast(input_tensor, tf.float32), axis=(1, 2, 3))  # (B,)
        return {
            name: tf.constant(row)[None] + tf.reshape(nothing, (-1, *[1] * np.ndim(row)))
            for name, row in rows.items()
        }


@pytest.fixture(scope="module")
def version_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corners") / MODEL.name / "1"
    detector = CornerDetector()
    tf.saved_model.save(detector, str(folder), signatures={"serving_default": detector.detect})
    return folder


@pytest.fixture(scope="module")
def client(version_dir: Path) -> Iterator[FlaskClient]:
    """A gateway that is told of the kind, before a model server that knows none."""
    command = [sys.executable, "-m", "server.embedded", "--engine=openvino"]
    with ModelServerCanary(command).serving(version_dir) as (server, _):
        settings = Settings(model_name=MODEL.name, models_dir=version_dir.parent.parent)
        yield create_app(settings, server, kinds=KNOWN).test_client()


@pytest.fixture(scope="module")
def file() -> bytes:
    return image_file("PNG", SIZE_WH)


@pytest.fixture(scope="module")
def truth(file: bytes, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Two objects; the lower and right sides of the first are not where they are found."""
    path = tmp_path_factory.mktemp("images") / "a.png"
    path.write_bytes(file)
    (top, left, bottom, right), second = BOXES
    first = (top, left, bottom + 2 * NEAR, right + 2 * NEAR)
    objects = tuple(AnnotatedObject("box", each) for each in (first, second))
    return Dataset(
        label_map_of(["box"]), (AnnotatedImage("a.png", FileImage(path), *SIZE_WH, objects),)
    )


def test_the_gateway_answers_it_as_json_and_says_what_the_model_finds(
    client: FlaskClient, file: bytes
) -> None:
    answer = client.post("/predict", data=file, content_type="image/png").get_json()
    assert [each["corners"] for each in answer["detections"]] == [
        dict(zip(NAMES, scores, strict=True)) for scores in SCORES
    ]
    [model] = client.get("/models").get_json()["models"]
    assert [each["kind"] for each in model["versions"]] == ["corners"]


def test_coco_results_have_it_and_so_has_the_command_line_s_file(
    client: FlaskClient, file: bytes
) -> None:
    asked = {"data": file, "content_type": "image/png"}
    records = client.post("/predict?schema=coco", **asked).get_json()
    assert [each["corner_scores"] for each in records] == [list(each) for each in SCORES]
    written = StringIO()
    report = CocoReport(written, {Path("a.png"): 0}, KNOWN)
    report.add(Path("a.png"), client.post("/predict", **asked).get_json())
    report.finish()
    assert written.getvalue().count("corner_scores") == 2


def test_the_gateway_draws_it(client: FlaskClient, file: bytes) -> None:
    headers = {"Accept": "image/png"}
    answer = client.post("/predict", data=file, content_type="image/png", headers=headers)
    drawn = Image.open(BytesIO(answer.data)).convert("RGB")
    x, y = 0.5 * SIZE_WH[0], 0.6 * SIZE_WH[1]
    # Beyond the box's lower right corner, of which it is a quarter sure; not twice as far.
    assert drawn.getpixel((int(x + RADIUS_PX / 8), int(y + RADIUS_PX / 8))) == COLOR
    assert drawn.getpixel((int(x + RADIUS_PX / 2), int(y + RADIUS_PX / 2))) != COLOR


def test_it_is_measured_alike_of_the_gateway_s_answers_and_of_the_saved_model(
    client: FlaskClient, file: bytes, truth: Dataset, version_dir: Path
) -> None:
    kinds = {**MEASURED, CORNERS.name: Kind(corner_metrics)}
    exported = ExportedDetector(version_dir, truth.label_map, KNOWN)
    answer = client.post("/predict", data=file, content_type="image/png").get_json()
    served = read_answer(answer, truth.images[0], AnsweredLabels(), KNOWN)
    for found in ([served], list(exported.detect(truth.images))):
        metrics = kinds[exported.kind].measure(truth, found)
        # One corner of the first is in its place; all of the second, of which it doubts three.
        expected = (0.75**2 + 0.5**2 + 0.25**2 + 3) / 8
        assert metrics.values["corner_brier"] == pytest.approx(expected)
        assert isinstance(metrics, CornerMetrics)


def test_answers_that_differ_in_it_alone_disagree() -> None:
    def found(score: float) -> Detections:
        boxes, scores, classes = np.array(BOXES[:1]), np.array([0.9]), np.array([1])
        return Detections(boxes, scores, classes, {CORNERS: np.full((1, 4), score)})

    assert disagreements(found(0.5), found(0.5), SAME_PIXELS) == []
    assert len(disagreements(found(0.5), found(0.6), SAME_PIXELS)) == 2
    assert disagreements(found(0.5), found(0.6), Tolerance(iou=0.98, score=0.2)) == []


def test_programs_that_are_not_told_of_it_pass_it_over(version_dir: Path, truth: Dataset) -> None:
    exported = ExportedDetector(version_dir, truth.label_map)
    [found] = exported.detect(truth.images)
    assert (exported.kind, len(found), dict(found.extras)) == ("boxes", 2, {})
