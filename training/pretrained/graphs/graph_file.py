"""Graphs in TensorFlow's files: a SavedModel's folder, or a frozen graph's `.pb`."""

from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

from training.pretrained.graphs.convolutions import Convolution, convolutions
from training.pretrained.graphs.node_graph import NodeGraph, Ref, node_graph
from training.pretrained.source_weights import PretrainedWeightsError

# Protobuf takes no larger message.
MAX_BYTES = (1 << 31) - 1
_HANDLES = ("VarHandleOp", "VariableV2", "Variable")
_ASSIGNMENTS = ("AssignVariableOp", "Assign")


def read_graph_file(path: Path) -> list[Convolution]:
    """The convolutions of a frozen graph, `frozen_inference_graph.pb` for example.

    Raises:
        PretrainedWeightsError: it cannot be read, or multiplies nothing by constants.
    """
    graph_def = tf.compat.v1.GraphDef()
    _parse(graph_def, path)
    if not graph_def.node:
        raise PretrainedWeightsError(f"{path} holds no graph that TensorFlow has frozen")
    return _known(convolutions(node_graph(graph_def, str(path))), path)


def read_saved_model_graph(folder: Path) -> list[Convolution]:
    """The convolutions of a SavedModel's largest signature, its variables' values among them.

    Args:
        folder: has a `saved_model.pb`.

    Raises:
        PretrainedWeightsError: it cannot be read, or multiplies nothing by what it holds.
    """
    path = folder / "saved_model.pb"
    saved_model = saved_model_pb2.SavedModel()
    _parse(saved_model, path)
    if not saved_model.meta_graphs:
        raise PretrainedWeightsError(f"{path} has no graph")
    meta_graph = saved_model.meta_graphs[0]
    graph = node_graph(meta_graph.graph_def, str(path))
    variables = folder / "variables" / "variables"
    if variables.with_suffix(".index").is_file():
        _read_variables(graph, variables)
    found: list[Convolution] = []
    for signature in meta_graph.signature_def.values():
        outputs = {each.name.partition(":")[0] for each in signature.outputs.values()}
        outputs_of_calls = {
            graph.resolved(_ref(each.name))[0] for each in signature.outputs.values()
        }
        of_signature = convolutions(graph, (outputs & graph.nodes.keys()) | outputs_of_calls)
        if len(of_signature) > len(found):
            found = of_signature
    return _known(found or convolutions(graph), path)


def _ref(tensor_name: str) -> Ref:
    name, _, output = tensor_name.partition(":")
    return name, int(output) if output.isdigit() else 0


def _known(found: list[Convolution], path: Path) -> list[Convolution]:
    if not found:
        raise PretrainedWeightsError(
            f"{path} has no convolution or product with weights that are in the file"
        )
    return found


def _parse(message: Any, path: Path) -> None:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise PretrainedWeightsError(f"{path} has {size} bytes, but {MAX_BYTES} are taken")
        message.ParseFromString(path.read_bytes())
    except DecodeError as error:
        raise PretrainedWeightsError(
            f"{path} is not a {type(message).__name__}: {error}"
        ) from error
    except OSError as error:
        raise PretrainedWeightsError(f"{path}: {error.strerror}") from error


def _read_variables(graph: NodeGraph, prefix: Path) -> None:
    """Give each variable's node its value.

    A graph says itself what is restored into which variable, which holds whatever the variables
    are called.
    """
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        stored = reader.get_variable_to_shape_map()
        for handle, key in _restored(graph).items():
            if key in stored and handle not in graph.values:
                graph.values[handle] = np.asarray(reader.get_tensor(key))
    except (tf.errors.OpError, ValueError) as error:
        raise PretrainedWeightsError(f"{prefix} is not a checkpoint: {error}") from error


def _restored(graph: NodeGraph) -> dict[str, str]:
    """The key in the checkpoint of each variable's node."""
    keys = {
        name: name for name, node in graph.nodes.items() if node.op in _HANDLES
    }  # where nothing restores it, as TensorFlow 1 names it
    for name, node in graph.nodes.items():
        if node.op in _ASSIGNMENTS and len(node.inputs) > 1:
            handle, value = (_origin(graph, each) for each in graph.inputs_of(name)[:2])
            restoring = graph.nodes.get(value[0])
            if restoring is None or restoring.op != "RestoreV2" or len(restoring.inputs) < 2:
                continue
            names_node, _ = _origin(graph, restoring.inputs[1])
            listed = graph.nodes.get(names_node)
            if listed is not None and listed.op == "Const":
                texts = listed.attributes["value"].tensor.string_val
                if value[1] < len(texts):
                    keys[handle[0]] = texts[value[1]].decode("utf-8", "replace")
    return keys


def _origin(graph: NodeGraph, ref: Ref) -> Ref:
    """What is handed on by nodes that change nothing."""
    for _ in range(len(graph.nodes)):
        ref = graph.resolved(ref)
        node = graph.nodes.get(ref[0])
        if node is None or node.op != "Identity" or not node.inputs:
            return ref
        ref = node.inputs[0]
    return ref
