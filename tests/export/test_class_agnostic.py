"""A model whose classes exclude each other answers so in every runtime."""

from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from detection.agreement import disagreements
from detection.tolerance import SAME_PIXELS
from export.formats.tflite import ask_tflite, write_tflite
from export.graphs.freezing import detection_function, freeze
from export.parity import detections_of
from server.embedded.engines.openvino_engine import OpenvinoEngine
from tests.support.exported_detector import CLASS_IDS, SIZE_HW, images, write_version
from training.models.detector import Detector

NMS_IOU = 0.4


@pytest.fixture(scope="module")
def exclusive(detector: Detector) -> Any:
    changed: Any = copy(detector)
    changed.options = replace(changed.options, class_agnostic_nms=True, nms_iou=NMS_IOU)
    return changed


def test_tensorflow_lite_and_openvino_find_what_the_trained_model_finds(
    detector: Detector, exclusive: Any, tmp_path: Path
) -> None:
    pixels = images(2, SIZE_HW)
    wanted = {
        name: each.numpy()
        for name, each in detection_function(exclusive, CLASS_IDS)(
            tf.cast(pixels, tf.float32)
        ).items()
    }
    assert most_overlap_of_classes(wanted) <= NMS_IOU
    frozen = freeze(exclusive, CLASS_IDS)
    write_tflite(frozen, SIZE_HW, tmp_path / "model.tflite")
    write_version(tmp_path / "1", exclusive)
    by_openvino = (
        OpenvinoEngine()
        .load(tmp_path / "1")
        .run("image_tensor", {"image_tensor": pixels}, tuple(wanted))
    )
    by_lite = ask_tflite(tmp_path / "model.tflite")("image_tensor", "image_tensor", pixels)
    for found in (by_openvino, by_lite):
        for one, other in zip(detections_of(wanted), detections_of(found), strict=True):
            assert one.scores[0] > 0.3
            assert disagreements(one, other, SAME_PIXELS) == []
    # There is something for it to do.
    plain = detection_function(detector, CLASS_IDS)(tf.cast(pixels, tf.float32))
    assert most_overlap_of_classes({name: each.numpy() for name, each in plain.items()}) > 0.9


def most_overlap_of_classes(answer: dict[str, Any]) -> float:
    """The highest IoU of two detections of different classes in an image."""
    most = 0.0
    for row, count in enumerate(answer["num_detections"].astype(int)):
        boxes = answer["detection_boxes"][row, :count]
        classes = answer["detection_classes"][row, :count]
        low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
        high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
        both = np.maximum(high - low, 0).prod(-1)
        area = (boxes[:, 2:] - boxes[:, :2]).prod(-1)
        iou = both / (area[:, None] + area - both)
        most = max(most, float(iou[classes[:, None] != classes].max(initial=0.0)))
    return most
