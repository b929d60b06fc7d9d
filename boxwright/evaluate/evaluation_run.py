"""One evaluation from detector and data to the report."""

from dataclasses import dataclass, replace
from pathlib import Path

import click

from boxwright.dataset.source import Source
from boxwright.evaluate.against import comparison_with
from boxwright.evaluate.detectors import DetectorOptions, OpenedDetector, opened
from boxwright.evaluate.intervals import with_intervals
from boxwright.evaluate.learning_curve import curve_of, train_subsets
from boxwright.evaluate.measurement import found_by, measured, of_split
from boxwright.evaluate.printing import print_evaluation, print_own_figures
from boxwright.evaluate.report_head import circumstances_of
from boxwright.evaluate.score_threshold import write_to_card
from boxwright.evaluate.threshold_choice import threshold_in_use
from training.datasets.dataset import Dataset
from training.datasets.defects import refuse_ambiguous
from training.datasets.workers import Workers
from training.evaluation.chosen_threshold import choose_threshold
from training.evaluation.errors import EvaluationError
from training.evaluation.evaluation import Evaluation
from training.evaluation.own_evaluations import OWN_EVALUATIONS
from training.evaluation.report import Circumstances, write_report
from training.pretrained.run_layout import CHECKPOINTS


@dataclass(frozen=True)
class EvaluationOptions:
    """Data, metrics and outputs of an evaluation.

    Args:
        data: path of the images; None for the checkpoint's validation images.
        split: of the data; None for all.
        output: folder of the report; None for the default.
        score_threshold: 0..1; None for the detector's own.
        to_card: whether to write the best threshold into the model card.
        worst_count: maximum of worst images in the report.
        samples: bootstrap samples for the intervals; 0 for none.
        look_in_train: whether to search the training images for near-duplicates.
        against: another detector to compare with; None for none.
        learning_curve: whether to train on fewer images, for a learning curve.
        minutes: time limit of these trainings; None for none.
        area_share: share of its image from which an object counts as large; None to leave that out.
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


def run_evaluation(asked: DetectorOptions, wanted: EvaluationOptions, source: Source) -> None:
    """Measure, write the report, and print the metrics.

    Raises:
        EvaluationError: the detector or the data cannot be used.
        click.UsageError: options contradict each other or the detector.
    """
    folder = wanted.output or _folder(asked)
    runs = train_subsets(asked, wanted.minutes, source, click.echo) if wanted.learning_curve else []
    with source.workers() as workers:
        with opened(asked, workers, with_data=wanted.data is None) as what:
            if wanted.to_card and what.version_folder is None:
                raise click.UsageError(
                    "--to-card needs an exported model's folder, which has a model card"
                )
            images = (
                what.own_data if wanted.data is None else what.shown(source.read_and_tell(workers))
            )
            truth = of_split(what.prepared_for(images), wanted.split, wanted.data)
            refuse_ambiguous(truth.defects)
            if not what.is_of_boxes:
                _measure_own(what, truth, wanted, folder, workers)
                return
            if wanted.to_card:
                _check_choice_is_fair(truth, wanted)
            threshold = threshold_in_use(
                what, wanted.score_threshold, workers, on_own_data=wanted.data is None
            )
            evaluation = measured(
                what, truth, workers, threshold, wanted.worst_count, wanted.area_share
            )
            evaluation, groups = with_intervals(
                evaluation, what, images or truth, workers, data_path=wanted.data,
                samples=wanted.samples, look_in_train=wanted.look_in_train,
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


def _measure_own(
    what: OpenedDetector, truth: Dataset, wanted: EvaluationOptions, folder: Path, workers: Workers
) -> None:
    kind = what.kind
    if wanted.against is not None:
        raise click.UsageError(f"--against compares boxes, but this model finds {kind}")
    if wanted.area_share is not None:
        raise click.UsageError(f"--by-area counts boxes, but this model finds {kind}")
    if wanted.to_card:
        raise click.UsageError(
            f"--to-card writes a score threshold, and a {kind.removesuffix('s')} model has none"
        )
    found = found_by(what.detector, truth, workers)
    own = OWN_EVALUATIONS[kind]
    figures = own.evaluate(truth, found, wanted.worst_count)
    circumstances = circumstances_of(what, truth, wanted.data, None)
    written = own.write(figures, circumstances, folder, workers)
    print_own_figures(figures, circumstances, written)


def _check_choice_is_fair(truth: Dataset, wanted: EvaluationOptions) -> None:
    """Refuse test and training images: a threshold chosen on them looks too good."""
    splits = {each for each in truth.splits if each}
    if "test" in splits:
        raise click.UsageError(
            "--to-card must not choose the threshold on test images: use --split val"
        )
    if "train" in splits and wanted.split is None:
        raise click.UsageError(
            f"--to-card must not choose the threshold on training images (splits "
            f"{', '.join(sorted(splits))}): use --split val"
        )


def _written_card(
    folder: Path, evaluation: Evaluation, circumstances: Circumstances, named: float | None
) -> Path:
    chosen = choose_threshold(evaluation.metrics, circumstances.data, named)
    if chosen is None:
        raise EvaluationError(
            "no detection is correct, so no threshold is the best; the model card is unchanged"
        )
    return write_to_card(folder, chosen)


def _folder(asked: DetectorOptions) -> Path:
    """Default folder of the report: in the run of a checkpoint, never in the checkpoint."""
    if not asked.is_checkpoint or asked.path is None:
        return Path("evaluation")
    folder = asked.path.resolve()
    run = folder.parent.parent if folder.parent.name == CHECKPOINTS else asked.path
    return run / "evaluation"
