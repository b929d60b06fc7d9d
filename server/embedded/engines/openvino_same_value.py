"""Whether two tensors of an OpenVINO model are the same one, computed twice.

A loop over classes that was unrolled repeats what it does to the boxes for each of them.
"""

from typing import Any

import numpy as np

# The repetitions that are looked through: a squeeze, a transposition, a conversion.
MAX_DEPTH = 8
# What gives another value each time, and what has a body that its attributes do not show.
NEVER_THE_SAME = frozenset(
    {"RandomUniform", "Multinomial", "ReadValue", "Loop", "TensorIterator", "If"}
)


def is_same_value(one: Any, other: Any, depth: int = MAX_DEPTH) -> bool:
    """Whether two `openvino.Output`s always hold the same; False also where that is not seen.

    Args:
        one: an output of an operation.
        other: an output of an operation of the same graph.
        depth: operations that are looked through before it counts as not seen.
    """
    left, right = one.get_node(), other.get_node()
    if one.get_index() != other.get_index() or depth == 0:
        return False
    if left.get_name() == right.get_name():
        return True
    if not _is_same_operation(left, right):
        return False
    if left.get_type_name() == "Constant":
        return bool(np.array_equal(left.get_data(), right.get_data()))
    # Two operations without inputs are two parameters.
    return left.get_input_size() > 0 and all(
        is_same_value(mine.get_source_output(), theirs.get_source_output(), depth - 1)
        for mine, theirs in zip(left.inputs(), right.inputs(), strict=True)
    )


def _is_same_operation(left: Any, right: Any) -> bool:
    mine, theirs = left.get_type_info(), right.get_type_info()
    return (
        mine.name not in NEVER_THE_SAME
        and (mine.name, mine.version_id) == (theirs.name, theirs.version_id)
        and left.get_input_size() == right.get_input_size()
        and left.get_attributes() == right.get_attributes()
    )
