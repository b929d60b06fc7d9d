"""Frames of images that EXIF turns: as people see them, and as their rows are stored.

Some tools show an image upright and others as it is stored, and boxes are of what was shown. What
was drawn on the stored image is turned upright with it, as everything here is of upright images.
Source: EXIF 2.3, 4.6.4, tag 0x0112; `detection.images.orientation` turns the pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from detection.images.orientation import is_on_its_side
from detection.kinds.masks.run_lengths import RunLengths
from training.datasets.annotated import (
    NOT_LABELLED,
    AnnotatedImage,
    AnnotatedObject,
    Box,
    Keypoints,
)

ExifFrame = Literal["upright", "stored"]
# Of each orientation: whether rows and columns change places, then which axes are mirrored, (y, x).
_STEPS = {
    2: (False, (False, True)), 3: (False, (True, True)), 4: (False, (True, False)),
    5: (True, (False, False)), 6: (True, (False, True)), 7: (True, (True, True)),
    8: (True, (True, False)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AnnotatedFrame:
    """Which frame an annotation is of.

    Args:
        orientation: how EXIF turns the image, 2 to 8.
        frame: what was drawn on.
        by_size: whether the annotation's size says so.
    """

    orientation: int
    frame: ExifFrame
    by_size: bool = False

    @property
    def is_on_its_side(self) -> bool:
        """Whether width and height change places from one frame to the other."""
        return is_on_its_side(self.orientation)

    @property
    def is_only_said(self) -> bool:
        """Whether it is the stored one, for no other reason than the annotation's size."""
        return self.by_size and self.frame == "stored"

    def size_of(self, upright_wh: tuple[int, int]) -> tuple[int, int]:
        """Width and height of the frame."""
        is_turned = self.frame == "stored" and self.is_on_its_side
        return upright_wh[::-1] if is_turned else upright_wh


def turned_upright(image: AnnotatedImage, orientation: int) -> AnnotatedImage:
    """An image that was annotated as it is stored, with its size and all that is drawn upright.

    Args:
        image: whose size is the stored image's.
        orientation: how EXIF turns it, 2 to 8.
    """
    size = (image.width, image.height)
    width, height = size[::-1] if is_on_its_side(orientation) else size
    return replace(
        image,
        width=width,
        height=height,
        objects=tuple(_turned_object(each, size, orientation) for each in image.objects),
        ignored_yxyx=tuple(_turned_box(box, orientation) for box in image.ignored_yxyx),
    )


def turned_points(
    points_yx: npt.NDArray[Any], orientation: int, ends_yx: Sequence[float] = (1, 1)
) -> npt.NDArray[np.float64]:
    """Points of the stored image, where they lie in the upright one.

    Args:
        points_yx: (N, 2) [y, x], from 0 to `ends_yx`.
        orientation: how EXIF turns the image, 2 to 8.
        ends_yx: the stored image's height and width in the unit of the points.

    Returns:
        (N, 2) [y, x], in the same unit.

    Example:
        >>> turned_points(np.array([[0.25, 0.0]]), 6).tolist()
        [[0.0, 0.75]]
    """
    swapped, mirrored = _STEPS[orientation]
    points, ends = np.asarray(points_yx, np.float64), np.asarray(ends_yx, np.float64)
    if swapped:
        points, ends = points[:, ::-1], ends[::-1]
    return np.where(mirrored, ends - points, points)


def _turned_object(
    each: AnnotatedObject, size_wh: tuple[int, int], orientation: int
) -> AnnotatedObject:
    mask, keypoints, written = each.mask, each.keypoints, each.written_xywh
    return replace(
        each,
        box_yxyx=_turned_box(each.box_yxyx, orientation),
        polygons=tuple(turned_points(polygon, orientation) for polygon in each.polygons),
        mask=None if mask is None else _turned_mask(mask, orientation),
        keypoints=None if keypoints is None else _turned_keypoints(keypoints, orientation),
        written_xywh=None if written is None else _turned_xywh(written, size_wh, orientation),
    )


def _turned_box(box_yxyx: Box, orientation: int, ends_yx: Sequence[float] = (1, 1)) -> Box:
    corners = turned_points(np.array(box_yxyx).reshape(2, 2), orientation, ends_yx)
    (y_min, x_min), (y_max, x_max) = corners.min(0).tolist(), corners.max(0).tolist()
    return (y_min, x_min, y_max, x_max)


def _turned_xywh(written: Box, size_wh: tuple[int, int], orientation: int) -> Box:
    x, y, width, height = written
    box = _turned_box((y, x, y + height, x + width), orientation, size_wh[::-1])
    if is_on_its_side(orientation):
        width, height = height, width
    return (box[1], box[0], width, height)


def _turned_mask(mask: RunLengths, orientation: int) -> RunLengths:
    swapped, mirrored = _STEPS[orientation]
    bitmap = mask.bitmap()
    bitmap = bitmap.T if swapped else bitmap
    return RunLengths.of(bitmap[:: -1 if mirrored[0] else 1, :: -1 if mirrored[1] else 1])


def _turned_keypoints(keypoints: Keypoints, orientation: int) -> Keypoints:
    """What is not labelled stays where it is put, at 0, 0."""
    points = keypoints.copy()
    labelled = points[:, 2] != NOT_LABELLED
    points[labelled, :2] = turned_points(points[labelled, :2], orientation)
    return points
