"""Suppression class by class in OpenVINO, at the cost of its likeliest boxes, with the same answer.

OpenVINO sorts every box that scores over the threshold before it chooses the first. The detectors
of the Object Detection API suppress from 1e-8 on, which is all of their boxes, 12,804 or 51,150 in
each class, and keep 100. Here all classes are suppressed at once, the likeliest boxes first; see
`openvino_likeliest`. A class of which boxes are missing then is chosen anew among all of its boxes.
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
from server.embedded.engines.openvino_suppression_groups import (
    BOXES,
    SCORES,
    Limits,
    SuppressionGroup,
)

# Image, class, box as NonMaxSuppression lists them; each class is to be found as the only one.
_ONLY_THE_LAST = ((0, 0, 1),)


@dataclass(frozen=True)
class _Choice:
    """What one NonMaxSuppression of several classes chose.

    Attributes:
        indices: (K, 3) int32, image, class and box, class after class.
        scores: (K, 3) float32, image, class and score.
        begins: (C,) int32, where each class begins among the K.
        ends: (C,) int32, where it ends.
    """

    indices: Any
    scores: Any
    begins: Any
    ends: Any


def is_worthwhile(group: SuppressionGroup) -> bool:
    """Whether suppressing the group's classes together costs less than one by one."""
    return len(group.nodes) > 1 or piles_of(group.limits.boxes, group.limits.max_boxes) > 0


def suppress_together(group: SuppressionGroup) -> None:
    """Replace the operations of a group by one of all classes, in their graph."""
    import_openvino()
    from openvino import opset13 as ops

    limits, classes = group.limits, len(group.nodes)
    shape = integers([1, 1, limits.boxes])
    scores = ops.concat(
        [ops.reshape(node.input_value(SCORES), shape, special_zero=False) for node in group.nodes],
        1,
    )  # (1, C, N)
    choose = _likeliest_first if piles_of(limits.boxes, limits.max_boxes) else _choice
    chosen = choose(ops, group.nodes[0].input_value(BOXES), scores, limits, classes)
    last = np.array(_ONLY_THE_LAST)
    tables = (
        ops.multiply(chosen.indices, integers(last)),
        ops.multiply(chosen.scores, ops.constant(last.astype(np.float32))),
    )
    for place, node in enumerate(group.nodes):
        begin, end = (
            ops.gather(each, integers([place]), integers(0))
            for each in (chosen.begins, chosen.ends)
        )
        for index, table in enumerate(tables):
            if node.output(index).get_target_inputs():
                _redirect(node.output(index), _part(ops, table, begin, end, limits.max_boxes))
        _redirect(node.output(2), ops.subtract(end, begin))


def _likeliest_first(ops: Any, boxes: Any, scores: Any, limits: Limits, classes: int) -> _Choice:
    """Choose among the likeliest boxes, and where some are missing among all of the class."""
    rows = ops.squeeze(scores, integers([0]))  # (C, N)
    over = high_thresholds(rows, limits.boxes, limits.max_boxes, limits.score_threshold)  # (C,)
    is_likely = ops.greater(scores, ops.unsqueeze(over, integers([0, 2])))
    likely = ops.select(is_likely, scores, number(-np.inf))
    first = _choice(ops, boxes, likely, limits, classes)
    is_full = ops.greater_equal(ops.subtract(first.ends, first.begins), integers(limits.max_boxes))
    is_all = ops.less_equal(over, number(limits.score_threshold))
    is_done = ops.logical_or(is_full, is_all)
    missing = ops.squeeze(ops.non_zero(ops.logical_not(is_done), "i32"), integers([0]))
    # Usually of no class at all, which costs nothing.
    second = _choice(ops, boxes, ops.gather(scores, missing, integers(1)), limits, classes, missing)
    before = ops.gather(first.ends, integers([classes - 1]), integers(0))
    return _Choice(
        ops.concat([first.indices, second.indices], 0),
        ops.concat([first.scores, second.scores], 0),
        ops.select(is_done, first.begins, ops.add(second.begins, before)),
        ops.select(is_done, first.ends, ops.add(second.ends, before)),
    )


def _choice(
    ops: Any, boxes: Any, scores: Any, limits: Limits, classes: int, names: Any | None = None
) -> _Choice:
    """Suppress (1, K, N) scores of the classes `names`, in their order; None: of all."""
    kept = ops.non_max_suppression(
        boxes,
        scores,
        integers(limits.max_boxes),
        number(limits.iou_threshold),
        number(limits.score_threshold),
        number(0),
        box_encoding="corner",
        sort_result_descending=False,
        output_type="i32",
    )
    class_ids = ops.gather(kept.output(0), integers(1), integers(1))  # (K,)
    end = integers([classes])
    if names is not None:
        class_ids = ops.gather(ops.concat([names, end], 0), class_ids, integers(0))
    # How many are of a class below: each class's own place, as they come in order.
    sorted_ids = ops.concat([class_ids, end], 0)
    begins, ends = (
        ops.bucketize(integers(np.arange(classes) + each), sorted_ids, "i32", True)
        for each in (0, 1)
    )
    return _Choice(kept.output(0), kept.output(1), begins, ends)


def _part(ops: Any, table: Any, begin: Any, end: Any, most: int) -> Any:
    """Rows `begin` to `end`, of which there are `most`, and the graph is told that there are."""
    one, first = integers([1]), integers([0])
    rows = ops.slice(table, begin, end, one, first)
    return ops.slice(rows, first, integers([most]), one, first)


def _redirect(old: Any, new: Any) -> None:
    for reader in old.get_target_inputs():
        reader.replace_source_output(new.output(0))
