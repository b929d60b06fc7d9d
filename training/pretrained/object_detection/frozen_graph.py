"""The weights of a frozen Object Detection API graph: its constants, batch norms folded or not."""

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from training.pretrained.object_detection import names
from training.pretrained.object_detection.kernel_of_all_levels import separate_scales
from training.pretrained.source_weights import (
    Array,
    FoldedBatchNorm,
    PretrainedWeightsError,
    SourceWeights,
)

Kernel = npt.NDArray[np.float32]

# (the layer's name, the level where the layer is used in several, and which weight of it).
# Grappler writes `_weights` and `_bn_offset` where it has folded a batch normalization.
_OPERATION = r"(?P<layer>.+?)/(?:Conv2D|depthwise|separable_conv2d)(?:_(?P<level>\d+))?"
_CONSTANTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), weight)
    for pattern, weight in (
        (r"(?P<layer>.+?)/(?:Conv2D|depthwise)(?P<level>)(?:_weights|/ReadVariableOp)", "kernel"),
        (
            r"(?P<layer>.+?)/separable_conv2d(?:_(?P<level>\d+))?/ReadVariableOp",
            "depthwise_kernel",
        ),
        (
            r"(?P<layer>.+?)/separable_conv2d(?:_(?P<level>\d+))?(?:_weights|/ReadVariableOp_1)",
            "pointwise_kernel",
        ),
        (_OPERATION + "_bn_offset", "offset"),
        (r"(?P<layer>.+?)/BiasAdd(?:_(?P<level>\d+))?/ReadVariableOp", "bias"),
    )
)
# What a batch normalization reads where it was left in the graph.
_BATCH_NORM_CONSTANTS = (
    (re.compile(r"(?P<layer>.+?)/FusedBatchNormV3/ReadVariableOp"), "moving_mean"),
    (re.compile(r"(?P<layer>.+?)/FusedBatchNormV3/ReadVariableOp_1"), "moving_variance"),
    (re.compile(r"(?P<layer>.+?)/ReadVariableOp"), "gamma"),
    (re.compile(r"(?P<layer>.+?)/ReadVariableOp_1"), "beta"),
)


def read_frozen_graph(graph: "tf.compat.v1.GraphDef", where: str) -> SourceWeights:
    """The convolutions' kernels, by our names, and what their batch norms were folded to.

    Args:
        graph: a graph whose variables are constants.
        where: its file, for messages.

    Raises:
        PretrainedWeightsError: levels that should share a kernel do not.
    """
    constants = {
        node.name: tf.make_ndarray(node.attr["value"].tensor)
        for node in graph.node
        if node.op == "Const" and node.attr["dtype"].type == tf.float32.as_datatype_enum
    }
    arrays, by_level = _convolutions(constants)
    folded = {}
    for (layer, weight), levels in by_level.items():
        if weight == "offset":
            continue
        offsets = by_level.get((layer, "offset"))
        if weight == "pointwise_kernel" and offsets is not None and len(levels) > 1:
            order = sorted(levels)
            kernel, scales = separate_scales([levels[level] for level in order])
            arrays[f"{layer}/{weight}"] = kernel
            for scale, level in zip(scales, order, strict=True):
                folded[f"{layer}_level_{level}_BN"] = FoldedBatchNorm(scale, offsets[level])
            continue
        first = levels[min(levels)]
        if any(not np.array_equal(first, other) for other in levels.values()):
            raise PretrainedWeightsError(f"{where}: the levels' {layer}/{weight} are not the same")
        arrays[f"{layer}/{weight}"] = first
        if weight in ("kernel", "pointwise_kernel") and offsets is not None:
            norm = names.renamed(layer, names.BATCH_NORM_OF) or layer
            folded[norm] = FoldedBatchNorm(np.ones_like(offsets[0]), offsets[0])
    return SourceWeights(
        kind="an Object Detection API SavedModel, its variables frozen to constants",
        arrays=arrays,
        folded=folded,
        has_background=True,
    )


def _convolutions(
    constants: Mapping[str, Array],
) -> tuple[dict[str, Array], dict[tuple[str, str], dict[int, Kernel]]]:
    """What is used as it is, and by (layer, weight) what each level has of it."""
    arrays: dict[str, Array] = {}
    by_level: dict[tuple[str, str], dict[int, Kernel]] = {}
    for name, array in constants.items():
        for pattern, weight in _CONSTANTS:
            match = pattern.fullmatch(name)
            layer = match and names.renamed(match["layer"], names.LAYERS)
            if match and layer:
                level = int(match["level"] or 0)
                by_level.setdefault((layer, weight), {})[level] = np.asarray(array, np.float32)
                break
        else:
            for pattern, weight in _BATCH_NORM_CONSTANTS:
                match = pattern.fullmatch(name)
                norm = match and names.renamed(match["layer"], names.BATCH_NORMS)
                if norm:
                    arrays[f"{norm}/{weight}"] = array
                    break
    return arrays, by_level
