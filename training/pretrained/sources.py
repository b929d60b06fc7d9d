"""What kind of source a path or a name is."""

from collections.abc import Sequence
from pathlib import Path

import keras

from training.pretrained.catalog import CATALOG
from training.pretrained.keras_files import read_keras_file
from training.pretrained.keras_hub_presets import CONFIG_FILE, is_preset, read_preset
from training.pretrained.matching import Target
from training.pretrained.numpy_files import SUFFIXES, read_numpy_file
from training.pretrained.object_detection.variables import read_variables
from training.pretrained.run_layout import weights_file_in
from training.pretrained.source_weights import PretrainedWeightsError, SourceWeights
from training.pretrained.tensorflow_graphs import FROZEN_SUFFIX, read_tensorflow_graph
from training.pretrained.tfjs_files import MODEL_FILE, read_tfjs_model
from training.pretrained.tflite_files import read_tflite_file
from training.pretrained.tflite_graph import SUFFIXES as TFLITE_SUFFIXES
from training.pretrained.torch_files.reading import SUFFIXES as TORCH_SUFFIXES
from training.pretrained.torch_files.reading import read_torch_file

_KERAS_SUFFIXES = (".keras", ".h5", ".hdf5")
TFJS_SUFFIX = ".json"
_CHECKPOINT = "an Object Detection API checkpoint"
# In the archives of TensorFlow's detection zoo.
FROZEN_GRAPH = "frozen_inference_graph.pb"
WHAT_THERE_IS = (
    "a name of `boxwright weights list`, a .keras, .weights.h5, .npz, .npy, .tflite or .pth "
    "file, a frozen graph (.pb), TensorFlow.js's model.json, a SavedModel's folder "
    "(models/hands/1), a folder of one of our checkpoints or runs, a KerasHub preset or its "
    "folder, or an Object Detection API checkpoint (ckpt-12)"
)


def read_source(source: str, network: keras.Model, targets: Sequence[Target]) -> SourceWeights:
    """The weights of whatever `source` names.

    Args:
        source: a path or a preset's name.
        network: what they are for.
        targets: its variables.

    Raises:
        PretrainedWeightsError: there is no such thing, or it cannot be read.
    """
    path = Path(source)
    if source in CATALOG and not path.exists():
        row = CATALOG[source]
        if not row.is_here:
            raise PretrainedWeightsError(
                f"{source} has to be fetched first: boxwright weights fetch {source}"
            )
        path = row.path
    if path.is_file():
        return _read_file(path, network, targets)
    if path.is_dir():
        return _read_folder(path, network, targets)
    prefix = path.with_name(path.name.removesuffix(".index"))
    if prefix.with_name(f"{prefix.name}.index").is_file():
        return read_variables(prefix, _CHECKPOINT)
    if is_preset(source):
        return read_preset(source)
    raise PretrainedWeightsError(f"there is no {source}; it could be {WHAT_THERE_IS}")


def _read_file(path: Path, network: keras.Model, targets: Sequence[Target]) -> SourceWeights:
    if path.suffix in _KERAS_SUFFIXES:
        return read_keras_file(path, network, targets)
    if path.suffix in SUFFIXES:
        return read_numpy_file(path)
    if path.suffix in TFLITE_SUFFIXES:
        return read_tflite_file(path, network)
    if path.suffix == TFJS_SUFFIX:
        return read_tfjs_model(path, network)
    if path.suffix in TORCH_SUFFIXES:
        return read_torch_file(path)
    if path.suffix == FROZEN_SUFFIX:
        return read_tensorflow_graph(path, network, targets)
    if path.suffix == ".index":
        return read_variables(path.with_suffix(""), _CHECKPOINT)
    raise PretrainedWeightsError(f"{path} is not {WHAT_THERE_IS}")


def _read_folder(folder: Path, network: keras.Model, targets: Sequence[Target]) -> SourceWeights:
    if (folder / "saved_model.pb").is_file():
        return read_tensorflow_graph(folder, network, targets)
    if (folder / "saved_model" / "saved_model.pb").is_file():
        return read_tensorflow_graph(folder / "saved_model", network, targets)
    if (folder / FROZEN_GRAPH).is_file():
        return read_tensorflow_graph(folder / FROZEN_GRAPH, network, targets)
    if (folder / MODEL_FILE).is_file():
        return read_tfjs_model(folder / MODEL_FILE, network)
    # A preset has a file `model.weights.h5` too, of its backbone alone.
    if (folder / CONFIG_FILE).is_file():
        return read_preset(str(folder))
    weights = weights_file_in(folder)
    if weights is not None:
        return read_keras_file(weights, network, targets)
    checkpoints = sorted(folder.glob("*.index"))
    if len(checkpoints) == 1:
        return read_variables(checkpoints[0].with_suffix(""), _CHECKPOINT)
    if checkpoints:
        names = ", ".join(path.stem for path in checkpoints)
        raise PretrainedWeightsError(f"{folder} has several checkpoints, {names}: name one of them")
    raise PretrainedWeightsError(
        f"{folder} has neither weights nor a model; it is not {WHAT_THERE_IS}"
    )
