"""A model as it is trained, with its own names of the classes."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from detection.detections import Detections
from detection.kinds.table import KINDS
from detection.label_map import LabelMap
from training.datasets.annotated import AnnotatedImage
from training.datasets.defects import DatasetError
from training.evaluation.errors import EvaluationError
from training.evaluation.image_detector import LOWEST_SCORE, MOST_DETECTIONS
from training.input_pipeline.decoding import ImageStore
from training.input_pipeline.resizing import resized_image
from training.models.detector import DetectionTensors, Detector

BATCH_SIZE = 8


class TrainedDetector:
    """Asks a `Detector` about images, a batch at a time; an `ImageDetector`.

    Args:
        detector: with its weights.
        label_map: what its classes are called; the n-th lowest number is its class n - 1.
        description: where it comes from.
        batch_size: images that are computed at once.
    """

    def __init__(
        self,
        detector: Detector,
        label_map: LabelMap,
        description: str,
        *,
        batch_size: int = BATCH_SIZE,
    ) -> None:
        self._detector = detector
        self._batch_size = batch_size
        self._detect = tf.function(detector.detect)
        self._numbers = sorted(item.id for item in label_map)
        self.label_map: LabelMap | None = label_map
        self.description = description
        self.lowest_score = LOWEST_SCORE

    def detect(self, images: Sequence[AnnotatedImage]) -> Iterator[Detections]:
        """What is in each image, resized as in training."""
        store = ImageStore(images, self._detector.input_size_hw)
        starts = list(range(0, len(images), self._batch_size))
        rows = [range(start, min(start + self._batch_size, len(images))) for start in starts]
        with ThreadPoolExecutor(1) as reader:
            # The next batch is read while one is computed.
            ahead = [reader.submit(self._images, store, each) for each in rows[:1]]
            for number, each in enumerate(rows, 1):
                try:
                    batch = ahead.pop().result()
                except DatasetError as error:
                    raise EvaluationError(str(error)) from error
                if number < len(rows):
                    ahead.append(reader.submit(self._images, store, rows[number]))
                found = as_detections(self._detect(tf.constant(batch)), self._numbers)
                yield from found[: len(each)]

    def _images(self, store: ImageStore, rows: range) -> npt.NDArray[np.float32]:
        """(batch size, H, W, 3) float32 in 0..255; what is beyond the last image is black.

        The last batch is filled up so that TensorFlow compiles one size.
        """
        height, width = self._detector.input_size_hw
        images = np.zeros((self._batch_size, height, width, 3), np.float32)
        for place, row in enumerate(rows):
            images[place] = np.asarray(resized_image(store.image(row), (height, width)))
        return images


def as_detections(found: DetectionTensors, numbers: Sequence[int]) -> list[Detections]:
    """A batch's tensors as one `Detections` an image, at most 100 in each.

    Args:
        found: of B images.
        numbers: the label map's number of each class of the model.
    """
    boxes, scores, classes, counts = (np.asarray(each) for each in found[:4])
    extras = {name: np.asarray(each) for name, each in found.extras.items()}
    number_of = np.asarray(numbers, np.int64)
    return [
        Detections(
            np.clip(boxes[row, :count], 0, 1),
            scores[row, :count],
            number_of[classes[row, :count]],
            KINDS.own_extras(extras, row, np.arange(count)),
        ).select(max_detections=MOST_DETECTIONS)
        for row, count in enumerate(counts.tolist())
    ]
