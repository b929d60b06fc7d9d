"""VIA's `shape_attributes` as boxes and polygons."""

import math
from typing import Any

import numpy as np

from training.datasets.formats.shapes import PointsXY, Shape, around, ellipse
from training.datasets.formats.text.json_file import as_list
from training.datasets.formats.text.json_values import as_number, shown


def draw(shape: Shape, attributes: dict[str, Any]) -> None:
    """Give a shape its box and outline, pixels of the image.

    Raises:
        ValueError: it has no area, or a number is none.
    """
    kind = attributes.get("name")
    if kind == "rect":
        x, y = _number(attributes, "x"), _number(attributes, "y")
        right, bottom = x + _number(attributes, "width"), y + _number(attributes, "height")
        shape.box_xyxy = (x, y, right, bottom)
    elif kind in ("circle", "ellipse"):
        shape.box_xyxy, outline = _round(attributes, kind)
        shape.polygons_xy = [outline]
    elif kind == "polygon":
        shape.polygons_xy = [_points(attributes, kind)]
        shape.box_xyxy = around(shape.polygons_xy[0])
    elif kind == "polyline":
        shape.draw_line(_points(attributes, kind))
    elif kind == "point":
        raise ValueError("a point has no area")
    else:
        raise ValueError(f"a shape of the kind {shown(kind)}, which is not known")


def _number(attributes: dict[str, Any], key: str) -> float:
    return as_number(attributes.get(key), key)


def _round(attributes: dict[str, Any], kind: str) -> Any:
    center = (_number(attributes, "cx"), _number(attributes, "cy"))
    if kind == "circle":
        radius = _number(attributes, "r")
        return ellipse(center, (radius, radius))
    # In version 2 theta is in radians, and its drawing turns the axes by it.
    degrees = math.degrees(as_number(attributes.get("theta", 0), "theta"))
    return ellipse(center, (_number(attributes, "rx"), _number(attributes, "ry")), degrees)


def _points(attributes: dict[str, Any], kind: str) -> PointsXY:
    x_points, y_points = (
        as_list(attributes.get(f"all_points_{axis}"), f"`all_points_{axis}`") for axis in "xy"
    )
    if len(x_points) != len(y_points) or not x_points:
        raise ValueError(f"a {kind} of {len(x_points)} x and {len(y_points)} y")
    pairs = [(as_number(x, "x"), as_number(y, "y"))
             for x, y in zip(x_points, y_points, strict=True)]  # fmt: skip
    return np.array(pairs, np.float64)
