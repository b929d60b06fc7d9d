"""Suppression class by class in OpenVINO, at the cost of its likeliest boxes, with the same answer.

OpenVINO sorts every box that scores over the threshold before it chooses the first. The detectors
of the Object Detection API suppress from 1e-8 on, which is all of their boxes, 12,804 or 51,150 in
each class, and keep 100. Choosing goes from the likeliest box to the least likely one and never
looks ahead. So the choice among the boxes over a higher threshold is the beginning of the choice
among all, and the whole of it once it has as many boxes as are kept. That is looked at afterwards,
and a class of which boxes are missing is chosen anew among all of its boxes. So the higher
threshold may be any, and be found cheaply.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from server.embedded.engines.openvino_runtime import import_openvino
from server.embedded.engines.openvino_suppression_groups import (
    Limits,
    SuppressionGroup,
)

# The boxes are dealt out, one after the other, to this many piles for each that is kept. The least
# of the piles' best scores is exceeded by about `piles * ln(piles)` boxes, where pile is like pile:
# with 100 to keep by 1,060, of which the last one that is kept was the 113th to 797th.
PILES_PER_KEPT_BOX = 2
MIN_PILES = 64
# With fewer boxes in a pile too many of all exceed that score.
MIN_PILE_BOXES = 16
# Image, class, box as NonMaxSuppression lists them; each class is to be found as the only one.
_ONLY_THE_LAST = ((0, 0, 1),)


@dataclass(frozen=True)
class _Choice:
    """What one NonMaxSuppression of all classes chose.

    Attributes:
        indices: (K, 3) int32, image, class and box, class after class.
        scores: (K, 3) float32, image, class and score.
        starts: (C + 1,) int32, where each class begins among the K, and where the last one ends.
    """

    indices: Any
    scores: Any
    starts: Any


def is_worthwhile(group: SuppressionGroup) -> bool:
    """Whether suppressing the group's classes together costs less than one by one."""
    return len(group.nodes) > 1 or _piles(group.limits) > 0


def suppress_together(group: SuppressionGroup) -> None:
    """Replace the operations of a group by one of all classes, in their graph."""
    import_openvino()
    from openvino import opset13 as ops

    limits, classes = group.limits, len(group.nodes)
    shape = _integers(ops, [1, 1, limits.boxes])
    scores = ops.concat(
        [ops.reshape(node.input_value(1), shape, special_zero=False) for node in group.nodes], 1
    )  # (1, C, N)
    boxes = group.nodes[0].input_value(0)
    if _piles(limits) == 0:
        chosen = _choice(ops, boxes, scores, limits, classes)
        begins, ends = (_classes_of(ops, chosen.starts, each, classes) for each in (0, 1))
    else:
        chosen, begins, ends = _likeliest_first(ops, boxes, scores, limits, classes)
    last = np.array(_ONLY_THE_LAST)
    rows = (
        ops.multiply(chosen.indices, ops.constant(last.astype(np.int32))),
        ops.multiply(chosen.scores, ops.constant(last.astype(np.float32))),
    )
    for place, node in enumerate(group.nodes):
        at = _integers(ops, [place])
        begin, end = (ops.gather(each, at, _integers(ops, 0)) for each in (begins, ends))
        for index, table in enumerate(rows):
            if node.output(index).get_target_inputs():
                _redirect(node.output(index), _part(ops, table, begin, end, limits.max_boxes))
        _redirect(node.output(2), ops.subtract(end, begin))


def _likeliest_first(
    ops: Any, boxes: Any, scores: Any, limits: Limits, classes: int
) -> tuple[_Choice, Any, Any]:
    """Two choices one after the other, and where among them each class begins and ends."""
    over = _high_thresholds(ops, scores, limits, classes)  # (1, C, 1)
    nothing = ops.constant(np.float32(-np.inf))
    likeliest = ops.select(ops.greater(scores, over), scores, nothing)
    first = _choice(ops, boxes, likeliest, limits, classes)
    begins, ends = (_classes_of(ops, first.starts, each, classes) for each in (0, 1))
    is_full = ops.greater_equal(ops.subtract(ends, begins), _integers(ops, limits.max_boxes))
    is_all = ops.less_equal(
        ops.reshape(over, _integers(ops, [classes]), special_zero=False), _threshold(ops, limits)
    )
    is_done = ops.logical_or(is_full, is_all)
    missing = ops.squeeze(ops.non_zero(ops.logical_not(is_done), "i32"), _integers(ops, [0]))
    # Usually of no class at all, which costs nothing.
    anew = ops.gather(scores, missing, _integers(ops, 1))
    second = _choice(ops, boxes, anew, limits, classes, missing)
    offset = _classes_of(ops, first.starts, classes, 1)
    places = [
        ops.select(is_done, mine, ops.add(offset, _classes_of(ops, second.starts, each, classes)))
        for each, mine in enumerate((begins, ends))
    ]
    both = _Choice(
        ops.concat([first.indices, second.indices], 0),
        ops.concat([first.scores, second.scores], 0),
        None,
    )
    return both, places[0], places[1]


def _high_thresholds(ops: Any, scores: Any, limits: Limits, classes: int) -> Any:
    """(1, C, 1): for each class a score that few boxes exceed, and not less than the threshold.

    A score that is no number makes it anything; then too few boxes exceed it, or all of them.
    """
    piles = _piles(limits)
    high = limits.boxes // piles
    dealt = ops.slice(scores, *(_integers(ops, [each]) for each in (0, high * piles, 1, 2)))
    dealt = ops.reshape(dealt, _integers(ops, [classes, high, piles]), special_zero=False)
    best = ops.reduce_max(dealt, _integers(ops, [1]), False)  # (C, piles)
    least = ops.reduce_min(best, _integers(ops, [1]), False)  # (C,)
    return ops.reshape(
        ops.maximum(least, _threshold(ops, limits)),
        _integers(ops, [1, classes, 1]),
        special_zero=False,
    )


def _choice(
    ops: Any, boxes: Any, scores: Any, limits: Limits, classes: int, names: Any | None = None
) -> _Choice:
    """Suppress (1, K, N) scores of the classes `names`, in their order; None: of all."""
    kept = ops.non_max_suppression(
        boxes,
        scores,
        _integers(ops, limits.max_boxes),
        ops.constant(np.float32(limits.iou_threshold)),
        _threshold(ops, limits),
        ops.constant(np.float32(0)),
        box_encoding="corner",
        sort_result_descending=False,
        output_type="i32",
    )
    indices, found_scores = kept.output(0), kept.output(1)
    class_ids = ops.gather(indices, _integers(ops, 1), _integers(ops, 1))  # (K,)
    end = _integers(ops, [classes])
    if names is not None:
        class_ids = ops.gather(ops.concat([names, end], 0), class_ids, _integers(ops, 0))
    # How many are of a class below: each class's own place, as they come in order.
    starts = ops.bucketize(
        _integers(ops, range(classes + 1)), ops.concat([class_ids, end], 0), "i32", True
    )
    return _Choice(indices, found_scores, starts)


def _piles(limits: Limits) -> int:
    """How many piles the boxes of a class are dealt to; 0 where they are as well all sorted."""
    piles = max(PILES_PER_KEPT_BOX * limits.max_boxes, MIN_PILES)
    return piles if limits.boxes >= piles * MIN_PILE_BOXES else 0


def _part(ops: Any, table: Any, begin: Any, end: Any, most: int) -> Any:
    """Rows `begin` to `end`, of which there are `most`, and the graph is told that there are."""
    one, first = _integers(ops, [1]), _integers(ops, [0])
    rows = ops.slice(table, begin, end, one, first)
    return ops.slice(rows, first, _integers(ops, [most]), one, first)


def _classes_of(ops: Any, starts: Any, first: int, count: int) -> Any:
    return ops.gather(starts, _integers(ops, range(first, first + count)), _integers(ops, 0))


def _redirect(old: Any, new: Any) -> None:
    for reader in old.get_target_inputs():
        reader.replace_source_output(new.output(0))


def _threshold(ops: Any, limits: Limits) -> Any:
    return ops.constant(np.float32(limits.score_threshold))


def _integers(ops: Any, numbers: int | Sequence[int]) -> Any:
    return ops.constant(np.array(numbers, np.int32))
