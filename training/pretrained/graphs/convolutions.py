"""`Convolution`: what multiplies by constants in a graph, and what is done to its outputs after."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from training.pretrained.graphs.constants import Constants
from training.pretrained.graphs.node_graph import Node, NodeGraph, Ref
from training.pretrained.graphs.norm_statistics import statistics_of
from training.pretrained.source_weights import Array

Channels = npt.NDArray[np.float64]
Kernel = npt.NDArray[np.float32]
KINDS = {
    "Conv2D": "convolution", "_FusedConv2D": "convolution",
    "DepthwiseConv2dNative": "depthwise", "FusedDepthwiseConv2dNative": "depthwise",
    "_FusedDepthwiseConv2dNative": "depthwise",
    "MatMul": "product", "_FusedMatMul": "product",
}  # fmt: skip
_BATCH_NORMS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
# What tells of a tensor's form alone, and says nothing of what comes after what.
_OF_FORM = ("Shape", "ShapeN", "Size", "Rank")
# What scales or moves channels by constants, and those in which the constant comes second.
_AFFINE = ("BiasAdd", "Add", "AddV2", "Sub", "Mul", "RealDiv")
_IN_ORDER = ("BiasAdd", "Sub", "RealDiv")
_LONGEST_CHAIN = 12


@dataclass
class Convolution:
    """A use of a kernel.

    Args:
        name: of its node.
        kind: a value of `KINDS`.
        kernel: (H, W, in, out), of depthwise ones (H, W, in, multiplier), of products (in, out).
        kernel_sources: the constants or variables that it is made of.
        strides: by row and column.
        inputs: the convolutions whose outputs it sees, with none between.
        scale: (C,), what the output is then multiplied with.
        offset: (C,), what is then added.
        affine_sources: the constants or variables that the two are made of.
        constant_scale: (C,) or one number, the part of `scale` that no variable has a say in: of
            an activation such as hard sigmoid, whose 3 an exporter may have added to the bias.
        constant_offset: the same of `offset`.
        statistics: mean and variance, (C,), where there is one batch normalization that says them.
    """

    name: str
    kind: str
    kernel: Kernel
    kernel_sources: frozenset[str]
    strides: tuple[int, int]
    inputs: frozenset[str]
    scale: Channels
    offset: Channels
    affine_sources: frozenset[str] = frozenset()
    constant_scale: Channels = field(default_factory=lambda: np.ones(1))
    constant_offset: Channels = field(default_factory=lambda: np.zeros(1))
    statistics: tuple[Array, Array] | None = None

    @property
    def channels(self) -> int:
        """How many outputs it has at a place."""
        return channels_of(self.kernel, self.kind)


def channels_of(kernel: Kernel, kind: str) -> int:
    """How many outputs a kernel has at a place."""
    return int(np.prod(kernel.shape[2:] if kind == "depthwise" else kernel.shape[-1:]))


@dataclass
class _After:
    """What is done to a convolution's output, channel by channel."""

    scale: Channels
    offset: Channels
    constant_scale: Channels = field(default_factory=lambda: np.ones(1))
    constant_offset: Channels = field(default_factory=lambda: np.zeros(1))
    sources: set[str] = field(default_factory=set)
    statistics: list[tuple[Array, Array]] = field(default_factory=list)
    scale_ref: Ref | None = None

    def count(self, scale: Channels, offset: Channels, sources: Set[str], *, varies: bool) -> None:
        """Put x -> x * scale + offset after all that came before."""
        self.scale, self.offset = self.scale * scale, self.offset * scale + offset
        if not varies:
            self.constant_scale = self.constant_scale * scale
            self.constant_offset = self.constant_offset * scale + offset
        self.sources |= sources


def convolutions(
    graph: NodeGraph,
    outputs: Collection[str] | None = None,
    variables: Set[str] = frozenset(),
) -> list[Convolution]:
    """Every use of a constant kernel.

    Args:
        graph: a whole graph.
        outputs: nodes that are asked for; what only others need is left out. None for all.
        variables: the nodes whose values are to be changed.

    Raises:
        PretrainedWeightsError: a constant is too large or garbled.
    """
    return _Reader(graph, outputs, variables).read()


class _Reader:
    def __init__(
        self, graph: NodeGraph, outputs: Collection[str] | None, variables: Set[str]
    ) -> None:
        self._graph = graph
        self._variables = variables
        self._constants = Constants(graph)
        self._nodes = _reachable(graph, outputs)
        self._readers: dict[str, list[str]] = defaultdict(list)
        for name in self._nodes:
            for source in dict.fromkeys(source for source, _ in graph.inputs_of(name)):
                self._readers[source].append(name)
        self._above: dict[str, frozenset[str]] = {}

    def read(self) -> list[Convolution]:
        kernels: dict[str, Kernel] = {}
        for name in self._nodes:
            node = self._graph.nodes[name]
            if node.op in KINDS and len(node.inputs) > 1:
                kernel = self._kernel(node)
                if kernel is not None:
                    kernels[name] = kernel
        return [self._convolution(name, kernel, kernels) for name, kernel in kernels.items()]

    def _kernel(self, node: Node) -> Kernel | None:
        kernel = self._constants.value(node.inputs[1])
        expected = 2 if KINDS[node.op] == "product" else 4
        if kernel is None or kernel.ndim != expected or kernel.dtype.kind != "f":
            return None
        if expected == 2 and node.attributes["transpose_b"].b:
            kernel = kernel.T
        return np.asarray(kernel, np.float32)

    def _convolution(self, name: str, kernel: Kernel, kernels: Mapping[str, Kernel]) -> Convolution:
        node = self._graph.nodes[name]
        kind = KINDS[node.op]
        after = self._after(name, node, channels_of(kernel, kind))
        return Convolution(
            name,
            kind,
            kernel,
            self._constants.sources(node.inputs[1]),
            _strides(node) if kind != "product" else (1, 1),
            self._above_of(name, kernels),
            after.scale,
            after.offset,
            frozenset(after.sources),
            after.constant_scale,
            after.constant_offset,
            after.statistics[0] if len(after.statistics) == 1 else None,
        )

    def _above_of(self, name: str, kernels: Mapping[str, Kernel]) -> frozenset[str]:
        """The convolutions nearest before a node."""
        found, waiting, seen = set(), list(self._graph.inputs_of(name)[:1]), set()
        while waiting:
            source, _ = waiting.pop()
            if source in seen:
                continue
            seen.add(source)
            if source in kernels:
                found.add(source)
                continue
            node = self._graph.nodes.get(source)
            if node is not None and node.op not in _OF_FORM:
                waiting.extend(self._graph.inputs_of(source))
        return frozenset(found)

    def _after(self, name: str, node: Node, channels: int) -> _After:
        after = _After(np.ones(channels), np.zeros(channels))
        if node.op.lstrip("_").startswith("Fused") and not self._fused(node, after, channels):
            return after
        for _ in range(_LONGEST_CHAIN):
            readers = [each for each in self._readers[name]
                       if self._graph.nodes[each].op not in _OF_FORM]  # fmt: skip
            if len(readers) != 1 or not self._step(name, readers[0], after, channels):
                break
            name = readers[0]
        return after

    def _fused(self, node: Node, after: _After, channels: int) -> bool:
        """What a fused operation does to its own output; whether what follows can count too."""
        operations = list(node.attributes["fused_ops"].list.s)
        if operations[:1] == [b"BiasAdd"]:
            self._affine(None, node.inputs[2], after, channels)
        elif operations[:1] == [b"FusedBatchNorm"]:
            self._normalize(node, 2, after, channels)
        return len(operations) < 2

    def _step(self, name: str, reader: str, after: _After, channels: int) -> bool:
        """Count what `reader` does to the output of `name`; whether that was possible."""
        node = self._graph.nodes[reader]
        inputs = self._graph.inputs_of(reader)
        if node.op == "Identity":
            return True
        if node.op in _BATCH_NORMS and inputs[0][0] == name:
            return self._normalize(node, 1, after, channels)
        is_first = inputs[0][0] == name
        if node.op not in _AFFINE or len(inputs) != 2 or (node.op in _IN_ORDER and not is_first):
            return False
        other = inputs[1 if is_first else 0]
        if node.op in ("Mul", "RealDiv"):
            return self._affine(other, None, after, channels, inverted=node.op == "RealDiv")
        return self._affine(None, other, after, channels, inverted=node.op == "Sub")

    def _affine(
        self, scale: Ref | None, offset: Ref | None, after: _After, channels: int,
        *, inverted: bool = False,
    ) -> bool:  # fmt: skip
        """Count a product or a sum; `inverted` is a quotient or a difference."""
        ref = scale or offset or ("", 0)
        values = self._channels(ref, channels)
        if values is None:
            return False
        sources = self._constants.sources(ref)
        varies = bool(sources & self._variables)
        if scale is None:
            if after.scale_ref is not None and values.size == channels:
                found = statistics_of(self._graph, self._constants, after.scale_ref, ref)
                after.statistics += [found] if found is not None else []
            values = -values if inverted else values
            after.count(np.ones(1), values, sources, varies=varies)
        else:
            after.scale_ref = None if inverted else ref
            values = 1 / values if inverted else values
            after.count(values, np.zeros(1), sources, varies=varies)
        return True

    def _normalize(self, node: Node, first: int, after: _After, channels: int) -> bool:
        refs = node.inputs[first : first + 4]
        values = [self._channels(each, channels) for each in refs]
        known = [each for each in values if each is not None]
        if len(known) < 4:
            return False
        gamma, beta, mean, variance = known
        scale = gamma / np.sqrt(variance + node.attributes["epsilon"].f)
        sources = {name for each in refs for name in self._constants.sources(each)}
        varies = bool(sources & self._variables)
        after.count(scale, beta - mean * scale, sources, varies=varies)
        after.statistics.append((mean, variance))
        return True

    def _channels(self, ref: Ref, channels: int) -> Channels | None:
        """A number for each channel, or one for all; None where it is something else."""
        value = self._constants.value(ref)
        if value is None or value.size not in (1, channels) or value.dtype.kind != "f":
            return None
        return np.asarray(value, np.float64).reshape(-1)


def _strides(node: Node) -> tuple[int, int]:
    strides: Any = node.attributes["strides"].list.i
    data_format = node.attributes["data_format"].s
    first = 2 if data_format == b"NCHW" else 1
    return (int(strides[first]), int(strides[first + 1])) if len(strides) == 4 else (1, 1)


def _reachable(graph: NodeGraph, outputs: Iterable[str] | None) -> list[str]:
    """The nodes that the outputs need, in the graph's order."""
    if outputs is None:
        return list(graph.nodes)
    needed: set[str] = set()
    waiting = [graph.resolved((name, 0))[0] for name in outputs]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(source for source, _ in graph.inputs_of(name))
    return [name for name in graph.nodes if name in needed]
