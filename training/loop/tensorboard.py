"""What TensorBoard shows of a training: losses, learning rate, the numbers, images, beliefs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from detection.detections import Detections
from detection.images import ImageError, read_image
from detection.kinds.keypoints.belief_drawing import belief_image, lay_beliefs_on
from training.datasets.dataset import Dataset
from training.datasets.sources import MAX_PIXELS
from training.evaluation.side_by_side import side_by_side

LONGER_SIDE_PX = 480
# Detections with a lower score would cover the image.
SCORE_THRESHOLD = 0.3


class TensorBoard:
    """Writes into the folder `tensorboard` of a run, which `tensorboard --logdir` reads.

    Where that cannot be written any more, as on a full disk, it says so once and writes nothing;
    no training ends for what is only looked at.

    Args:
        folder: the run's; None to write nothing.
        tell: is called with what a person should know.
    """

    def __init__(self, folder: Path | None, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._writer: Any = None
        if folder is not None:
            self._writer = tf.summary.create_file_writer(str(folder / "tensorboard"))

    def scalars(self, group: str, values: Mapping[str, float], step: int) -> None:
        """Numbers after a step."""
        if self._writer is None:
            return
        with self._writing(step):
            for name, value in values.items():
                tf.summary.scalar(f"{group}/{name}", value)

    def images(self, truth: Dataset, found: Sequence[Detections], step: int, *, count: int) -> None:
        """Truth on the left, prediction on the right, for the first `count` images.

        Args:
            truth: the images.
            found: in each.
            step: that was measured after.
            count: how many.
        """
        if self._writer is None:
            return
        with self._writing(step):
            for image, detections in list(zip(truth.images, found, strict=True))[:count]:
                sure = detections.select(score_threshold=SCORE_THRESHOLD)
                pair = side_by_side(image, sure, truth.label_map, longer_side_px=LONGER_SIDE_PX)
                tf.summary.image(f"validation/{image.name}", np.asarray(pair)[np.newaxis])

    def belief_maps(
        self, truth: Dataset, maps: Mapping[int, npt.NDArray[np.float32]], step: int
    ) -> None:
        """Where a model of keypoints believes that some point is, over the images.

        Args:
            truth: the images.
            maps: (h, w, K) of some of them, by their places.
            step: that was measured after.
        """
        if self._writer is None:
            return
        with self._writing(step):
            for number, each in maps.items():
                image = truth.images[number]
                size = (LONGER_SIDE_PX, LONGER_SIDE_PX)
                try:
                    pixels = read_image(image.source.read(), max_pixels=MAX_PIXELS).pixels
                except (OSError, ImageError):
                    continue
                shown = lay_beliefs_on(pixels.resize(size), belief_image(each, size))
                tf.summary.image(f"belief_maps/{image.name}", np.asarray(shown)[np.newaxis])

    def close(self) -> None:
        """Close the file; everything is written already."""
        if self._writer is not None:
            self._writer.close()

    @contextmanager
    def _writing(self, step: int) -> Iterator[None]:
        try:
            with self._writer.as_default(step=step):
                yield
            self._writer.flush()
        except tf.errors.OpError as error:
            self._writer = None
            reason = " ".join(error.message.split())
            self._tell(f"TensorBoard's files cannot be written, and have no more: {reason}")
