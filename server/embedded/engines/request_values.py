"""Which operations use a request's values as indices or divisors.

TensorFlow checks such values when it computes. A runtime that does not reads whatever lies outside
of the tensor, and an index that is far enough ends the process.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from serving_protocol.messages import DataType, FunctionDef, MetaGraphDef, NodeDef, SignatureDef

# Operation -> which of its inputs holds the indices.
INDEX_INPUT = {
    "Gather": 1,
    "GatherNd": 1,
    "GatherV2": 1,
    "ResourceGather": 1,
    "ResourceGatherNd": 1,
    "ReverseSequence": 1,
    "ScatterNd": 0,
    "SegmentMax": 1,
    "SegmentMean": 1,
    "SegmentMin": 1,
    "SegmentSum": 1,
    "SparseToDense": 0,
    "TensorScatterAdd": 1,
    "TensorScatterUpdate": 1,
    "UnsortedSegmentSum": 1,
}
DIVISIONS = ("Div", "FloorDiv", "FloorMod", "Mod", "TruncateDiv", "TruncateMod")
FLOATS = tuple(DataType.Value(f"DT_{name}") for name in ("FLOAT", "DOUBLE", "HALF", "BFLOAT16"))
# What they answer are places, sizes or truths: whatever the caller sends, it lies within bounds.
BOUNDED_PREFIXES = (
    "All",
    "Any",
    "ArgM",
    "CombinedNonMaxSuppression",
    "Equal",
    "Greater",
    "Is",
    "Less",
    "Logical",
    "NonMaxSuppression",
    "NotEqual",
    "OnesLike",
    "Rank",
    "Shape",
    "Size",
    "Where",
    "ZerosLike",
)
WITH_INDICES_BESIDE_VALUES = ("TopK", "TopKV2")
# One after the other on whole numbers, each with a constant, they leave what lies between the two.
CLIPPING = {"Minimum": "Maximum", "Maximum": "Minimum"}
WHOLE = tuple(DataType.Value(f"DT_{name}") for name in ("INT32", "INT64"))
CALLS = ("PartitionedCall", "StatefulPartitionedCall")
LOOPS = ("While", "StatelessWhile")
BRANCHES = ("If", "StatelessIf", "Case", "StatelessCase")
EVERY_OUTPUT = -1
ANY_OUTPUT = frozenset({EVERY_OUTPUT})
VALUES_ALONE = frozenset({0})


class _Tensor(NamedTuple):
    """A reference to a tensor: `conv`, `conv:1`, or in a function's body `conv:output:1`."""

    node: str
    output: int
    is_indices: bool

    @classmethod
    def parse(cls, reference: str) -> "_Tensor":
        node, *rest = reference.split(":")
        output = int(rest[-1]) if rest else 0
        return cls(node, output, rest[0] == "indices" if len(rest) == 2 else output == 1)


def operations_on_request_values(meta_graph: MetaGraphDef, signature: SignatureDef) -> list[str]:
    """The operations behind a signature that take indices or divisors from the request; sorted."""
    flow = _Flow(meta_graph.graph_def.library.function)
    fed = {_Tensor.parse(info.name).node for info in signature.inputs.values()}
    flow.follow([node for node in meta_graph.graph_def.node if node.name not in fed], fed)
    return sorted(flow.found)


class _Flow:
    """Follows values through graphs and the functions that they call."""

    def __init__(self, functions: Iterable[FunctionDef]) -> None:
        self.found: set[str] = set()
        self._functions = {each.signature.name: each for each in functions}
        self._outputs_of_call: dict[tuple[str, frozenset[int]], frozenset[int]] = {}

    def follow(self, nodes: Collection[NodeDef], fed: Iterable[str]) -> Mapping[str, set[int]]:
        """The outputs, by node, that hold the values of the `fed` ones or what became of them."""
        reached: dict[str, set[int]] = {name: {EVERY_OUTPUT} for name in fed}
        users: dict[str, list[NodeDef]] = {}
        for node in nodes:
            for reference in node.input:
                users.setdefault(_Tensor.parse(reference).node, []).append(node)
        by_name = {node.name: node for node in nodes}
        pending = list(reached)
        while pending:
            for node in users.get(pending.pop(), ()):
                before = reached.get(node.name, set())
                if _is_clipped(node, by_name):
                    continue
                after = before | self._outputs(node, reached)
                if after != before:
                    reached[node.name] = after
                    pending.append(node.name)
        return reached

    def _outputs(self, node: NodeDef, reached: Mapping[str, set[int]]) -> frozenset[int]:
        places = frozenset(
            place
            for place, reference in enumerate(node.input)
            if not reference.startswith("^") and _is_reached(_Tensor.parse(reference), reached)
        )
        if not places or node.op.startswith(BOUNDED_PREFIXES):
            return frozenset()
        if _index_or_divisor(node) in places:
            self.found.add(node.op)
        if node.op in self._functions:
            # Its outputs go by names here, not by places.
            return ANY_OUTPUT if self._call(node.op, places) else frozenset()
        if node.op in CALLS:
            return self._call(node.attr["f"].func.name, places)
        if node.op in LOOPS:
            return self._loop(node, places)
        if node.op in BRANCHES:
            return self._branch(node, places)
        return VALUES_ALONE if node.op in WITH_INDICES_BESIDE_VALUES else ANY_OUTPUT

    def _call(self, name: str, places: frozenset[int]) -> frozenset[int]:
        if name not in self._functions:
            return ANY_OUTPUT
        key = (name, places)
        if key not in self._outputs_of_call:
            # A function that calls itself adds nothing the second time.
            self._outputs_of_call[key] = frozenset()
            function = self._functions[name]
            arguments = [argument.name for argument in function.signature.input_arg]
            fed = [arguments[place] for place in places if place < len(arguments)]
            reached = self.follow(function.node_def, fed)
            self._outputs_of_call[key] = frozenset(
                index
                for index, output in enumerate(function.signature.output_arg)
                if _is_reached(_Tensor.parse(function.ret[output.name]), reached)
            )
        return self._outputs_of_call[key]

    def _loop(self, node: NodeDef, places: frozenset[int]) -> frozenset[int]:
        while True:
            self._call(node.attr["cond"].func.name, places)
            again = places | self._call(node.attr["body"].func.name, places)
            if again == places:
                return places
            places = again

    def _branch(self, node: NodeDef, places: frozenset[int]) -> frozenset[int]:
        names = [node.attr[which].func.name for which in ("then_branch", "else_branch")]
        names += [branch.name for branch in node.attr["branches"].list.func]
        given = frozenset(place - 1 for place in places if place)
        return frozenset().union(*(self._call(name, given) for name in names if name))


def _is_reached(tensor: _Tensor, reached: Mapping[str, set[int]]) -> bool:
    outputs = reached.get(tensor.node, set())
    if outputs == VALUES_ALONE and tensor.is_indices:
        return False
    return EVERY_OUTPUT in outputs or tensor.output in outputs


def _is_clipped(node: NodeDef, nodes: Mapping[str, NodeDef]) -> bool:
    """Whether whole numbers come out that lie between two constants, whatever goes in."""
    held = _held(node, nodes)
    inner = nodes.get(_Tensor.parse(held).node) if held else None
    return inner is not None and inner.op == CLIPPING[node.op] and bool(_held(inner, nodes))


def _held(node: NodeDef, nodes: Mapping[str, NodeDef]) -> str | None:
    """What is held against a constant, if something is; not a number would pass among floats."""
    if node.op not in CLIPPING or node.attr["T"].type not in WHOLE:
        return None
    free = []
    for reference in (each for each in node.input if not each.startswith("^")):
        source = nodes.get(_Tensor.parse(reference).node)
        if source is None or source.op != "Const":
            free.append(reference)
    return free[0] if len(free) == 1 else None


def _index_or_divisor(node: NodeDef) -> int | None:
    if node.op in DIVISIONS:
        return None if node.attr["T"].type in FLOATS else 1
    return INDEX_INPUT.get(node.op)
