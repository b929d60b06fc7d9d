"""Weights in NumPy's files, as VGGs went around before Keras had them.

`.npz` with an array for each variable (`conv1_1/kernel`, or Caffe's `conv1_1_W` and `conv1_1_b`),
or `.npy` with a dictionary of `[kernel, bias]` by layer, as `vgg16.npy` and `vgg19.npy` are. The
second one is a pickle: of it nothing is read but arrays, lists, numbers and names.

In an `.npz` `bn_Conv1/folded_offset` is what is left of a batch normalization that was multiplied
into the kernel before it.
"""

import pickle
import re
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as numpy_format

from training.pretrained.source_weights import (
    Array,
    FoldedBatchNorm,
    PretrainedWeightsError,
    SourceWeights,
)

SUFFIXES = (".npy", ".npz")
KIND = "a NumPy file"
FOLDED_OFFSET = "/folded_offset"
# Caffe's names of a VGG's convolutions; Keras counts blocks.
_VGG_LAYER = re.compile(r"conv(\d)_(\d)")
_CAFFE_ENDS = {"_W": "kernel", "_b": "bias", "_weights": "kernel", "_biases": "bias"}
# What NumPy, zip files and pickles raise that are cut short, garbled or of something else; memory
# is short where a garbled length is of more than there is.
_BROKEN = (OSError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, EOFError,
           MemoryError, zipfile.BadZipFile, pickle.UnpicklingError)  # fmt: skip
# What NumPy's arrays are made of in a pickle; all else could be a program.
_HARMLESS = {
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "scalar"),
    ("numpy._core.multiarray", "scalar"),
    ("_codecs", "encode"),
}


def read_numpy_file(path: Path) -> SourceWeights:
    """The weights of a `.npy` or `.npz` file.

    Raises:
        PretrainedWeightsError: it cannot be read, or holds something else.
    """
    try:
        arrays = _of_archive(path) if path.suffix == ".npz" else _of_dictionary(path)
    except _BROKEN as error:
        why = str(error) or type(error).__name__
        raise PretrainedWeightsError(f"{path} is not a file of weights: {why}") from error
    if not arrays:
        raise PretrainedWeightsError(f"{path} holds no arrays")
    folded = {
        name.removesuffix(FOLDED_OFFSET): _folded(arrays.pop(name))
        for name in list(arrays)
        if name.endswith(FOLDED_OFFSET)
    }
    return SourceWeights(kind=KIND, arrays=arrays, folded=folded)


def _folded(offset: Array) -> FoldedBatchNorm:
    offset_32 = offset.astype(np.float32)
    return FoldedBatchNorm(np.ones_like(offset_32), offset_32)


def _of_archive(path: Path) -> dict[str, Array]:
    with np.load(path, allow_pickle=False) as stored:
        return {_name(key): stored[key] for key in stored.files}


def _of_dictionary(path: Path) -> dict[str, Array]:
    with path.open("rb") as file:
        version = numpy_format.read_magic(file)
        read = (
            numpy_format.read_array_header_1_0
            if version == (1, 0)
            else numpy_format.read_array_header_2_0
        )
        shape, _, dtype = read(file)
        if shape != () or not dtype.hasobject:
            raise ValueError(f"a dictionary of layers was expected, but it is {dtype} {shape}")
        content = _ArraysAlone(file, encoding="latin1").load()
    layers = content.item() if isinstance(content, np.ndarray) else content
    if not isinstance(layers, dict):
        kind = type(layers).__name__
        raise pickle.UnpicklingError(f"a dictionary of layers was expected, but it is {kind}")
    return {
        _name(f"{layer}/{variable}"): np.asarray(value)
        for layer, values in layers.items()
        for variable, value in _variables(values)
    }


def _variables(values: Any) -> list[tuple[str, Any]]:
    if isinstance(values, dict):
        ends = {"weights": "kernel", "biases": "bias"}
        return [(ends.get(str(key), str(key)), value) for key, value in values.items()]
    return list(zip(("kernel", "bias"), values, strict=False))


def _name(name: str) -> str:
    """Keras's name of a variable: `block1_conv1/kernel`."""
    for end, variable in _CAFFE_ENDS.items():
        if name.endswith(end):
            name = f"{name.removesuffix(end)}/{variable}"
    layer, _, variable = name.rpartition("/")
    found = _VGG_LAYER.fullmatch(layer)
    return f"block{found[1]}_conv{found[2]}/{variable}" if found else name


class _ArraysAlone(pickle.Unpickler):
    """Makes arrays and what Python has by itself; calls nothing else."""

    def __init__(self, file: IO[bytes], *, encoding: str) -> None:
        super().__init__(file, encoding=encoding)

    def find_class(self, module_name: str, global_name: str, /) -> Any:
        """What a pickle may call."""
        if (module_name, global_name) not in _HARMLESS:
            raise pickle.UnpicklingError(
                f"it would call {module_name}.{global_name}, which is no part of an array"
            )
        return super().find_class(module_name, global_name)
