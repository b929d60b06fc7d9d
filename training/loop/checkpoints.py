"""Checkpoints: written atomically, pruned, read again."""

import errno
import math
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from detection.label_map import LabelMap
from detection.label_map_text import LABEL_MAP_NAME, format_label_map
from training.configuration.experiment import Experiment
from training.configuration.writing import format_experiment
from training.loop.atomic_folders import (
    atomic_folder,
    read_state,
    remove_folder,
    remove_unfinished,
    replace_link,
    write_state,
)
from training.loop.averaging import WeightAverages
from training.loop.errors import CheckpointError, DiskFull
from training.loop.optimizers import Updates
from training.pretrained.run_layout import (
    AVERAGES_FILE,
    BEST,
    CHECKPOINTS,
    FOLDER_PATTERN,
    WEIGHTS_FILE,
    folder_name,
)

OPTIMIZER_FILE = "optimizer.npz"
EXPERIMENT_FILE = "experiment.yaml"
# HDF5's own tables, the small files, and what a file system needs: beside the weights' bytes.
OVERHEAD_BYTES = 4 * 2**20


@dataclass
class Progress:
    """How far a training is.

    Args:
        step: steps that are done.
        best_ap: the highest AP of all validations, 0..1; -1 before the first.
        best_step: the step that it was measured after.
        validations_without_better: since then.
        validated_step: the step of the last validation.
        examples: images seen.
        seconds: that all steps took, without validations.
        versions: of what computed, for who reads it later.
    """

    step: int = 0
    best_ap: float = -1.0
    best_step: int = 0
    validations_without_better: int = 0
    validated_step: int = 0
    examples: int = 0
    seconds: float = 0.0
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Trained:
    """All that a step changes.

    Args:
        network: its weights, and the seeds of its layers.
        updates: the optimizers' moments.
        averages: of the weights; None where there are none.
    """

    network: Any
    updates: Updates
    averages: WeightAverages | None

    @property
    def bytes_on_disk(self) -> int:
        """About what a checkpoint of it takes."""
        weights = sum(_bytes_of(each) for each in self.network.weights)
        moments = sum(each.nbytes for each in self.updates.state().values())
        return weights * (1 if self.averages is None else 2) + moments + OVERHEAD_BYTES

    def averages_in_place(self) -> AbstractContextManager[None]:
        """The network with the averages of its weights, where there are some, until the end."""
        return nullcontext() if self.averages is None else self.averages.in_place()

    def save(self, folder: Path) -> None:
        """Write its files."""
        self.network.save_weights(folder / WEIGHTS_FILE)
        if self.averages is not None:
            with self.averages.in_place():
                self.network.save_weights(folder / AVERAGES_FILE)
        seeds = {name: each.numpy() for name, each in self._seeds.items()}
        arrays: dict[str, Any] = {**self.updates.state(), **seeds}
        np.savez(folder / OPTIMIZER_FILE, **arrays)

    def load(self, folder: Path) -> None:
        """Go on from its files.

        Raises:
            CheckpointError: they are of another network or optimizer.
        """
        try:
            if self.averages is not None:
                self.network.load_weights(folder / AVERAGES_FILE)
                self.averages.take_over()
            self.network.load_weights(folder / WEIGHTS_FILE)
            with np.load(folder / OPTIMIZER_FILE) as stored:
                self.updates.set_state(dict(stored))
                for name, each in self._seeds.items():
                    # Checkpoints from before a layer drew by chance do not have its seed.
                    if name in stored:
                        each.assign(stored[name])
        except (OSError, ValueError, KeyError) as error:
            raise CheckpointError(f"{folder} is of another model or optimizer: {error}") from error

    @property
    def _seeds(self) -> dict[str, Any]:
        weights = {id(each) for each in self.network.weights}
        seeds = [each for each in self.network.variables if id(each) not in weights]
        return {f"seed/{number}": each for number, each in enumerate(seeds)}


class Checkpoints:
    """The checkpoints of a run: `checkpoints/step-00001200`, and `best`, a link to one of them.

    Args:
        folder: the run's.
        experiment: is written into each.
        label_map: too.
        tell: called with messages for people.
    """

    def __init__(
        self,
        folder: Path,
        experiment: Experiment,
        label_map: LabelMap,
        tell: Callable[[str], None],
    ) -> None:
        self._folder = folder / CHECKPOINTS
        self._best = folder / BEST
        self._experiment = experiment
        self._label_map = label_map
        self._tell = tell
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in remove_unfinished(self._folder) + remove_unfinished(folder):
            tell(f"removed {name}, which was being written when its training was killed")

    def save(self, trained: Trained, progress: Progress, *, is_best: bool) -> Path:
        """Write a checkpoint, and remove those that are not kept any longer.

        Raises:
            DiskFull: there is no room, even without older ones; what is there stays.
            CheckpointError: it cannot be written.
        """
        folder = self._folder / folder_name(progress.step)
        if not folder.exists():
            self._make_room(trained.bytes_on_disk)
            try:
                with atomic_folder(folder) as unfinished:
                    trained.save(unfinished)
                    experiment = format_experiment(self._experiment)
                    (unfinished / EXPERIMENT_FILE).write_text(experiment, "utf-8")
                    label_map = format_label_map(self._label_map)
                    (unfinished / LABEL_MAP_NAME).write_text(label_map, "utf-8")
                    write_state(unfinished, asdict(progress))
            except OSError as error:
                kind = DiskFull if error.errno == errno.ENOSPC else CheckpointError
                raise kind(f"cannot write {folder}: {error.strerror or error}") from error
        if is_best:
            replace_link(self._best, folder)
        self._prune(self._experiment.checkpoints.keep)
        return folder

    def check_room(self, trained: Trained) -> None:
        """Before the first step: the newest and the next one have to have room.

        Raises:
            DiskFull: they have not.
        """
        needed, free = 2 * trained.bytes_on_disk, shutil.disk_usage(self._folder).free
        if free < needed:
            raise DiskFull(
                f"{self._folder}: {needed / 2**20:.0f} MiB are needed for checkpoints, but "
                f"{free / 2**20:.0f} MiB are free"
            )

    def _make_room(self, needed: int) -> None:
        keep = len(folders_of(self._folder)) - 1
        while shutil.disk_usage(self._folder).free < needed and keep >= 1:
            self._tell(f"the disk is nearly full: keeping {keep} of the newest checkpoints")
            self._prune(keep)
            keep -= 1
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise DiskFull(
                f"{self._folder}: a checkpoint needs {needed / 2**20:.0f} MiB, but "
                f"{free / 2**20:.0f} MiB are free"
            )

    def _prune(self, keep: int) -> None:
        best = self._best.resolve()
        for folder in folders_of(self._folder)[:-keep]:
            if folder.resolve() != best:
                remove_folder(folder)


def folders_of(folder: Path) -> list[Path]:
    """The checkpoints in a folder, oldest first, whole or not."""
    return sorted(path for path in folder.glob(FOLDER_PATTERN) if path.is_dir())


def newest(run_folder: Path, tell: Callable[[str], None]) -> Path | None:
    """The newest checkpoint of a run whose files are as they were written; None without one.

    Args:
        run_folder: the run's.
        tell: is called with what is wrong with one that is passed over.
    """
    passed_over: set[Path] = set()
    # Listed anew each time: a training that goes on takes the older ones away meanwhile.
    while left := set(folders_of(run_folder / CHECKPOINTS)) - passed_over:
        folder = max(left)
        try:
            read_state(folder)
        except CheckpointError as error:
            passed_over.add(folder)
            if folder.exists():
                tell(f"{error}; taking the checkpoint before it")
            continue
        return folder
    return None


def read_progress(folder: Path) -> Progress:
    """How far the training was at a checkpoint.

    Raises:
        CheckpointError: its files are not as they were written.
    """
    state = read_state(folder)
    try:
        return Progress(**{key: value for key, value in state.items() if key != "files"})
    except TypeError as error:
        raise CheckpointError(f"{folder} is of another version: {error}") from error


def _bytes_of(variable: Any) -> int:
    return int(math.prod(variable.shape) * np.dtype(variable.dtype).itemsize)
