"""Where a request's values become indices, however they get there."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from server.embedded.engines.openvino_engine import OpenvinoEngine, UnservableByOpenvino
from server.embedded.engines.request_values import operations_on_request_values
from serving_protocol.messages import DataType, FunctionDef, MetaGraphDef, NodeDef
from tests.support.small_graphs import (
    constant,
    meta_graph,
    operation,
    placeholder,
    signature,
    tensor_info,
    write_saved_model,
)

INT32: int = DataType.Value("DT_INT32")


def graph_of(*nodes: NodeDef, functions: Sequence[FunctionDef] = ()) -> MetaGraphDef:
    """A graph from the input `x` to the output `y`, with a `table` to look into."""
    graph = meta_graph(
        [placeholder("x", [-1], INT32), constant("table", 1), constant("zero", 0), *nodes],
        {
            "serving_default": signature(
                {"x": tensor_info("x:0", data_type=INT32)}, {"y": tensor_info("y:0")}
            )
        },
    )
    graph.graph_def.library.function.extend(functions)
    return graph


def found(graph: MetaGraphDef) -> list[str]:
    return operations_on_request_values(graph, graph.signature_def["serving_default"])


def gather(name: str, indices: str, table: str = "table") -> NodeDef:
    return operation("GatherV2", name, table, indices, "zero")


def divide(kind: str, divisor: str) -> NodeDef:
    node = operation("FloorDiv", "y", "x", divisor)
    node.attr["T"].type = DataType.Value(kind)
    return node


def whole(op: str, name: str, *inputs: str, kind: str = "DT_INT32") -> NodeDef:
    node = operation(op, name, *inputs)
    node.attr["T"].type = DataType.Value(kind)
    return node


def call(op: str, name: str, *inputs: str, **functions: str) -> NodeDef:
    node = NodeDef(name=name, op=op, input=inputs)
    for attribute, function in functions.items():
        node.attr[attribute].func.name = function
    return node


def function(
    name: str, arguments: Sequence[str], results: Sequence[str], *nodes: NodeDef
) -> FunctionDef:
    """A function whose results are tensors of its nodes, or its arguments."""
    definition = FunctionDef(node_def=nodes)
    definition.signature.name = name
    for argument in arguments:
        definition.signature.input_arg.add(name=argument, type=INT32)
    for place, result in enumerate(results):
        definition.signature.output_arg.add(name=f"out_{place}", type=INT32)
        definition.ret[f"out_{place}"] = result
    return definition


SECOND_AND_FIRST = function("swap", ["a", "b"], ["b", "a"])
LOOK_UP = function("look_up", ["i"], ["got:output:0"], gather("got", "i", "i"))
# The first round hands the caller's value from one place to the next.
SHIFT = function("shift", ["a", "b"], ["a", "got:output:0"], gather("got", "b", "a"))
SHIFTED = function("shifted", ["a", "b"], ["a", "a"])
AGAIN = function("again", ["a", "b"], ["a"])


@pytest.mark.parametrize(
    "graph",
    [
        graph_of(gather("y", "x")),
        graph_of(operation("AddV2", "more", "x", "zero"), gather("y", "more:0")),
        graph_of(operation("TopKV2", "top", "x", "zero"), gather("y", "top")),
        graph_of(whole("Minimum", "low", "x", "zero"), gather("y", "low")),
        graph_of(
            whole("Minimum", "low", "x", "zero"),
            whole("Minimum", "lower", "low", "zero"),
            gather("y", "lower"),
        ),
        graph_of(
            whole("Minimum", "low", "x", "x"),
            whole("Maximum", "high", "low", "zero"),
            gather("y", "high"),
        ),
        graph_of(
            whole("Minimum", "low", "x", "zero", kind="DT_FLOAT"),
            whole("Maximum", "high", "low", "zero", kind="DT_FLOAT"),
            gather("y", "high"),
        ),
        graph_of(call("PartitionedCall", "y", "x", f="look_up"), functions=[LOOK_UP]),
        graph_of(
            call("StatefulPartitionedCall", "both", "x", "zero", f="swap"),
            gather("y", "both:1"),
            functions=[SECOND_AND_FIRST],
        ),
        graph_of(call("If", "y", "zero", "x", then_branch="look_up"), functions=[LOOK_UP]),
        graph_of(
            call("While", "loop", "x", "zero", cond="again", body="shifted"),
            gather("y", "loop:1"),
            functions=[AGAIN, SHIFTED],
        ),
        graph_of(
            call("While", "y", "zero", "x", cond="again", body="shift"), functions=[AGAIN, SHIFT]
        ),
    ],
)
def test_an_index_from_the_request_is_found(graph: MetaGraphDef) -> None:
    assert found(graph) == ["GatherV2"]


@pytest.mark.parametrize(
    "graph",
    [
        graph_of(gather("y", "zero", table="x")),
        graph_of(operation("ArgMax", "best", "x", "zero"), gather("y", "best")),
        graph_of(operation("TopKV2", "top", "x", "zero"), gather("y", "top:1")),
        graph_of(operation("NonMaxSuppressionV5", "kept", "x"), gather("y", "kept:0")),
        graph_of(
            whole("Minimum", "low", "x", "zero"),
            whole("Maximum", "clipped", "zero", "low"),
            whole("AddV2", "place", "clipped", "zero"),
            gather("y", "place"),
        ),
        graph_of(
            call("PartitionedCall", "both", "x", "zero", f="swap"),
            gather("y", "both:0"),
            functions=[SECOND_AND_FIRST],
        ),
        graph_of(divide("DT_INT32", "zero")),
        graph_of(divide("DT_FLOAT", "x")),
    ],
)
def test_an_index_that_lies_within_bounds_is_left_alone(graph: MetaGraphDef) -> None:
    assert found(graph) == []


def test_a_divisor_from_the_request_is_found() -> None:
    assert found(graph_of(divide("DT_INT32", "x"))) == ["FloorDiv"]


def test_openvino_is_not_given_what_it_would_read_without_a_look(tmp_path: Path) -> None:
    folder = write_saved_model(tmp_path / "1", graph_of(gather("y", "x")))
    with pytest.raises(UnservableByOpenvino, match=r"from the request \(GatherV2\)"):
        OpenvinoEngine().load(folder)
