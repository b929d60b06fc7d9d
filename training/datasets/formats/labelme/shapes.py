"""labelme's shapes as objects."""

import base64
import binascii
import math
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image

from training.datasets.formats.shapes import (
    PatchMask,
    PointsXY,
    Shape,
    around,
    ellipse,
    points_xy,
    visible_point,
)
from training.datasets.formats.text.json_file import as_list, as_object, as_text
from training.datasets.formats.text.json_values import shown
from training.datasets.sources import MAX_PIXELS

_POINT = "point"
# What labelme's own exports leave out of the objects.
_IGNORED, _BACKGROUND = "__ignore__", "_background_"
# What Pillow's PNG plugin raises on broken files.
_PNG_ERRORS = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError,
               Image.DecompressionBombWarning)  # fmt: skip


def parse_shapes(
    content: dict[str, Any], only_class: str = ""
) -> tuple[list[Shape], list[tuple[str, str]]]:
    """The objects of one file, and the place and a sentence for each that cannot be read.

    Args:
        content: the file's.
        only_class: the class of shapes without a label.

    Raises:
        ValueError: it has no list of shapes.
    """
    values = as_list(content.get("shapes"), "`shapes`")
    found: list[Shape] = []
    defects: list[tuple[str, str]] = []
    groups: dict[Any, list[Shape]] = {}
    points: list[tuple[Any, Shape, PointsXY]] = []
    for number, value in enumerate(values, 1):
        place = f"shape {number}"
        try:
            shape, group, corners = _parse_shape(value, place, only_class)
        except ValueError as error:
            defects.append((place, str(error)))
            continue
        if shape.label == _BACKGROUND:
            continue
        shape.ignored = shape.label == _IGNORED
        if corners is not None:
            points.append((group, shape, corners))
            continue
        mates = groups.setdefault(group, []) if group is not None else []
        mate = next((each for each in mates if each.label == shape.label), None)
        if mate is not None and mate.mask is None and shape.mask is None:
            _join(mate, shape)
        else:
            mates.append(shape)
            found.append(shape)
    for group, shape, corners in points:
        mates = groups.get(group, []) if group is not None else []
        if len(mates) == 1:
            mates[0].keypoints_xyv[shape.label] = visible_point(corners[0])
        else:
            message = f"the point {shape.label!r} has no area, and is in no object's group"
            defects.append((shape.place, message))
    return found, defects


def _parse_shape(value: Any, place: str, only_class: str) -> tuple[Shape, Any, PointsXY | None]:
    """A shape, its group, and where it is a point, that."""
    entry = as_object(value, "a shape")
    shape = Shape(as_text(entry.get("label"), "`label`").strip() or only_class, place)
    group = entry.get("group_id")
    group = group if isinstance(group, int | str) else None
    kind = entry.get("shape_type") or "polygon"
    corners = points_xy(entry.get("points"))
    if kind == _POINT:
        return shape, group, corners
    _draw(shape, kind, corners, entry)
    _flag(shape, entry)
    return shape, group, None


def _draw(shape: Shape, kind: str, corners: PointsXY, value: dict[str, Any]) -> None:
    if kind == "mask" or (value.get("mask") and kind == "rectangle"):
        shape.box_xyxy, shape.mask = around(corners), _mask(value.get("mask"), corners)
        left, top = shape.mask.left, shape.mask.top
        rows, columns = shape.mask.bitmap.shape
        # Both of its points are pixels of it.
        shape.box_xyxy = (left, top, left + columns, top + rows)
    elif kind == "rectangle":
        _needs(corners, 2, kind)
        shape.box_xyxy = around(corners)
    elif kind == "circle":
        _needs(corners, 2, kind)
        center, edge = corners[0].tolist(), corners[1].tolist()
        radius = math.dist(center, edge)
        shape.box_xyxy, outline = ellipse((center[0], center[1]), (radius, radius))
        shape.polygons_xy = [outline]
    elif kind in ("polygon", "rotation", "oriented_rectangle", "quadrilateral"):
        _needs(corners, 3, kind)
        shape.polygons_xy = [corners]
        shape.box_xyxy = around(corners)
    elif kind in ("line", "linestrip"):
        shape.draw_line(corners)
    else:
        raise ValueError(f"a shape of the kind {shown(kind)}, which is not known")


def _needs(corners: PointsXY, fewest: int, kind: str) -> None:
    if len(corners) < fewest:
        raise ValueError(f"a {kind} has {fewest} points or more, there are {len(corners)}")


def _flag(shape: Shape, value: dict[str, Any]) -> None:
    flags = value.get("flags")
    if isinstance(flags, dict):
        shape.flag([str(name) for name, is_set in flags.items() if is_set is True])
    shape.flag([name for name in ("difficult", "truncated", "occluded")
                if value.get(name) is True])  # fmt: skip


def _join(first: Shape, second: Shape) -> None:
    """Put a part of an object to its others: the box goes around both."""
    first.polygons_xy += second.polygons_xy
    first.is_line = first.is_line and second.is_line
    if first.box_xyxy is not None and second.box_xyxy is not None:
        boxes = np.array([first.box_xyxy, second.box_xyxy])
        x_min, y_min = boxes[:, :2].min(0).tolist()
        x_max, y_max = boxes[:, 2:].max(0).tolist()
        first.box_xyxy = (x_min, y_min, x_max, y_max)


def _mask(data: Any, corners: PointsXY) -> PatchMask:
    """The pixels of a part of the image, from a PNG in base64."""
    encoded = as_text(data, "`mask`, a PNG in base64")
    try:
        with Image.open(BytesIO(base64.b64decode(encoded)), formats=("PNG",)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ValueError(f"{image.width}x{image.height} pixels are too many")
            bitmap = np.asarray(image.convert("L") if image.mode != "1" else image) != 0
    except (*_PNG_ERRORS, binascii.Error) as error:
        raise ValueError(f"`mask` is no PNG in base64: {error}") from error
    left, top = np.round(corners.min(0)).astype(int).tolist()
    return PatchMask(bitmap, left, top)
