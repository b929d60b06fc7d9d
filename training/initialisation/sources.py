"""What kind of source a path or a name is."""

from pathlib import Path

from training.initialisation.object_detection.saved_model import read_saved_model
from training.initialisation.source_weights import InitialisationError, SourceWeights
from training.models.detector import Detector


def read_source(source: str, detector: Detector) -> SourceWeights:  # noqa: ARG001
    """The weights of whatever `source` names.

    Raises:
        InitialisationError: there is no such thing, or it cannot be read.
    """
    path = Path(source)
    if (path / "saved_model.pb").is_file():
        return read_saved_model(path)
    raise InitialisationError(f"{source} cannot be read")
