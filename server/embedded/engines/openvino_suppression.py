"""`CombinedNonMaxSuppression`, which OpenVINO's converter does not know, by what OpenVINO has.

TensorFlow keeps the best of what overlaps, class by class, and then the best of all classes
together. OpenVINO's MulticlassNms does that too, but lists the detections of all images after one
another; they are laid out again, a row for each image, filled up with zeros.
"""

from typing import Any

import numpy as np

from server.embedded.engines.openvino_runtime import import_openvino

OPERATION = "CombinedNonMaxSuppression"
# How MulticlassNms lists a detection.
_CLASS_SCORE_BOX = (1, 1, 4)
_COLUMNS = sum(_CLASS_SCORE_BOX)


def suppression_extension() -> Any:
    """What makes an `openvino.Core` read graphs with that operation."""
    import_openvino()
    from openvino.frontend.tensorflow import ConversionExtension

    return ConversionExtension(OPERATION, _convert)


def _convert(node: Any) -> list[Any]:
    """The operation's four outputs: boxes (B, D, 4), scores, classes (B, D), counts (B,).

    Raises:
        ValueError: what it is told to do is something that MulticlassNms does not.
    """
    import_openvino()
    from openvino import opset13 as ops

    boxes, scores = node.get_input(0), node.get_input(1)
    per_class, total, iou, score = (_constant(node, place) for place in range(2, 6))
    if boxes.get_partial_shape()[2] != 1:
        raise ValueError("boxes of their own for each class")
    if node.get_attribute("pad_per_class", False) or per_class < total:
        raise ValueError("fewer boxes of a class than in all")
    most = int(total)
    kept = ops.multiclass_nms(
        ops.squeeze(boxes, ops.constant(np.array([2]))),
        ops.transpose(scores, ops.constant(np.array([0, 2, 1]))),
        sort_result_type="score",
        sort_result_across_batch=False,
        output_type="i32",
        score_threshold=score,
        iou_threshold=iou,
        nms_top_k=-1,
        keep_top_k=most,
        background_class=-1,
        normalized=True,
    )
    found, counts = kept.output(0), kept.output(2)
    rows = _rows(ops, found, counts, most)
    classes, best, corners = ops.variadic_split(
        rows, ops.constant(2), ops.constant(np.array(_CLASS_SCORE_BOX))
    ).outputs()
    if node.get_attribute("clip_boxes", True):
        corners = ops.clamp(corners, 0.0, 1.0).output(0)
    last = ops.constant(np.array([2]))
    return [
        corners,
        ops.squeeze(best, last).output(0),
        ops.squeeze(classes, last).output(0),
        counts,
    ]


def _rows(ops: Any, found: Any, counts: Any, most: int) -> Any:
    """(B, most, 6): each image's own of (K, 6), then zeros."""
    zero, one = ops.constant(np.int32(0)), ops.constant(np.array([1]))
    starts = ops.unsqueeze(ops.cum_sum(counts, zero, exclusive=True), one)  # (B, 1)
    places = ops.constant(np.arange(most, dtype=np.int32)[None])  # (1, most)
    # Row 0 is the zeros.
    rows = ops.add(ops.add(starts, places), ops.constant(np.int32(1)))
    is_found = ops.less(places, ops.unsqueeze(counts, one))
    nothing = ops.constant(np.zeros((1, _COLUMNS), np.float32))
    return ops.gather(ops.concat([nothing, found], 0), ops.select(is_found, rows, zero), zero)


def _constant(node: Any, place: int) -> float:
    source = node.get_input(place).get_node()
    if source.get_type_name() != "Constant":
        raise ValueError(f"input {place} is computed")
    return float(source.get_data())
