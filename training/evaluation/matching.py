"""Which detection is of which object: right, of another class, missed, or of nothing."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.boxes import iou
from detection.detections import Detections
from training.datasets.annotated import AnnotatedImage
from training.evaluation.coco_record import CocoResults, shares_yxyx

# As much as a detection and an object have to overlap.
MIN_IOU = 0.5


@dataclass(frozen=True)
class ImageMatch:
    """One image's objects and detections, by their places in its lists.

    Args:
        right: objects and the detections that found them.
        confused: objects and detections of another class in their places.
        missed: objects that nothing found.
        false: detections where nothing is.
    """

    right: tuple[tuple[int, int], ...]
    confused: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]
    false: tuple[int, ...]


def match_image(image: AnnotatedImage, found: Detections, class_ids: dict[str, int]) -> ImageMatch:
    """Find each detection an object, the best first: one of its class, else any that is left.

    What COCO ignores is neither missed nor false: crowds and difficult objects of the detection's
    class, and unlabelled regions.

    Args:
        image: the truth.
        found: all of it counts; select by the score before.
        class_ids: the number of each class.
    """
    found_yxyx, boxes = _compared(image, found)
    classes = np.array([class_ids[each.label] for each in image.objects], np.int64)
    counts = np.array([not (each.crowd or each.difficult) for each in image.objects], bool)
    overlap = iou(found_yxyx, boxes)  # (N, M)
    same_class = found.class_ids[:, None] == classes[None, :]  # (N, M)
    left, unused = counts.copy(), np.ones(len(found), bool)
    right = _assign(np.where(same_class, overlap, 0), left, unused)
    unused &= ~_on_ignored(image, found_yxyx, boxes, overlap, same_class)
    confused = _assign(overlap, left, unused)
    return ImageMatch(
        right=tuple(right),
        confused=tuple(confused),
        missed=tuple(np.flatnonzero(left).tolist()),
        false=tuple(np.flatnonzero(unused).tolist()),
    )


def _assign(
    overlap: npt.NDArray[Any], left: npt.NDArray[np.bool_], unused: npt.NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Pairs of object and detection; takes them out of `left` and `unused`."""
    pairs = []
    for row in np.flatnonzero(unused).tolist():
        free = np.where(left, overlap[row], 0)
        if free.size and free.max() >= MIN_IOU:
            column = int(free.argmax())
            left[column] = unused[row] = False
            pairs.append((column, row))
    return pairs


def _compared(
    image: AnnotatedImage, found: Detections
) -> tuple[npt.NDArray[Any], npt.NDArray[np.float64]]:
    """(N, 4) and (M, 4): the boxes of what was found and of the objects, in shares.

    COCO results are compared as COCO's numbers are, with both files' boxes as they are written:
    where a file says another size than its boxes are of, the image's edges are elsewhere.
    """
    if not isinstance(found, CocoResults):
        boxes = np.array([each.box_yxyx for each in image.objects], np.float64).reshape(-1, 4)
        return found.boxes_yxyx, boxes
    size = (image.width, image.height)
    written = [each.written_xywh or image.pixels_xywh(each.box_yxyx) for each in image.objects]
    return found.written_yxyx(width=size[0], height=size[1]), shares_yxyx(written, *size)


def _on_ignored(
    image: AnnotatedImage,
    found_yxyx: npt.NDArray[Any],
    boxes: npt.NDArray[np.float64],
    overlap: npt.NDArray[Any],
    same_class: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    """(N,): whether each detection lies on what is ignored."""
    crowd = np.array([each.crowd for each in image.objects], bool)
    difficult = np.array([each.difficult for each in image.objects], bool)
    on_difficult = (overlap >= MIN_IOU) & same_class & difficult
    in_crowd = (_covered(found_yxyx, boxes) >= MIN_IOU) & same_class & crowd
    regions = np.array(image.ignored_yxyx, np.float64).reshape(-1, 4)
    in_region = _covered(found_yxyx, regions) >= MIN_IOU
    ignored: npt.NDArray[np.bool_] = (on_difficult | in_crowd).any(1) | in_region.any(1)
    return ignored


def _covered(boxes: npt.NDArray[Any], regions: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """(N, M) in 0..1: how much of each box (N, 4) lies in each region (M, 4); both yxyx."""
    a, b = np.asarray(boxes, np.float64)[:, None], np.asarray(regions, np.float64)[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared: npt.NDArray[np.float64] = np.clip(sides, 0, None).prod(-1)  # (N, M)
    areas = np.broadcast_to(np.clip(a[..., 2:] - a[..., :2], 0, None).prod(-1), shared.shape)
    covered = np.zeros_like(shared)
    np.divide(shared, areas, out=covered, where=areas > 0)
    return covered
