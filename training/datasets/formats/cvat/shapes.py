"""Shapes of CVAT's XML as objects."""

from collections import defaultdict

import numpy as np

from training.datasets.annotated import HIDDEN, NOT_LABELLED, VISIBLE
from training.datasets.formats.shapes import (
    ImageShapes,
    PatchMask,
    PointsXY,
    Shape,
    around,
    ellipse,
    points_xy,
    rotated_rectangle,
)
from training.datasets.formats.text.json_values import as_number, shown
from training.datasets.formats.text.xml_tree import Node
from training.datasets.sources import MAX_PIXELS

_SET = ("true", "1", "yes")
_CUBOID = ("tl", "bl", "tr", "br")


def parse_shape(node: Node, label: str, points: dict[str, Node] | None = None) -> Shape:
    """One element of an image or a track.

    Args:
        node: `<box>`, `<polygon>`, `<mask>`, ...
        label: its class.
        points: of a track's skeleton: its points in this frame, by name.

    Raises:
        ValueError: it has no area, or a number is none.
    """
    shape = Shape(label.strip(), f"line {node.line}")
    attributes = node.attributes
    if node.tag == "box":
        _box(shape, node)
    elif node.tag == "polygon":
        shape.polygons_xy = [_points(node)]
        shape.box_xyxy = around(shape.polygons_xy[0])
    elif node.tag == "polyline":
        shape.draw_line(_points(node))
    elif node.tag == "ellipse":
        center = (_number(node, "cx"), _number(node, "cy"))
        radii = (_number(node, "rx"), _number(node, "ry"))
        shape.box_xyxy, outline = ellipse(center, radii, _number(node, "rotation", "0"))
        shape.polygons_xy = [outline]
    elif node.tag == "mask":
        _mask(shape, node)
    elif node.tag == "skeleton":
        children = {child.attributes.get("label", ""): child for child in node.all("points")}
        _skeleton(shape, points if points else children)
    elif node.tag == "cuboid":
        corners = [[_number(node, f"x{each}{side}"), _number(node, f"y{each}{side}")]
                   for each in _CUBOID for side in "12"]  # fmt: skip
        shape.box_xyxy = around(np.array(corners))
    elif node.tag == "points":
        raise ValueError(f"points of {label!r}, which have no area")
    else:
        raise ValueError(f"<{node.tag}>, which is not known")
    if attributes.get("occluded") == "1":
        shape.truncated = True
    shape.flag([child.attributes.get("name", "") for child in node.all("attribute")
                if child.own_text.lower() in _SET])  # fmt: skip
    return shape


def skeleton_points(track: Node) -> dict[int, dict[str, Node]]:
    """Of a skeleton's track: the points of each frame by their names."""
    found: dict[int, dict[str, Node]] = defaultdict(dict)
    for each in track.all("track"):
        for node in each.all("points"):
            frame = node.attributes.get("frame", "")
            if frame.isdecimal():
                found[int(frame)][each.attributes.get("label", "")] = node
    return found


def _box(shape: Shape, node: Node) -> None:
    left, top, right, bottom = (_number(node, key) for key in ("xtl", "ytl", "xbr", "ybr"))
    degrees = _number(node, "rotation", "0")
    shape.box_xyxy = (left, top, right, bottom)
    if degrees:
        center = ((left + right) / 2, (top + bottom) / 2)
        outline = rotated_rectangle(
            (left, top), (right - left, bottom - top), degrees, about_xy=center
        )
        shape.polygons_xy, shape.box_xyxy = [outline], around(outline)


def _mask(shape: Shape, node: Node) -> None:
    """Run-lengths of a part of the image, row by row, the first of them of zeros."""
    left, top, width, height = (
        _whole(node, key) for key in ("left", "top", "width", "height")
    )  # fmt: skip
    if width < 1 or height < 1 or width * height > MAX_PIXELS:
        raise ValueError(f"a mask of {width}x{height} pixels")
    counts = [int(as_number(each, "rle")) for each in node.attributes.get("rle", "").split(",")]
    if min(counts) < 0 or sum(counts) != width * height:
        raise ValueError(
            f"the run-lengths cover {sum(counts)} pixels, but the mask is {width}x{height}"
        )
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    shape.mask = PatchMask(flat.reshape(height, width), left, top)
    shape.box_xyxy = None


def _skeleton(shape: Shape, nodes: dict[str, Node]) -> None:
    corners = []
    for name, node in nodes.items():
        (x, y), *_ = _points(node).tolist()
        outside = node.attributes.get("outside") == "1"
        hidden = node.attributes.get("occluded") == "1"
        visibility = NOT_LABELLED if outside else HIDDEN if hidden else VISIBLE
        shape.keypoints_xyv[name] = (x, y, float(visibility))
        if not outside:
            corners.append([x, y])
    if not corners:
        raise ValueError("a skeleton none of whose points is in the image")
    shape.box_xyxy = around(np.array(corners))


def _points(node: Node) -> PointsXY:
    text = node.attributes.get("points", "")
    return points_xy([each.split(",") for each in text.split(";") if each.strip()])


def _number(node: Node, key: str, default: str | None = None) -> float:
    return as_number(node.attributes.get(key, default), key)


def _whole(node: Node, key: str) -> int:
    value = _number(node, key)
    if not value.is_integer():
        raise ValueError(f"{key} is {shown(value)}, a whole number was expected")
    return int(value)


def add_shape(
    image: ImageShapes, node: Node, label: str, points: dict[str, Node] | None = None
) -> None:
    """Add what an element is to its image, or why it is none."""
    place = f"line {node.line}"
    try:
        image.shapes.append(parse_shape(node, label, points))
    except ValueError as error:
        image.defects.append((place, str(error)))


def below(node: Node, tag: str) -> list[Node]:
    """Elements of that tag at any depth."""
    waiting, found = [node], []
    while waiting:
        here = waiting.pop()
        found += [child for child in here.children if child.tag == tag]
        waiting += reversed(here.children)
    return found
