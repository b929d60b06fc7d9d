"""TensorFlow.js's files, written as its converter does, and files that are none."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import json_format

from training.pretrained.graphs.convolutions import convolutions
from training.pretrained.graphs.node_graph import NodeGraph
from training.pretrained.source_weights import PretrainedWeightsError
from training.pretrained.tfjs_files import read_tfjs_file

RNG = np.random.default_rng(6)
KERNEL = RNG.normal(size=(3, 3, 3, 4)).astype(np.float32)
BIAS = RNG.normal(size=4).astype(np.float32)


def _stored(values: np.ndarray, quantized: str | None) -> tuple[bytes, dict[str, Any]]:
    """The bytes and the manifest's `quantization`, as tfjs-converter's `quantization.py` has it."""
    if quantized is None:
        return values.tobytes(), {}
    if quantized == "float16":
        quantization: dict[str, Any] = {"dtype": quantized, "original_dtype": "float32"}
        return values.astype("<f2").tobytes(), {"quantization": quantization}
    steps = 255 if quantized == "uint8" else 65535
    least = float(values.min())
    scale = float(values.max() - least) / steps
    quantization = {"dtype": quantized, "min": least, "scale": scale, "original_dtype": "float32"}
    content = np.round((values - least) / scale).astype(quantized).tobytes()
    return content, {"quantization": quantization}


def _write(
    folder: Path,
    topology: dict[str, Any],
    weights: dict[str, np.ndarray],
    quantized: str | None = None,
    changed: dict[str, Any] | None = None,
) -> Path:
    content, listed = b"", []
    for name, values in weights.items():
        stored, how = _stored(values, quantized)
        content += stored
        listed.append({"name": name, "shape": list(values.shape), "dtype": "float32"} | how)
    # In shards that end in the middle of a weight.
    paths = [f"group1-shard{number}of2.bin" for number in (1, 2)]
    (folder / paths[0]).write_bytes(content[:101])
    (folder / paths[1]).write_bytes(content[101:])
    group = {"paths": paths, "weights": listed} | (changed or {})
    path = folder / "model.json"
    path.write_text(json.dumps({"modelTopology": topology, "weightsManifest": [group]}))
    return path


def _graph() -> dict[str, Any]:
    """A convolution with a bias, its constants without values, as the converter leaves them."""
    with tf.Graph().as_default() as graph:
        x = tf.compat.v1.placeholder(tf.float32, (1, 8, 8, 3), name="x")
        y = tf.nn.conv2d(x, tf.constant(KERNEL, name="kernel"), 2, "SAME", name="stem/Conv2D")
        tf.nn.bias_add(y, tf.constant(BIAS, name="bias"), name="stem/BiasAdd")
    graph_def = graph.as_graph_def()
    for node in graph_def.node:
        if node.op == "Const":
            node.attr["value"].tensor.tensor_content = b""
    found: dict[str, Any] = json_format.MessageToDict(graph_def)
    return found


@pytest.mark.parametrize(
    ("quantized", "tolerance"), [(None, 0), ("float16", 2e-3), ("uint16", 1e-4), ("uint8", 0.02)]
)
def test_a_graph_model_is_read_whatever_its_weights_are_stored_as(
    quantized: str | None, tolerance: float, tmp_path: Path
) -> None:
    path = _write(tmp_path, _graph(), {"kernel": KERNEL, "bias": BIAS}, quantized)
    graph = read_tfjs_file(path)
    assert isinstance(graph, NodeGraph)
    [found] = convolutions(graph)
    assert (found.name, found.strides) == ("stem/Conv2D", (2, 2))
    np.testing.assert_allclose(found.kernel, KERNEL, atol=tolerance)
    np.testing.assert_allclose(found.offset, BIAS, atol=tolerance)


def test_a_layers_model_is_read_by_kerass_names(tmp_path: Path) -> None:
    weights = {"Conv1/kernel": KERNEL, "block_1_depthwise/depthwise_kernel": KERNEL[..., :1]}
    found = read_tfjs_file(_write(tmp_path, {"model_config": {}}, weights))
    assert isinstance(found, dict)
    assert list(found) == ["Conv1/kernel", "block_1_depthwise/kernel"]
    np.testing.assert_array_equal(found["Conv1/kernel"], KERNEL)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"paths": ["/etc/hostname"]}, "the shard '/etc/hostname' does not lie beside it"),
        ({"paths": ["../a.bin"]}, r"the shard '\.\./a\.bin' does not lie beside it"),
        ({"paths": ["nothing.bin"]}, r"nothing\.bin: No such file"),
        ({"paths": 3}, "is no model of TensorFlow.js"),
        ({"weights": [{"name": "w", "shape": [1 << 50], "dtype": "float32"}]}, "w would end at"),
        ({"weights": [{"name": "w", "shape": [-1], "dtype": "float32"}]}, "a size of -1"),
        ({"weights": [{"name": "w", "shape": [1], "dtype": "string"}]}, "w is of string, but"),
        ({"weights": [{"name": "w", "shape": [1]}]}, "it has no 'dtype'"),
    ],
)
def test_a_manifest_that_cannot_be_is_refused(
    changed: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = _write(tmp_path, {}, {"w": KERNEL}, changed=changed)
    with pytest.raises(PretrainedWeightsError, match=message):
        read_tfjs_file(path)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"<html>", b"[" * 100_000, b"\xff\xfe{"])
def test_another_file_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_bytes(content)
    with pytest.raises(PretrainedWeightsError, match=r"model\.json is no model of TensorFlow\.js"):
        read_tfjs_file(tmp_path / "model.json")
