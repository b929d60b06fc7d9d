"""TensorFlow.js's models: a `model.json` and the shards of weights beside it.

A layers model lists its weights by Keras's names; a graph model is a GraphDef in JSON whose
constants' values are in the shards. Weights may be stored in 8 or 16 bits, as the manifest's
`quantization` says (tensorflow/tfjs, tfjs-core's `io/types.ts`).
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from google.protobuf import json_format

from training.pretrained.graphs.convolutions import convolutions
from training.pretrained.graphs.graph_weights import graph_weights
from training.pretrained.graphs.node_graph import NodeGraph, node_graph
from training.pretrained.source_weights import Array, PretrainedWeightsError, SourceWeights

MODEL_FILE = "model.json"
# More than any detector's, and what its JSON, which has no weights in it, can be.
MAX_BYTES = 2_000_000_000
MAX_JSON_BYTES = 64_000_000
_DTYPES = {"float32": "<f4", "int32": "<i4", "bool": "u1"}
_QUANTIZED = {"uint8": "u1", "uint16": "<u2", "float16": "<f2"}
# What a file that is cut short or of something else leads to.
_BROKEN = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError,
           json_format.Error)  # fmt: skip


def read_tfjs_model(path: Path, network: keras.Model) -> SourceWeights:
    """The weights of a `model.json`, of a layers model or a graph model.

    Args:
        path: the file; its shards lie beside it.
        network: what they are for.

    Raises:
        PretrainedWeightsError: one of the files cannot be read, or is of something else.
    """
    stored = read_tfjs_file(path)
    if isinstance(stored, NodeGraph):
        return graph_weights(convolutions(stored), network, "a graph model of TensorFlow.js")
    return SourceWeights(kind="a layers model of TensorFlow.js", arrays=stored)


def read_tfjs_file(path: Path) -> NodeGraph | dict[str, Array]:
    """A graph model's graph with its values, or a layers model's weights by Keras's names.

    Raises:
        PretrainedWeightsError: as `read_tfjs_model`.
    """
    try:
        model = _model(path)
        weights = dict(_weights(path.parent, model["weightsManifest"]))
        topology = model.get("modelTopology") or {}
        if "node" not in topology:
            return {_name(name): each for name, each in weights.items()}
        graph_def = tf.compat.v1.GraphDef()
        json_format.ParseDict(topology, graph_def, ignore_unknown_fields=True)
    except OSError as error:
        raise PretrainedWeightsError(f"{error.filename or path}: {error.strerror}") from error
    except _BROKEN as error:
        why = f"it has no {error}" if isinstance(error, KeyError) else str(error)
        raise PretrainedWeightsError(f"{path} is no model of TensorFlow.js: {why}") from error
    graph = node_graph(graph_def, str(path))
    graph.values |= weights
    return graph


def _model(path: Path) -> Mapping[str, Any]:
    size = path.stat().st_size
    if size > MAX_JSON_BYTES:
        raise ValueError(f"it has {size} bytes, but {MAX_JSON_BYTES} are taken")
    model = json.loads(path.read_bytes())
    if not isinstance(model, dict):
        raise TypeError(f"an object was expected, but it is a {type(model).__name__}")
    return model


def _weights(folder: Path, manifest: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Array]]:
    """Each weight of each group, which is the row of its shards."""
    left = MAX_BYTES
    for group in manifest:
        shards = [_shard(folder, name) for name in group["paths"]]
        left -= sum(shard.stat().st_size for shard in shards)
        if left < 0:
            raise ValueError(f"its shards have over {MAX_BYTES} bytes")
        content = memoryview(b"".join(shard.read_bytes() for shard in shards))
        begin = 0
        for weight in group["weights"]:
            if weight["dtype"] not in _DTYPES:
                raise ValueError(
                    f"{weight['name']} is of {weight['dtype']}, but {', '.join(_DTYPES)} are read"
                )
            stored = _stored_dtype(weight)
            shape = tuple(_whole(size) for size in weight["shape"])
            end = begin + math.prod(shape) * stored.itemsize
            if end > len(content):
                raise ValueError(
                    f"{weight['name']} would end at byte {end} of shards of {len(content)}"
                )
            values = np.frombuffer(content[begin:end], stored).reshape(shape)
            yield str(weight["name"]), _dequantized(values, weight.get("quantization"))
            begin = end


def _shard(folder: Path, name: str) -> Path:
    """A shard's file; of a name that leads elsewhere nothing is read."""
    parts = PurePosixPath(name).parts
    if not parts or PurePosixPath(name).is_absolute() or ".." in parts or "\\" in name:
        raise ValueError(f"the shard {name!r} does not lie beside it")
    return folder / name


def _whole(size: Any) -> int:
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise ValueError(f"a size of {size!r}")
    return size


def _stored_dtype(weight: Mapping[str, Any]) -> np.dtype[Any]:
    quantization = weight.get("quantization")
    if not quantization:
        return np.dtype(_DTYPES[weight["dtype"]])
    if quantization["dtype"] not in _QUANTIZED:
        raise ValueError(f"{weight['name']} is quantized to {quantization['dtype']}")
    return np.dtype(_QUANTIZED[quantization["dtype"]])


def _dequantized(values: Array, quantization: Mapping[str, Any] | None) -> Array:
    if not quantization or quantization["dtype"] == "float16":
        return values.astype(np.float32) if values.dtype.kind == "f" else values
    scale, least = float(quantization["scale"]), float(quantization["min"])
    return (values.astype(np.float64) * scale + least).astype(np.float32)


def _name(name: str) -> str:
    """Keras 3's name of a variable, in which depthwise kernels have none of their own."""
    layer, _, variable = name.partition(":")[0].rpartition("/")
    is_depthwise = variable == "depthwise_kernel" and "separable" not in layer
    return f"{layer}/{'kernel' if is_depthwise else variable}"
