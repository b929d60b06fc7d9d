"""What the Object Detection API would have written of a detector of ours."""

import re
from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from training.models.detector import Detector

EXTRACTOR = "ssd_mobile_net_v2fpn_keras_feature_extractor"
PREDICTOR = "WeightSharedConvolutionalBoxPredictor"
LEVELS = 5
# Ours to theirs; the tests say it the other way round than the code does.
_THEIR_LAYERS = (
    (r"(projection_\d)", rf"{EXTRACTOR}/FeatureMaps/top_down/\1"),
    (r"(smoothing_\d)", rf"{EXTRACTOR}/FeatureMaps/top_down/\1_depthwise_conv"),
    (r"(smoothing_\d)_BN", rf"{EXTRACTOR}/FeatureMaps/top_down/\1_batchnorm"),
    (r"bottom_up_conv_(\d+)", rf"{EXTRACTOR}/bottom_up_Conv2d_\1_depthwise_conv"),
    (r"bottom_up_conv_(\d+)_BN", rf"{EXTRACTOR}/bottom_up_Conv2d_\1_batchnorm"),
    (r"tower_(\d)", rf"{PREDICTOR}/PredictionTower/conv2d_\1"),
    (r"tower_(\d)_level_(\d)_BN", rf"{PREDICTOR}/PredictionTower/conv2d_\1/BatchNorm/feature_\2"),
    ("box_predictor", f"{PREDICTOR}/WeightSharedConvolutionalBoxHead/BoxPredictor"),
    ("class_predictor", f"{PREDICTOR}/WeightSharedConvolutionalClassHead/ClassPredictor"),
    ("(.*)", rf"{EXTRACTOR}/model/\1"),
)


def their_layer(layer: str) -> str:
    for pattern, becomes in _THEIR_LAYERS:
        if re.fullmatch(pattern, layer):
            return re.sub(f"^{pattern}$", becomes, layer)
    raise AssertionError(layer)


def their_variables(detector: Detector) -> dict[str, np.ndarray]:
    """Every variable by their name, the class head with a background before each anchor's."""
    variables = {}
    for weight in detector.network.weights:
        layer, _, name = weight.path.rpartition("/")
        array = weight.numpy()
        if layer == "class_predictor" and name != "depthwise_kernel":
            array = _with_background(array, detector.class_count)
        if layer.endswith("_depthwise"):
            name = "depthwise_kernel"
        variables[f"{their_layer(layer)}/{name}"] = array
    return variables


def frozen_saved_model(detector: Detector) -> saved_model_pb2.SavedModel:
    """Its constants alone, batch norms multiplied into the kernels before them."""
    graph = tf.compat.v1.GraphDef()
    for name, array in _constants(detector):
        node = graph.node.add(op="Const", name=f"StatefulPartitionedCall/{name}")
        node.attr["value"].tensor.CopyFrom(tf.make_tensor_proto(array))
        node.attr["dtype"].type = tf.as_dtype(array.dtype).as_datatype_enum
    saved_model = saved_model_pb2.SavedModel()
    saved_model.meta_graphs.add().graph_def.CopyFrom(graph)
    return saved_model


def _constants(detector: Detector) -> Iterator[tuple[str, np.ndarray]]:
    weights = {weight.path: weight.numpy() for weight in detector.network.weights}
    yield "Postprocessor/scale", np.array(1, np.float32)
    yield "Reshape/shape", np.array([1, -1, 4], np.int32)
    for path, array in weights.items():
        layer, _, name = path.rpartition("/")
        theirs = their_layer(layer)
        if re.fullmatch(r"tower_\d|(box|class)_predictor", layer):
            for level in range(LEVELS):
                suffix = f"_{level}" if level else ""
                yield from _of_separable(weights, path, array, suffix, theirs, level, detector)
        elif name in ("depthwise_kernel", "pointwise_kernel"):
            yield from _of_separable(weights, path, array, "", theirs, None, detector)
        elif name == "kernel" and layer.startswith("projection"):
            yield f"{theirs}/Conv2D/ReadVariableOp", array
        elif name == "bias":
            yield f"{theirs}/BiasAdd/ReadVariableOp", array
        elif name == "kernel":
            norm = {"Conv1": "bn_Conv1", "Conv_1": "Conv_1_bn"}.get(layer, f"{layer}_BN")
            scale, offset = _folded(weights, norm)
            depthwise = layer.endswith("_depthwise")
            operation = "depthwise" if depthwise else "Conv2D"
            by_output = scale[:, None] if depthwise else scale
            yield f"{theirs}/{operation}_weights", array * by_output
            yield f"{theirs}/{operation}_bn_offset", offset


def _of_separable(
    weights: dict[str, np.ndarray],
    path: str,
    array: np.ndarray,
    suffix: str,
    theirs: str,
    level: int | None,
    detector: Detector,
) -> Iterator[tuple[str, np.ndarray]]:
    layer, _, name = path.rpartition("/")
    operation = f"{theirs}/separable_conv2d{suffix}"
    predictor = layer.endswith("_predictor")
    if layer == "class_predictor" and name != "depthwise_kernel":
        array = _with_background(array, detector.class_count)
    if name == "bias":
        yield f"{theirs}/BiasAdd{suffix}/ReadVariableOp", array
    elif name == "depthwise_kernel":
        yield f"{operation}/ReadVariableOp", array
    elif predictor:
        yield f"{operation}/ReadVariableOp_1", array
    else:
        norm = f"{layer}_BN" if level is None else f"{layer}_level_{level}_BN"
        scale, offset = _folded(weights, norm)
        yield f"{operation}_weights", array * scale
        yield f"{operation}_bn_offset", offset


def _folded(weights: dict[str, np.ndarray], norm: str) -> tuple[np.ndarray, np.ndarray]:
    gamma, beta, mean, variance = (
        weights[f"{norm}/{name}"] for name in ("gamma", "beta", "moving_mean", "moving_variance")
    )
    scale = gamma / np.sqrt(variance + 1e-3)
    return scale, beta - mean * scale


def _with_background(array: np.ndarray, class_count: int) -> np.ndarray:
    split = array.reshape(*array.shape[:-1], -1, class_count)
    background = np.full((*split.shape[:-1], 1), 9, np.float32)
    return np.concatenate([background, split], axis=-1).reshape(*array.shape[:-1], -1)
