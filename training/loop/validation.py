"""Measuring the weights on images that are not learned from."""

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from detection.detections import Detections
from training.datasets.dataset import Dataset
from training.evaluation.kinds import Kind, Metrics
from training.evaluation.trained_detector import as_detections
from training.models.detector import Detector


class Validation:
    """Measures a detector, always on the same images.

    Args:
        detector: what is measured, with the weights that it has then.
        truth: the images.
        batches: they as batches, in an order that `image_ids` tell, each once.
        kind: how it is measured.
        shown: of so many images, from the first on, the belief maps are kept.
    """

    def __init__(
        self,
        detector: Detector,
        truth: Dataset,
        batches: tf.data.Dataset,
        kind: Kind,
        *,
        shown: int = 0,
    ) -> None:
        self.truth = truth
        # What the number is called that checkpoints are ranked by, once it was measured.
        self.score_name = "AP"
        # (h, w, K) of each image that is shown, of a model of keypoints.
        self.belief_maps: dict[int, npt.NDArray[np.float32]] = {}
        self._shown = shown
        self._kind = kind
        self._batches = batches
        # One graph also where the last batch has fewer images.
        images = batches.element_spec["images"]
        self._detect = tf.function(detector.detect, input_signature=[images])
        self._numbers = sorted(truth.class_ids.values())

    def measure(self) -> tuple[Metrics, list[Detections]]:
        """The numbers, and what was found in each image, in the images' order."""
        found: dict[int, Detections] = {}
        for batch in self._batches:
            tensors = self._detect(batch["images"])
            numbers = batch["image_ids"].numpy().tolist()
            found.update(zip(numbers, as_detections(tensors, self._numbers), strict=True))
            if tensors.belief_maps is not None and min(numbers) < self._shown:
                maps = tensors.belief_maps.numpy()[..., :-1]
                self.belief_maps.update(
                    (number, each) for number, each in zip(numbers, maps, strict=True)
                    if number < self._shown
                )  # fmt: skip
        in_order = [found[number] for number in range(len(self.truth))]
        metrics = self._kind.measure(self.truth, in_order)
        self.score_name = metrics.score_name
        return metrics, in_order
