"""What comes after the network in a detector: computed by OpenVINO as TensorFlow does, and quickly.

Everything here leaves the answer as it is, ties and all. What is not recognized stays as it was
converted.
"""

import logging
from typing import Any

import numpy as np

from server.embedded.engines.openvino_class_suppression import (
    is_worthwhile,
    suppress_together,
)
from server.embedded.engines.openvino_runtime import import_openvino, reason_of
from server.embedded.engines.openvino_stable_sort import is_long_sort, sort_by_suppression
from server.embedded.engines.openvino_suppression_groups import (
    IOU_THRESHOLD,
    constant_value,
    graphs_of,
    suppression_groups,
)

log = logging.getLogger(__name__)


def with_quick_postprocessing(model: Any) -> Any:
    """The model with its suppressions and sorted lists changed; itself where it has neither.

    Args:
        model: an `openvino.Model`; left as it is.
    """
    operations = [operation for graph in graphs_of(model) for operation in graph.get_ops()]
    if not any(_is_suppression(each) or is_long_sort(each) for each in operations):
        return model
    quick = model.clone()
    for graph in list(graphs_of(quick)):
        _change(graph)
    try:
        quick.validate_nodes_and_infer_types()
    except RuntimeError as error:
        log.warning("its suppression stays slow, as converted: %s", reason_of(error))
        return model
    return quick


def _change(graph: Any) -> None:
    for node in graph.get_ops():
        if _is_suppression(node):
            _drop_over_the_threshold(node)
        elif is_long_sort(node):
            sort_by_suppression(node)
    for group in suppression_groups(graph):
        if is_worthwhile(group):
            suppress_together(group)


def _is_suppression(node: Any) -> bool:
    return bool(node.get_type_name() == "NonMaxSuppression")


def _drop_over_the_threshold(node: Any) -> None:
    """Let a suppression drop boxes that overlap by more than its threshold, and no others.

    So TensorFlow does. OpenVINO also drops those that overlap by just as much, which at a threshold
    of 0 is every box.
    """
    threshold = (
        constant_value(node.input_value(IOU_THRESHOLD))
        if node.get_input_size() > IOU_THRESHOLD
        else None
    )
    if threshold is not None:
        beyond = np.nextafter(np.float32(threshold), np.float32(np.inf))
        # Less may count as 0 where the processor flushes what is not normalized.
        beyond = max(beyond, np.finfo(np.float32).tiny)
        constant = import_openvino().op.Constant(np.array(beyond, np.float32))
        node.input(IOU_THRESHOLD).replace_source_output(constant.output(0))
