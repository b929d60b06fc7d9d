"""The images of an experiment, to learn from and to measure on, under one label map."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from detection.label_map import LabelMap
from training.configuration.data import DataSource
from training.configuration.experiment import Experiment
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, counted_defects, summary
from training.datasets.formats.label_map_file import read_label_map
from training.datasets.notes import NoteKind
from training.datasets.workers import Workers
from training.evaluation.kinds import KINDS
from training.input_pipeline.batches import TrainingSource
from training.loop.crowd_only_classes import crowd_only_classes
from training.models.registry import model_entry


@dataclass(frozen=True)
class ExperimentImages:
    """What an experiment's sources hold.

    Args:
        label_map: the classes of the run.
        train: the sources to learn from.
        validation: all that is measured on, as one; None where nothing is.
    """

    label_map: LabelMap
    train: tuple[TrainingSource, ...]
    validation: Dataset | None

    @property
    def class_names(self) -> tuple[str, ...]:
        """By rising number: the index of a name is what the model is trained on."""
        return tuple(item.name for item in sorted(self.label_map, key=lambda item: item.id))


def repairs(images: ExperimentImages) -> list[str]:
    """A sentence for what is learned from and measured on, where it was repaired or is ignored."""
    learned = [defect for source in images.train for defect in source.dataset.defects]
    measured = images.validation.defects if images.validation is not None else ()
    repaired = [
        f"{what}: {counted_defects(defects)} repaired ({summary(defects)}); "
        "`boxwright dataset check` lists them"
        for what, defects in (("train", learned), ("validation", measured)) if defects
    ]  # fmt: skip
    validation = [images.validation] if images.validation is not None else []
    return [
        *repaired,
        *crowd_only_classes("train", [source.dataset for source in images.train]),
        *crowd_only_classes("validation", validation),
    ]


def guesses(images: ExperimentImages) -> list[str]:
    """A sentence for each thing that the files do not say and was taken, once."""
    validation = [images.validation] if images.validation is not None else []
    datasets = [*(source.dataset for source in images.train), *validation]
    return list(dict.fromkeys(
        f"Taken as: {note}." for each in datasets for note in each.notes
        if note.kind is NoteKind.GUESSED
    ))  # fmt: skip


def read_images(experiment: Experiment, workers: Workers) -> ExperimentImages:
    """Read the sources.

    Raises:
        DatasetError: one cannot be read, or has a class that the label map has not.
        ModelError: there is no such model.
    """
    data = experiment.data
    kind = KINDS[model_entry(experiment.model.name).kind]
    train = [kind.to_learn_from(source.read(workers)) for source in data.train]
    label_map = read_label_map(data.label_map) if data.label_map else train[0].label_map
    train = [
        _of_classes(dataset, label_map, source)
        for dataset, source in zip(train, data.train, strict=True)
    ]
    sources = tuple(
        TrainingSource(dataset, source.share)
        for dataset, source in zip(train, data.train, strict=True)
    )
    return ExperimentImages(label_map, sources, read_validation(experiment, label_map, workers))


def read_validation(
    experiment: Experiment, label_map: LabelMap, workers: Workers
) -> Dataset | None:
    """Read what is measured on alone, as one; None where nothing is.

    Args:
        experiment: whose sources.
        label_map: of its training.
        workers: for large ones.

    Raises:
        DatasetError: a source cannot be read, or has a class that the label map has not.
    """
    kind = KINDS[model_entry(experiment.model.name).kind]
    sources = experiment.data.validation
    datasets = [(source, kind.to_measure_on(source.read(workers))) for source in sources]
    return _joined([_of_classes(each, label_map, source) for source, each in datasets], label_map)


def _of_classes(dataset: Dataset, label_map: LabelMap, source: DataSource) -> Dataset:
    """The same under another label map: a class is known by its name, whatever its number."""
    known = {item.name for item in label_map}
    used = {each.label for image in dataset.images for each in image.objects}
    strange = sorted(used - known)
    if strange:
        raise DatasetError(
            f"{source.path} has objects of the class {strange[0]!r}, but the classes of the "
            f"training are {', '.join(item.name for item in label_map)}"
        )
    return replace(dataset, label_map=label_map)


def _joined(datasets: Sequence[Dataset], label_map: LabelMap) -> Dataset | None:
    if not datasets:
        return None
    images = tuple(image for dataset in datasets for image in dataset.images)
    names = {dataset.keypoint_names for dataset in datasets}
    if len(names) > 1:
        raise DatasetError(f"validation sources have different keypoints: {sorted(names)}")
    defects = tuple(defect for dataset in datasets for defect in dataset.defects)
    notes = tuple(note for dataset in datasets for note in dataset.notes)
    return Dataset(label_map, images, names.pop(), defects, notes)
