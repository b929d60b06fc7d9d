"""`SourceWeights` of a graph: each kernel under the name of our variable in the same place."""

from collections import defaultdict
from collections.abc import Sequence

import keras
import numpy as np
import numpy.typing as npt

from training.pretrained.graphs.alignment import align, names_of
from training.pretrained.graphs.background import without_background_outputs
from training.pretrained.graphs.convolutions import Convolution, Kernel
from training.pretrained.graphs.own_network import OwnConvolution, own_convolutions
from training.pretrained.object_detection.kernel_of_all_levels import separate_scales
from training.pretrained.source_weights import Array, FoldedBatchNorm, SourceWeights

_Pair = tuple[OwnConvolution, Convolution]
_Statistics = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]


def graph_weights(theirs: Sequence[Convolution], network: keras.Model, kind: str) -> SourceWeights:
    """The weights of a graph's convolutions for a network of ours.

    Args:
        theirs: all of the graph's.
        network: what they are for.
        kind: what the graph came in, in words.

    Returns:
        Arrays by the network's own names; what has no place in it, by the graph's.
    """
    theirs = without_background_outputs(theirs)
    ours = own_convolutions(network)
    found = align([each.convolution for each in ours], [each.layer for each in ours], theirs)
    by_kernel: dict[int, list[_Pair]] = defaultdict(list)
    for our, their in found.items():
        by_kernel[id(ours[our].kernel)].append((ours[our], theirs[their]))
    arrays: dict[str, Array] = {}
    folded: dict[str, FoldedBatchNorm] = {}
    for pairs in by_kernel.values():
        _take(pairs, arrays, folded)
    rest = [each for place, each in enumerate(theirs) if place not in set(found.values())]
    left = [each for place, each in enumerate(ours) if place not in found]
    arrays |= _misfits(left, rest)
    return SourceWeights(kind=kind, arrays=arrays, folded=folded)


def _take(
    pairs: Sequence[_Pair], arrays: dict[str, Array], folded: dict[str, FoldedBatchNorm]
) -> None:
    """Put the weights of all uses of one kernel where they belong."""
    kernels = [their.kernel for _, their in pairs]
    levels = np.ones((len(pairs), 1), np.float32)
    kernel = kernels[0]
    if any(not np.array_equal(kernel, each) for each in kernels[1:]):
        if any(our.norm_layer is None for our, _ in pairs):
            return
        kernel, levels = separate_scales(kernels)
    for (our, their), level in zip(pairs, levels, strict=True):
        # What the variables are to do: all that the graph does, without what stays after them.
        here = our.convolution
        scale = their.scale * level / here.constant_scale
        offset = (their.offset - here.constant_offset) / here.constant_scale
        bias = our.after.get("bias")
        if our.norm_layer is not None:
            statistics = their.statistics if len(pairs) == 1 else None
            folded[our.norm_layer] = FoldedBatchNorm(
                _float32(scale), _float32(offset), _float32s(statistics)
            )
            offset = np.zeros_like(offset)
        elif len(pairs) == 1:
            kernel = _times(kernel, their.kind, scale)
        elif (scale != 1).any():
            return
        if bias is not None:
            arrays[bias.path] = _float32(offset)
    arrays[pairs[0][0].kernel.path] = kernel.reshape(pairs[0][0].kernel.shape)


def _float32(values: Array) -> npt.NDArray[np.float32]:
    return values.astype(np.float32)


def _float32s(statistics: tuple[Array, Array] | None) -> _Statistics | None:
    return None if statistics is None else (_float32(statistics[0]), _float32(statistics[1]))


def _times(kernel: Kernel, kind: str, scale: npt.NDArray[np.floating]) -> Kernel:
    factors = scale.reshape(kernel.shape[2:]) if kind == "depthwise" else scale
    return (kernel * factors).astype(np.float32)


def _misfits(left: Sequence[OwnConvolution], rest: Sequence[Convolution]) -> dict[str, Array]:
    """What has no place by its shape: under our name where a layer of ours is called so."""
    named = {our.layer: our for our in left}
    arrays: dict[str, Array] = {}
    for their in rest:
        exact, numbered = names_of(their.name)
        layers = [layer for layer in named if layer in exact or layer in numbered]
        if len(layers) == 1 and named[layers[0]].kernel.shape != their.kernel.shape:
            our = named[layers[0]]
            # Of a class head some outputs may be taken: with all that the graph does after it.
            scaled = _times(their.kernel, their.kind, their.scale)
            arrays[our.kernel.path] = their.kernel if our.norm_layer else scaled
            # A bias alone, without its kernel, would mean nothing.
            if "bias" in our.after and our.after["bias"].shape != their.offset.shape:
                arrays[our.after["bias"].path] = _float32(their.offset)
        else:
            arrays[their.name] = their.kernel
    return arrays
