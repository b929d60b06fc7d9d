"""Checkpoints and exported models behind the port, with a graph that finds what is red."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.training.evaluation.perturbed import RED_BOX, no_source, red_rectangles
from training.datasets.dataset import Dataset, label_map_of
from training.evaluation.coco_metrics import coco_metrics
from training.evaluation.errors import EvaluationError
from training.evaluation.exported_detector import ExportedDetector
from training.evaluation.trained_detector import TrainedDetector, as_detections
from training.models.detector import DetectionTensors


def red_boxes(images: tf.Tensor) -> tf.Tensor:
    """(B, 4) yxyx in 0..1: around what is red in (B, H, W, 3); empty where nothing is."""
    red = images[..., 0] > 128.0  # (B, H, W)
    sides = []
    for axis in (2, 1):
        seen = tf.reduce_any(red, axis)
        length = tf.shape(seen)[1]
        place = tf.range(length)[None]
        low = tf.reduce_min(tf.where(seen, place, length), 1)
        high = tf.reduce_max(tf.where(seen, place + 1, 0), 1)
        sides += [tf.cast(low, tf.float32), tf.cast(high, tf.float32)]
        sides[-2:] = [each / tf.cast(length, tf.float32) for each in sides[-2:]]
    y_min, y_max, x_min, x_max = sides
    return tf.stack([y_min, x_min, y_max, x_max], 1) * tf.cast(y_max > 0, tf.float32)[:, None]


def outputs(boxes: tf.Tensor) -> dict[str, tf.Tensor]:
    """As the Object Detection API's, padded, and a little off as quantized models are."""
    found = tf.cast(boxes[:, 2] > 0, tf.float32)
    return {
        "detection_boxes": tf.stack([boxes, boxes * 0], 1),
        "detection_scores": tf.stack([found * 1.004, found * 0], 1),
        "detection_classes": tf.stack([found * 2.0118, found + 1], 1),
        "num_detections": found,
    }


def exported(folder: Path, spec: tf.TensorSpec, images: Callable[[Any], Any]) -> Path:
    module = tf.Module()
    module.ask = tf.function(
        lambda taken: outputs(red_boxes(tf.cast(images(taken), tf.float32))),
        input_signature=[spec],
    )
    tf.saved_model.save(module, str(folder), signatures={"serving_default": module.ask})
    return folder


def decoded(files: tf.Tensor) -> tf.Tensor:
    return tf.io.decode_image(files[0], 3, expand_animations=False)[None]


def assert_found(detector: Any, truth: Dataset) -> None:
    found = list(detector.detect(truth.images))
    assert [len(each) for each in found] == [1, 1, 0]
    assert found[0].boxes_yxyx[0] == pytest.approx(RED_BOX, abs=0.02)
    assert found[0].class_ids.tolist() == [2]
    assert found[0].scores.max() <= 1
    assert coco_metrics(truth, found).ap50 == pytest.approx(1)


@pytest.mark.parametrize(
    ("spec", "images"),
    [
        (tf.TensorSpec([1, None, None, 3], tf.uint8, "input_tensor"), lambda taken: taken),
        (tf.TensorSpec([None, 50, 50, 3], tf.float32, "images"), lambda taken: taken),
        (tf.TensorSpec([None], tf.string, "image_bytes"), decoded),
    ],
)
def test_an_exported_model_is_asked_as_its_signature_takes_images(
    spec: tf.TensorSpec, images: Callable[[Any], Any], tmp_path: Path
) -> None:
    folder = exported(tmp_path / "model" / "3", spec, images)
    (tmp_path / "model" / "label_map.pbtxt").write_text("item { id: 2 name: 'red' }")
    detector = ExportedDetector(tmp_path / "model")
    assert detector.description.endswith("model/3")
    assert detector.label_map is not None
    assert detector.label_map.label(2) == "red"
    assert_found(detector, red_rectangles(tmp_path))
    (folder / "assets.extra").mkdir()
    (folder / "assets.extra" / "label_map.pbtxt").write_text("item { id: 2 name: 'scarlet' }")
    versions = ExportedDetector(folder).label_map
    assert versions is not None
    assert versions.label(2) == "scarlet"
    own = label_map_of(["mine"])
    assert ExportedDetector(folder, own).label_map == own


def test_the_highest_version_is_taken(tmp_path: Path) -> None:
    spec = tf.TensorSpec([1, None, None, 3], tf.uint8, "input_tensor")
    for version in ("2", "10", "notes"):
        exported(tmp_path / version, spec, lambda taken: taken)
    detector = ExportedDetector(tmp_path)
    assert detector.description.endswith("/10")
    assert detector.label_map is None


def test_what_is_no_detector_is_said(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"holds no saved_model\.pb"):
        ExportedDetector(tmp_path)
    module = tf.Module()
    module.double = tf.function(
        lambda x: {"y": 2 * x}, input_signature=[tf.TensorSpec([None], tf.float32, "x")]
    )
    tf.saved_model.save(module, str(tmp_path / "1"), {"serving_default": module.double})
    with pytest.raises(EvaluationError, match="it takes x and answers y"):
        ExportedDetector(tmp_path)
    tf.saved_model.save(tf.Module(), str(tmp_path / "2"))
    with pytest.raises(EvaluationError, match="no signature serving_default"):
        ExportedDetector(tmp_path)
    (tmp_path / "3").mkdir()
    (tmp_path / "3" / "saved_model.pb").write_bytes(b"none")
    with pytest.raises(EvaluationError, match="cannot be loaded"):
        ExportedDetector(tmp_path)


def test_an_answer_whose_outputs_do_not_fit_each_other_is_said(tmp_path: Path) -> None:
    module = tf.Module()
    module.ask = tf.function(
        lambda _: {
            "detection_boxes": tf.zeros([1, 3, 4]),
            "detection_scores": tf.ones([1, 3]),
            "detection_classes": tf.ones([1, 2]),
        },
        input_signature=[tf.TensorSpec([1, None, None, 3], tf.uint8, "input_tensor")],
    )
    tf.saved_model.save(module, str(tmp_path / "1"), {"serving_default": module.ask})
    with pytest.raises(EvaluationError, match=rf"{tmp_path}/1, .*: "):
        list(ExportedDetector(tmp_path).detect(red_rectangles(tmp_path).images))


class RedDetector:
    """The port of `training.models.detector`, as far as it is asked here."""

    input_size_hw = (64, 48)

    def detect(self, images: tf.Tensor) -> DetectionTensors:
        boxes = red_boxes(images)[:, None]
        found = boxes[:, :, 2] > 0
        return DetectionTensors(
            boxes,
            tf.cast(found, tf.float32) * 0.5,
            tf.cast(found, tf.int32),
            tf.cast(found[:, 0], tf.int32),
        )


@pytest.mark.parametrize("batch_size", [1, 2, 8])
def test_a_trained_model_is_asked_in_batches(batch_size: int, tmp_path: Path) -> None:
    truth = red_rectangles(tmp_path)
    detector: Any = RedDetector()
    trained = TrainedDetector(detector, truth.label_map, "a checkpoint", batch_size=batch_size)
    assert_found(trained, truth)
    assert list(trained.detect([])) == []


def test_an_image_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    truth = red_rectangles(tmp_path)
    gone = replace(truth.images[2], source=no_source())
    detector: Any = RedDetector()
    trained = TrainedDetector(detector, truth.label_map, "a checkpoint", batch_size=1)
    with pytest.raises(EvaluationError, match=r"nowhere\.jpg"):
        list(trained.detect([*truth.images, gone]))


def test_classes_get_the_numbers_of_the_label_map_by_their_order() -> None:
    tensors = DetectionTensors(
        tf.constant([[[0, 0, 1.1, 1], [0, 0, 0.5, 1], [0, 0, 0, 0]]], tf.float32),
        tf.constant([[0.9, 0.4, 0]], tf.float32),
        tf.constant([[1, 0, 0]]),
        tf.constant([2]),
    )
    [found] = as_detections(tensors, [3, 17])
    assert found.class_ids.tolist() == [17, 3]
    assert np.asarray(found.boxes_yxyx).max() == 1
