"""Measuring the weights on pictures that are not learned from."""

from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.evaluation.coco_metrics import CocoMetrics, coco_metrics
from training.models.detector import DetectionTensors, Detector


class Validation:
    """Measures a detector, always on the same pictures.

    Args:
        detector: what is measured, with the weights that it has then.
        truth: the pictures.
        batches: they as batches, in an order that `picture_ids` tell, each once.
    """

    def __init__(self, detector: Detector, truth: Dataset, batches: tf.data.Dataset) -> None:
        self.truth = truth
        self._batches = batches
        self._detect = tf.function(detector.detect, reduce_retracing=True)
        self._ids = np.array(sorted(truth.class_ids.values()), np.int64)

    def measure(self) -> tuple[CocoMetrics, list[Detections]]:
        """COCO's numbers, and what was found in each picture, in the pictures' order."""
        found: dict[int, Detections] = {}
        for batch in self._batches:
            tensors = self._detect(batch["images"])
            pictures = batch["picture_ids"].numpy().tolist()
            found.update(zip(pictures, detections_of(tensors, self._ids), strict=True))
        in_order = [found[number] for number in range(len(self.truth))]
        return coco_metrics(self.truth, in_order), in_order


def detections_of(tensors: DetectionTensors, class_ids: np.ndarray) -> Iterable[Detections]:
    """What a detector gave for a batch, a picture each.

    Args:
        tensors: of B pictures.
        class_ids: (C,) int64, the label map's number of each class of the model.
    """
    boxes, scores, classes, counts = (tensor.numpy() for tensor in tensors)
    for row, count in enumerate(counts.tolist()):
        yield Detections(boxes[row, :count], scores[row, :count], class_ids[classes[row, :count]])
