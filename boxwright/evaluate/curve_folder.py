"""Folder of a learning curve: the plan, and a config for the training on each subset."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from detection.label_map_text import LABEL_MAP_NAME
from training.configuration.experiment import Experiment
from training.configuration.sections import CheckpointSection, LoggingSection
from training.configuration.writing import format_experiment
from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.datasets.formats.label_map_file import read_label_map
from training.datasets.grouping.keeping_together import KeepTogether, TogetherGroups, group_images
from training.datasets.workers import Workers
from training.evaluation.errors import EvaluationError
from training.planning.subsets import Lengths, Recipe

CONFIG_FILE, PLAN_FILE = "config.yaml", "plan.json"
# Log lines of a training, from which the progress is printed.
_LINES = 50


@dataclass(frozen=True)
class SubsetRun:
    """A training on a subset of the images.

    Args:
        images: number of training images.
        steps: number of steps.
        folder: of its run.
        is_asked: whether it is the given run itself, trained on all images.
    """

    images: int
    steps: int
    folder: Path
    is_asked: bool = False


@dataclass(frozen=True)
class CurveFolder:
    """Folder of a curve's trainings, and their images.

    Args:
        path: the folder.
        experiment: of the run on all images.
        label_map: file with its classes.
        sources: training images of each of its sources.
        validation_images: number of its validation images.
    """

    path: Path
    experiment: Experiment
    label_map: Path
    sources: tuple[Dataset, ...]
    validation_images: int

    @classmethod
    def read(
        cls, path: Path, experiment: Experiment, checkpoint: Path, workers: Workers
    ) -> "CurveFolder":
        """Read the images of an experiment.

        Raises:
            DatasetError: they cannot be read.
        """
        sources = tuple(each.read(workers) for each in experiment.data.train)
        measured = sum(len(each.read(workers)) for each in experiment.data.validation)
        return cls(path, experiment, checkpoint / LABEL_MAP_NAME, sources, measured)

    @property
    def images(self) -> tuple[AnnotatedImage, ...]:
        """Images of all sources, in their order."""
        return tuple(image for source in self.sources for image in source.images)

    @property
    def labels(self) -> Dataset:
        """Empty data set with the classes of the training."""
        classes = read_label_map(self.label_map)
        return Dataset(classes, (), self.sources[0].keypoint_names)

    def groups(self, workers: Workers) -> TogetherGroups:
        """Groups of images that belong together; reads the images."""
        return group_images(self.images, KeepTogether.AUTO, workers)

    def planned(self) -> list[SubsetRun] | None:
        """Read an existing plan; None if there is none.

        Raises:
            EvaluationError: the plan is of other settings or images, or unreadable.
        """
        try:
            plan = json.loads((self.path / PLAN_FILE).read_text("utf-8"))
            runs = [SubsetRun(**{**each, "folder": Path(each["folder"])}) for each in plan["runs"]]
            is_ours = plan["of"] == self._digest()
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EvaluationError(
                f"{self.path / PLAN_FILE} is not a plan ({error}): delete {self.path} to start over"
            ) from error
        if not is_ours:
            raise EvaluationError(
                f"{self.path} was planned for other settings or images than the run has now: "
                "delete it to start over"
            )
        return runs

    def write(
        self, subsets: Sequence[Sequence[int]], lengths: Lengths, recipe: Recipe, run: Path
    ) -> list[SubsetRun]:
        """Write a config for each training; returns all trainings.

        Args:
            subsets: indices of the images of each.
            lengths: steps of each.
            recipe: of the training on all images.
            run: folder of that training.

        Raises:
            EvaluationError: a file cannot be written.
        """
        runs = [
            SubsetRun(len(subset), steps, self.path / f"images-{len(subset)}")
            for subset, steps in zip(subsets, lengths.steps, strict=True)
        ]
        if lengths.uses_run:
            runs[-1] = replace(runs[-1], folder=run, is_asked=True)
        told = [{**asdict(each), "folder": str(each.folder)} for each in runs]
        plan = {"of": self._digest(), "runs": told}
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / LABEL_MAP_NAME).write_bytes(self.label_map.read_bytes())
            for each, subset in zip(runs, subsets, strict=True):
                if not each.is_asked:
                    self._write_config(each, frozenset(subset), recipe)
            # Last, so that a plan is complete.
            (self.path / PLAN_FILE).write_text(json.dumps(plan, indent=1), "utf-8")
        except OSError as error:
            raise EvaluationError(f"cannot write {error.filename}: {error.strerror}") from error
        return runs

    def _digest(self) -> str:
        """Digest of all that determines the trainings: settings and names of the images."""
        names = [image.full_name for image in self.images]
        free = replace(self.experiment, output=None, logging=LoggingSection())
        text = json.dumps([format_experiment(free), [len(each) for each in self.sources], names])
        return hashlib.sha256(text.encode()).hexdigest()

    def _write_config(self, run: SubsetRun, subset: frozenset[int], recipe: Recipe) -> None:
        run.folder.mkdir(parents=True, exist_ok=True)
        sources, first = [], 0
        for number, (source, data) in enumerate(
            zip(self.experiment.data.train, self.sources, strict=True), start=1
        ):
            names = [image.full_name for place, image in enumerate(data.images, start=first)
                     if place in subset]  # fmt: skip
            first += len(data)
            # A source without an image in the subset is left out.
            if names:
                file = run.folder / f"train-{number}.txt"
                file.write_text("".join(f"{name}\n" for name in names), "utf-8")
                sources.append(replace(source, image_list=file))
        data_section = replace(
            self.experiment.data, train=tuple(sources), label_map=self.path / LABEL_MAP_NAME
        )
        shortened = _shortened(self.experiment, run.steps, recipe)
        experiment = replace(
            shortened, name=run.folder.name, output=run.folder, data=data_section,
            checkpoints=CheckpointSection(keep=1),
            logging=LoggingSection(every_steps=max(1, run.steps // _LINES), tensorboard=False),
        )  # fmt: skip
        (run.folder / CONFIG_FILE).write_text(format_experiment(experiment), "utf-8")


def _shortened(experiment: Experiment, steps: int, recipe: Recipe) -> Experiment:
    """Experiment of so many steps: learning rate and validations scaled to them."""
    section, share = experiment.optimization, steps / recipe.steps
    whole = section.steps if section.stop_after_steps is not None else None
    warmup = section.warmup_steps
    optimization = replace(
        section,
        epochs=None,
        steps=steps if whole is None else max(steps, round(whole * share)),
        stop_after_steps=None if whole is None else steps,
        warmup_steps=None if warmup is None else round(warmup * share),
    )
    every = math.ceil(steps / recipe.validations)
    return replace(
        experiment,
        optimization=optimization,
        validation=replace(experiment.validation, every_steps=every, images=0),
    )
