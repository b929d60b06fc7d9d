"""Frozen graphs as TensorFlow 1 wrote them, and files that are none."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from training.pretrained.graphs.background import without_background_outputs
from training.pretrained.graphs.convolutions import Convolution
from training.pretrained.graphs.graph_file import read_graph_file, read_saved_model_graph
from training.pretrained.source_weights import PretrainedWeightsError

RNG = np.random.default_rng(2)


def _by_name(found: list[Convolution]) -> dict[str, Convolution]:
    return {each.name: each for each in found}


def _frozen(tmp_path: Path, graph: tf.Graph) -> Path:
    path = tmp_path / "frozen_inference_graph.pb"
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return path


def _heads(anchors: int, classes: int) -> tf.Graph:
    """A convolution with an unfused batch norm and two heads, by the zoo's names."""
    v1 = tf.compat.v1
    with tf.Graph().as_default() as graph:
        x = v1.placeholder(tf.float32, (1, 8, 8, 3))
        scope = "FeatureExtractor/MobilenetV2/Conv"
        kernel = tf.constant(RNG.normal(size=(3, 3, 3, 4)).astype(np.float32))
        y = tf.nn.conv2d(x, kernel, 2, "SAME", name=f"{scope}/Conv2D")
        gamma, beta, mean = (tf.constant([each] * 4) for each in (2.0, 3.0, 5.0))
        variance = tf.constant([0.999] * 4)
        y = tf.nn.relu6(tf.nn.batch_normalization(y, mean, variance, beta, gamma, 1e-3))
        for name, outputs in (("BoxEncodingPredictor", 4), ("ClassPredictor", classes + 1)):
            kernel = tf.constant(
                np.tile(np.arange(outputs, dtype=np.float32), anchors)
                * np.ones((1, 1, 4, 1), np.float32)
            )
            z = tf.nn.conv2d(y, kernel, 1, "SAME", name=f"BoxPredictor_0/{name}/Conv2D")
            bias = np.tile(np.arange(outputs, dtype=np.float32) * 10, anchors)
            tf.nn.bias_add(z, tf.constant(bias), name=f"BoxPredictor_0/{name}/BiasAdd")
    return graph


def test_a_batch_norm_of_single_operations_is_read_with_its_statistics(tmp_path: Path) -> None:
    found = _by_name(read_graph_file(_frozen(tmp_path, _heads(2, 3))))
    first = found["FeatureExtractor/MobilenetV2/Conv/Conv2D"]
    np.testing.assert_allclose(first.scale, [2] * 4, rtol=1e-5)
    np.testing.assert_allclose(first.offset, [3 - 2 * 5] * 4, rtol=1e-5)
    assert first.statistics is not None
    np.testing.assert_allclose(np.stack(first.statistics), np.repeat([[5], [0.999]], 4, axis=1))
    assert found["BoxPredictor_0/ClassPredictor/Conv2D"].inputs == {first.name}


def test_each_anchors_background_is_left_out(tmp_path: Path) -> None:
    found = _by_name(without_background_outputs(read_graph_file(_frozen(tmp_path, _heads(2, 3)))))
    classes = found["BoxPredictor_0/ClassPredictor/Conv2D"]
    assert classes.kernel[0, 0, 0].tolist() == [1, 2, 3, 1, 2, 3]
    assert classes.offset.tolist() == [10, 20, 30, 10, 20, 30]
    assert found["BoxPredictor_0/BoxEncodingPredictor/Conv2D"].channels == 8


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff" * 40, "is not a GraphDef"),
        (b"", "holds no graph"),
        (b"<html>not found</html>", "is not a GraphDef"),
    ],
)
def test_another_file_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "frozen.pb"
    path.write_bytes(content)
    with pytest.raises(PretrainedWeightsError, match=message):
        read_graph_file(path)


def test_a_constant_that_says_it_is_huge_is_refused_before_it_is_made(tmp_path: Path) -> None:
    graph = _heads(2, 3).as_graph_def()
    for node in graph.node:
        if node.op == "Const" and len(node.attr["value"].tensor.tensor_shape.dim) == 4:
            node.attr["value"].tensor.tensor_shape.dim[0].size = 1 << 40
    path = tmp_path / "frozen.pb"
    path.write_bytes(graph.SerializeToString())
    with pytest.raises(PretrainedWeightsError, match=r"numbers, but 268435456 are taken"):
        read_graph_file(path)


def test_functions_that_call_themselves_are_refused(tmp_path: Path) -> None:
    saved_model = saved_model_pb2.SavedModel()
    graph = saved_model.meta_graphs.add().graph_def
    function = graph.library.function.add()
    function.signature.name = "f"
    function.signature.output_arg.add(name="y")
    function.ret["y"] = "call:output:0"
    for nodes in (graph.node, function.node_def):
        node = nodes.add(name="call", op="PartitionedCall")
        node.attr["f"].func.name = "f"
    (tmp_path / "saved_model.pb").write_bytes(saved_model.SerializeToString())
    with pytest.raises(PretrainedWeightsError, match="functions in each other, 64 deep"):
        read_saved_model_graph(tmp_path)


def test_a_cut_frozen_graph_is_refused_or_lacks_layers(tmp_path: Path) -> None:
    whole = _frozen(tmp_path, _heads(2, 3)).read_bytes()
    path = tmp_path / "cut.pb"
    refused = 0
    for end in range(0, len(whole) - 1, 61):
        path.write_bytes(whole[:end])
        try:
            assert len(read_graph_file(path)) <= 3
        except PretrainedWeightsError:
            refused += 1
    assert refused > 5
