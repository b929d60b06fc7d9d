"""What TensorFlow itself computes, in this process, to hold the stack's answers against."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from detection.boxes import iou, to_pixels_xyxy
from detection.detections import Detections
from detection.images import read_image

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


class Reference:
    """A SavedModel of the Object Detection API, run by TensorFlow."""

    def __init__(self, version_dir: Path) -> None:
        import tensorflow as tf

        self._tf = tf
        self._loaded = tf.saved_model.load(str(version_dir))
        self._detect = self._loaded.signatures["serving_default"]

    def detections(self, image: Path, score_threshold: float) -> list[dict[str, Any]]:
        """Detections as the gateway's JSON has them: class_id, score, box in pixels."""
        pixels = read_image(image.read_bytes(), max_pixels=50_000_000).pixels
        outputs = self._detect(input_tensor=self._tf.constant(np.asarray(pixels)[None]))
        found = Detections(
            outputs["detection_boxes"].numpy()[0],
            outputs["detection_scores"].numpy()[0],
            np.rint(outputs["detection_classes"].numpy()[0]).astype(np.int64),
        ).select(score_threshold=score_threshold)
        boxes = to_pixels_xyxy(found.boxes_yxyx, width=pixels.width, height=pixels.height)
        sides = ("x_min", "y_min", "x_max", "y_max")
        return [
            {
                "class_id": int(found.class_ids[row]),
                "score": float(found.scores[row]),
                "box": dict(zip(sides, boxes[row].tolist(), strict=True)),
            }
            for row in range(len(found))
        ]


def unmatched(
    wanted: list[dict[str, Any]], got: list[dict[str, Any]], *, min_iou: float, score_slack: float
) -> list[dict[str, Any]]:
    """Those of `wanted` that no detection of `got` equals in class, place and score."""
    if not got:
        return wanted
    places = iou(_corners(wanted), _corners(got)) if wanted else np.zeros((0, len(got)))
    return [
        each
        for row, each in enumerate(wanted)
        if not any(
            places[row, column] > min_iou
            and other["class_id"] == each["class_id"]
            and abs(other["score"] - each["score"]) <= score_slack
            for column, other in enumerate(got)
        )
    ]


def _corners(detections: list[dict[str, Any]]) -> np.ndarray[Any, Any]:
    return np.array([list(each["box"].values()) for each in detections], np.float64)
