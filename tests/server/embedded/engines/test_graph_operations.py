import pytest

from server.embedded.engines.graph_operations import (
    operations_behind,
    state_changing_operations,
)
from serving_protocol.messages import FunctionDef, MetaGraphDef, NodeDef
from tests.support.small_graphs import affine


def graph_with_an_assignment_in_a_function() -> MetaGraphDef:
    graph = affine()
    function = FunctionDef()
    function.signature.name = "body"
    function.node_def.append(NodeDef(name="increment", op="AssignAddVariableOp"))
    function.node_def.append(NodeDef(name="unused", op="Bucketize"))
    function.control_ret["done"] = "increment"
    graph.graph_def.library.function.append(function)
    call = NodeDef(name="call", op="StatefulPartitionedCall")
    call.attr["f"].func.name = "body"
    graph.graph_def.node.append(call)
    return graph


def test_only_what_an_output_depends_on_counts() -> None:
    graph = graph_with_an_assignment_in_a_function()
    assert operations_behind(graph, graph.signature_def["serving_default"]) == {
        "AddV2",
        "Mul",
        "Const",
    }


@pytest.mark.parametrize("edge", ["call:0", "^call"])
def test_functions_are_looked_into_also_behind_control_edges(edge: str) -> None:
    graph = graph_with_an_assignment_in_a_function()
    graph.graph_def.node[-2].input.append(edge)
    signature = graph.signature_def["serving_default"]
    assert state_changing_operations(graph, signature) == ["AssignAddVariableOp"]
    assert "Bucketize" not in operations_behind(graph, signature)


def test_what_only_computes_changes_no_state() -> None:
    graph = affine()
    graph.graph_def.node[-1].op = "ScatterNd"
    assert state_changing_operations(graph, graph.signature_def["serving_default"]) == []
