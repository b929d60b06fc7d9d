"""The results of one annotation of Label Studio as objects."""

from typing import Any

import numpy as np

from training.datasets.formats.shapes import (
    ImageShapes,
    Shape,
    around,
    ellipse,
    points_xy,
    rotated_rectangle,
    visible_point,
)
from training.datasets.formats.text.json_file import as_object
from training.datasets.formats.text.json_values import as_number, shown

_WHOLE = 100.0
# What says something of a region, of two, or of the task.
_NOT_DRAWN = ("relation", "choices", "rating", "textarea", "taxonomy", "number", "datetime")


def parse_results(results: list[Any], only_class: str = "") -> ImageShapes:
    """What is drawn in one image; its name is the task's.

    Args:
        results: a control's regions, and relations and choices between them.
        only_class: the class of regions without a label.
    """
    regions = [each for each in results if isinstance(each, dict)]
    image = ImageShapes((), "", whole=_WHOLE)
    for each in regions:
        if image.size_wh is None:
            image.take_size(each.get("original_width"), each.get("original_height"))
    labels = _labels_by_id(regions)
    points: list[tuple[Any, Shape, tuple[float, float, float]]] = []
    by_id: dict[str, Shape] = {}
    for number, result in enumerate(results, 1):
        place = f"result {number}"
        try:
            region = as_object(result, "a region")
            own = str(region.get("id", number))
            # A rectangle and its label are two results of one id.
            if region.get("type") in _NOT_DRAWN or own in by_id:
                continue
            value = as_object(region.get("value"), "`value`")
            shape = _shape(region, place, labels.get(own) or _labels(value), only_class)
            if str(region.get("type", "")).startswith("keypoint"):
                point = visible_point([as_number(value.get(axis), axis) for axis in "xy"])
                points.append((region.get("parentID"), shape, point))
                continue
            _draw(shape, value, image.size_wh)
        except ValueError as error:
            image.defects.append((place, str(error)))
            continue
        by_id[own] = shape
        image.shapes.append(shape)
    for parent, shape, point in points:
        if isinstance(parent, str) and parent in by_id:
            by_id[parent].keypoints_xyv[shape.label] = point
        else:
            message = f"the keypoint {shape.label!r} has no area, and is in no region"
            image.defects.append((shape.place, message))
    return image


def _shape(region: dict[str, Any], place: str, names: list[str], only_class: str) -> Shape:
    """A region's class."""
    if region.get("image_rotation"):
        raise ValueError(
            f"the image was turned by {shown(region['image_rotation'])} degrees in Label Studio, "
            "which does not say where the region is in the file; annotate it unturned"
        )
    if not names and not only_class:
        raise ValueError("a region without a label")
    shape = Shape(names[0] if names else only_class, place)
    if len(names) > 1:
        shape.unsure = f"a region of {len(names)} labels: {', '.join(names)}"
    return shape


def _labels(value: Any) -> list[str]:
    """The labels of a region: under `rectanglelabels`, `labels` and the like."""
    items = value.items() if isinstance(value, dict) else ()
    for key, names in items:
        if key.endswith("labels") and isinstance(names, list):
            return [name.strip() for name in names if isinstance(name, str) and name.strip()]
    return []


def _labels_by_id(regions: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for region in regions:
        names = _labels(region.get("value"))
        if names and "id" in region:
            known = found.setdefault(str(region["id"]), [])
            known += [name for name in names if name not in known]
    return found


def _draw(shape: Shape, value: dict[str, Any], size_wh: tuple[int, int] | None) -> None:
    """Give a shape its box and outline, in percents."""
    if "rle" in value or "maskDataURL" in value:
        raise ValueError(
            "a mask drawn with the brush, which this export cannot be read with; export as COCO"
        )
    degrees = as_number(value.get("rotation", 0) or 0, "rotation")
    if "points" in value:
        outline = points_xy(value["points"])
        if len(outline) < 3:
            raise ValueError(f"a polygon of {len(outline)} points")
        shape.polygons_xy, shape.box_xyxy = [outline], around(outline)
        return
    # Only in pixels is a turned rectangle one.
    if degrees and size_wh is None:
        raise ValueError("a region that is turned, without `original_width` and `original_height`")
    scale = np.array(size_wh or (_WHOLE, _WHOLE), np.float64) / _WHOLE
    x, y = (as_number(value.get(axis), axis) * scale[at] for at, axis in enumerate("xy"))
    if "radiusX" in value or "radiusY" in value:
        radii = (as_number(value.get("radiusX"), "radiusX") * scale[0],
                 as_number(value.get("radiusY"), "radiusY") * scale[1])  # fmt: skip
        box, outline = ellipse((x, y), radii, degrees)
    else:
        width = as_number(value.get("width"), "width") * scale[0]
        height = as_number(value.get("height"), "height") * scale[1]
        # It is turned around its upper left corner.
        outline = rotated_rectangle((x, y), (width, height), degrees, about_xy=(x, y))
        box = around(outline)
        if not degrees:
            shape.box_xyxy = (box[0] / scale[0], box[1] / scale[1],
                              box[2] / scale[0], box[3] / scale[1])  # fmt: skip
            return
    x_min, y_min, x_max, y_max = (np.array(box) / np.tile(scale, 2)).tolist()
    shape.box_xyxy = (x_min, y_min, x_max, y_max)
    shape.polygons_xy = [outline / scale]
