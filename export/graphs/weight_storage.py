"""Store weights as float16, which halves the file; computation stays in float32.

A weight becomes constants of float16 and casts of them. TensorFlow computes the casts once, when it
loads the graph, and then runs what it would have run; OpenVINO does the same. TensorFlow's graph
optimizer leaves a cast alone whose answer is larger than its input and than 100 KiB
(`kMaxConstantSize` in tensorflow/core/grappler/optimizers/constant_folding.cc), so a large weight
is cast in pieces, which are then put together: that it does compute.
"""

from collections.abc import Collection
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import tensorflow as tf

WeightType = Literal["float32", "float16"]
WEIGHT_TYPES: tuple[str, ...] = get_args(WeightType)

# What has its weights in its second input; einsum, in either.
_WEIGHTED = (
    "Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput", "MatMul", "BatchMatMulV2", "Einsum",
)  # fmt: skip
# Below, what is saved is no more than what a cast takes to be written down.
FEWEST = 256
# 100 KiB of float32.
PIECE = 25_600
LARGEST = float(np.finfo(np.float16).max)


def weight_names(graph_def: Any) -> set[str]:
    """Names of the constants that convolutions and matrix products multiply by.

    Others stay as they are: anchors, for example, are places, of which each digit counts.
    """
    constants = {node.name for node in graph_def.node if node.op == "Const"}
    same = {node.name: _node_name(node.input[0]) for node in graph_def.node
            if node.op == "Identity"}  # fmt: skip
    found = set()
    for node in graph_def.node:
        if node.op in _WEIGHTED:
            for read in map(_node_name, node.input):
                name = read
                while name in same:
                    name = same[name]
                found.add(name)
    return found & constants


def stored_as_half(constants: Any, names: Collection[str]) -> Any:
    """Constants with the weights stored as float16.

    Args:
        constants: a GraphDef of `Const` nodes; not changed.
        names: of those to store so. Too small ones and those with larger numbers than float16 has
            stay as they are.

    Returns:
        A GraphDef with a node of the same name and type for each.
    """
    stored = tf.compat.v1.GraphDef(versions=constants.versions)
    for node in constants.node:
        values = _values(node) if node.name in names else None
        if values is None:
            stored.node.add().CopyFrom(node)
        else:
            _add_cast(stored, node.name, values.astype(np.float16))
    return stored


def _values(node: Any) -> npt.NDArray[np.float32] | None:
    """Values to store as float16; None if they cannot or need not be."""
    if node.attr["dtype"].type != tf.float32.as_datatype_enum:
        return None
    values: npt.NDArray[np.float32] = tf.make_ndarray(node.attr["value"].tensor)
    # Also where one is no number.
    if values.size < FEWEST or not np.abs(values).max() <= LARGEST:
        return None
    return values


def _add_cast(stored: Any, name: str, values: npt.NDArray[np.float16]) -> None:
    if values.size <= PIECE:
        _add_piece(stored, name, values)
        return
    axis = int(np.argmax(values.shape))
    pieces = np.array_split(values, min(-(-values.size // PIECE), values.shape[axis]), axis)
    names = [f"{name}/piece_{number}" for number in range(len(pieces))]
    for piece_name, piece in zip(names, pieces, strict=True):
        _add_piece(stored, piece_name, piece)
    axis_name = f"{name}/axis"
    _add_constant(stored, axis_name, np.array(axis, np.int32))
    whole = stored.node.add(name=name, op="ConcatV2", input=[*names, axis_name])
    whole.attr["N"].i = len(names)
    whole.attr["T"].type = tf.float32.as_datatype_enum
    whole.attr["Tidx"].type = tf.int32.as_datatype_enum


def _add_piece(stored: Any, name: str, values: npt.NDArray[np.float16]) -> None:
    _add_constant(stored, f"{name}/half", values)
    cast = stored.node.add(name=name, op="Cast", input=[f"{name}/half"])
    cast.attr["SrcT"].type = tf.float16.as_datatype_enum
    cast.attr["DstT"].type = tf.float32.as_datatype_enum


def _add_constant(stored: Any, name: str, values: npt.NDArray[Any]) -> None:
    node = stored.node.add(name=name, op="Const")
    node.attr["dtype"].type = tf.as_dtype(values.dtype).as_datatype_enum
    node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values))


def _node_name(reference: str) -> str:
    return reference.removeprefix("^").partition(":")[0]
