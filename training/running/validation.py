"""Measuring the weights on pictures that are not learned from."""

import tensorflow as tf

from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.evaluation.coco_metrics import CocoMetrics, coco_metrics
from training.evaluation.trained_detector import as_detections
from training.models.detector import Detector


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
        self._numbers = sorted(truth.class_ids.values())

    def measure(self) -> tuple[CocoMetrics, list[Detections]]:
        """COCO's numbers, and what was found in each picture, in the pictures' order."""
        found: dict[int, Detections] = {}
        for batch in self._batches:
            tensors = self._detect(batch["images"])
            pictures = batch["picture_ids"].numpy().tolist()
            found.update(zip(pictures, as_detections(tensors, self._numbers), strict=True))
        in_order = [found[number] for number in range(len(self.truth))]
        return coco_metrics(self.truth, in_order), in_order
