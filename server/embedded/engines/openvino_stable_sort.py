"""A list sorted by OpenVINO with ties in their order, without the bubble sort that it takes for it.

TensorFlow sorts by `top_k` of as many as there are, and puts the first of equal values first.
OpenVINO's CPU plugin then compares neighbors until nothing changes: 700 scores take it 0.6 ms. Its
suppression sorts what it found by score, then class, in the usual time. So each value is the score
of a class of its own, of the same one box.
"""

from typing import Any

import numpy as np

from server.embedded.engines.openvino_runtime import import_openvino
from server.embedded.engines.openvino_suppression_groups import constant_value

# Sorting fewer costs less than the operations around the suppression.
MIN_LENGTH = 100


def is_long_sort(node: Any) -> bool:
    """Whether an operation sorts a list of numbers, as many as there are, with ties in order."""
    if node.get_type_name() != "TopK":
        return False
    given, attributes = node.input_value(0), node.get_attributes()
    shape = given.get_partial_shape()
    return bool(
        attributes["stable"]
        and (attributes["mode"], attributes["sort"]) == ("max", "value")
        and attributes["index_element_type"] == "i32"
        and given.get_element_type() == import_openvino().Type.f32
        and shape.rank.is_static
        and shape.rank.get_length() == 1
        and not 0 <= shape[0].get_max_length() < MIN_LENGTH
        and constant_value(node.input_value(1)) is None
    )


def sort_by_suppression(node: Any) -> None:
    """Replace an operation that `is_long_sort`, in its graph."""
    import_openvino()
    from openvino import opset13 as ops

    values = node.input_value(0)
    zero, first, one = (ops.constant(np.array(each, np.int32)) for each in (0, [0], [1]))
    least = ops.constant(np.float32(-np.inf))
    column = ops.constant(np.array([1, -1, 1], np.int32))
    chosen = ops.non_max_suppression(
        ops.constant(np.zeros((1, 1, 4), np.float32)),
        ops.reshape(values, column, special_zero=False),
        ops.constant(np.int32(1)),
        ops.constant(np.float32(1)),
        least,
        ops.constant(np.float32(0)),
        box_encoding="corner",
        sort_result_descending=True,
        output_type="i32",
    )
    order = ops.gather(chosen.output(0), one, one)  # (K, 1)
    order = ops.squeeze(order, one)
    # What exceeds nothing comes last.
    rest = ops.squeeze(ops.non_zero(ops.logical_not(ops.greater(values, least)), "i32"), first)
    count = ops.reshape(node.input_value(1), one, special_zero=False)
    places = ops.slice(ops.concat([order, rest], 0), first, count, one, first)
    longest = values.get_partial_shape()[0].get_max_length()
    if longest >= 0:
        bound = ops.constant(np.array([longest], np.int32))
        places = ops.slice(places, first, bound, one, first)
    for index, output in enumerate((ops.gather(values, places, zero), places)):
        for reader in node.output(index).get_target_inputs():
            reader.replace_source_output(output.output(0))
