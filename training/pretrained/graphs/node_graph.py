"""`NodeGraph`: the nodes of a GraphDef, its functions put in the place of their calls."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from training.pretrained.source_weights import Array, PretrainedWeightsError

# A node and which of its outputs.
Ref = tuple[str, int]
_CALLS = ("PartitionedCall", "StatefulPartitionedCall")
_CALL = "_Call"
# More than the largest detectors have, in which an operation is a node of its own.
MAX_NODES = 500_000
MAX_DEPTH = 64


@dataclass(frozen=True)
class Node:
    """An operation.

    Args:
        op: TensorFlow's name of it.
        inputs: what it reads, without what it only waits for.
        attributes: as the GraphDef has them.
        outputs: of a call alone, what each output is inside of the function.
    """

    op: str
    inputs: tuple[Ref, ...]
    attributes: Any = None
    outputs: tuple[Ref, ...] = ()


@dataclass
class NodeGraph:
    """Nodes by name.

    Args:
        nodes: a function's are called after the call, then by their own names.
        values: of nodes whose value is not in the graph itself, variables for example.
        where: the file, for messages.
    """

    where: str
    nodes: dict[str, Node] = field(default_factory=dict)
    values: dict[str, Array] = field(default_factory=dict)

    def resolved(self, ref: Ref) -> Ref:
        """The output that stands behind a call's."""
        for _ in range(MAX_DEPTH):
            node = self.nodes.get(ref[0])
            if node is None or node.op != _CALL:
                return ref
            if ref[1] >= len(node.outputs):
                break
            ref = node.outputs[ref[1]]
        raise PretrainedWeightsError(f"{self.where}: {ref[0]} gives nothing")

    def inputs_of(self, name: str) -> tuple[Ref, ...]:
        """What a node reads, behind calls."""
        node = self.nodes.get(name)
        return () if node is None else tuple(self.resolved(ref) for ref in node.inputs)


def node_graph(graph_def: Any, where: str) -> NodeGraph:
    """The nodes of a GraphDef.

    Args:
        graph_def: TensorFlow's message.
        where: its file, for messages.

    Raises:
        PretrainedWeightsError: there are more nodes than a detector has, or functions that call
            themselves.
    """
    graph = NodeGraph(where)
    functions = {each.signature.name: each for each in graph_def.library.function}
    _add(graph, graph_def.node, functions, "", 0)
    return graph


def _add(
    graph: NodeGraph, nodes: Iterable[Any], functions: Mapping[str, Any], scope: str, depth: int
) -> None:
    for node in nodes:
        if len(graph.nodes) >= MAX_NODES:
            raise PretrainedWeightsError(f"{graph.where} has more than {MAX_NODES} nodes")
        name = scope + node.name
        inputs = tuple(_ref(each, scope) for each in node.input if not each.startswith("^"))
        function = functions.get(node.attr["f"].func.name) if node.op in _CALLS else None
        if function is None:
            graph.nodes[name] = Node(node.op, inputs, node.attr)
            continue
        if depth >= MAX_DEPTH:
            raise PretrainedWeightsError(f"{graph.where} has functions in each other, {depth} deep")
        inside = f"{name}/"
        for argument, given in zip(function.signature.input_arg, inputs, strict=False):
            graph.nodes[inside + argument.name] = Node("Identity", (given,))
        results = (function.ret[each.name] for each in function.signature.output_arg)
        graph.nodes[name] = Node(_CALL, inputs, outputs=tuple(_ref(r, inside) for r in results))
        _add(graph, function.node_def, functions, inside, depth + 1)


def _ref(text: str, scope: str) -> Ref:
    """`node`, `node:1`, or in a function `node:output:1`."""
    name, *rest = text.split(":")
    return scope + name, int(rest[-1]) if rest and rest[-1].isdigit() else 0
