"""What labelling tools draw: shapes in an image, as each tool's own reader gives them.

A reader makes `ImageShapes` out of a file; `shape_reading` finds the images and makes the data set.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from training.datasets.annotated import VISIBLE
from training.datasets.formats.text.json_values import as_number, as_size, shown
from training.datasets.sources import ImageSource

BoxXYXY = tuple[float, float, float, float]
PointsXY = npt.NDArray[np.float64]

# Pixels; nobody labels an image of a billion, and larger numbers overflow.
FARTHEST = 1e9
# Corners of a polygon in the place of an ellipse: the area differs by 0.2 %.
ELLIPSE_CORNERS = 64
# What people call the flags of VOC and COCO in a tool that leaves the names to them.
_DIFFICULT = ("difficult", "hard")
_TRUNCATED = ("truncated", "occluded")
_CROWD = ("iscrowd", "is_crowd", "crowd")


@dataclass(slots=True)
class PatchMask:
    """The pixels of an object in a part of the image.

    Args:
        bitmap: (H, W) bool.
        left: the column of its first pixel in the image.
        top: the row.
    """

    bitmap: npt.NDArray[np.bool_]
    left: int
    top: int


@dataclass(slots=True)
class Shape:
    """One object.

    Args:
        label: its class.
        place: the shape or line in the file, for messages.
        box_xyxy: [x_min, y_min, x_max, y_max]; None to put it around the polygons.
        polygons_xy: (N, 2) each, [x, y]; the outline, where it is more than the box.
        mask: its pixels, in the place of polygons.
        keypoints_xyv: x, y and COCO's visibility of each keypoint by its name.
        difficult: as `AnnotatedObject.difficult`.
        truncated: as `AnnotatedObject.truncated`.
        crowd: as `AnnotatedObject.crowd`.
        ignored: no object, but a place in which nobody has looked for any.
        is_line: whether it was drawn as a line, which has no area of its own.
        unsure: what of it was chosen where the file says several things; a defect.
    """

    label: str
    place: str
    box_xyxy: BoxXYXY | None = None
    polygons_xy: list[PointsXY] = field(default_factory=list)
    mask: PatchMask | None = None
    keypoints_xyv: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    difficult: bool = False
    truncated: bool = False
    crowd: bool = False
    ignored: bool = False
    is_line: bool = False
    unsure: str = ""

    def draw_line(self, points: PointsXY) -> None:
        """Take a line for its box: no outline, but a place. A level one has no area: a defect."""
        self.box_xyxy, self.is_line = around(points), True

    def flag(self, names: Sequence[str]) -> None:
        """Set what a tool's flags or attributes of these names say."""
        lower = {name.lower() for name in names}
        self.difficult = self.difficult or not lower.isdisjoint(_DIFFICULT)
        self.truncated = self.truncated or not lower.isdisjoint(_TRUNCATED)
        self.crowd = self.crowd or not lower.isdisjoint(_CROWD)


@dataclass(slots=True)
class ImageShapes:
    """What a file says of one image.

    Args:
        said: what it calls the image; several where it has others to fall back on.
        origin: the annotation file or its record, for messages.
        beside: the annotation file's folder, as a path from the root.
        size_wh: width and height; None where the file does not say.
        size_fault: what is wrong with a size that is none; the image's own is taken.
        shapes: the objects.
        defects: the place and a sentence for each object that could not be read.
        split: as `AnnotatedImage.split`.
        group: as `AnnotatedImage.group`.
        own: what the annotation file itself is called, where it is of one image; else empty.
        embedded: the image inside of the annotation file, for where there is no other.
        whole: what coordinates are shares of: 1 or 100; None for pixels.
        encoding: what the file was taken as, where that was guessed; else empty.
        by_chance: as `GuessedText.by_chance`.
    """

    said: tuple[str, ...]
    origin: str
    beside: str = ""
    size_wh: tuple[int, int] | None = None
    size_fault: str = ""
    shapes: list[Shape] = field(default_factory=list)
    defects: list[tuple[str, str]] = field(default_factory=list)
    split: str | None = None
    group: str | None = None
    own: str = ""
    embedded: ImageSource | None = None
    whole: float | None = None
    encoding: str = ""
    by_chance: bool = False

    def take_size(self, width: Any, height: Any) -> None:
        """Keep the size that the file says, or what is wrong with it."""
        try:
            self.size_wh = as_size(width, height)
        except ValueError as error:
            self.size_fault = str(error)


def points_xy(values: Any, what: str = "points") -> PointsXY:
    """(N, 2), [x, y], out of `[[x, y], ...]` or `[{"x": x, "y": y}, ...]`.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(values, list) or not values:
        raise ValueError(f"{what}: a list of x and y was expected, not {shown(values)}")
    pairs = []
    for value in values:
        pair = [value.get("x"), value.get("y")] if isinstance(value, dict) else value
        if not isinstance(pair, list) or len(pair) != 2:
            raise ValueError(f"{what}: x and y were expected, not {shown(value)}")
        pairs.append([as_number(pair[0], "x"), as_number(pair[1], "y")])
    points = np.array(pairs, np.float64)
    if np.abs(points).max() > FARTHEST:
        raise ValueError(f"{what}: the coordinate {np.abs(points).max():g} is outside of any image")
    return points


def around(points: PointsXY) -> BoxXYXY:
    """The box around points (N, 2), [x, y]."""
    (x_min, y_min), (x_max, y_max) = points.min(0).tolist(), points.max(0).tolist()
    return (x_min, y_min, x_max, y_max)


def rotated_rectangle(
    corner_xy: tuple[float, float],
    size_wh: tuple[float, float],
    degrees: float,
    *,
    about_xy: tuple[float, float],
) -> PointsXY:
    """The corners (4, 2) of a rectangle that is turned, clockwise as it is seen, y downwards.

    Args:
        corner_xy: the upper left corner before it is turned.
        size_wh: its sides.
        degrees: how far.
        about_xy: the point that stays where it is.
    """
    (x, y), (width, height) = corner_xy, size_wh
    corners = np.array([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
    angle = math.radians(degrees)
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    turned: PointsXY = (corners - about_xy) @ turn + about_xy
    return turned


def ellipse(
    center_xy: tuple[float, float], radii_xy: tuple[float, float], degrees: float = 0
) -> tuple[BoxXYXY, PointsXY]:
    """The box around an ellipse, and a polygon of `ELLIPSE_CORNERS` points on it.

    Args:
        center_xy: its center.
        radii_xy: half of each axis.
        degrees: how far it is turned, clockwise as it is seen.
    """
    if max(map(abs, (*center_xy, *radii_xy))) > FARTHEST:
        raise ValueError(f"an ellipse at {center_xy[0]:g}, {center_xy[1]:g} is in no image")
    if min(radii_xy) <= 0:
        raise ValueError(f"an ellipse with radii {radii_xy[0]:g} and {radii_xy[1]:g} has no area")
    angle = math.radians(degrees)
    cosine, sine = math.cos(angle), math.sin(angle)
    (x, y), (a, b) = center_xy, radii_xy
    half_width, half_height = math.hypot(a * cosine, b * sine), math.hypot(a * sine, b * cosine)
    steps = np.linspace(0, 2 * math.pi, ELLIPSE_CORNERS, endpoint=False)
    along, across = a * np.cos(steps), b * np.sin(steps)
    points = np.stack([x + along * cosine - across * sine, y + along * sine + across * cosine], 1)
    return (x - half_width, y - half_height, x + half_width, y + half_height), points


def visible_point(point: Sequence[float]) -> tuple[float, float, float]:
    """A keypoint that is labelled and seen."""
    return (float(point[0]), float(point[1]), float(VISIBLE))
