"""A detector as a training left it, for evaluation and export."""

import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from detection.label_map import LabelMap
from detection.label_map_text import LABEL_MAP_NAME
from training.configuration.errors import ConfigurationError
from training.configuration.experiment import Experiment, read_experiment
from training.datasets.defects import DatasetError
from training.datasets.formats.label_map_file import read_label_map
from training.loop.atomic_folders import STATE_FILE, read_state
from training.loop.building import build_detector
from training.loop.checkpoints import EXPERIMENT_FILE, newest
from training.loop.errors import CheckpointError
from training.models.detector import Detector
from training.pretrained.run_layout import AVERAGES_FILE, BEST, WEIGHTS_FILE


def load_detector(
    folder: Path, which: Literal["best", "latest"] = "best"
) -> tuple[Detector, LabelMap, Experiment]:
    """The detector of a checkpoint, with the averages of its weights where there are some.

    Args:
        folder: a checkpoint, or a run.
        which: of a run: the best by AP, or the newest; the newest where nothing was measured.

    Raises:
        CheckpointError: there is none, or its files are not as they were written.
        ConfigurationError: its experiment cannot be read.
        ModelError: its model cannot be built.
    """
    _, detector, label_map, experiment = load_checkpoint(folder, which)
    return detector, label_map, experiment


def load_checkpoint(
    folder: Path,
    which: Literal["best", "latest"] = "best",
    options: Mapping[str, Any] | None = None,
) -> tuple[Path, Detector, LabelMap, Experiment]:
    """The same, and before it the checkpoint's folder.

    Args:
        folder: a checkpoint, or a run.
        which: of a run.
        options: the model's, over those that it was trained with; they change no weight.

    Where a training that goes on takes the checkpoint away while it is read, the one that is the
    run's best or newest then is read instead.
    """
    while True:
        chosen = checkpoint_folder(folder, which)
        try:
            return chosen, *_read(chosen, options or {})
        except (CheckpointError, ConfigurationError, DatasetError):
            if chosen.exists() or chosen == folder:
                raise


def _read(chosen: Path, options: Mapping[str, Any]) -> tuple[Detector, LabelMap, Experiment]:
    read_state(chosen)
    experiment = read_experiment(chosen / EXPERIMENT_FILE)
    model = replace(experiment.model, options={**experiment.model.options, **options})
    experiment = replace(experiment, model=model)
    label_map = read_label_map(chosen / LABEL_MAP_NAME)
    detector = build_detector(experiment, label_map)
    averages = chosen / AVERAGES_FILE
    try:
        detector.network.load_weights(averages if averages.exists() else chosen / WEIGHTS_FILE)
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{chosen} is of another model: {error}") from error
    return detector, label_map, experiment


def checkpoint_folder(folder: Path, which: Literal["best", "latest"] = "best") -> Path:
    """The checkpoint that is meant by a folder: itself, or one of its run's.

    Raises:
        CheckpointError: there is none.
    """
    if (folder / STATE_FILE).exists():
        # A link may lead elsewhere before all is read.
        return folder.resolve() if folder.is_symlink() else folder
    if which == "best" and (folder / BEST / STATE_FILE).exists():
        return (folder / BEST).resolve()
    found = newest(folder, lambda message: warnings.warn(message, stacklevel=2))
    if found is None:
        raise CheckpointError(f"{folder} is not a checkpoint, and has none in checkpoints/")
    return found
