"""Images and their targets, each of another number of objects, as the arrays of one batch."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from training.input_pipeline.augmentation.color import Pixels
from training.input_pipeline.batch import PADDING_CLASS
from training.input_pipeline.targets import Targets


class BatchArrays(NamedTuple):
    """The tensors of a `Batch` in their order; images still in whole values."""

    images: Any
    boxes_yxyx: Any
    classes: Any
    ignored: Any
    image_ids: Any
    masks: Any
    keypoints: Any


def collate(images: Sequence[tuple[Pixels, Targets]], image_ids: Sequence[int]) -> BatchArrays:
    """A batch of images of one size, padded to the most objects that one of them has.

    Args:
        images: pixels (H, W, 3) and targets of each; one or more.
        image_ids: which they are.
    """
    most = max(len(targets) for _, targets in images)
    all_targets = [targets for _, targets in images]
    return BatchArrays(
        np.stack([pixels for pixels, _ in images]),
        _padded([each.boxes_yxyx for each in all_targets], most),
        _padded([each.classes for each in all_targets], most, PADDING_CLASS),
        _padded([each.ignored for each in all_targets], most),
        np.array(image_ids, np.int32),
        _padded([each.masks for each in all_targets], most),
        _padded([each.keypoints for each in all_targets], most),
    )


def _padded(parts: Sequence[np.ndarray[Any, Any]], most: int, padding: int = 0) -> Any:
    """Arrays (n, ...) as one of (B, most, ...)."""
    whole = np.full((len(parts), most, *parts[0].shape[1:]), padding, parts[0].dtype)
    for row, part in enumerate(parts):
        whole[row, : len(part)] = part
    return whole
