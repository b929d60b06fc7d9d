"""Write a SavedModel of one flat graph: three signatures, one set of constants.

Flat, as TensorFlow 1 wrote them, for three reasons. All signatures read the same constants, so the
weights are on the disk and in memory once. Nothing has to be inlined before it is optimized. And
OpenVINO's converter knows the outputs of an operation apart by number, as graphs name them, where
extensions of it cannot by name, as functions do.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf

from detection.kinds.keypoints.outputs import BELIEF_MAPS
from export.graphs.freezing import FrozenGraph
from export.graphs.images_in_graphs import (
    also_of_none,
    images_of_files,
    images_of_pixels,
    images_of_resized_pixels,
)
from export.graphs.weight_storage import WeightType, stored_as_half, weight_names
from model_repository.model_folder import SAVED_MODEL_NAME
from serving_protocol.detector_signature import PREDICT_METHOD, RESIZED_INPUT, RESIZED_SIGNATURE

ENCODED_SIGNATURE, ENCODED_INPUT = "serving_default", "image_bytes"
PIXELS_SIGNATURE, PIXELS_INPUT = "image_tensor", "image_tensor"
CONSTANTS = "weights/"


def write_saved_model(
    frozen: FrozenGraph,
    size_hw: tuple[int, int],
    folder: Path,
    weights: WeightType = "float32",
) -> None:
    """Write `saved_model.pb`: the signatures `serving_default`, `image_tensor`, `resized_images`.

    And `belief_maps`, of a model that has such; it takes what `image_tensor` takes.

    Args:
        frozen: takes images of `size_hw`.
        size_hw: height and width.
        folder: exists.
        weights: as what they are stored; float32 is computed either way.

    Raises:
        OSError: it cannot be written.
    """
    graph = tf.Graph()
    signatures = {}
    with graph.as_default():
        constants, operations = _parted(frozen.graph_def)
        if weights == "float16":
            names = {CONSTANTS + name for name in weight_names(frozen.graph_def)}
            constants = stored_as_half(constants, names)
        tf.graph_util.import_graph_def(constants, name="")
        for name, spec, read in _ways_in(size_hw):
            taken = tf.compat.v1.placeholder(spec.dtype, spec.shape, spec.name)
            images = read(taken, size_hw)
            detector = functools.partial(
                imported_detector, graph, operations, frozen, name=detector_prefix(name)
            )
            outputs = also_of_none(images, detector)
            maps = {key: outputs.pop(key) for key in (BELIEF_MAPS,) if key in outputs}
            signatures[name] = signature_of({spec.name: taken}, outputs)
            if maps and name == PIXELS_SIGNATURE:
                signatures[BELIEF_MAPS] = signature_of({spec.name: taken}, maps)
    (folder / SAVED_MODEL_NAME).write_bytes(saved_model_of(graph, signatures))


def detector_prefix(signature_name: str) -> str:
    """Below which the operations of the detector behind a signature lie in the graph."""
    return f"{signature_name}_detector"


def _ways_in(
    size_hw: tuple[int, int],
) -> list[tuple[str, tf.TensorSpec, Callable[..., tf.Tensor]]]:
    return [
        (ENCODED_SIGNATURE, tf.TensorSpec((None,), tf.string, ENCODED_INPUT), images_of_files),
        (
            PIXELS_SIGNATURE,
            tf.TensorSpec((None, None, None, 3), tf.uint8, PIXELS_INPUT),
            images_of_pixels,
        ),
        (
            RESIZED_SIGNATURE,
            tf.TensorSpec((None, *size_hw, 3), tf.uint8, RESIZED_INPUT),
            images_of_resized_pixels,
        ),
    ]


def _parted(graph_def: Any) -> tuple[Any, Any]:
    """The constants, named anew, and the operations that read them."""
    constants = tf.compat.v1.GraphDef(versions=graph_def.versions)
    operations = tf.compat.v1.GraphDef(versions=graph_def.versions)
    for node in graph_def.node:
        copy = (constants if node.op == "Const" else operations).node.add()
        copy.CopyFrom(node)
        if node.op == "Const":
            copy.name = CONSTANTS + node.name
            # What they waited for is in the other part.
            del copy.input[:]
    return constants, operations


def imported_detector(
    graph: Any, operations: Any, frozen: FrozenGraph, images: tf.Tensor, name: str
) -> dict[str, tf.Tensor]:
    """The detector's outputs, of operations that are added under `name`.

    Args:
        graph: has the constants.
        operations: a GraphDef of all but those.
        frozen: says what they take and give.
        images: (N, height, width, 3) float32.
        name: a prefix.
    """
    own = {node.name for node in operations.node}
    read = {each.partition(":")[0] for node in operations.node for each in node.input
            if not each.startswith("^")}  # fmt: skip
    given = {f"{each}:0": graph.get_tensor_by_name(f"{CONSTANTS}{each}:0") for each in read - own}
    given[frozen.input_name] = images
    without_input = tf.compat.v1.GraphDef(versions=operations.versions)
    input_node = frozen.input_name.partition(":")[0]
    without_input.node.extend(node for node in operations.node if node.name != input_node)
    for node in without_input.node:
        kept = [each for each in node.input
                if not each.startswith("^") or each.removeprefix("^") in own]  # fmt: skip
        del node.input[:]
        node.input.extend(kept)
    found = tf.graph_util.import_graph_def(
        without_input, given, return_elements=list(frozen.output_names.values()), name=name
    )
    return dict(zip(frozen.output_names, found, strict=True))


def signature_of(inputs: dict[str, tf.Tensor], outputs: dict[str, tf.Tensor]) -> Any:
    """A SignatureDef that Predict asks."""
    from tensorflow.core.protobuf import meta_graph_pb2

    signature = meta_graph_pb2.SignatureDef(method_name=PREDICT_METHOD)
    for declared, tensors in ((signature.inputs, inputs), (signature.outputs, outputs)):
        for name, tensor in tensors.items():
            declared[name].name = tensor.name
            declared[name].dtype = tensor.dtype.as_datatype_enum
            declared[name].tensor_shape.CopyFrom(tensor.shape.as_proto())
    return signature


def saved_model_of(graph: Any, signatures: dict[str, Any]) -> bytes:
    """The file `saved_model.pb`."""
    from tensorflow.core.protobuf import saved_model_pb2

    saved = saved_model_pb2.SavedModel(saved_model_schema_version=1)
    meta_graph = saved.meta_graphs.add()
    with graph.as_default():
        meta_graph.CopyFrom(
            tf.compat.v1.train.export_meta_graph(graph=graph, strip_default_attrs=True)
        )
    meta_graph.meta_info_def.tags.append("serve")
    for name, signature in signatures.items():
        meta_graph.signature_def[name].CopyFrom(signature)
    return bytes(saved.SerializeToString(deterministic=True))
