"""Add the signature that takes images of the network's own size to a SavedModel of ours."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from export.errors import NotUpgradable
from export.graphs.freezing import INPUT_NODE, FrozenGraph
from export.graphs.images_in_graphs import also_of_none, images_of_resized_pixels
from export.graphs.saved_model import (
    CONSTANTS,
    PIXELS_SIGNATURE,
    detector_prefix,
    imported_detector,
    saved_model_of,
    signature_of,
)
from serving_protocol.detector_signature import RESIZED_INPUT, RESIZED_SIGNATURE


def add_resized_signature(file: Path, size_hw: tuple[int, int]) -> None:
    """Rewrite `saved_model.pb` with the signature `resized_images`; all that was there stays.

    The operations behind `image_tensor` are there once more then, without the resize before them,
    and read the same constants.

    Args:
        file: of an exported version.
        size_hw: height and width that the network computes.

    Raises:
        NotUpgradable: it has the signature already, or is not laid out as exports are.
        OSError: it cannot be read or written.
    """
    from tensorflow.core.protobuf import saved_model_pb2

    [meta_graph] = saved_model_pb2.SavedModel.FromString(file.read_bytes()).meta_graphs
    signatures = dict(meta_graph.signature_def)
    if RESIZED_SIGNATURE in signatures:
        raise NotUpgradable(f"{file} has the signature {RESIZED_SIGNATURE} already")
    operations, frozen = _detector_of(meta_graph, file)
    graph = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(meta_graph.graph_def, name="")
        taken = tf.compat.v1.placeholder(tf.uint8, (None, *size_hw, 3), RESIZED_INPUT)
        outputs = also_of_none(
            images_of_resized_pixels(taken, size_hw),
            lambda images: imported_detector(
                graph, operations, frozen, images, detector_prefix(RESIZED_SIGNATURE)
            ),
        )
    signatures[RESIZED_SIGNATURE] = signature_of({RESIZED_INPUT: taken}, outputs)
    file.write_bytes(saved_model_of(graph, signatures))


def _detector_of(meta_graph: Any, file: Path) -> tuple[Any, FrozenGraph]:
    """The operations behind `image_tensor`, as they were frozen, and what they take and give."""
    prefix = f"{detector_prefix(PIXELS_SIGNATURE)}/"
    nodes = {node.name: node for node in meta_graph.graph_def.node}
    operations = tf.compat.v1.GraphDef(versions=meta_graph.graph_def.versions)
    operations.node.add(name=INPUT_NODE, op="Placeholder")
    images = set()
    for node in nodes.values():
        if not node.name.startswith(prefix):
            continue
        copy = operations.node.add()
        copy.CopyFrom(node)
        copy.name = node.name.removeprefix(prefix)
        for place, name in enumerate(node.input):
            control, bare = name[: name.startswith("^")], name.removeprefix("^")
            if bare.startswith((prefix, CONSTANTS)):
                copy.input[place] = control + bare.removeprefix(prefix).removeprefix(CONSTANTS)
            else:
                images.add(bare)
                copy.input[place] = control + INPUT_NODE
    outputs = {
        alias: nodes[info.name.partition(":")[0]].input[0]
        for alias, info in meta_graph.signature_def[PIXELS_SIGNATURE].outputs.items()
    }
    if len(images) != 1 or not all(name.startswith(prefix) for name in outputs.values()):
        raise NotUpgradable(
            f"{file} is no graph that `boxwright export` wrote: behind {PIXELS_SIGNATURE} there is "
            "no detector that takes one batch of resized images; export its checkpoint anew"
        )
    names = {alias: _tensor(name.removeprefix(prefix)) for alias, name in outputs.items()}
    return operations, FrozenGraph(operations, f"{INPUT_NODE}:0", names)


def _tensor(name: str) -> str:
    return name if ":" in name else f"{name}:0"
