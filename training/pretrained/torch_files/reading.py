"""`SourceWeights` of a PyTorch file."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from training.pretrained.source_weights import (
    Array,
    FoldedBatchNorm,
    PretrainedWeightsError,
    SourceWeights,
)
from training.pretrained.torch_files.tensors import read_tensors
from training.pretrained.torch_files.torchvision_names import NamedLayer, named_layers

SUFFIXES = (".pth", ".pt", ".bin")
# torchvision's models take pixels in 0..1, less these means, over these deviations.
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_NORM_TENSORS = ("weight", "bias", "running_mean", "running_var")


def read_torch_file(path: Path) -> SourceWeights:
    """A torchvision MobileNet's weights by Keras's names, others' by their own.

    Kernels are turned to (H, W, in, out), depthwise ones to (H, W, in, 1). Ours take pixels in
    -1..1, so that the first kernel is changed to see the same; at the image's border, where zeros
    are put around it, they mean another gray than there.

    Raises:
        PretrainedWeightsError: it cannot be read, holds more than tensors, or none.
    """
    tensors = read_tensors(path)
    if not tensors:
        raise PretrainedWeightsError(f"{path} holds no tensors")
    arrays: dict[str, Array] = {}
    folded: dict[str, FoldedBatchNorm] = {}
    used: set[str] = set()
    layers = named_layers(tensors)
    for each in layers:
        names = _tensors_of(each)
        if all(name in tensors for name in names):
            _take(each, tensors, arrays, folded)
            used.update(names)
    rest = {name: each for name, each in tensors.items() if name not in used}
    arrays |= {
        name: each for name, each in rest.items() if not name.endswith("num_batches_tracked")
    }
    kind = "a PyTorch file" + (" of a torchvision MobileNet" if layers else "")
    return SourceWeights(kind=kind, arrays=arrays, folded=folded)


def _tensors_of(layer: NamedLayer) -> list[str]:
    if layer.torch_norm is None:
        return [f"{layer.torch_name}.weight", f"{layer.torch_name}.bias"]
    return [f"{layer.torch_name}.weight", *(f"{layer.torch_norm}.{each}" for each in _NORM_TENSORS)]


def _take(
    layer: NamedLayer,
    tensors: Mapping[str, Array],
    arrays: dict[str, Array],
    folded: dict[str, FoldedBatchNorm],
) -> None:
    weight, *others = (tensors[name] for name in _tensors_of(layer))
    is_depthwise = layer.layer.endswith("_depthwise")
    kernel = weight.transpose((2, 3, 0, 1) if is_depthwise else (2, 3, 1, 0)).astype(np.float32)
    if layer.torch_norm is None:
        arrays[f"{layer.layer}/bias"] = others[0]
    else:
        gamma, beta, mean, variance = (np.asarray(each, np.float64) for each in others)
        if layer.is_first:
            kernel, constant = _as_of_our_pixels(kernel)
            mean = mean - constant
        scale = gamma / np.sqrt(variance + layer.epsilon)
        folded[layer.norm] = FoldedBatchNorm(
            scale.astype(np.float32),
            (beta - mean * scale).astype(np.float32),
            (mean.astype(np.float32), variance.astype(np.float32)),
        )
    arrays[f"{layer.layer}/kernel"] = kernel


def _as_of_our_pixels(
    kernel: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float64]]:
    """The kernel for pixels in -1..1, and what its outputs then lack, by channel.

    A pixel p in -1..1 is ((p + 1) / 2 - mean) / deviation there.
    """
    deviation = np.array(_DEVIATION)[:, None]
    of_constant = (0.5 - np.array(_MEAN)[:, None]) / deviation
    constant = (kernel * of_constant).sum(axis=(0, 1, 2))  # (out,)
    return (kernel * (0.5 / deviation)).astype(np.float32), constant
