"""`CombinedNonMaxSuppression`, which OpenVINO's converter does not know, by what OpenVINO has.

TensorFlow keeps the best of what overlaps, class by class, and then the best of all classes
together. OpenVINO's NonMaxSuppression does the first for all images and classes, and lists what it
kept by score. These are laid out by image, a row for each, filled up with zeros. OpenVINO also has
a MulticlassNms that does both, which takes ten times as long for 1,000 boxes of 5 classes, 106 ms
for 5,000 of 7, and ends the process with 12,804 of 7.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from server.embedded.engines.openvino_likeliest import (
    high_thresholds,
    integers,
    number,
    piles_of,
)
from server.embedded.engines.openvino_runtime import import_openvino

OPERATION = "CombinedNonMaxSuppression"
# Class, score, box.
_COLUMNS = 6


@dataclass(frozen=True)
class _Limits:
    """What the operation is told."""

    per_class: int
    total: int
    iou_threshold: float
    score_threshold: float


@dataclass(frozen=True)
class _Chosen:
    """The boxes that are kept of several images, by score and class: (K,) each."""

    images: Any
    classes: Any
    boxes: Any
    scores: Any


def suppression_extension() -> Any:
    """What makes an `openvino.Core` read graphs with that operation."""
    import_openvino()
    from openvino.frontend.tensorflow import ConversionExtension

    return ConversionExtension(OPERATION, _convert)


def _convert(node: Any) -> list[Any]:
    """The operation's four outputs: boxes (B, D, 4), scores, classes (B, D), counts (B,).

    Raises:
        ValueError: what it is told to do is something that NonMaxSuppression does not.
    """
    import_openvino()
    from openvino import opset13 as ops

    boxes, scores = node.get_input(0), node.get_input(1)
    per_class, total, iou, score = (_constant(node, place) for place in range(2, 6))
    if boxes.get_partial_shape()[2] != 1:
        raise ValueError("boxes of their own for each class")
    if node.get_attribute("pad_per_class", False):
        raise ValueError("as many boxes as all classes may have")
    limits = _Limits(int(min(per_class, total)), int(total), iou, score)
    corners = ops.squeeze(boxes, integers([2]))  # (B, N, 4)
    by_class = ops.transpose(scores, integers([0, 2, 1]))  # (B, C, N)
    images = _range_of(scores)
    chosen = _choice(corners, by_class, images, limits)
    found, counts = _by_image(chosen, corners, images)
    kept = ops.minimum(counts, integers(limits.total))
    rows = _rows(found, counts, kept, limits.total)
    classes, best, corners = ops.variadic_split(rows, integers(2), integers([1, 1, 4])).outputs()
    if node.get_attribute("clip_boxes", True):
        corners = ops.clamp(corners, 0.0, 1.0).output(0)
    last = integers([2])
    return [
        corners,
        ops.squeeze(best, last).output(0),
        ops.squeeze(classes, last).output(0),
        kept.output(0),
    ]


def _choice(corners: Any, by_class: Any, images: Any, limits: _Limits) -> _Chosen:
    """Suppress (B, N, 4) boxes with (B, C, N) scores, the likeliest ones first where many are."""
    from openvino import opset13 as ops

    shape = by_class.output(0).get_partial_shape()
    is_known = shape[1].is_static and shape[2].is_static
    count = shape[1].get_length() * shape[2].get_length() if is_known else 0
    if limits.per_class < limits.total or not piles_of(count, limits.total):
        return _suppressed(corners, by_class, images, limits)
    flat = ops.reshape(by_class, integers([-1, count]), special_zero=False)
    over = high_thresholds(flat, count, limits.total, limits.score_threshold)  # (B,)
    is_likely = ops.greater(by_class, ops.unsqueeze(over, integers([1, 2])))
    likely = ops.select(is_likely, by_class, number(-np.inf))
    first = _suppressed(corners, likely, images, limits)
    found = ops.reduce_sum(_is_of(first.images, images, "i32"), integers([1]), False)
    is_done = ops.logical_or(
        ops.greater_equal(found, integers(limits.total)),
        ops.less_equal(over, number(limits.score_threshold)),
    )
    # Usually of no image at all, which costs nothing.
    missing = ops.squeeze(ops.non_zero(ops.logical_not(is_done), "i32"), integers([0]))
    boxes, scores = (ops.gather(each, missing, integers(0)) for each in (corners, by_class))
    second = _suppressed(boxes, scores, missing, limits)
    # Images that are chosen from anew lose what they had: there is no image -1.
    valid = ops.select(is_done, images, integers(-1))
    ids = ops.gather(ops.concat([valid, integers([-1])], 0), first.images, integers(0))
    return _Chosen(
        ops.concat([ids, second.images], 0),
        ops.concat([first.classes, second.classes], 0),
        ops.concat([first.boxes, second.boxes], 0),
        ops.concat([first.scores, second.scores], 0),
    )


def _suppressed(corners: Any, by_class: Any, images: Any, limits: _Limits) -> _Chosen:
    """Suppress (I, N, 4) boxes with (I, C, N) scores of the images (I,)."""
    from openvino import opset13 as ops

    kept = ops.non_max_suppression(
        corners,
        by_class,
        integers(limits.per_class),
        number(limits.iou_threshold),
        number(limits.score_threshold),
        number(0),
        box_encoding="corner",
        sort_result_descending=True,
        output_type="i32",
    )
    image, class_id, box = _columns(kept.output(0))
    ids = ops.gather(ops.concat([images, integers([-1])], 0), image, integers(0))
    return _Chosen(ids, class_id, box, _columns(kept.output(1))[2])


def _by_image(chosen: _Chosen, corners: Any, images: Any) -> tuple[Any, Any]:
    """(K, 6) class, score and box, image after image, and how many each has, (B,)."""
    from openvino import opset13 as ops

    is_of = _is_of(chosen.images, images, "boolean")
    counts = ops.reduce_sum(ops.convert(is_of, "i32"), integers([1]), False)
    places = ops.gather(ops.non_zero(is_of, "i32"), integers(1), integers(0))  # (K,)
    image, class_id, box, score = (
        ops.gather(each, places, integers(0))
        for each in (chosen.images, chosen.classes, chosen.boxes, chosen.scores)
    )
    one = integers([1])
    kept = ops.gather_nd(
        corners, ops.concat([ops.unsqueeze(each, one) for each in (image, box)], 1)
    )
    columns = [ops.unsqueeze(each, one) for each in (ops.convert(class_id, "f32"), score)]
    return ops.concat([*columns, kept], 1), counts


def _is_of(ids: Any, images: Any, dtype: str) -> Any:
    """(B, K): which of the boxes (K,) are an image's."""
    from openvino import opset13 as ops

    mine = ops.equal(ops.unsqueeze(images, integers([1])), ops.unsqueeze(ids, integers([0])))
    return mine if dtype == "boolean" else ops.convert(mine, dtype)


def _rows(found: Any, counts: Any, kept: Any, most: int) -> Any:
    """(B, most, 6): each image's own `kept` of `counts` in (K, 6), then zeros."""
    from openvino import opset13 as ops

    zero, one = integers(0), integers([1])
    starts = ops.unsqueeze(ops.cum_sum(counts, zero, exclusive=True), one)  # (B, 1)
    places = integers(np.arange(most)[None])  # (1, most)
    # Row 0 is the zeros.
    rows = ops.add(ops.add(starts, places), integers(1))
    is_found = ops.less(places, ops.unsqueeze(kept, one))
    nothing = ops.constant(np.zeros((1, _COLUMNS), np.float32))
    return ops.gather(ops.concat([nothing, found], 0), ops.select(is_found, rows, zero), zero)


def _range_of(scores: Any) -> Any:
    """(B,) int32: the images' places."""
    from openvino import opset13 as ops

    count = ops.gather(ops.shape_of(scores, "i32"), integers(0), integers(0))
    return ops.range(integers(0), count, integers(1), "i32")


def _columns(table: Any) -> list[Any]:
    """(K, 3) -> its three columns (K,)."""
    from openvino import opset13 as ops

    return [ops.gather(table, integers(place), integers(1)) for place in range(3)]


def _constant(node: Any, place: int) -> float:
    source = node.get_input(place).get_node()
    if source.get_type_name() != "Constant":
        raise ValueError(f"input {place} is computed")
    return float(source.get_data())
