"""Convolutions of a channel a group are computed as every runtime can, to the same numbers."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from export.errors import UnservableGraph
from export.graphs.freezing import without_functions
from export.graphs.grouped_convolutions import depthwise_convolutions

CHANNELS = 4
IMAGES = np.random.default_rng(3).normal(size=(2, 9, 7, CHANNELS)).astype(np.float32)


def traced(layer: keras.layers.Layer) -> tuple[Any, str]:
    """What Keras computes, as a graph of constants without functions, and its output."""
    spec = tf.TensorSpec((None, 9, 7, CHANNELS), tf.float32, name="images")
    function = tf.function(layer).get_concrete_function(spec)
    frozen = convert_variables_to_constants_v2(function)
    output = frozen.outputs[0].name
    return without_functions(frozen.graph, [output]), output


def computed(graph_def: Any, output: str) -> Any:
    graph = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(graph_def, name="")
    with tf.compat.v1.Session(graph=graph) as session:
        return session.run(output, {"images:0": IMAGES})


@pytest.mark.parametrize("filters", [CHANNELS, 3 * CHANNELS])
@pytest.mark.parametrize("strides", [1, 2])
def test_they_answer_what_keras_answers(filters: int, strides: int) -> None:
    layer = keras.layers.Conv2D(filters, 3, strides, padding="same", groups=CHANNELS)
    wanted = layer(IMAGES).numpy()
    graph_def, output = traced(layer)
    assert not graph_def.library.function
    changed = depthwise_convolutions(graph_def)
    operations = {node.op for node in changed.node}
    assert "DepthwiseConv2dNative" in operations
    assert "Conv2D" not in operations
    np.testing.assert_allclose(computed(changed, output), wanted, atol=1e-5)


def test_those_of_all_channels_stay_as_they_are() -> None:
    layer = keras.layers.Conv2D(5, 3)
    wanted = layer(IMAGES).numpy()
    graph_def, output = traced(layer)
    changed = depthwise_convolutions(graph_def)
    assert changed == graph_def
    np.testing.assert_allclose(computed(changed, output), wanted, atol=1e-5)


def test_groups_of_several_channels_are_named() -> None:
    layer = keras.layers.Conv2D(6, 3, groups=2)
    layer(IMAGES)
    graph_def, _ = traced(layer)
    with pytest.raises(UnservableGraph, match="convolves 4 channels in groups of 2"):
        depthwise_convolutions(graph_def)
