"""Weights in TensorFlow Lite's files: float32, float16 or 8-bit constants of convolutions."""

from pathlib import Path

import keras

from training.pretrained.graphs.convolutions import convolutions
from training.pretrained.graphs.graph_weights import graph_weights
from training.pretrained.source_weights import PretrainedWeightsError, SourceWeights
from training.pretrained.tflite_graph import read_tflite_graph


def read_tflite_file(path: Path, network: keras.Model) -> SourceWeights:
    """The kernels of a file's convolutions by our names, and what their batch norms became.

    Args:
        path: the file.
        network: what they are for.

    Raises:
        PretrainedWeightsError: the file cannot be read, or has no constants that are understood.
    """
    found = convolutions(read_tflite_graph(path))
    if not found:
        raise PretrainedWeightsError(f"{path} has no convolution whose weights are constants")
    return graph_weights(found, network, "a TensorFlow Lite file")
