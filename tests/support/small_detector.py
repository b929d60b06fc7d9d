"""A detector written message by message: one box in the middle of whatever image comes."""

from pathlib import Path

import numpy as np

from serving_protocol.messages import DataType, NodeDef
from serving_protocol.tensors import Array, encode_tensor
from tests.support.small_graphs import (
    FLOAT,
    meta_graph,
    operation,
    placeholder,
    signature,
    tensor_info,
    write_saved_model,
)

UINT8: int = DataType.Value("DT_UINT8")
INT32: int = DataType.Value("DT_INT32")


def write_small_detector(version_dir: Path, score: float = 0.9) -> Path:
    """Write a SavedModel that takes pixels, and finds one object of class 1 with this score."""
    nodes = [
        placeholder("images", (-1, -1, -1, 3), UINT8),
        _constant("no_weight", np.float32(0)),
        _constant("axes", np.array([1, 2, 3], np.int32), INT32),
        _cast("pixels", "images"),
        _mean("brightness", "pixels", "axes"),
        operation("Mul", "nothing", "brightness", "no_weight"),
    ]
    outputs = {
        "detection_boxes": np.array([[[0.25, 0.25, 0.75, 0.75]]], np.float32),
        "detection_scores": np.array([[score]], np.float32),
        "detection_classes": np.array([[1.0]], np.float32),
        "num_detections": np.array([1.0], np.float32),
    }
    for name, value in outputs.items():
        # One image's worth of zeros is added, so that the answer depends on the input.
        nodes.append(_constant(f"{name}_of_all", value))
        nodes.append(operation("AddV2", name, f"{name}_of_all", "nothing"))
    given = {name: tensor_info(f"{name}:0", value.shape) for name, value in outputs.items()}
    taken = {"input_tensor": tensor_info("images:0", (1, -1, -1, 3), UINT8)}
    graph = meta_graph(nodes, {"serving_default": signature(taken, given)})
    return write_saved_model(version_dir, graph)


def _constant(name: str, value: Array | np.float32, data_type: int = FLOAT) -> NodeDef:
    node = NodeDef(name=name, op="Const")
    node.attr["dtype"].type = data_type
    node.attr["value"].tensor.CopyFrom(encode_tensor(np.asarray(value)))
    return node


def _cast(name: str, source: str) -> NodeDef:
    node = NodeDef(name=name, op="Cast", input=[source])
    node.attr["SrcT"].type, node.attr["DstT"].type = UINT8, FLOAT
    return node


def _mean(name: str, source: str, axes: str) -> NodeDef:
    node = NodeDef(name=name, op="Mean", input=[source, axes])
    node.attr["T"].type, node.attr["Tidx"].type = FLOAT, INT32
    return node
