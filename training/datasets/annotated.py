"""The nouns: an image, and the objects that somebody has marked in it."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.kinds.masks.run_lengths import RunLengths
from training.datasets.polygons import Points, covered_by
from training.datasets.slot_pickling import pickled_by_slots
from training.datasets.sources import ImageSource

Box = tuple[float, float, float, float]
# (K, 3) float64: y and x in 0..1, and COCO's visibility.
Keypoints = npt.NDArray[np.float64]

NOT_LABELLED, HIDDEN, VISIBLE = 0, 1, 2
SPLITS = ("train", "val", "test")


@pickled_by_slots
@dataclass(frozen=True, eq=False, slots=True)
class AnnotatedObject:
    """One object in an image. What is 0..1 is a share of the upright image.

    Args:
        label: the name of its class.
        box_yxyx: [y_min, x_min, y_max, x_max] in 0..1, with an area.
        polygons: its outline, where it is known: (N, 2) each, [y, x] in 0..1, three points or more.
        mask: its pixels, in the place of `polygons`.
        keypoints: (K, 3): [y, x] in 0..1, and 0 not labelled, 1 hidden, 2 visible. What is not
            labelled lies at 0, 0.
        difficult: hard to recognize; Pascal VOC leaves it out of the score.
        truncated: goes on outside of the image or behind something.
        crowd: several objects of the class under one box.
        area_px: how large it is, in pixels, where a COCO file says so; evaluation counts by it.
        written_xywh: [x, y, width, height] in pixels as a COCO file has it, where `box_yxyx` is
            another: it goes beyond the image's edge, or has more digits. COCO results are compared
            with it.

    Raises:
        ValueError: one of these is not so.

    Example:
        >>> AnnotatedObject("hand", (0.25, 0.1, 0.75, 0.5)).box_yxyx
        (0.25, 0.1, 0.75, 0.5)
    """

    label: str
    box_yxyx: Box
    polygons: tuple[Points, ...] = ()
    mask: RunLengths | None = None
    keypoints: Keypoints | None = None
    difficult: bool = False
    truncated: bool = False
    crowd: bool = False
    area_px: float | None = None
    written_xywh: Box | None = None

    def __post_init__(self) -> None:
        if not self.label:
            raise ValueError("an object has a class, but this one's name is empty")
        object.__setattr__(self, "box_yxyx", _checked_box(self.box_yxyx))
        polygons = tuple(_checked_polygon(polygon) for polygon in self.polygons)
        object.__setattr__(self, "polygons", polygons)
        if self.polygons and self.mask is not None:
            raise ValueError("an object has polygons or a mask, not both")
        if self.keypoints is not None:
            object.__setattr__(self, "keypoints", _checked_keypoints(self.keypoints))

    @property
    def has_mask(self) -> bool:
        """Whether more is known than the box: polygons or a mask."""
        return bool(self.polygons) or self.mask is not None

    def mask_in(self, *, width: int, height: int) -> RunLengths | None:
        """Its pixels in an image of that size, which is its own image's; None without."""
        if self.mask is not None or not self.polygons:
            return self.mask
        return covered_by(self.polygons, width=width, height=height)


@pickled_by_slots
@dataclass(frozen=True, eq=False, slots=True)
class AnnotatedImage:
    """An image, not read yet, and the objects in it.

    Args:
        name: its file's path in the data set, with `/`, without folders that only name a split.
        source: where its bytes are.
        width: upright, in pixels.
        height: upright, in pixels.
        objects: in the order of the annotation.
        ignored_yxyx: boxes in which nobody has looked for objects, such as KITTI's `DontCare`.
        split: `train`, `val` or `test`, or what the data set calls it; None where it says nothing.
        group: what should stay on one side of a split, such as the video of a frame.
        origin: the annotation's file or record, for messages.
        image_id: its number or name in a COCO file, by which COCO results mean it.

    Raises:
        ValueError: no name, no pixels, or a mask of another size.
    """

    name: str
    source: ImageSource
    width: int
    height: int
    objects: tuple[AnnotatedObject, ...] = ()
    ignored_yxyx: tuple[Box, ...] = ()
    split: str | None = None
    group: str | None = None
    origin: str = ""
    image_id: int | str | None = None

    def __post_init__(self) -> None:
        if not self.name or self.name.startswith("/") or ".." in self.name.split("/"):
            raise ValueError(f"{self.name!r} is no path inside of a data set")
        if self.width < 1 or self.height < 1:
            raise ValueError(f"an image of {self.width}x{self.height} pixels")
        object.__setattr__(self, "ignored_yxyx", tuple(map(_checked_box, self.ignored_yxyx)))
        for each in self.objects:
            mask = each.mask
            if mask is not None and (mask.width, mask.height) != (self.width, self.height):
                raise ValueError(
                    f"the mask of {each.label!r} is {mask.width}x{mask.height}, "
                    f"but the image is {self.width}x{self.height}"
                )

    @property
    def full_name(self) -> str:
        """The name after the split, where it has one; no other image of a data set has it."""
        return f"{self.split}/{self.name}" if self.split else self.name

    @property
    def boxes_yxyx(self) -> npt.NDArray[np.float32]:
        """(N, 4) float32, [y_min, x_min, y_max, x_max] in 0..1."""
        boxes = [each.box_yxyx for each in self.objects]
        return np.array(boxes, np.float32).reshape(-1, 4)

    def pixels_xyxy(self, box: Box) -> Box:
        """A box as [x_min, y_min, x_max, y_max] in pixels, to a millionth of one."""
        return _pixels_xyxy(box, self.width, self.height)

    def pixels_xywh(self, box: Box) -> Box:
        """A box as COCO's [x, y, width, height] in pixels, to a millionth of one."""
        return pixels_xywh(box, width=self.width, height=self.height)

    def pixels_xy(self, points_yx: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Points (N, 2), [y, x] in 0..1, as [x, y] in pixels, to a millionth of one."""
        return np.round(np.asarray(points_yx, np.float64)[:, ::-1] * (self.width, self.height), 6)


def pixels_xywh(box: Box, *, width: int, height: int) -> Box:
    """A box as COCO's [x, y, width, height] in pixels, to a millionth of one.

    Example:
        >>> pixels_xywh((0.25, 0.1, 0.75, 0.5), width=640, height=480)
        (64.0, 120.0, 256.0, 240.0)
    """
    x_min, y_min, x_max, y_max = _pixels_xyxy(box, width, height)
    return (x_min, y_min, round(x_max - x_min, 6), round(y_max - y_min, 6))


def _pixels_xyxy(box: Box, width: int, height: int) -> Box:
    y_min, x_min, y_max, x_max = box
    return (
        round(x_min * width, 6),
        round(y_min * height, 6),
        round(x_max * width, 6),
        round(y_max * height, 6),
    )


def box_around(points_yx: Iterable[npt.NDArray[Any]]) -> Box:
    """The box around all points of several (N, 2) arrays, [y, x]."""
    points = np.concatenate([np.asarray(each, np.float64) for each in points_yx])
    (y_min, x_min), (y_max, x_max) = points.min(0).tolist(), points.max(0).tolist()
    return (y_min, x_min, y_max, x_max)


def _checked_box(box: Box) -> Box:
    y_min, x_min, y_max, x_max = map(float, box)
    if 0 <= y_min < y_max <= 1 and 0 <= x_min < x_max <= 1:
        return (y_min, x_min, y_max, x_max)
    if not all(map(math.isfinite, (y_min, x_min, y_max, x_max))):
        raise ValueError(f"a box of four finite numbers was expected, but got {box}")
    raise ValueError(f"[y_min, x_min, y_max, x_max] in 0..1, each max above its min, but got {box}")


def _checked_polygon(polygon: Points) -> Points:
    points = np.asarray(polygon, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise ValueError(f"a polygon has three points or more, (N, 2), but got {points.shape}")
    # Neither holds of NaN.
    if not (points.min() >= 0 and points.max() <= 1):
        raise ValueError("a polygon's points lie in 0..1")
    return points


def _checked_keypoints(keypoints: Keypoints) -> Keypoints:
    points = np.asarray(keypoints, np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise ValueError(f"keypoints are (K, 3), y, x and visibility, but got {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError("keypoints are finite numbers")
    if not np.isin(points[:, 2], (NOT_LABELLED, HIDDEN, VISIBLE)).all():
        raise ValueError("a keypoint's visibility is 0, 1 or 2")
    labelled = points[points[:, 2] != NOT_LABELLED, :2]
    if labelled.size and (labelled.min() < 0 or labelled.max() > 1):
        raise ValueError("keypoints that are labelled lie in 0..1")
    unlabelled = points[points[:, 2] == NOT_LABELLED, :2]
    if unlabelled.any():
        points = points.copy()
        points[points[:, 2] == NOT_LABELLED, :2] = 0
    return points
