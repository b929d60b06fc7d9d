"""Variables in TensorFlow's own files: `ckpt-12.index` with its data, or a SavedModel's."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import tensorflow as tf
from tensorflow.core.protobuf import trackable_object_graph_pb2

from training.pretrained.object_detection import names
from training.pretrained.source_weights import Array, PretrainedWeightsError, SourceWeights

_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_VALUE = "VARIABLE_VALUE"
# What TensorFlow 1 trains with such averages is exported with them in the place of the variables.
_AVERAGE = "/ExponentialMovingAverage"
# Keras 2 called a depthwise convolution's kernel so; Keras 3 has one name for all.
# A name of TensorFlow 1 and TF-Slim: layer, whether it is of its batch norm, variable, average.
_SLIM = re.compile(
    r"(?P<layer>.+?)(?P<norm>/BatchNorm)?/(?P<variable>weights|depthwise_weights|pointwise_weights"
    r"|biases|gamma|beta|moving_mean|moving_variance)(?P<average>/ExponentialMovingAverage)?"
)
_SLIM_VARIABLES = {"weights": "kernel", "biases": "bias", "pointwise_weights": "pointwise_kernel"}
_DEPTHWISE = re.compile(r"(?:\w+_depthwise|conv_dw_\d+)/depthwise_kernel")


def read_variables(prefix: Path, kind: str) -> SourceWeights:
    """The variables of a checkpoint, by our names where a rule has one, else by their own.

    Args:
        prefix: the files' common beginning, `.../ckpt-12`.
        kind: what it is, in words.

    Raises:
        PretrainedWeightsError: it cannot be read.
    """
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        keys = _keys_by_name(reader)
    except (tf.errors.OpError, ValueError) as error:
        raise PretrainedWeightsError(f"{prefix} is not a checkpoint: {error}") from error
    arrays: dict[str, Array] = {}
    separable = {name.rpartition("/")[0] for name in keys if name.endswith("/pointwise_weights")}
    averaged = {name.removesuffix(_AVERAGE) for name in keys if name.endswith(_AVERAGE)}
    for name, key in keys.items():
        if name in averaged:
            continue
        ours = slim_variable_name(name, separable) or variable_name(name)
        if ours in arrays:
            raise PretrainedWeightsError(f"{prefix} has two variables for {ours}; {name} is one")
        arrays[ours] = reader.get_tensor(key)
    return SourceWeights(kind=kind, arrays=arrays, has_background=True)


def variable_name(name: str) -> str:
    """Our name for a variable of theirs.

    >>> variable_name("BoxPredictor/PredictionTower/conv2d_1/BatchNorm/feature_2/gamma")
    'tower_1_level_2_BN/gamma'
    """
    layer, _, variable = name.partition(":")[0].rpartition("/")
    ours = names.renamed(layer, names.BATCH_NORMS) or names.renamed(layer, names.LAYERS) or layer
    renamed = f"{ours}/{variable}"
    return f"{ours}/kernel" if _DEPTHWISE.fullmatch(renamed) else renamed


def slim_variable_name(name: str, separable: Collection[str] = ()) -> str | None:
    """Our name for a variable of TensorFlow 1's; None where it is none of a layer that is known.

    Args:
        name: theirs; an average over the steps counts as the variable.
        separable: their names of layers whose depthwise kernel is followed by a pointwise one.

    >>> slim_variable_name("FeatureExtractor/MobilenetV2/Conv_1/BatchNorm/gamma")
    'Conv_1_bn/gamma'
    """
    found = _SLIM.fullmatch(name)
    layer = found and names.renamed(found["layer"], names.SLIM_LAYERS)
    if found is None or layer is None:
        return None
    if found["norm"]:
        return f"{names.renamed(layer, names.BATCH_NORM_OF) or layer}/{found['variable']}"
    if found["variable"] == "depthwise_weights":
        return f"{layer}/{'depthwise_kernel' if found['layer'] in separable else 'kernel'}"
    return f"{layer}/{_SLIM_VARIABLES.get(found['variable'], found['variable'])}"


def _keys_by_name(reader: "tf.train.CheckpointReader") -> Mapping[str, str]:
    """The key of each variable's value, by the variable's name.

    Object-based checkpoints have keys that are paths of attributes, which tell little of what a
    layer is; the names are in the graph of objects. Name-based ones have names for keys.
    """
    shapes = reader.get_variable_to_shape_map()
    if _OBJECT_GRAPH not in shapes:
        return {name: name for name in shapes}
    graph = trackable_object_graph_pb2.TrackableObjectGraph()
    graph.ParseFromString(reader.get_tensor(_OBJECT_GRAPH))
    return {
        attribute.full_name: attribute.checkpoint_key
        for node in graph.nodes
        for attribute in node.attributes
        # A variable without a name, or an optimizer's slot, whose name says so.
        if attribute.name == _VALUE and attribute.full_name and not node.slot_variables
    }
