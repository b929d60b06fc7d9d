"""Slices of what was joined, written so that OpenVINO does not take them for one of its parts.

Where all that reads a Concat of static shape are slices, and one of them is exactly one of its
inputs along the axis that they are joined on, OpenVINO (2026.4.1, `EliminateConcatStridedSlice`)
takes that input in its place. It does not see what such a slice leaves out of other axes, since
TensorFlow's masks are shorter than it counts, nor its strides: other numbers come out, without a
word, unless a later shape happens not to fit. With an ellipsis behind its axes a slice means the
same, and is left alone.
"""

from typing import Any

import numpy as np

from server.embedded.engines.openvino_runtime import import_openvino
from server.embedded.engines.openvino_suppression_groups import graphs_of

_MASKS = ("begin_mask", "end_mask", "new_axis_mask", "shrink_axis_mask", "ellipsis_mask")
# Those that change the number of axes; OpenVINO leaves such slices alone.
_OF_AXES = _MASKS[2:]


def keep_slices_of_joined(model: Any) -> None:
    """Give every slice of a Concat an ellipsis behind its axes.

    Args:
        model: an `openvino.Model`, changed in place.
    """
    for graph in list(graphs_of(model)):
        for node in graph.get_ordered_ops():
            if _is_slice_of_joined(node):
                _add_ellipsis(node)


def _is_slice_of_joined(node: Any) -> bool:
    if node.get_type_name() != "StridedSlice":
        return False
    attributes = node.get_attributes()
    return (
        node.input_value(0).get_node().get_type_name() == "Concat"
        and not any(any(attributes[mask]) for mask in _OF_AXES)
        and node.input_value(1).get_partial_shape().is_static
    )


def _add_ellipsis(node: Any) -> None:
    import_openvino()
    from openvino import opset13 as ops

    attributes = node.get_attributes()
    # Begin, end and stride are (axes,).
    axes = node.input_value(1).get_partial_shape()[0].get_length()
    masks = {
        mask: [*attributes[mask], *[0] * (axes + 1 - len(attributes[mask]))] for mask in _MASKS
    }
    masks["ellipsis_mask"] = [0] * axes + [1]
    places = []
    # What is said at the ellipsis is ignored, but a stride is never 0.
    for port, ignored in ((1, 0), (2, 0), (3, 1)):
        given = node.input_value(port)
        dtype = given.get_element_type().to_dtype()
        places.append(ops.concat([given, ops.constant(np.array([ignored], dtype))], 0))
    sliced = ops.strided_slice(node.input_value(0), *places, **masks)
    sliced.set_friendly_name(node.get_friendly_name())
    node.output(0).replace(sliced.output(0))
