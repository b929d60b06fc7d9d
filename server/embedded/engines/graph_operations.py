"""Which operations a signature's answer depends on."""

from collections.abc import Iterable, Iterator

from serving_protocol.messages import FunctionDef, MetaGraphDef, NodeDef, SignatureDef

# Operations that change something which the next request sees. A runtime that takes variables for
# constants would answer such a signature, and answer it wrongly.
CHANGES_STATE_PREFIXES = (
    "Assign",
    "Apply",
    "Barrier",
    "CountUpTo",
    "LookupTableExport",
    "LookupTableImport",
    "LookupTableInsert",
    "LookupTableRemove",
    "Mutable",
    "Queue",
    "ResourceApply",
    "ResourceCountUpTo",
    "ResourceScatter",
    "ResourceSparseApply",
    "ResourceStridedSliceAssign",
    "Scatter",
    "SparseApply",
)
# They begin like one of the above and only compute.
PURE_OPERATIONS = frozenset({"ScatterNd", "ScatterNdNonAliasingAdd", "ApproximateEqual"})


def state_changing_operations(meta_graph: MetaGraphDef, signature: SignatureDef) -> list[str]:
    """The operations behind a signature that change variables, tables or queues; sorted."""
    return sorted(
        operation
        for operation in operations_behind(meta_graph, signature)
        if operation.startswith(CHANGES_STATE_PREFIXES) and operation not in PURE_OPERATIONS
    )


def operations_behind(meta_graph: MetaGraphDef, signature: SignatureDef) -> set[str]:
    """The types of all operations that run for a signature, those in functions included."""
    functions = {each.signature.name: each for each in meta_graph.graph_def.library.function}
    nodes = {node.name: node for node in meta_graph.graph_def.node}
    fed = {_node_name(info.name) for info in signature.inputs.values()}
    reached = _reachable(nodes, (info.name for info in signature.outputs.values()), fed)
    operations: set[str] = set()
    visited: set[str] = set()
    pending = list(reached)
    while pending:
        node = pending.pop()
        if node.op not in functions:
            operations.add(node.op)
        for name in _functions_called(node):
            if name in functions and name not in visited:
                visited.add(name)
                pending.extend(_body(functions[name]))
    return operations


def _reachable(
    nodes: dict[str, NodeDef], outputs: Iterable[str], fed: set[str]
) -> Iterator[NodeDef]:
    pending = [_node_name(name) for name in outputs]
    seen: set[str] = set()
    while pending:
        name = pending.pop()
        if name in seen or name in fed or name not in nodes:
            continue
        seen.add(name)
        yield nodes[name]
        pending.extend(_node_name(each) for each in nodes[name].input)


def _body(function: FunctionDef) -> Iterator[NodeDef]:
    nodes = {node.name: node for node in function.node_def}
    outputs = [*function.ret.values(), *function.control_ret.values()]
    return _reachable(nodes, outputs, set())


def _functions_called(node: NodeDef) -> Iterator[str]:
    yield node.op
    for attribute in node.attr.values():
        if attribute.func.name:
            yield attribute.func.name
        yield from (each.name for each in attribute.list.func)


def _node_name(tensor_name: str) -> str:
    """`conv/bn` of `conv/bn:0`, `conv/bn:output:0` and `^conv/bn`."""
    return tensor_name.removeprefix("^").partition(":")[0]
