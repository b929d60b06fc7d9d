"""Compare a quantized model with the original: AP and time on the same images."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from detection.detections import Detections
from export.parity import detections_of
from serving_protocol.tensors import Array
from training.datasets.dataset import Dataset
from training.evaluation.image_detector import MOST_DETECTIONS
from training.evaluation.kinds import Kind
from training.input_pipeline.decoding import ImageStore
from training.input_pipeline.resizing import resized_image

# (1, H, W, 3) uint8 -> outputs by name
Run = Callable[[Array], Mapping[str, Array]]
# The first answers come later than the others.
_WARM_UP = 3


@dataclass(frozen=True)
class Comparison:
    """Scores and times of a quantized model and its original.

    Args:
        score_name: of the scores, such as AP.
        images: how many were asked about.
        full_score: of the model in float32, 0..1.
        quantized_score: of the other.
        full_ms: median of the time to an answer.
        quantized_ms: of the other.
    """

    score_name: str
    images: int
    full_score: float
    quantized_score: float
    full_ms: float
    quantized_ms: float

    @property
    def loss(self) -> float:
        """Loss of the score by quantization; negative for a gain."""
        return self.full_score - self.quantized_score

    @property
    def times_as_fast(self) -> float:
        """Speed-up: images in the time that the original takes for one."""
        return self.full_ms / self.quantized_ms

    def as_json(self) -> dict[str, Any]:
        """For the model card's metrics."""
        return {
            self.score_name: round(self.quantized_score, 4),
            f"{self.score_name} in float32": round(self.full_score, 4),
            f"{self.score_name} lost": round(self.loss, 4),
            "times as fast": round(self.times_as_fast, 2),
            "pictures": self.images,
        }


def compare(
    full: Run, made: Run, truth: Dataset, size_hw: tuple[int, int], kind: Kind
) -> Comparison:
    """Run both on every image, taking turns to go first.

    Args:
        full: the model in float32.
        made: the quantized one.
        truth: the images, and what is in them; one or more.
        size_hw: that the detector resizes images to.
        kind: how what is found is measured.

    Raises:
        DatasetError: an image cannot be read.
    """
    store = ImageStore(truth.images, size_hw)
    runs, times_ms = (full, made), ([], [])  # type: tuple[Run, Run], tuple[list[float], list[float]]
    found: tuple[list[Detections], list[Detections]] = ([], [])
    for number in range(len(truth)):
        pixels = np.asarray(resized_image(store.image(number), size_hw))[None]
        for _ in range(_WARM_UP if number == 0 else 0):
            full(pixels), made(pixels)
        for which in (0, 1) if number % 2 else (1, 0):
            start_s = time.perf_counter()
            outputs = runs[which](pixels)
            times_ms[which].append((time.perf_counter() - start_s) * 1000)
            [answer] = detections_of(outputs)
            found[which].append(answer.select(max_detections=MOST_DETECTIONS))
    metrics = [kind.measure(truth, each) for each in found]
    return Comparison(
        metrics[0].score_name, len(truth), metrics[0].score, metrics[1].score,
        median(times_ms[0]), median(times_ms[1]),
    )  # fmt: skip
