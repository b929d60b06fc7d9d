"""The suppressions of an OpenVINO model that can be computed together.

A detector of the Object Detection API suppresses class by class, with the same boxes and limits and
each class's scores. OpenVINO's converter makes a NonMaxSuppression of each, of one image and one
class; whether it came from TensorFlow's version 2, 3, 4 or 5 is no longer seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from server.embedded.engines.openvino_same_value import is_same_value

# The inputs of a NonMaxSuppression; the last one may be missing.
BOXES, SCORES, MAX_BOXES, IOU_THRESHOLD, SCORE_THRESHOLD, SOFT_SIGMA = range(6)


@dataclass(frozen=True)
class Limits:
    """What a suppression is told.

    Attributes:
        boxes: how many boxes it chooses from.
        max_boxes: how many it keeps at most.
        iou_threshold: the overlap of boxes that it does not keep both.
        score_threshold: what the score of a box has to exceed.
    """

    boxes: int
    max_boxes: int
    iou_threshold: float
    score_threshold: float


@dataclass(frozen=True)
class SuppressionGroup:
    """Suppressions with the same boxes and limits, none of which depends on another.

    Attributes:
        limits: theirs.
        nodes: the NonMaxSuppression operations, a class each.
    """

    limits: Limits
    nodes: tuple[Any, ...]


def graphs_of(model: Any) -> Iterator[Any]:
    """The model, and the bodies of its loops and branches, of theirs too."""
    yield model
    for operation in model.get_ops():
        for body in bodies_of(operation):
            yield from graphs_of(body)


def bodies_of(operation: Any) -> list[Any]:
    """The graphs inside an operation: of a loop one, of a branch two."""
    kind = operation.get_type_name()
    if kind in ("Loop", "TensorIterator"):
        return [operation.get_function()]
    return [operation.get_function(0), operation.get_function(1)] if kind == "If" else []


def suppression_groups(graph: Any) -> list[SuppressionGroup]:
    """The suppressions of a graph whose limits are known, grouped; those in bodies left out."""
    groups: list[tuple[Limits, list[Any]]] = []
    for node in graph.get_ordered_ops():
        limits = limits_of(node) if node.get_type_name() == "NonMaxSuppression" else None
        if limits is None:
            continue
        for known, members in groups:
            if known == limits and is_same_value(
                node.input_value(BOXES), members[0].input_value(BOXES)
            ):
                members.append(node)
                break
        else:
            groups.append((limits, [node]))
    return [
        SuppressionGroup(limits, tuple(part))
        for limits, members in groups
        for part in ([members] if _are_independent(members) else [[each] for each in members])
    ]


def limits_of(node: Any) -> Limits | None:
    """What a NonMaxSuppression is told; None where it depends on the image.

    None also for what lowers scores instead of dropping boxes, for several images or classes, and
    for boxes whose number is not known.
    """
    if node.get_input_size() <= SCORE_THRESHOLD or not _is_of_one_class(node):
        return None
    max_boxes, iou_threshold, score_threshold = (
        constant_value(node.input_value(place))
        for place in (MAX_BOXES, IOU_THRESHOLD, SCORE_THRESHOLD)
    )
    if max_boxes is None or iou_threshold is None or score_threshold is None:
        return None
    if node.get_input_size() > SOFT_SIGMA and constant_value(node.input_value(SOFT_SIGMA)) != 0:
        return None
    if max_boxes < 1 or np.isnan(iou_threshold) or np.isnan(score_threshold):
        return None
    boxes = node.input_value(BOXES).get_partial_shape()[1].get_length()
    return Limits(boxes, int(max_boxes), iou_threshold, score_threshold)


def _is_of_one_class(node: Any) -> bool:
    """Whether a NonMaxSuppression is of the corners of a known number of boxes, and one class."""
    boxes, scores = (node.input_value(each).get_partial_shape() for each in (BOXES, SCORES))
    attributes = node.get_attributes()
    return bool(
        boxes.is_static
        and scores.rank.is_static
        and (boxes[0], scores[0], scores[1]) == (1, 1, 1)
        and (attributes["box_encoding"], attributes["output_type"]) == ("corner", "i32")
    )


def constant_value(output: Any) -> float | None:
    """The number that an `openvino.Output` always is; None where it is computed."""
    node = output.get_node()
    if node.get_type_name() != "Constant" or node.get_data().size != 1:
        return None
    return float(node.get_data().reshape(()))


def _are_independent(nodes: list[Any]) -> bool:
    """Whether no member's scores come from another one's choice."""
    members = {node.get_name() for node in nodes}
    pending = [source.get_source_output().get_node() for node in nodes for source in node.inputs()]
    seen: set[str] = set()
    while pending:
        node = pending.pop()
        if node.get_name() in members:
            return False
        if node.get_name() not in seen:
            seen.add(node.get_name())
            pending.extend(source.get_source_output().get_node() for source in node.inputs())
    return True
