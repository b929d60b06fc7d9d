"""Variables in TensorFlow's own files: `ckpt-12.index` with its data, or a SavedModel's."""

import re
from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf
from tensorflow.core.protobuf import trackable_object_graph_pb2

from training.pretrained.object_detection import names
from training.pretrained.source_weights import Array, PretrainedWeightsError, SourceWeights

_OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
_VALUE = "VARIABLE_VALUE"
# Keras 2 called a depthwise convolution's kernel so; Keras 3 has one name for all.
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
    for name, key in keys.items():
        ours = variable_name(name)
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
