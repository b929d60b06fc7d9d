"""A COCO annotation as an object: its box, its polygons or run-lengths, its keypoints.

Source: the data format of cocodataset.org. Boxes are [x, y, width, height] in pixels from 0.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from detection.kinds.masks.run_lengths import RunLengths
from training.datasets.annotated import Box
from training.datasets.defects import DefectKind
from training.datasets.drafts import ImageDraft
from training.datasets.formats.coco.ids import CategoryIds
from training.datasets.formats.text.json_values import as_number, shown
from training.datasets.notes import listed

Polygons = list[np.ndarray[Any, Any]]


@dataclass(frozen=True)
class CocoClasses:
    """What is the same for every annotation of a file.

    Args:
        names: the class of each category, by its number.
        ids: the number that an annotation's id means.
        keypoint_count: how many keypoints an object has; 0 for none.
        crowd_as_single: whether crowds are taken as single objects.
    """

    names: Mapping[int, str]
    ids: CategoryIds
    keypoint_count: int
    crowd_as_single: bool


def add_annotation(
    draft: ImageDraft, place: str, annotation: dict[str, Any], known: CocoClasses
) -> None:
    """Add an annotation's object to its image's draft, or a defect, or both.

    Args:
        draft: the image.
        place: the annotation, for defects.
        annotation: the record, of any types.
        known: the file's classes.
    """
    category = known.ids.number(annotation.get("category_id"))
    if category is None or category not in known.names:
        draft.drop(place, DefectKind.UNKNOWN_CLASS, _no_category(annotation, known))
        return
    try:
        written = _box(annotation.get("bbox"))
    except ValueError as error:
        draft.drop(place, DefectKind.BAD_ANNOTATION, str(error))
        return
    polygons: Polygons = []
    mask: RunLengths | None = None
    try:
        polygons, mask = _segmentation(annotation.get("segmentation"), draft)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else str(error)
        draft.report(place, DefectKind.BAD_MASK, reason, "mask dropped")
    has_size = written is not None and written[2] > 0 and written[3] > 0
    crowd = annotation.get("iscrowd")
    draft.add(
        place,
        known.names[category],
        _corners(written, mask, draft),
        polygons_xy=polygons,
        mask=mask,
        keypoints_xyv=_keypoints(annotation.get("keypoints"), known, draft, place),
        difficult=_is_set(annotation.get("difficult")),
        truncated=_is_set(annotation.get("truncated")),
        crowd=_is_set(crowd) and not known.crowd_as_single,
        area_px=_area(annotation.get("area"), draft, place),
        written_xywh=written if has_size else None,
        as_corners=written,
    )


def _no_category(annotation: dict[str, Any], known: CocoClasses) -> str:
    """What is said of an annotation whose category is none of the file's."""
    named = [f"{shown(own)} ({known.names[number][:20]})"
             for own, number in known.ids.numbers.items() if number in known.names]  # fmt: skip
    there = listed(named, 2)
    value = annotation.get("category_id")
    if value is None:
        what = "category_id is null" if "category_id" in annotation else "there is no category_id"
        return f"{what}; the id of a category was expected, such as {there}"
    return f"category_id {shown(value)}, and no category has it: there are {there}"


def _is_set(value: Any) -> bool:
    """Whether a flag is: 1 or true, also as a string."""
    return value is True or value == 1 or value == "1"


def _box(bbox: Any) -> Box | None:
    """[x, y, width, height] as the file has it; None where it has none.

    Raises:
        ValueError: it is something else.
    """
    if bbox is None or bbox == []:
        return None
    if not isinstance(bbox, list) or len(bbox) != 4:
        raise ValueError(f"bbox is {shown(bbox)}, [x, y, width, height] was expected")
    names = ("x", "y", "width", "height")
    x, y, width, height = [
        value if type(value) is float and math.isfinite(value)
        else as_number(value, f"the box's {name}")
        for name, value in zip(names, bbox, strict=True)
    ]  # fmt: skip
    return (x, y, width, height)


def _area(value: Any, draft: ImageDraft, place: str) -> float | None:
    """The area that the file gives; None without one."""
    if value is None:
        return None
    try:
        area = math.nan if isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError, OverflowError):
        area = math.nan
    if not 0 <= area < math.inf:
        message = f"the area is {shown(value)}, a number of pixels was expected"
        draft.report(place, DefectKind.BAD_ANNOTATION, message, "area of its shape taken")
        return None
    return area


def _corners(written: Box | None, mask: RunLengths | None, draft: ImageDraft) -> list[float] | None:
    if written is not None:
        x, y, width, height = written
        return [x, y, x + width, y + height]
    if mask is None or mask.area == 0:
        return None
    y_min, x_min, y_max, x_max = mask.box_yxyx()
    return [x_min * draft.width, y_min * draft.height, x_max * draft.width, y_max * draft.height]


def _segmentation(segmentation: Any, draft: ImageDraft) -> tuple[Polygons, RunLengths | None]:
    """Polygons, or a mask; neither where there is none."""
    if not segmentation:
        return [], None
    if isinstance(segmentation, list):
        # Some tools write an empty list in the list where there is no polygon.
        polygons = [np.array(each, np.float64) for each in segmentation if each != []]
        if any(polygon.ndim != 1 or polygon.size % 2 for polygon in polygons):
            raise ValueError("polygons of x and y in turn were expected")
        return [polygon.reshape(-1, 2) for polygon in polygons], None
    if not isinstance(segmentation, dict):
        raise TypeError(
            f"segmentation is {shown(segmentation)}, polygons or run-lengths were expected"
        )
    height, width = segmentation["size"]
    if (width, height) != (draft.width, draft.height):
        raise ValueError(
            f"run-lengths of {shown(width)}x{shown(height)}, but the image is "
            f"{draft.width}x{draft.height}"
        )
    counts = segmentation["counts"]
    if isinstance(counts, list):
        counts = [int(count) for count in counts]
        return [], RunLengths.of_counts(counts, width=draft.width, height=draft.height)
    if not isinstance(counts, str):
        raise TypeError(f"counts are {shown(counts)}, a text or a list was expected")
    size = [draft.height, draft.width]
    return [], RunLengths.of_coco({"size": size, "counts": counts})


def _keypoints(values: Any, known: CocoClasses, draft: ImageDraft, place: str) -> Any:
    if not values or not known.keypoint_count:
        return None
    expected = 3 * known.keypoint_count
    try:
        points = np.array(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        message = f"keypoints are {shown(values)}, {expected} numbers were expected"
        draft.report(place, DefectKind.BAD_KEYPOINTS, message, "keypoints dropped")
        return None
    if points.size != expected:
        message = f"{expected} numbers were expected, there are {points.size}"
        draft.report(place, DefectKind.BAD_KEYPOINTS, message, "keypoints dropped")
        return None
    return points.reshape(-1, 3)
