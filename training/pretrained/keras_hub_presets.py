"""KerasHub's presets: a name such as `dfine_nano_coco`, a handle, or a folder of one."""

from pathlib import Path

import keras_hub
import numpy as np

from training.pretrained.source_weights import PretrainedWeightsError, SourceWeights

HANDLES = ("kaggle://", "hf://", "modelscope://", "gs://")
CONFIG_FILE = "config.json"
_TASK_FILE = "task.json"


def is_preset(source: str) -> bool:
    """Whether `source` names a preset, built in, at one of KerasHub's hosts, or in a folder."""
    return (
        source.startswith(HANDLES)
        or (Path(source) / CONFIG_FILE).is_file()
        or source in keras_hub.models.ObjectDetector.presets
        or source in keras_hub.models.Backbone.presets
    )


def read_preset(source: str) -> SourceWeights:
    """The weights of an object detector's preset, or of a backbone's.

    Raises:
        PretrainedWeightsError: KerasHub cannot load it; where it must be downloaded, that may be
            for want of a network.
    """
    detector = source in keras_hub.models.ObjectDetector.presets or (
        (Path(source) / _TASK_FILE).is_file()
    )
    loader = keras_hub.models.ObjectDetector if detector else keras_hub.models.Backbone
    try:
        model = loader.from_preset(source)
    # KerasHub lets through whatever its hosts' clients raise, of which there are three.
    except Exception as error:
        raise PretrainedWeightsError(f"{source} is a KerasHub preset, but: {error}") from error
    return SourceWeights(
        kind=f"a KerasHub preset of {type(model).__name__}",
        arrays={weight.path: np.asarray(weight) for weight in model.weights},
    )
