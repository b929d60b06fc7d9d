"""Freeze a `Detector`: a graph of constants, from images of its input size to detections."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from export.graphs.folding import fold_batch_norms
from export.graphs.grouped_convolutions import depthwise_convolutions, to_be_inlined
from training.models.detector import Detector

INPUT_NODE = "images"


@dataclass(frozen=True)
class FrozenGraph:
    """A GraphDef of constants and operations on them.

    Args:
        graph_def: no functions, no variables.
        input_name: the tensor that takes (N, height, width, 3) float32 in 0..255.
        output_names: the Object Detection API's name of each output -> its tensor; of a model
            that has them the belief maps too, which have a signature of their own.
    """

    graph_def: Any
    input_name: str
    output_names: dict[str, str]


def freeze(detector: Detector, class_ids: Sequence[int]) -> FrozenGraph:
    """Freeze what `detector.detect` computes, its batch norms folded into the convolutions.

    Args:
        detector: with its weights.
        class_ids: the label map's number of each class, by the class's index.

    Raises:
        ValueError: there are more or fewer numbers than classes.
    """
    if len(class_ids) != detector.class_count:
        raise ValueError(f"{len(class_ids)} class ids given for {detector.class_count} classes")
    # Public in TensorFlow's sources and guides ("freeze"), though not exported as tf.*.
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    traced = detection_function(detector, class_ids).get_concrete_function()
    frozen = convert_variables_to_constants_v2(traced)
    names = sorted(traced.structured_outputs)
    tensors = dict(zip(names, (each.name for each in frozen.outputs), strict=True))
    graph_def = without_functions(frozen.graph, tensors.values())
    graph_def = depthwise_convolutions(graph_def)
    folded = fold_batch_norms(graph_def, keep=[_node(name) for name in tensors.values()])
    return FrozenGraph(folded, frozen.inputs[0].name, tensors)


def detection_function(detector: Detector, class_ids: Sequence[int]) -> Any:
    """A `tf.function` of the Object Detection API's outputs for (N, height, width, 3) float32."""
    height, width = detector.input_size_hw

    @tf.function(  # type: ignore[untyped-decorator]  # the package has no types
        input_signature=[tf.TensorSpec((None, height, width, 3), tf.float32, name=INPUT_NODE)]
    )
    def detect(images: tf.Tensor) -> dict[str, tf.Tensor]:
        found = detector.detect(images)
        ids = tf.constant(list(class_ids), tf.float32)
        places = tf.range(tf.shape(found.classes)[1])
        is_detection = tf.cast(places[None, :] < found.counts[:, None], tf.float32)
        outputs = {
            "detection_boxes": found.boxes_yxyx,
            "detection_classes": tf.gather(ids, found.classes) * is_detection,
            "detection_scores": found.scores,
            "num_detections": tf.cast(found.counts, tf.float32),
        }
        return outputs | found.extras

    return detect


def without_functions(graph: Any, outputs: Iterable[str]) -> Any:
    """Inline functions, and fold what does not depend on the image.

    Args:
        graph: a `tf.Graph` without variables.
        outputs: names of the tensors that are read from outside.

    Returns:
        A GraphDef, by TensorFlow's own graph optimizer.
    """
    from tensorflow.core.protobuf import config_pb2, meta_graph_pb2
    from tensorflow.python.grappler import tf_optimizer

    config = config_pb2.ConfigProto()
    rewriting = config.graph_options.rewrite_options
    # These alone: others write operations that only this version of TensorFlow has.
    rewriting.optimizers.extend(["function", "constfold", "dependency"])
    rewriting.min_graph_nodes = -1
    with graph.as_default():
        meta_graph = tf.compat.v1.train.export_meta_graph(graph=graph)
    meta_graph.graph_def.CopyFrom(to_be_inlined(meta_graph.graph_def))
    fetched = meta_graph_pb2.CollectionDef()
    fetched.node_list.value.extend(outputs)
    meta_graph.collection_def["train_op"].CopyFrom(fetched)
    return tf_optimizer.OptimizeGraph(config, meta_graph)


def _node(tensor_name: str) -> str:
    return tensor_name.partition(":")[0]
