"""SavedModels and frozen graphs: by the Object Detection API's names, or by what they compute.

Names tell more where the API has written them: which variables are a batch normalization's, and
which towers are shared. Any other graph, our own exports for example, is read by its structure.
"""

from collections.abc import Sequence
from pathlib import Path

import keras

from training.pretrained.graphs.graph_file import read_graph_file, read_saved_model_graph
from training.pretrained.graphs.graph_weights import graph_weights
from training.pretrained.matching import Target, match
from training.pretrained.object_detection.background import without_background
from training.pretrained.object_detection.saved_model import read_saved_model
from training.pretrained.source_weights import PretrainedWeightsError, SourceWeights

FROZEN_SUFFIX = ".pb"
_SAVED_MODEL_FILE = "saved_model.pb"


def read_tensorflow_graph(
    path: Path, network: keras.Model, targets: Sequence[Target]
) -> SourceWeights:
    """The weights of a SavedModel's folder or of a frozen graph's file.

    Args:
        path: the folder, the `saved_model.pb` in it, or a `.pb` file.
        network: what they are for.
        targets: its variables.

    Raises:
        PretrainedWeightsError: it cannot be read, or has no weights.
    """
    if path.is_file() and path.name != _SAVED_MODEL_FILE:
        return graph_weights(read_graph_file(path), network, "a frozen graph")
    folder = path if path.is_dir() else path.parent
    try:
        by_names = read_saved_model(folder)
    except PretrainedWeightsError as error:
        # Another maker's names mean nothing; where the structure tells as little, theirs is said.
        try:
            return graph_weights(read_saved_model_graph(folder), network, "a SavedModel")
        except PretrainedWeightsError:
            raise error from None
    if _fills(by_names, targets, "backbone"):
        return by_names
    return graph_weights(read_saved_model_graph(folder), network, "a SavedModel")


def _fills(weights: SourceWeights, targets: Sequence[Target], part: str) -> bool:
    """Whether every variable of the part has its array."""
    wanted = [target for target in targets if target.part == part]
    lacking = match(wanted, without_background(weights).arrays).unmatched
    return bool(wanted) and all(each.target.layer in weights.folded for each in lacking)
