"""A SavedModel of the Object Detection API, its weights as variables or as constants."""

from pathlib import Path

from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

from training.pretrained.object_detection.frozen_graph import read_frozen_graph
from training.pretrained.object_detection.variables import read_variables
from training.pretrained.source_weights import PretrainedWeightsError, SourceWeights


def read_saved_model(folder: Path) -> SourceWeights:
    """Its weights, by our names.

    Args:
        folder: has a `saved_model.pb`.

    Raises:
        PretrainedWeightsError: the file is no SavedModel, or holds no weights.
    """
    path = folder / "saved_model.pb"
    saved_model = saved_model_pb2.SavedModel()
    try:
        saved_model.ParseFromString(path.read_bytes())
    except DecodeError as error:
        raise PretrainedWeightsError(f"{path} is not a SavedModel: {error}") from error
    variables = folder / "variables" / "variables"
    if variables.with_suffix(".index").is_file():
        return read_variables(variables, "a SavedModel, by its variables' names")
    if not saved_model.meta_graphs:
        raise PretrainedWeightsError(f"{path} has no graph")
    return read_frozen_graph(saved_model.meta_graphs[0].graph_def, str(path))
