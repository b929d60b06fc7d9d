"""A graph that the pinned server could not load is refused, and the message says why."""

from pathlib import Path

import pytest

from export.errors import UnservableGraph
from export.serving_compatibility.operations import (
    GRAPH_DEF_VERSION,
    check_loadable,
    known_operations,
)
from serving_protocol.messages import MetaGraphDef, NodeDef
from tests.support.shared import REPOSITORY
from tests.support.small_graphs import affine, operation, write_saved_model


def written(folder: Path, graph: MetaGraphDef) -> Path:
    return write_saved_model(folder / "1", graph) / "saved_model.pb"


def test_a_graph_of_known_operations_is_taken(tmp_path: Path) -> None:
    check_loadable(written(tmp_path, affine()))


def test_an_operation_that_came_later_is_named(tmp_path: Path) -> None:
    graph = affine()
    graph.graph_def.node.append(operation("DecodeJxl", "newer"))
    with pytest.raises(UnservableGraph, match=r"Serving 2\.20 .* lacks the operation DecodeJxl"):
        check_loadable(written(tmp_path, graph))


def test_one_in_a_function_is_found_too_and_functions_are_no_operations(tmp_path: Path) -> None:
    graph = affine()
    function = graph.graph_def.library.function.add()
    function.signature.name = "own"
    function.node_def.append(operation("Unheard", "deep"))
    graph.graph_def.node.append(operation("own", "call"))
    with pytest.raises(UnservableGraph, match=r"lacks the operation Unheard$"):
        check_loadable(written(tmp_path, graph))


def test_an_attribute_that_came_later_is_named(tmp_path: Path) -> None:
    graph = affine()
    node = NodeDef(name="item", op="TensorListGetItem")
    node.attr["Tshape"].type = 3
    node.attr["_output_shapes"].type = 3
    graph.graph_def.node.append(node)
    with pytest.raises(UnservableGraph, match=r"lacks Tshape of TensorListGetItem$"):
        check_loadable(written(tmp_path, graph))


def test_a_graph_for_newer_servers_alone_is_refused(tmp_path: Path) -> None:
    graph = affine()
    graph.graph_def.versions.min_consumer = GRAPH_DEF_VERSION + 1
    with pytest.raises(UnservableGraph, match="graphs of version 2289: its own is 2288"):
        check_loadable(written(tmp_path, graph))


def test_the_list_is_of_the_release_that_the_compose_file_pins() -> None:
    compose = (REPOSITORY / "docker-compose.yaml").read_text()
    assert "TF_SERVING_VERSION:-2.20.0" in compose
    assert "CombinedNonMaxSuppression" in known_operations()
