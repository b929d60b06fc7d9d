"""SavedModels written message by message, in milliseconds and without TensorFlow.

Each is y = x * factor + offset in some disguise.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from serving_protocol.messages import (
    DataType,
    MetaGraphDef,
    NodeDef,
    SavedModel,
    SignatureDef,
    TensorInfo,
    TensorShapeProto,
)
from serving_protocol.tensors import encode_tensor

FLOAT: int = DataType.Value("DT_FLOAT")
STRING: int = DataType.Value("DT_STRING")


def placeholder(name: str, shape: Iterable[int], data_type: int = FLOAT) -> NodeDef:
    """An input; -1 for a size that is free."""
    node = NodeDef(name=name, op="Placeholder")
    node.attr["dtype"].type = data_type
    node.attr["shape"].shape.CopyFrom(_shape(shape))
    return node


def constant(name: str, value: float) -> NodeDef:
    """A float32 number."""
    node = NodeDef(name=name, op="Const")
    node.attr["dtype"].type = FLOAT
    node.attr["value"].tensor.CopyFrom(encode_tensor(np.float32(value)))
    return node


def operation(op: str, name: str, *inputs: str) -> NodeDef:
    """An operation on floats."""
    node = NodeDef(name=name, op=op, input=inputs)
    node.attr["T"].type = FLOAT
    return node


def tensor_info(name: str, shape: Iterable[int] = (-1,), data_type: int = FLOAT) -> TensorInfo:
    """What a signature says of a tensor."""
    return TensorInfo(name=name, dtype=data_type, tensor_shape=_shape(shape))


def signature(inputs: Mapping[str, TensorInfo], outputs: Mapping[str, TensorInfo]) -> SignatureDef:
    """A signature for Predict."""
    return SignatureDef(inputs=inputs, outputs=outputs, method_name="tensorflow/serving/predict")


def meta_graph(
    nodes: Iterable[NodeDef],
    signatures: Mapping[str, SignatureDef],
    tags: Iterable[str] = ("serve",),
) -> MetaGraphDef:
    """A graph with its signatures."""
    graph = MetaGraphDef(signature_def=signatures)
    graph.meta_info_def.tags.extend(tags)
    graph.graph_def.node.extend(nodes)
    graph.graph_def.versions.producer = 1
    return graph


def write_saved_model(version_dir: Path, *meta_graphs: MetaGraphDef) -> Path:
    """Write `saved_model.pb`, and return the folder."""
    version_dir.mkdir(parents=True, exist_ok=True)
    model = SavedModel(saved_model_schema_version=1, meta_graphs=meta_graphs)
    (version_dir / "saved_model.pb").write_bytes(model.SerializeToString())
    return version_dir


def affine(
    factor: float = 0.5,
    offset: float = 2.0,
    shape: Iterable[int] = (-1,),
    tags: Iterable[str] = ("serve",),
) -> MetaGraphDef:
    """y = x * factor + offset, as TensorFlow Serving's own half_plus_two."""
    nodes = [
        placeholder("x", shape),
        constant("factor", factor),
        constant("offset", offset),
        operation("Mul", "product", "x", "factor"),
        operation("AddV2", "y", "product", "offset"),
    ]
    signatures = {
        "serving_default": signature(
            {"x": tensor_info("x:0", shape)}, {"y": tensor_info("y:0", shape)}
        )
    }
    return meta_graph(nodes, signatures, tags)


def _shape(sizes: Iterable[int]) -> TensorShapeProto:
    return TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in sizes])
