"""Fold batch norms into the convolutions before them.

Frozen, a batch norm is a product with a constant and a sum with another. conv(x, w) * a + b is
conv(x, w * a) + b, so the product is computed once and for all, here (Jacob et al. 2018,
https://arxiv.org/abs/1712.05877, section 3.2). What remains, a convolution with a bias, is what
TensorFlow and OpenVINO compute in one step with the activation after it.
"""

from collections.abc import Collection, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

Values = npt.NDArray[np.float32]

CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative")
_SUMS = ("Add", "AddV2", "BiasAdd")


def fold_batch_norms(graph_def: Any, keep: Collection[str]) -> Any:
    """Graph with the products after convolutions in their weights, and the sums as biases.

    Args:
        graph_def: without variables and functions; not changed.
        keep: names of nodes that are read from outside.

    Returns:
        A GraphDef with the same inputs and outputs; what nothing reads any more is left out.
    """
    folded = tf.compat.v1.GraphDef()
    folded.CopyFrom(graph_def)
    graph = _Graph(folded, keep)
    for convolution in [each for each in folded.node if each.op in CONVOLUTIONS]:
        graph.fold_after(convolution)
    return _without_unread(folded, keep)


def batch_norms_left(graph_def: Any) -> list[str]:
    """Nodes that still multiply a convolution's output by a constant."""
    graph = _Graph(graph_def, ())
    found = [each.name for each in graph_def.node if each.op.startswith("FusedBatchNorm")]
    for convolution in (each for each in graph_def.node if each.op in CONVOLUTIONS):
        reader = graph.only_reader(convolution)
        if reader is not None and reader.op == "Mul" and graph.other_constant(reader, convolution):
            found.append(reader.name)
    return found


class _Graph:
    def __init__(self, graph_def: Any, keep: Collection[str]) -> None:
        self._graph_def = graph_def
        self._keep = frozenset(keep)
        self._nodes = {each.name: each for each in graph_def.node}
        self._readers: dict[str, list[Any]] = {}
        for node in graph_def.node:
            for name in node.input:
                self._readers.setdefault(_node_name(name), []).append(node)

    def fold_after(self, convolution: Any) -> None:
        """Fold one convolution's batch norm, if nothing else reads it."""
        kernel = self._constant(convolution.input[1])
        if kernel is None or convolution.attr["data_format"].s == b"NCHW":
            return
        bias: Values | None = None
        last = convolution
        while (reader := self.only_reader(last)) is not None:
            constant = self.other_constant(reader, last)
            if constant is None:
                break
            values = _per_channel(constant, _channels(convolution, kernel))
            if values is None:
                break
            if reader.op == "Mul":
                kernel = _scaled(convolution, kernel, values)
                bias = None if bias is None else bias * values
            elif reader.op in _SUMS:
                bias = values if bias is None else bias + values
            else:
                break
            last = reader
        if last is convolution:
            return
        weights = self._new_constant(f"{convolution.name}/folded_kernel", kernel)
        convolution.input[1] = weights
        if bias is None:
            self._replace(last, convolution.name)
        else:
            self._become_bias(last, convolution, bias)

    def only_reader(self, node: Any) -> Any | None:
        """The only reader of `node`; None if there are more, or it is an output."""
        readers = self._readers.get(node.name, [])
        return readers[0] if len(readers) == 1 and node.name not in self._keep else None

    def other_constant(self, node: Any, read: Any) -> Values | None:
        """The other input of a node that reads `read`, if it is a numeric constant."""
        if node.op not in ("Mul", *_SUMS) or len(node.input) != 2:
            return None
        others = [each for each in node.input if _node_name(each) != read.name]
        return self._constant(others[0]) if len(others) == 1 else None

    def _constant(self, name: str) -> Values | None:
        node = self._nodes[_node_name(name)]
        while node.op == "Identity":
            node = self._nodes[_node_name(node.input[0])]
        if node.op != "Const":
            return None
        values = tf.make_ndarray(node.attr["value"].tensor)
        return values if values.dtype == np.float32 else None

    def _new_constant(self, name: str, values: Values) -> str:
        node = self._graph_def.node.add(name=name, op="Const")
        node.attr["dtype"].type = tf.float32.as_datatype_enum
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values.astype(np.float32)))
        self._nodes[name] = node
        return name

    def _become_bias(self, node: Any, convolution: Any, bias: Values) -> None:
        """Turn the last node of a batch norm into a BiasAdd, under its own name."""
        name = self._new_constant(f"{convolution.name}/folded_bias", bias)
        del node.input[:]
        node.input.extend([convolution.name, name])
        node.op = "BiasAdd"
        node.attr.clear()
        node.attr["T"].type = tf.float32.as_datatype_enum
        self._readers[convolution.name] = [node]

    def _replace(self, node: Any, name: str) -> None:
        for reader in self._readers.get(node.name, ()):
            for place, each in enumerate(reader.input):
                if _node_name(each) == node.name:
                    reader.input[place] = name
        if node.name in self._keep:
            raise AssertionError(f"{node.name} is read from outside")
        self._readers[name] = self._readers.pop(node.name, [])


def _channels(convolution: Any, kernel: Values) -> int:
    """Number of output channels: for a depthwise one, inputs times multiplier."""
    multiplied: int = kernel.shape[2] if convolution.op == CONVOLUTIONS[1] else 1
    return multiplied * int(kernel.shape[3])


def _scaled(convolution: Any, kernel: Values, factors: Values) -> Values:
    if convolution.op == CONVOLUTIONS[1]:
        return kernel * factors.reshape(kernel.shape[2:])  # (rows, columns, taken, multiplier)
    return kernel * factors  # (rows, columns, taken, answered)


def _per_channel(constant: Values, channels: int) -> Values | None:
    """(channels,) of a constant that is the same at each place of each image, else None."""
    if constant.size == 1:
        return np.full(channels, constant.reshape(()), np.float32)
    if constant.shape[-1] == channels and constant.size == channels:
        return constant.reshape(channels)
    return None


def _without_unread(graph_def: Any, keep: Iterable[str]) -> Any:
    nodes = {each.name: each for each in graph_def.node}
    read: set[str] = set()
    pending = [*keep, *(each.name for each in graph_def.node if each.op == "Placeholder")]
    while pending:
        name = pending.pop()
        if name not in read:
            read.add(name)
            pending += [_node_name(each) for each in nodes[name].input]
    kept = tf.compat.v1.GraphDef(versions=graph_def.versions)
    kept.node.extend(each for each in graph_def.node if each.name in read)
    return kept


def _node_name(reference: str) -> str:
    return reference.removeprefix("^").partition(":")[0]
