"""What the classes of a source are called: the label map beside it."""

from pathlib import Path

from detection.label_map import LabelMap
from detection.label_map_text import LABEL_MAP_NAME
from training.datasets.defects import DatasetError
from training.datasets.formats.label_map_file import read_models_label_map
from training.pretrained.run_layout import weights_file_in
from training.pretrained.source_weights import PretrainedWeightsError

_SAVED_MODEL = "saved_model"


def classes_of(source: str) -> LabelMap | None:
    """The label map in the folder of a source, or beside the versions of a model.

    Args:
        source: as `model.init_from` names it.

    Returns:
        None where there is none: nothing then says what the source's class outputs mean.

    Raises:
        PretrainedWeightsError: it cannot be read.
    """
    path = Path(source)
    folder = path if path.is_dir() else path.parent
    if not path.exists() and not path.with_name(f"{path.name}.index").is_file():
        return None
    folders = [folder]
    # A run's best or newest checkpoint has one of its own.
    if path.is_dir() and (weights := weights_file_in(path)) is not None:
        folders.append(weights.parent)
    if folder.resolve().name == _SAVED_MODEL or folder.name.isdigit():
        folders.append(folder.resolve().parent)
    for each in folders:
        if (each / LABEL_MAP_NAME).is_file():
            try:
                return read_models_label_map(each / LABEL_MAP_NAME)
            except DatasetError as error:
                raise PretrainedWeightsError(str(error)) from error
    return None
