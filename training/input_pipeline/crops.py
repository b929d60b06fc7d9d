"""Every hand of a data set as an image of its own: what models of keypoints learn from.

A crop is an image like any other from here on: batches, evaluation, export and a gateway read it
as they read a file.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np

from detection.hands.crops import CROP_SCALE, HandWindow
from detection.hands.skeleton import KEYPOINT_NAMES
from detection.images import ImageError, open_image
from training.datasets.annotated import NOT_LABELLED, AnnotatedImage, AnnotatedObject, Keypoints
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.defects import DatasetError
from training.datasets.sources import MAX_PIXELS, ImageSource

HAND = "hand"
# Training sees hands turned and moved: so much more is cut out than is shown at once, in each
# direction, that what comes into view is the image and not an edge.
CONTEXT = 1.5
# Quickest to write and to read again, exact, and every reader of ours knows it.
_FORMAT = "BMP"


@dataclass(frozen=True, slots=True)
class CroppedImage:
    """A window of another image, as an image file; an `ImageSource`.

    Args:
        whole: the other image.
        window: which part.
    """

    whole: ImageSource
    window: HandWindow

    def read(self) -> bytes:
        """The window as a file of its own.

        Raises:
            OSError: the other image is not there, or is no image.
        """
        try:
            pixels = open_image(self.whole.read(), max_pixels=MAX_PIXELS).decode().pixels
        except ImageError as error:
            raise OSError(str(error)) from error
        file = BytesIO()
        self.window.cut_out(pixels).save(file, _FORMAT)
        return file.getvalue()

    def exists(self) -> bool:
        """Whether the other image is there."""
        return self.whole.exists()

    def __str__(self) -> str:
        window = self.window
        return f"{self.whole}, {window.side} pixels from {window.left}, {window.top}"


def hand_crops(dataset: Dataset, context: float = 1.0) -> Dataset:
    """An image for each object with keypoints, all of one class, the hand.

    Args:
        dataset: images with any number of hands; those without keypoints, and crowds, are left
            out.
        context: so much larger than what a model is shown at once, in each direction.

    Raises:
        DatasetError: no object has keypoints, or they are not a hand's.
    """
    count = len(dataset.keypoint_names)
    if count not in (0, len(KEYPOINT_NAMES)):
        raise DatasetError(
            f"a hand has {len(KEYPOINT_NAMES)} keypoints, but these images' objects have {count}"
        )
    images = tuple(crop for image in dataset.images for crop in _crops(image, CROP_SCALE * context))
    if dataset.images and not images:
        raise DatasetError(
            f"{len(dataset)} images with {dataset.object_count} objects, but none of them has "
            "keypoints to learn or to measure"
        )
    return Dataset(label_map_of((HAND,)), images, dataset.keypoint_names, dataset.defects)


def _crops(image: AnnotatedImage, scale: float) -> Iterator[AnnotatedImage]:
    hands = [each for each in image.objects if _is_pointed(each)]
    for number, hand in enumerate(hands, 1):
        window = HandWindow.around(
            hand.box_yxyx, width=image.width, height=image.height, scale=scale
        )
        assert hand.keypoints is not None  # noqa: S101  # `_is_pointed`
        yield replace(
            image,
            name=f"{image.name}-{number}",
            source=CroppedImage(image.source, window),
            width=window.side,
            height=window.side,
            objects=(_in_window(hand, hand.keypoints, window, image),),
            ignored_yxyx=(),
        )


def _is_pointed(each: AnnotatedObject) -> bool:
    points = each.keypoints
    return not each.crowd and points is not None and bool((points[:, 2] != NOT_LABELLED).any())


def _in_window(
    hand: AnnotatedObject, keypoints: Keypoints, window: HandWindow, image: AnnotatedImage
) -> AnnotatedObject:
    """The hand's box, and its points as far as they lie in the window."""
    size = {"width": image.width, "height": image.height}
    box = window.to_window(np.reshape(hand.box_yxyx, (2, 2)), **size).clip(0, 1)
    places = window.to_window(keypoints[:, :2], **size)
    inside = ((places >= 0) & (places <= 1)).all(axis=1) & (keypoints[:, 2] != NOT_LABELLED)
    points = np.column_stack([places, keypoints[:, 2]]) * inside[:, None]
    y_min, x_min, y_max, x_max = box.ravel().tolist()
    return AnnotatedObject(
        HAND, (y_min, x_min, y_max, x_max), keypoints=points, truncated=hand.truncated
    )
