"""An evaluation from its beginning to its report, as the command line wants it."""

from dataclasses import dataclass, replace
from pathlib import Path

import click

from boxwright.dataset.source import Source
from boxwright.evaluate.against import comparison_with
from boxwright.evaluate.certain import with_certainty
from boxwright.evaluate.circumstances import circumstances_of
from boxwright.evaluate.detectors import Asked, Opened, opened
from boxwright.evaluate.learning_curve import curve_of, train_subsets
from boxwright.evaluate.measuring import found_by, measured, of_split
from boxwright.evaluate.own_threshold import write_to_card
from boxwright.evaluate.printing import print_evaluation, print_keypoints
from boxwright.evaluate.threshold_choice import threshold_in_use
from training.datasets.dataset import Dataset
from training.datasets.defects import refuse_beyond_repair
from training.datasets.workers import Workers
from training.evaluation.chosen_threshold import choose_threshold
from training.evaluation.errors import EvaluationError
from training.evaluation.evaluation import Evaluation
from training.evaluation.keypoint_evaluation import evaluate_keypoints
from training.evaluation.keypoint_report import write_keypoint_report
from training.evaluation.report import Circumstances, write_report
from training.pretrained.own_folders import CHECKPOINTS


@dataclass(frozen=True)
class Wanted:
    """What is measured on, and what is told of it.

    Args:
        data: the images; None for the validation images of a checkpoint's training.
        split: of them; None for all.
        output: the report's folder; None for the usual one.
        score_threshold: in use; None for the detector's own.
        to_card: whether the best threshold is written into the model card.
        worst_count: so many of the worst images at most.
        samples: for the intervals; 0 for none.
        look_in_train: whether to look for near-duplicates of the images in train.
        against: another detector, to compare with; None for none.
        learning_curve: whether to train on fewer images, for a learning curve.
        minutes: that these trainings may take; None for as long as it takes.
        area_share: of its image, above which an object is counted as large; None for no counts by
            area.
    """

    data: Path | None
    split: str | None
    output: Path | None
    score_threshold: float | None
    to_card: bool
    worst_count: int
    samples: int
    look_in_train: bool
    against: str | None = None
    learning_curve: bool = False
    minutes: float | None = None
    area_share: float | None = None


def run_evaluation(asked: Asked, wanted: Wanted, source: Source) -> None:
    """Measure, write the report, and tell of it.

    Raises:
        EvaluationError: it cannot be measured.
        click.UsageError: what is wanted does not fit.
    """
    folder = wanted.output or _folder(asked)
    runs = train_subsets(asked, wanted.minutes, source, click.echo) if wanted.learning_curve else []
    with source.workers() as workers:
        with opened(asked, workers, with_data=wanted.data is None) as what:
            if wanted.to_card and what.version_folder is None:
                raise click.UsageError("--to-card: an exported model's folder has a model card")
            images = (
                what.own_data if wanted.data is None else what.shown(source.read_and_tell(workers))
            )
            truth = of_split(what.told_of(images), wanted.split, wanted.data)
            refuse_beyond_repair(truth.defects)
            if what.finds_keypoints:
                _measure_keypoints(what, truth, wanted, folder, workers)
                return
            if wanted.to_card:
                _check_choice_is_fair(truth, wanted)
            threshold = threshold_in_use(
                what, wanted.score_threshold, workers, on_own_data=wanted.data is None
            )
            evaluation = measured(
                what, truth, workers, threshold, wanted.worst_count, wanted.area_share
            )
            evaluation, groups = with_certainty(
                evaluation, what, images or truth, workers, samples=wanted.samples,
                look_in_train=wanted.look_in_train,
            )  # fmt: skip
            circumstances = circumstances_of(what, truth, wanted.data, evaluation.class_names)
        if wanted.against is not None:
            comparison = comparison_with(
                wanted.against, asked, evaluation, groups, workers, wanted.samples
            )
            evaluation = replace(evaluation, comparison=comparison)
        if runs:
            curve = curve_of(runs, asked, evaluation, groups, workers, wanted.samples)
            evaluation = replace(evaluation, learning_curve=curve)
        written = write_report(evaluation, circumstances, folder, workers)
    if wanted.to_card and what.version_folder is not None:
        written.append(
            _written_card(what.version_folder, evaluation, circumstances, wanted.score_threshold)
        )
    print_evaluation(evaluation, circumstances, written)


def _measure_keypoints(
    what: Opened, truth: Dataset, wanted: Wanted, folder: Path, workers: Workers
) -> None:
    if wanted.against is not None:
        raise click.UsageError("--against compares boxes, and keypoints are what this one finds")
    if wanted.area_share is not None:
        raise click.UsageError("--by-area counts boxes, and keypoints are what this one finds")
    if wanted.to_card:
        raise click.UsageError("--to-card: a model of keypoints has no score threshold to choose")
    found = found_by(what.detector, truth, workers)
    points = evaluate_keypoints(truth, found, worst_count=wanted.worst_count)
    circumstances = circumstances_of(what, truth, wanted.data, None)
    written = write_keypoint_report(points, circumstances, folder, workers)
    print_keypoints(points, circumstances, written)


def _check_choice_is_fair(truth: Dataset, wanted: Wanted) -> None:
    """A threshold is a choice: what it is chosen on is no test any more."""
    splits = {each for each in truth.splits if each}
    if "test" in splits:
        raise click.UsageError(
            "--to-card chooses the threshold, and what chooses is no test: take --split val"
        )
    if "train" in splits and wanted.split is None:
        raise click.UsageError(
            f"--to-card chooses the threshold on {', '.join(sorted(splits))}: take --split val, "
            "which was not learned from"
        )


def _written_card(
    folder: Path, evaluation: Evaluation, circumstances: Circumstances, named: float | None
) -> Path:
    chosen = choose_threshold(evaluation.metrics, circumstances.data, named)
    if chosen is None:
        raise EvaluationError(
            "nothing right was found, so that no threshold is the best: the model card is as it was"
        )
    return write_to_card(folder, chosen)


def _folder(asked: Asked) -> Path:
    """Where the report goes: of a checkpoint beside it, in its run, never into it."""
    if not asked.is_checkpoint or asked.path is None:
        return Path("evaluation")
    folder = asked.path.resolve()
    run = folder.parent.parent if folder.parent.name == CHECKPOINTS else asked.path
    return run / "evaluation"
