"""A TensorFlow Lite file as a `NodeGraph`: its operations by the names that TensorFlow has.

The layout is TensorFlow's `lite/schema/schema.fbs`. A converter has folded each batch
normalization into the convolution before it, so that a layer has a kernel and a bias left, and
an activation inside the same operation.
"""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tensorflow.core.framework import node_def_pb2
from tensorflow.lite.python import schema_py_generated as schema

from training.pretrained.graphs.node_graph import Node, NodeGraph, Ref
from training.pretrained.source_weights import Array, PretrainedWeightsError

SUFFIXES = (".tflite", ".lite")
# Bytes 4 to 8 of every such file.
_IDENTIFIER = b"TFL3"
_OPERATORS = schema.BuiltinOperator
_CONV, _DEPTHWISE = _OPERATORS.CONV_2D, _OPERATORS.DEPTHWISE_CONV_2D
_PRODUCT, _DEQUANTIZE = _OPERATORS.FULLY_CONNECTED, _OPERATORS.DEQUANTIZE
_NAMES = {
    _CONV: "Conv2D", _DEPTHWISE: "DepthwiseConv2dNative", _PRODUCT: "MatMul",
    _OPERATORS.ADD: "AddV2", _OPERATORS.SUB: "Sub", _OPERATORS.MUL: "Mul",
    _OPERATORS.DIV: "RealDiv", _OPERATORS.SHAPE: "Shape", _DEQUANTIZE: "Identity",
}  # fmt: skip
_DTYPES: dict[int, np.dtype[Any]] = {
    schema.TensorType.FLOAT32: np.dtype("<f4"),
    schema.TensorType.FLOAT16: np.dtype("<f2"),
    schema.TensorType.INT8: np.dtype("i1"),
    schema.TensorType.UINT8: np.dtype("u1"),
    schema.TensorType.INT32: np.dtype("<i4"),
}
# What FlatBuffers and NumPy raise on files that are cut short or garbled.
_BROKEN = (struct.error, ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
           MemoryError)  # fmt: skip


def read_tflite_graph(path: Path) -> NodeGraph:
    """The operations of a file's first graph, its constants as float32.

    A node is called after its first constant, which a converter names after the layer, several
    names joined by `;` where several layers were merged.

    Raises:
        PretrainedWeightsError: the file cannot be read, or is no such file.
    """
    try:
        data = path.read_bytes()
        if data[4:8] != _IDENTIFIER:
            raise PretrainedWeightsError(f"{path} is not a TensorFlow Lite file")
        model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
        return _Graph(model, str(path)).read()
    except OSError as error:
        raise PretrainedWeightsError(f"{path}: {error.strerror}") from error
    except _BROKEN as error:
        raise PretrainedWeightsError(
            f"{path} is a TensorFlow Lite file that is cut short or garbled"
        ) from error


class _Graph:
    def __init__(self, model: Any, where: str) -> None:
        self._model = model
        self._tensors = model.subgraphs[0].tensors
        self._operators = model.subgraphs[0].operators
        self._graph = NodeGraph(where)
        # The node's output that each tensor is.
        self._refs: dict[int, Ref] = {}

    def read(self) -> NodeGraph:
        for number, operator in enumerate(self._operators):
            self._add(number, operator)
        return self._graph

    def _add(self, number: int, operator: Any) -> None:
        code = self._code(operator)
        read = [int(index) for index in operator.inputs if index >= 0]
        constants = [index for index in read if self._is_constant(index)]
        named = constants[0] if constants else int(operator.outputs[0])
        text = self._tensors[named].name.decode("utf-8", "replace").split(";")[0]
        name = f"{text.removesuffix('_dequantize')}/{number}"
        options = operator.builtinOptions
        if code in (_CONV, _DEPTHWISE, _PRODUCT) and len(read) > 1:
            ref = self._weighted(name, code, read, options)
        else:
            inputs = tuple(self._ref(index) for index in read)
            self._graph.nodes[name] = Node(_NAMES.get(code, f"_Lite{code}"), inputs, _attributes())
            ref = (name, 0)
        if getattr(options, "fusedActivationFunction", 0):
            self._graph.nodes[f"{name}/activation"] = Node("_LiteActivation", (ref,))
            ref = (f"{name}/activation", 0)
        for place, index in enumerate(operator.outputs):
            self._refs[int(index)] = ref if place == 0 else (ref[0], place)

    def _weighted(self, name: str, code: int, read: list[int], options: Any) -> Ref:
        """A product with a kernel, in TensorFlow's order of axes, and a sum with its bias."""
        kernel_name, _ = self._ref(read[1])
        kernel = self._graph.values.get(self._origin(kernel_name))
        inputs: tuple[Ref, ...] = (self._ref(read[0]), (kernel_name, 0))
        if kernel is not None:
            multiplier = options.depthMultiplier if code == _DEPTHWISE else 0
            self._graph.values[f"{name}/kernel"] = _as_tensorflow(kernel, code, multiplier)
            inputs = (inputs[0], (f"{name}/kernel", 0))
        strides = (1, 1) if code == _PRODUCT else (options.strideH, options.strideW)
        self._graph.nodes[name] = Node(_NAMES[code], inputs, _attributes(strides))
        if len(read) < 3:
            return name, 0
        biased = f"{name}/bias"
        self._graph.nodes[biased] = Node("BiasAdd", ((name, 0), self._ref(read[2])), _attributes())
        return biased, 0

    def _origin(self, name: str) -> str:
        node = self._graph.nodes.get(name)
        return node.inputs[0][0] if node is not None and node.op == "Identity" else name

    def _is_constant(self, index: int) -> bool:
        name, _ = self._ref(index)
        return self._origin(name) in self._graph.values

    def _ref(self, index: int) -> Ref:
        """The output that a tensor is; a constant becomes a value."""
        if index not in self._refs:
            name = f"tensor_{index}"
            value = self._constant(index)
            if value is not None:
                self._graph.values[name] = value
            self._graph.nodes[name] = Node("Placeholder" if value is None else "Const", ())
            self._refs[index] = (name, 0)
        return self._refs[index]

    def _code(self, operator: Any) -> int:
        code = self._model.operatorCodes[operator.opcodeIndex]
        # The newer field is 0 in files that were written before there was one.
        return int(max(code.builtinCode, code.deprecatedBuiltinCode))

    def _constant(self, index: int) -> npt.NDArray[np.float32] | None:
        tensor = self._tensors[index]
        data = self._model.buffers[tensor.buffer].data
        if data is None or tensor.type not in _DTYPES:
            return None
        shape = tensor.shape if tensor.shape is not None else ()
        stored = np.frombuffer(bytes(data), _DTYPES[tensor.type]).reshape(shape)
        return _dequantized(stored, tensor.quantization)


def _attributes(strides: tuple[int, int] | None = None) -> Any:
    node = node_def_pb2.NodeDef()
    if strides is not None:
        node.attr["strides"].list.i.extend((1, *map(int, strides), 1))
    return node.attr


def _as_tensorflow(kernel: Array, code: int, multiplier: int) -> Array:
    """(H, W, in, out), (H, W, in, multiplier), or (in, out)."""
    if code == _PRODUCT:
        return kernel.T
    if multiplier:
        height, width = kernel.shape[1:3]  # (1, H, W, in x multiplier) there
        return kernel.reshape((height, width, kernel.shape[3] // multiplier, multiplier))
    return kernel.transpose(1, 2, 3, 0)  # (out, H, W, in) there


def _dequantized(stored: Array, quantization: Any) -> npt.NDArray[np.float32]:
    values = stored.astype(np.float32)
    if stored.dtype.kind == "f" or quantization is None or quantization.scale is None:
        return values
    # Of the whole tensor, or along one axis.
    shape = [1] * stored.ndim
    if len(quantization.scale) > 1:
        shape[quantization.quantizedDimension] = -1
    zero = np.asarray(quantization.zeroPoint, np.float32).reshape(shape)
    scaled: npt.NDArray[np.float32] = (values - zero) * np.asarray(
        quantization.scale, np.float32
    ).reshape(shape)
    return scaled
