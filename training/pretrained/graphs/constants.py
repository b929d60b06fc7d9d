"""What a graph computes from its constants and variables alone, with NumPy."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from training.pretrained.graphs.node_graph import MAX_DEPTH, Node, NodeGraph, Ref
from training.pretrained.source_weights import Array, PretrainedWeightsError

# Values of one constant; a kernel of the largest detectors has a fiftieth of it.
MAX_VALUES = 1 << 28
_SAME = ("Identity", "ReadVariableOp", "StopGradient", "EnsureShape", "CheckNumerics", "Snapshot",
         "DisableCopyOnRead", "PlaceholderWithDefault",
         # What training for 8 bits put around a weight: the weight itself is what was trained.
         "FakeQuantWithMinMaxVars", "FakeQuantWithMinMaxVarsPerChannel")  # fmt: skip
_ELEMENTWISE: dict[str, Callable[..., npt.NDArray[Any]]] = {
    "Add": np.add, "AddV2": np.add, "BiasAdd": np.add, "Sub": np.subtract, "Mul": np.multiply,
    "RealDiv": np.divide, "Neg": np.negative, "Sqrt": np.sqrt, "Square": np.square,
    "Rsqrt": lambda x: 1 / np.sqrt(x), "Reciprocal": lambda x: 1 / x, "Maximum": np.maximum,
}  # fmt: skip
# What NumPy raises where an operation's inputs do not go together.
_MISFITS = (ValueError, TypeError, IndexError, OverflowError)


class Constants:
    """Values by node, computed when they are asked for.

    Args:
        graph: what they are in.
    """

    def __init__(self, graph: NodeGraph) -> None:
        self._graph = graph
        self._values: dict[Ref, Array | None] = {}
        self._sources: dict[Ref, frozenset[str]] = {}

    def value(self, ref: Ref, depth: int = 0) -> Array | None:
        """The value of a node's output; None where it depends on what comes in, or is not known.

        Raises:
            PretrainedWeightsError: it would be too large.
        """
        ref = self._graph.resolved(ref)
        if ref not in self._values:
            self._values[ref] = None if depth > MAX_DEPTH else self._computed(ref, depth)
        return self._values[ref]

    def sources(self, ref: Ref) -> frozenset[str]:
        """The constants and variables that a value is made of."""
        ref = self._graph.resolved(ref)
        found, waiting, seen = set(), [ref], set()
        if ref in self._sources:
            return self._sources[ref]
        while waiting:
            name, _ = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            inputs = self._graph.inputs_of(name)
            if not inputs or name in self._graph.values:
                found.add(name)
            waiting.extend(inputs)
        self._sources[ref] = frozenset(found)
        return self._sources[ref]

    def _computed(self, ref: Ref, depth: int) -> Array | None:
        name, output = ref
        if name in self._graph.values:
            return self._graph.values[name]
        node = self._graph.nodes.get(name)
        if node is None:
            return None
        if node.op == "Const":
            return self._constant(node, name)
        if node.op in _SAME and node.inputs:
            return self.value(node.inputs[0], depth + 1)
        compute = _OPERATIONS.get(node.op)
        if compute is None or output:
            return None
        given = [self.value(each, depth + 1) for each in node.inputs]
        known = [each for each in given if each is not None]
        if len(known) < len(given) or not known:
            return None
        self._check_size(sum(each.size for each in known), name)
        try:
            if node.op in _ELEMENTWISE:
                shape = np.broadcast_shapes(*(each.shape for each in known))
                self._check_size(math.prod(shape), name)
            with np.errstate(all="ignore"):
                return compute(node, known)
        except _MISFITS:
            return None

    def _constant(self, node: Node, name: str) -> Array | None:
        tensor = node.attributes["value"].tensor
        self._check_size(math.prod(each.size for each in tensor.tensor_shape.dim), name)
        try:
            value: Array = tf.make_ndarray(tensor)
        except _MISFITS as error:
            where = self._graph.where
            raise PretrainedWeightsError(f"{where}: the constant {name} is garbled") from error
        return value

    def _check_size(self, size: int, name: str) -> None:
        if not 0 <= size <= MAX_VALUES:
            raise PretrainedWeightsError(
                f"{self._graph.where}: {name} would be {size} numbers, but {MAX_VALUES} are taken"
            )


def _elementwise(node: Node, given: Sequence[Array]) -> Array:
    computed: Array = np.asarray(_ELEMENTWISE[node.op](*given), given[0].dtype)
    return computed


def _cast(node: Node, given: Sequence[Array]) -> Array:
    dtype = tf.as_dtype(node.attributes["DstT"].type).as_numpy_dtype
    return np.asarray(given[0]).astype(dtype)


def _moved(node: Node, given: Sequence[Array]) -> Array:
    """What changes no value: the last input says how."""
    how = [int(each) for each in np.asarray(given[-1]).reshape(-1)]
    if node.op == "ConcatV2":
        return np.concatenate(given[:-1], axis=how[0])
    if node.op == "ExpandDims":
        return np.expand_dims(given[0], how[0])
    return given[0].transpose(how) if node.op == "Transpose" else given[0].reshape(how)


def _squeezed(node: Node, given: Sequence[Array]) -> Array:
    axes = tuple(node.attributes["squeeze_dims"].list.i)
    return np.squeeze(given[0], axes or None)


def _dequantized(node: Node, given: Sequence[Array]) -> Array:
    """`tf.quantization.dequantize` of MIN_COMBINED, which `quantize_weights` wrote into graphs."""
    mode = node.attributes["mode"].s or b"MIN_COMBINED"
    values, low, high = given[0], float(given[1].item()), float(given[2].item())
    if mode != b"MIN_COMBINED" or values.dtype.kind not in "iu":
        raise ValueError("not a mode that is read")
    signed = values.dtype.kind == "i"
    steps = 2 ** (8 * values.dtype.itemsize)
    first = -steps // 2 if signed else 0
    scale = (high - low) / (steps - 1)
    return np.asarray((values.astype(np.float32) - first) * scale + low, np.float32)


_OPERATIONS: dict[str, Callable[[Node, Sequence[Array]], Array]] = {
    **dict.fromkeys(_ELEMENTWISE, _elementwise),
    **dict.fromkeys(("ConcatV2", "ExpandDims", "Transpose", "Reshape"), _moved),
    "Cast": _cast, "Squeeze": _squeezed, "Dequantize": _dequantized,
}  # fmt: skip
