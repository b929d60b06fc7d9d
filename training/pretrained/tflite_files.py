"""Weights in TensorFlow Lite's files: float32, float16 or 8-bit constants of convolutions.

A converter folds each batch normalization into the convolution before it, so that a layer has a
kernel and an offset left. The layout is TensorFlow's `lite/schema/schema.fbs`; operations name
their constants after the graph that was converted, several names joined by `;` where they were
merged, of which the first is the layer's own.
"""

import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tensorflow.lite.python import schema_py_generated as schema

from training.pretrained.object_detection import names
from training.pretrained.source_weights import (
    Array,
    FoldedBatchNorm,
    PretrainedWeightsError,
    SourceWeights,
)

SUFFIXES = (".tflite", ".lite")
# Bytes 4 to 8 of every such file.
_IDENTIFIER = b"TFL3"
_CONV, _DEPTHWISE = schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.DEPTHWISE_CONV_2D
_DEQUANTIZE = schema.BuiltinOperator.DEQUANTIZE
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
# Where a convolution was named after the batch normalization that was folded into it.
_LAYER_OF_BATCH_NORM = tuple(
    (re.compile(pattern), becomes)
    for pattern, becomes in (
        (r"(?:.*/)?bn_(Conv1)", r"\1"),
        (r"(?:.*/)?(Conv_1|conv1|conv_(?:dw|pw)_\d+)_bn", r"\1"),
        (r"(?:.*/)?(\w+)_BN", r"\1"),
    )
)
# A second use of a name, as Keras's exports have it.
_NUMBERED = re.compile(r"_\d+$")


def read_tflite_file(path: Path) -> SourceWeights:
    """The kernels of a file's convolutions by our names, and what their batch norms became.

    Args:
        path: the file.

    Raises:
        PretrainedWeightsError: the file cannot be read, or has no constants that are understood.
    """
    try:
        data = path.read_bytes()
        if data[4:8] != _IDENTIFIER:
            raise PretrainedWeightsError(f"{path} is not a TensorFlow Lite file")
        layers = dict(_layers(schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))))
    except OSError as error:
        raise PretrainedWeightsError(f"{path}: {error.strerror}") from error
    except _BROKEN as error:
        raise PretrainedWeightsError(
            f"{path} is a TensorFlow Lite file that is cut short or garbled"
        ) from error
    if not layers:
        raise PretrainedWeightsError(f"{path} has no convolution whose weights are constants")
    arrays: dict[str, Array] = {}
    folded = {}
    for layer, (kernel, offset) in layers.items():
        arrays[f"{layer}/kernel"] = kernel
        if offset is not None:
            norm = names.renamed(layer, names.BATCH_NORM_OF) or layer
            folded[norm] = FoldedBatchNorm(np.ones_like(offset), offset)
            arrays[f"{layer}/bias"] = offset
    return SourceWeights(kind="a TensorFlow Lite file", arrays=arrays, folded=folded)


def _layers(
    model: Any,
) -> Iterator[tuple[str, tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]]]:
    """Each convolution's name, its kernel as Keras has it, and its offset where there is one."""
    for graph in model.subgraphs or ():
        producers = {
            output: operator for operator in graph.operators for output in operator.outputs
        }
        for operator in graph.operators:
            code = _builtin_code(model, operator)
            if code not in (_CONV, _DEPTHWISE):
                continue
            kernel_index, *offset_index = [int(index) for index in operator.inputs[1:3]]
            kernel = _constant(model, graph, producers, kernel_index)
            if kernel is None or kernel.ndim != 4:
                continue
            name = _layer_name(graph.tensors[kernel_index].name.decode("utf-8", "replace"))
            offset = None
            if offset_index and offset_index[0] >= 0:
                offset = _constant(model, graph, producers, offset_index[0])
            # (1, H, W, C x multiplier) there; (H, W, C, multiplier) here.
            channels = operator.builtinOptions.depthMultiplier if code == _DEPTHWISE else 0
            yield name, (_as_keras(kernel, channels), offset)


def _as_keras(kernel: npt.NDArray[np.float32], multiplier: int) -> npt.NDArray[np.float32]:
    if multiplier:
        height, width = kernel.shape[1:3]
        channels = kernel.shape[3] // multiplier
        return kernel.reshape((height, width, channels, multiplier))
    return kernel.transpose(1, 2, 3, 0)  # (H, W, in, out)


def _builtin_code(model: Any, operator: Any) -> int:
    code = model.operatorCodes[operator.opcodeIndex]
    # The newer field is 0 in files that were written before there was one.
    return int(max(code.builtinCode, code.deprecatedBuiltinCode))


def _constant(
    model: Any, graph: Any, producers: dict[int, Any], index: int
) -> npt.NDArray[np.float32] | None:
    """A tensor's value as float32; None where it is computed from what comes in."""
    producer = producers.get(index)
    if producer is not None:
        if _builtin_code(model, producer) != _DEQUANTIZE:
            return None
        return _constant(model, graph, {}, int(producer.inputs[0]))
    tensor = graph.tensors[index]
    data = model.buffers[tensor.buffer].data
    if data is None or tensor.type not in _DTYPES:
        return None
    stored = np.frombuffer(bytes(data), _DTYPES[tensor.type]).reshape(tensor.shape)
    return _dequantized(stored, tensor.quantization)


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


def _layer_name(tensor_name: str) -> str:
    """Our name of the layer whose kernel is called so; its own where no rule fits.

    >>> _layer_name("FeatureExtractor/MobilenetV2/expanded_conv_3/expand/Conv2D_dequantize")
    'block_3_expand'
    """
    parts = tensor_name.split(";")[0].split("/")
    # Behind the layer stands the operation, such as `Conv2D` or `BatchNorm/FusedBatchNormV3`.
    for end in range(len(parts), 0, -1):
        name = "/".join(parts[:end])
        for each in (name, _NUMBERED.sub("", name)):
            for rules in (names.SLIM_LAYERS, names.LAYERS, _LAYER_OF_BATCH_NORM):
                found = names.renamed(each, rules)
                if found is not None:
                    return found
    return "/".join(parts[:-1]) or parts[0]
