"""Replace grouped convolutions by depthwise ones, which every runtime has.

Keras computes a convolution of several groups as a Conv2D inside a function that XLA is to compile,
since TensorFlow's own kernel for processors has no groups. No runtime that a graph is exported for
compiles it so. Where there are as many groups as channels, which is all that our models have, the
same is a DepthwiseConv2dNative.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from export.errors import UnservableGraph

# With either a function stays a function; XLA wants it to.
_KEPT_APART = ("_XlaMustCompile", "_noinline")


def to_be_inlined(graph_def: Any) -> Any:
    """Graph whose functions are not marked for XLA, so that they can be inlined."""
    freed = tf.compat.v1.GraphDef()
    freed.CopyFrom(graph_def)
    functions = freed.library.function
    inside = (node for each in functions for node in each.node_def)
    for owner in (*freed.node, *functions, *inside):
        for name in _KEPT_APART:
            owner.attr.pop(name, None)
    return freed


def depthwise_convolutions(graph_def: Any) -> Any:
    """Graph with a depthwise convolution for each Conv2D with one channel per group.

    Args:
        graph_def: without functions; the kernels are constants.

    Raises:
        UnservableGraph: a convolution has groups of several channels; the message names it.
    """
    graph = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(graph_def, name="")
    changed = tf.compat.v1.GraphDef()
    changed.CopyFrom(graph_def)
    for node in [each for each in changed.node if each.op == "Conv2D"]:
        taken, kernel = graph.get_operation_by_name(node.name).inputs
        channels = taken.shape[-1]
        if channels is None or channels == kernel.shape[2]:
            continue
        if kernel.shape[2] != 1:
            raise UnservableGraph(
                f"{node.name} convolves {channels} channels in groups of {kernel.shape[2]}; model "
                "servers have convolutions of all channels or of one per group only"
            )
        values = tf.get_static_value(kernel)
        _become_depthwise(changed, node, np.asarray(values), int(channels))
    return changed


def _become_depthwise(graph_def: Any, node: Any, kernel: Any, channels: int) -> None:
    """Turn a Conv2D into a DepthwiseConv2dNative, under its own name.

    The kernel's last axis goes through the groups, and through each group's answers inside that.
    """
    rows, columns, _, answered = kernel.shape
    constant = graph_def.node.add(name=f"{node.name}/depthwise_kernel", op="Const")
    constant.attr["dtype"].type = tf.as_dtype(kernel.dtype).as_datatype_enum
    shape = (rows, columns, channels, answered // channels)
    constant.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(kernel.reshape(shape)))
    node.op = "DepthwiseConv2dNative"
    node.input[1] = constant.name
    node.attr.pop("use_cudnn_on_gpu", None)
