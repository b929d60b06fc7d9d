"""Rows that are gathered in each image of a batch, by an operation that keeps to its tensors.

Where shapes are static OpenVINO's CPU plugin gathers short rows, such as boxes, by instructions
of 64 bytes; on several threads these reach beside its tensors, which ended the process in five runs
of six (2026.4.1, AVX-512). `GatherND` copies each row.
"""

from typing import Any

import numpy as np

from server.embedded.engines.openvino_runtime import import_openvino


def gather_rows_by_copies(model: Any) -> None:
    """Replace every Gather of rows within a batch.

    Args:
        model: an `openvino.Model`, changed in place.
    """
    import_openvino()
    from openvino import opset13 as ops

    for gather in model.get_ordered_ops():
        depth = _rows_within(gather)
        if depth:
            data, indices = gather.input_value(0), gather.input_value(1)
            each = ops.unsqueeze(indices, ops.constant(np.array([-1])))
            rows = ops.gather_nd(data, each, batch_dims=depth)
            rows.set_friendly_name(gather.get_friendly_name())
            gather.output(0).replace(rows.output(0))


def _rows_within(node: Any) -> int:
    """How many axes count batches where rows of more than one number are gathered; 0 elsewhere."""
    if node.get_type_name() != "Gather":
        return 0
    depth = int(node.get_attributes().get("batch_dims", 0))
    axis = node.input_value(2).get_node()
    rank = node.input_value(0).get_partial_shape().rank
    if depth < 1 or axis.get_type_name() != "Constant" or rank.is_dynamic:
        return 0
    place = int(axis.get_data().ravel()[0]) % rank.get_length()
    return depth if place == depth and rank.get_length() > depth + 1 else 0
