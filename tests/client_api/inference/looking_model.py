"""A fake model that finds what is red in the images that it is sent."""

from typing import Any

import numpy as np
import pytest

from serving_protocol.client_errors import ModelServerTimeout, PredictionRefused
from tests.support.fake_model_server import FakeModelServer
from tests.support.looking_detectors import scene

SIZE_WH = (320, 240)
RED_XYXY = (0.1, 0.2, 0.35, 0.9)
IMAGE = scene(SIZE_WH, RED_XYXY)
RED = [pytest.approx([0.2, 0.1, 0.9, 0.35], abs=0.01)]


class Looking:
    """Makes the fake model find what is red in the images that it is sent.

    Attributes:
        order: of its boxes, `yxyx` or `xyxy`.
        in_pixels: whether they are pixels of the image.
        of_hw: or what they are shares of; None for normalized boxes.
        score: of what it finds.
        first_class: the number of the red one's class.
        refuses: says no to the probes, which have grey in them.
        hangs: does not answer those in time.
        takes_s: for each request, by a clock of its own that stands still else.
        clock_s: what that clock shows.
    """

    def __init__(self, fake: FakeModelServer) -> None:
        self.order, self.in_pixels, self.refuses = "xyxy", False, False
        self.of_hw: tuple[int, int] | None = None
        self.score, self.first_class, self.hangs = 0.9, 1, False
        self.hung = 0
        self.takes_s, self.clock_s = 0.0, 0.0
        self._images: Any = None
        version = fake.models["hands"][1]
        del version.signatures["serving_default"].outputs["raw_detection_scores"]
        version.look, version.answer = self._look, self._answer

    def _look(self, inputs: dict[str, Any]) -> None:
        [self._images] = inputs.values()
        self.clock_s += self.takes_s
        if (self._images == 127).all(-1).any():
            if self.hangs:
                self.hung += 1
                raise ModelServerTimeout("DEADLINE_EXCEEDED: it hangs")
            if self.refuses:
                raise PredictionRefused("INVALID_ARGUMENT: no")

    def _answer(self, count: int) -> dict[str, Any]:
        boxes = np.zeros((count, 1, 4), np.float32)
        scores = np.zeros((count, 1), np.float32)
        for row, image in enumerate(self._images):
            places = np.nonzero((image[..., 0] > 160) & (image[..., 2] < 90))
            if len(places[0]):
                y, x = ((axis.min(), axis.max() + 1) for axis in places)
                height, width = (1, 1) if self.in_pixels else image.shape[:2]
                if self.of_hw is not None:
                    height, width = height / self.of_hw[0], width / self.of_hw[1]
                yxyx = [y[0] / height, x[0] / width, y[1] / height, x[1] / width]
                boxes[row, 0] = yxyx if self.order == "yxyx" else np.array(yxyx)[[1, 0, 3, 2]]
                scores[row, 0] = self.score
        return {
            "detection_boxes": boxes,
            "detection_scores": scores,
            "detection_classes": np.full((count, 1), self.first_class, np.float32),
            "num_detections": np.ones(count, np.float32),
        }
