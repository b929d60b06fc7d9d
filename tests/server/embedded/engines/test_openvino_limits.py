"""What OpenVINO cannot serve, or would compute less exactly, is refused and said."""

from pathlib import Path

import grpc
import numpy as np
import pytest

from server.embedded.engines.openvino_engine import OpenvinoEngine, UnservableByOpenvino
from server.embedded.errors import ServingError
from serving_protocol.messages import DataType, MetaGraphDef, NodeDef
from serving_protocol.tensors import numpy_dtype
from tests.support.small_graphs import (
    STRING,
    affine,
    meta_graph,
    operation,
    placeholder,
    signature,
    tensor_info,
    write_saved_model,
)


@pytest.fixture(scope="module")
def engine() -> OpenvinoEngine:
    return OpenvinoEngine()


def string_input() -> MetaGraphDef:
    nodes = [
        placeholder("text", [-1], STRING),
        NodeDef(name="y", op="StringLength", input=["text"]),
    ]
    return meta_graph(
        nodes,
        {
            "serving_default": signature(
                {"text": tensor_info("text:0", data_type=STRING)},
                {"y": tensor_info("y:0", data_type=3)},
            )
        },
    )


def unknown_operation() -> MetaGraphDef:
    graph = affine()
    graph.graph_def.node[-1].op = "NobodysOperation"
    return graph


def assignment() -> MetaGraphDef:
    graph = affine()
    graph.graph_def.node.append(NodeDef(name="assign", op="AssignVariableOp"))
    graph.graph_def.node[-2].input.append("^assign")
    return graph


@pytest.mark.parametrize(
    ("graph", "reason"),
    [
        (string_input(), "string input 'text' of signature 'serving_default'"),
        (unknown_operation(), "No conversion rule found for operations: NobodysOperation"),
        (assignment(), r"changes its own state \(AssignVariableOp\)"),
    ],
)
def test_what_it_cannot_serve_is_refused_with_the_reason(
    graph: MetaGraphDef, reason: str, engine: OpenvinoEngine, tmp_path: Path
) -> None:
    with pytest.raises(UnservableByOpenvino, match=reason) as error:
        engine.load(write_saved_model(tmp_path / "1", graph))
    assert "--engine=tensorflow can" in error.value.message
    assert str(tmp_path) in error.value.message


def doubled(dtype: str) -> MetaGraphDef:
    data_type = DataType.Value(f"DT_{dtype.upper()}")
    graph = meta_graph(
        [placeholder("x", [-1], data_type), operation("AddV2", "y", "x", "x")],
        {
            "serving_default": signature(
                {"x": tensor_info("x:0", data_type=data_type)},
                {"y": tensor_info("y:0", data_type=data_type)},
            )
        },
    )
    graph.graph_def.node[-1].attr["T"].type = data_type
    return graph


@pytest.mark.parametrize("dtype", ["half", "int16", "int32", "int64", "uint8", "uint16", "uint32"])
def test_dtypes_go_through(dtype: str, engine: OpenvinoEngine, tmp_path: Path) -> None:
    model = engine.load(write_saved_model(tmp_path / "1", doubled(dtype)))
    x = np.array([0, 3, 100], numpy_dtype(DataType.Value(f"DT_{dtype.upper()}")))
    y = model.run("serving_default", {"x": x}, ["y"])["y"]
    assert y.dtype == x.dtype
    assert y.tolist() == [0, 6, 200]


@pytest.mark.parametrize("dtype", ["double", "uint64", "complex64", "bfloat16"])
def test_what_it_would_compute_less_exactly_is_left_to_tensorflow(
    dtype: str, engine: OpenvinoEngine, tmp_path: Path
) -> None:
    with pytest.raises(UnservableByOpenvino, match=f"{dtype} input 'x'"):
        engine.load(write_saved_model(tmp_path / "1", doubled(dtype)))


def test_integers_of_more_than_32_bits_are_refused_rather_than_cut(
    engine: OpenvinoEngine, tmp_path: Path
) -> None:
    model = engine.load(write_saved_model(tmp_path / "1", doubled("int64")))
    with pytest.raises(ServingError, match=r"x holds 1099511627776.*32 bits") as error:
        model.run("serving_default", {"x": np.array([1, 2**40])}, ["y"])
    assert error.value.code is grpc.StatusCode.UNIMPLEMENTED
