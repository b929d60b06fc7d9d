"""Confidence intervals of an evaluation, and near-duplicates of training images in it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from boxwright.evaluate.detectors import OpenedDetector
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.workers import Workers
from training.evaluation.evaluation import Evaluation
from training.evaluation.figure_intervals import measure_intervals
from training.evaluation.train_overlap import Learned, find_train_overlap

TRAIN = "train"


def with_intervals(
    evaluation: Evaluation,
    what: OpenedDetector,
    data: Dataset,
    workers: Workers,
    *,
    data_path: Path | None,
    samples: int,
    look_in_train: bool,
) -> tuple[Evaluation, Sequence[int]]:
    """Add intervals and near-duplicates to an evaluation; also return the group of each image.

    Args:
        evaluation: on some of the images of `data`.
        what: the detector.
        data: the data set with all of its splits.
        workers: read the images, and those of the training.
        data_path: where `data` is; None for the experiment's own validation images.
        samples: bootstrap samples; 0 for no intervals.
        look_in_train: whether to search the training images for near-duplicates.
    """
    if not samples and not look_in_train:
        return evaluation, range(len(evaluation.truth))
    learned = _learned(what, data, data_path, evaluation.truth, workers) if look_in_train else []
    overlap, groups = find_train_overlap(evaluation.truth, learned, workers)
    with workers.progress("drawing bootstrap samples", samples or 1) as advance:
        intervals = measure_intervals(
            evaluation.metrics,
            groups,
            evaluation.score_threshold,
            samples=samples,
            overlapping=overlap.indices if overlap is not None else (),
            advance=advance,
        )
    return replace(evaluation, intervals=intervals, train_overlap=overlap), groups


def _learned(
    what: OpenedDetector, data: Dataset, data_path: Path | None, truth: Dataset, workers: Workers
) -> list[Learned]:
    """Training images: a checkpoint's own, else the split `train` of the data.

    Empty if the split `train` itself is measured.
    """
    if what.experiment is not None:
        own = [source.path for source in what.experiment.data.validation]
        measured = [data_path] if data_path is not None else own
        try:
            return [
                Learned(
                    source.read(workers).images,
                    same_source=_one_within_another(source.path, measured),
                )
                for source in what.experiment.data.train
            ]
        except DatasetError as error:
            click.echo(f"Cannot search the training images for near-duplicates: {error}", err=True)
            return []
    images = data.of_split(TRAIN).images
    if not images or TRAIN in truth.splits:
        return []
    return [Learned(images, same_source=True)]


def _one_within_another(path: Path, others: Sequence[Path]) -> bool:
    """Whether a data set is one of some others, or lies in one's folder, or one in its own."""
    here = path.resolve()
    there = [each.resolve() for each in others]
    return any(here.is_relative_to(each) or each.is_relative_to(here) for each in there)
