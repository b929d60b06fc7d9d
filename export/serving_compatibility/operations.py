"""Check that the pinned TensorFlow Serving can load a graph."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from export.errors import UnservableGraph
from serving_protocol.messages import GraphDef, NodeDef, SavedModel

SERVING_VERSION = "2.20"
# TensorFlow 2.20's version of the graph format: TF_GRAPH_DEF_VERSION in its
# tensorflow/core/public/version.h, which its package brings along.
GRAPH_DEF_VERSION = 2288


def check_loadable(saved_model: Path) -> None:
    """Check that TensorFlow `SERVING_VERSION` has every operation and attribute of the graphs.

    Args:
        saved_model: the file `saved_model.pb`.

    Raises:
        UnservableGraph: an operation or attribute is missing there, or the graph asks for a newer
            version; the message names all that is.
        OSError: the file cannot be read.
    """
    known = known_operations()
    lacking: list[str] = []
    for meta_graph in SavedModel.FromString(saved_model.read_bytes()).meta_graphs:
        graph = meta_graph.graph_def
        own = {each.signature.name for each in graph.library.function}
        for node in _nodes(graph):
            if node.op not in own:
                lacking += _lacking(node, known)
        wanted = graph.versions.min_consumer
        if wanted > GRAPH_DEF_VERSION:
            lacking.append(f"graphs of version {wanted}: its own is {GRAPH_DEF_VERSION}")
        if GRAPH_DEF_VERSION in graph.versions.bad_consumers:
            lacking.append("a graph that does not exclude it")
    if lacking:
        raise UnservableGraph(
            f"TensorFlow Serving {SERVING_VERSION} cannot load this graph: it lacks "
            + "; ".join(sorted(set(lacking)))
        )


@cache
def known_operations() -> Mapping[str, frozenset[str]]:
    """Attributes by name of the operation."""
    path = files(__package__) / f"operations_{SERVING_VERSION}.txt"
    lines = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {name: frozenset(attributes) for name, *attributes in lines}


def _nodes(graph: GraphDef) -> Iterable[NodeDef]:
    yield from graph.node
    for function in graph.library.function:
        yield from function.node_def


def _lacking(node: NodeDef, known: Mapping[str, frozenset[str]]) -> list[str]:
    if node.op not in known:
        return [f"the operation {node.op}"]
    # Those with an underscore are hints to a runtime, which others ignore.
    unknown = (each for each in node.attr if each not in known[node.op])
    return [f"{each} of {node.op}" for each in unknown if not each.startswith("_")]
