"""Weights in Keras's files: `.keras`, `.weights.h5`, and the `.h5` of Keras 2 and its downloads.

Keras 3 numbers a layer's variables in a file and calls the groups around them by the layers'
classes; each group says the layer's name beside. So names here are the layers' from outside in,
then the variable's number: `backbone/bn_Conv1/2`. What the variables of a network would be
called in a file is found by writing one.
"""

import io
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

import h5py
import keras
import numpy as np

from training.pretrained.matching import Target
from training.pretrained.source_weights import Array, PretrainedWeightsError, SourceWeights

_WEIGHTS_IN_ARCHIVE = "model.weights.h5"
_VARIABLES = "vars"
# More than any detector's.
MAX_BYTES = 2_000_000_000
# What zip files and HDF5 raise that are cut short or garbled.
_BROKEN = (OSError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error)
# The attribute in which Keras 2 lists a file's layers; Keras 3 has none of that name.
_LAYERS_OF_KERAS_2 = "layer_names"


def read_keras_file(path: Path, network: keras.Model, targets: Sequence[Target]) -> SourceWeights:
    """The weights of a `.keras` archive or of an HDF5 file.

    Args:
        path: the file.
        network: what they are for.
        targets: its variables.

    Raises:
        PretrainedWeightsError: the file cannot be read, or is not of Keras.
    """
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                size = archive.getinfo(_WEIGHTS_IN_ARCHIVE).file_size
                if size > MAX_BYTES:
                    raise ValueError(f"unpacked it has {size} bytes, but {MAX_BYTES} are taken")
                content = archive.read(_WEIGHTS_IN_ARCHIVE)
            stored = _stored_in(io.BytesIO(content), path)
        else:
            with path.open("rb") as file:
                stored = _stored_in(file, path)
    except _BROKEN as error:
        raise PretrainedWeightsError(f"{path} is not a file of Keras's weights: {error}") from error
    if stored.is_of_keras_2:
        return SourceWeights(kind="a weights file of Keras 2", arrays=stored.arrays)
    return SourceWeights(
        kind="a file of Keras's",
        arrays=stored.arrays,
        names_of_targets=names_in_file(network, targets),
    )


def names_in_file(network: keras.Model, targets: Sequence[Target]) -> dict[int, str]:
    """What each target is called in a file of the network's, by its place in `targets`.

    The variables are filled with their own places for as long as it takes to write a file, in
    which they are then recognized: Keras says nowhere else where it writes what.
    """
    values = [target.variable.numpy() for target in targets]
    try:
        for place, target in enumerate(targets):
            target.variable.assign(np.full(target.shape, place, np.float32))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "names.weights.h5"
            network.save_weights(path)
            with h5py.File(path) as file:
                stored = dict(_keras_3_arrays(file))
    finally:
        for target, value in zip(targets, values, strict=True):
            target.variable.assign(value)
    # What is no target, a random generator's state, is no place either.
    shapes = {place: target.shape for place, target in enumerate(targets)}
    names: dict[int, str] = {}
    for name, array in stored.items():
        place = int(array.flat[0]) if array.size else -1
        if shapes.get(place) == array.shape and (array == place).all():
            names[place] = name
    return names


class _Stored(NamedTuple):
    """What a file holds.

    Args:
        arrays: by the layers from outside in, then the variable's number, or in Keras 2 its name.
        is_of_keras_2: they have names of their own, by which they are told from one another.
    """

    arrays: dict[str, Array]
    is_of_keras_2: bool


def _stored_in(file: BinaryIO, path: Path) -> _Stored:
    with h5py.File(file) as stored:
        if _LAYERS_OF_KERAS_2 in stored.attrs or "model_weights" in stored:
            group = stored.get("model_weights", stored)
            return _Stored(dict(_keras_2_arrays(group)), is_of_keras_2=True)
        found = list(_keras_3_arrays(stored))
    arrays = dict(found)
    if len(arrays) < len(found):
        raise PretrainedWeightsError(f"{path} has layers of the same name in the same place")
    return _Stored(arrays, is_of_keras_2=False)


def _keras_3_arrays(group: h5py.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[str, Array]]:
    """Every variable below `group`, whose layers are called `above`."""
    for key, child in group.items():
        if not isinstance(child, h5py.Group):
            continue
        if key == _VARIABLES:
            for number, stored in child.items():
                yield "/".join((*above, number)), np.asarray(stored)
            continue
        variables = child.get(_VARIABLES)
        # A container of layers, `layers` or a list, has no name of its own and adds none.
        named = None if variables is None else variables.attrs.get("name")
        name = (str(named),) if named else () if variables is None else (key,)
        yield from _keras_3_arrays(child, (*above, *name))


def _keras_2_arrays(group: h5py.Group) -> Iterator[tuple[str, Array]]:
    """Every variable, by its layer and its own name: the file lists both."""
    layers = [_text(layer) for layer in group.attrs[_LAYERS_OF_KERAS_2]]
    has_paths = any("/" in layer for layer in layers)
    for layer in layers:
        of_layer = group[layer]
        for weight in of_layer.attrs["weight_names"]:
            name = _text(weight).partition(":")[0].rpartition("/")[2]
            # A depthwise convolution's kernel has no name of its own any more in Keras 3.
            name = "kernel" if name == "depthwise_kernel" else name
            ours = _without_paths(layer) if has_paths else layer
            yield f"{ours}/{name}", np.asarray(of_layer[_text(weight)])


def _without_paths(layer: str) -> str:
    """Keras 3's name of a MobileNetV3's layer, in which there are no slashes any more.

    >>> _without_paths("expanded_conv/squeeze_excite/Conv_1"), _without_paths("Conv/BatchNorm")
    ('expanded_conv_squeeze_excite_conv_1', 'conv_bn')
    """
    return layer.replace("/BatchNorm", "_bn").replace("/", "_").replace("Conv", "conv")


def _text(name: bytes | str) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)
