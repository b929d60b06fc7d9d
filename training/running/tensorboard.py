"""What TensorBoard shows of a training: losses, learning rate, COCO's numbers, pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from detection.detections import Detections
from detection.drawing import draw_detections
from detection.pictures import read_picture
from training.datasets.annotated import AnnotatedPicture
from training.datasets.contact_sheet import draw_annotations
from training.datasets.dataset import Dataset
from training.datasets.sources import MAX_PIXELS

LONGEST_SIDE_PX = 480
GAP_PX = 8
# What is less sure would cover the picture.
SCORE_THRESHOLD = 0.3


class TensorBoard:
    """Writes into the folder `tensorboard` of a run, which `tensorboard --logdir` reads.

    Args:
        folder: the run's; None to write nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._writer = (
            tf.summary.create_file_writer(str(folder / "tensorboard"))
            if folder is not None
            else tf.summary.create_noop_writer()
        )

    def scalars(self, group: str, values: Mapping[str, float], step: int) -> None:
        """Numbers after a step."""
        with self._writer.as_default(step=step):
            for name, value in values.items():
                tf.summary.scalar(f"{group}/{name}", value)
        self._writer.flush()

    def pictures(
        self, truth: Dataset, found: Sequence[Detections], step: int, *, count: int
    ) -> None:
        """Truth on the left, prediction on the right, for the first `count` pictures.

        Args:
            truth: the pictures.
            found: in each.
            step: that was measured after.
            count: how many.
        """
        if not isinstance(self._writer, tf.summary.SummaryWriter):
            return
        with self._writer.as_default(step=step):
            for picture, detections in list(zip(truth.pictures, found, strict=True))[:count]:
                pair = side_by_side(picture, detections, truth)
                tf.summary.image(f"validation/{picture.name}", np.asarray(pair)[np.newaxis])
        self._writer.flush()

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()


def side_by_side(picture: AnnotatedPicture, found: Detections, truth: Dataset) -> Image.Image:
    """A picture twice, with what is in it and with what was found in it.

    Args:
        picture: is read.
        found: in it.
        truth: whose classes give names and colours.
    """
    pixels = read_picture(picture.source.read(), max_pixels=MAX_PIXELS).pixels
    pixels.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    left = draw_annotations(pixels, picture, truth.class_ids, bones=False)
    sure = found.select(score_threshold=SCORE_THRESHOLD)
    right = draw_detections(pixels, sure, truth.label_map)
    pair = Image.new("RGB", (2 * pixels.width + GAP_PX, pixels.height), "#202020")
    pair.paste(left, (0, 0))
    pair.paste(right, (pixels.width + GAP_PX, 0))
    return pair
