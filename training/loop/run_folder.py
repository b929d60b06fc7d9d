"""The folder of a run: its lock, its newest checkpoint, its experiment and its history."""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from detection.label_map import LabelMap
from detection.label_map_text import LABEL_MAP_NAME
from training.configuration.experiment import Experiment, differences, read_experiment
from training.configuration.writing import format_experiment
from training.datasets.formats.label_map_file import read_label_map
from training.loop.atomic_folders import remove_folder
from training.loop.checkpoints import EXPERIMENT_FILE, folders_of, newest
from training.loop.errors import TrainingError
from training.pretrained.run_layout import CHECKPOINTS

LOG_FILE, HISTORY_FILE, LOCK_FILE = "train.log", "history.jsonl", ".lock"


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Keep other processes from training into a folder, which is made; until the block's end.

    Raises:
        TrainingError: another process does, or the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK_FILE).open("w")
    except OSError as error:
        raise TrainingError(f"cannot write {error.filename}: {error.strerror}") from error
    with lock:
        try:
            # The system lets it go however the process ends.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise TrainingError(f"another process is training into {folder}") from error
        except OSError as error:
            raise TrainingError(f"cannot lock {folder / LOCK_FILE}: {error.strerror}") from error
        yield


def check_is_new(folder: Path) -> None:
    """Leave an earlier training as it is.

    Raises:
        TrainingError: there are checkpoints.
    """
    if folders_of(folder / CHECKPOINTS):
        raise TrainingError(
            f"{folder} has checkpoints of an earlier training: --resume goes on from the newest, "
            "--output takes another folder"
        )


def checkpoint_to_resume(
    folder: Path, experiment: Experiment, label_map: LabelMap, tell: Callable[[str], None]
) -> Path | None:
    """The newest whole checkpoint of a run; None where there is none to go on from.

    What is newer than it cannot be read, and is removed.

    Raises:
        TrainingError: it is of an experiment that leads elsewhere; names the settings.
    """
    chosen = newest(folder, tell)
    if chosen is None:
        return None
    changed = differences(read_experiment(chosen / EXPERIMENT_FILE), experiment)
    if read_label_map(chosen / LABEL_MAP_NAME) != label_map:
        changed.append("the label map")
    if changed:
        raise TrainingError(
            f"{chosen} is of other settings, so that it cannot be resumed with these:\n  "
            + "\n  ".join(changed)
            + "\nResume with the settings as they were, or start anew with another --output; "
            f"model.init_from: {chosen} begins with its weights"
        )
    for later in folders_of(folder / CHECKPOINTS):
        if later.name > chosen.name:
            remove_folder(later)
    return chosen


def write_experiment(folder: Path, experiment: Experiment) -> None:
    """Write every setting, defaults too, as `experiment.yaml`."""
    (folder / EXPERIMENT_FILE).write_text(format_experiment(experiment), "utf-8")


class History:
    """The validations of a run, a JSON object a line, in `history.jsonl`.

    Args:
        folder: the run's.
        done: the steps that are behind the training; what a killed one wrote after them goes.
    """

    def __init__(self, folder: Path, done: int) -> None:
        self._path = folder / HISTORY_FILE
        if self._path.exists():
            lines = self._path.read_text("utf-8").splitlines()
            kept = [line for line in lines if _step_of(line) <= done]
            self._path.write_text("".join(f"{line}\n" for line in kept), "utf-8")

    def add(self, entry: dict[str, Any]) -> None:
        """Write down a validation.

        Raises:
            OSError: the file cannot be written.
        """
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(entry)}\n")


def _step_of(line: str) -> float:
    try:
        return float(json.loads(line)["step"])
    except (ValueError, KeyError, TypeError):
        return float("inf")
