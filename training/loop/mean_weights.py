"""Average the weights of several trainings of one model ("model soup").

Trainings that began with the same weights end in the same basin of the loss, each a little beside
its middle; the mean is nearer to it than any, and inference takes no longer than with one.
Wortsman et al., "Model soups", 2022; along one training, Izmailov et al., "Averaging
weights leads to wider optima and better generalization", 2018.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from detection.label_map import LabelMap
from detection.label_map_text import LABEL_MAP_NAME, format_label_map
from training.configuration.experiment import Experiment
from training.configuration.writing import format_experiment, plain
from training.loop.atomic_folders import atomic_folder, replace_link, write_state
from training.loop.checkpoints import EXPERIMENT_FILE, Progress
from training.loop.errors import CheckpointError
from training.loop.loading import checkpoint_folder, load_detector
from training.pretrained.run_layout import BEST, CHECKPOINTS, WEIGHTS_FILE, folder_name


def write_mean(
    folders: Sequence[Path],
    output: Path,
    *,
    which: Literal["best", "latest"] = "best",
    tell: Callable[[str], None],
) -> None:
    """Write a run whose only checkpoint has the mean of others' weights.

    Args:
        folders: runs or checkpoints of one model, two or more. The first one's settings are the
            mean's, such as the size of its images.
        output: the run's folder, which must not exist, and is there whole or not at all. It can be
            measured, exported and begun with, not resumed.
        which: of runs, the best or the newest checkpoint.
        tell: is called with what is averaged, and with what differs and does not count.

    Raises:
        CheckpointError: `output` exists, there are fewer than two, or one cannot be read or is of
            another model or other classes.
        ConfigurationError: an experiment cannot be read.
        ModelError: a model cannot be built.
        OSError: it cannot be written.
    """
    if output.exists():
        raise CheckpointError(f"{output} exists, and is not overwritten")
    chosen = [checkpoint_folder(folder, which) for folder in folders]
    if len({folder.resolve() for folder in chosen}) < max(len(chosen), 2):
        raise CheckpointError(
            "an average takes two or more different checkpoints, but got "
            + (", ".join(map(str, chosen)) or "none")
        )
    detector, label_map, experiment = load_detector(chosen[0])
    tell(str(chosen[0]))
    sums = [weight.astype(np.float64) for weight in detector.network.get_weights()]
    for folder in chosen[1:]:
        other, classes, its = load_detector(folder)
        tell(str(folder))
        weights = other.network.get_weights()
        _require_same("layers", chosen[0], experiment.model.name, folder, its.model.name)
        _require_same("classes", chosen[0], _names(label_map), folder, _names(classes))
        for one, its_one in zip_longest(_shapes(sums), _shapes(weights)):
            _require_same("weights", chosen[0], one, folder, its_one)
        for setting in _different_settings(experiment, its):
            tell(f"its {setting}: the first one's counts")
        for total, weight in zip(sums, weights, strict=True):
            total += weight
    detector.network.set_weights([total / len(chosen) for total in sums])
    output.parent.mkdir(parents=True, exist_ok=True)
    with atomic_folder(output) as run:
        folder = run / CHECKPOINTS / folder_name(0)
        folder.parent.mkdir()
        with atomic_folder(folder) as unfinished:
            detector.network.save_weights(unfinished / WEIGHTS_FILE)
            (unfinished / EXPERIMENT_FILE).write_text(format_experiment(experiment), "utf-8")
            (unfinished / LABEL_MAP_NAME).write_text(format_label_map(label_map), "utf-8")
            write_state(unfinished, asdict(Progress()))
        replace_link(run / BEST, folder)


# Settings of the model that say nothing of what it computes.
_OF_TRAINING_ALONE = {"init_from", "freeze", "freeze_stages", "freeze_batch_norms"}


def _require_same(what: str, first: Path, wanted: object, other: Path, found: object) -> None:
    if wanted != found:
        raise CheckpointError(
            f"{other} cannot be averaged with {first}: its {what} are {found}, not {wanted}"
        )


def _different_settings(first: Experiment, other: Experiment) -> Iterator[str]:
    """Of the model, those in which two experiments differ, as `name is value, not value`."""
    ones, others = plain(first.model), plain(other.model)
    ones |= ones.pop("options")
    others |= others.pop("options")
    for name in sorted({*ones, *others} - _OF_TRAINING_ALONE):
        if ones.get(name) != others.get(name):
            yield f"{name} is {others.get(name, 'the usual')}, not {ones.get(name, 'the usual')}"


def _names(label_map: LabelMap) -> list[str]:
    return [item.name for item in sorted(label_map, key=lambda item: item.id)]


def _shapes(weights: Sequence[npt.NDArray[Any]]) -> list[tuple[int, ...]]:
    return [weight.shape for weight in weights]
