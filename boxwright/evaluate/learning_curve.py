"""`--learning-curve`: predict the AP with more images, from trainings on fewer."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from boxwright.dataset.source import Source
from boxwright.evaluate.curve_folder import CONFIG_FILE, PLAN_FILE, CurveFolder, SubsetRun
from boxwright.evaluate.detectors import DetectorOptions, opened
from boxwright.evaluate.measurement import found_by, matched
from boxwright.evaluate.subset_trainings import Training, Trainings
from training.configuration.errors import ConfigurationError
from training.configuration.experiment import Experiment, read_experiment
from training.configuration.machine import this_machine
from training.datasets.notes import counted
from training.datasets.workers import Workers
from training.evaluation.coco_metrics import coco_metrics
from training.evaluation.errors import EvaluationError
from training.evaluation.evaluation import Evaluation
from training.evaluation.kinds import KINDS
from training.evaluation.learning_curve import LearningCurve, Trained, learning_curve
from training.loop.progress import duration
from training.planning.length import STARTUP_S, Speed, table_speed
from training.planning.subsets import Recipe, curve_lengths, nested_subsets

CURVE_FOLDER = "learning_curve"


@dataclass(frozen=True)
class _Run:
    """The given run.

    Args:
        folder: of the run.
        experiment: of its newest checkpoint.
        checkpoint: the newest.
        speed: images per second of its training.
    """

    folder: Path
    experiment: Experiment
    checkpoint: Path
    speed: Speed


def train_subsets(
    asked: DetectorOptions, minutes: float | None, source: Source, say: Callable[[str], None]
) -> list[SubsetRun]:
    """Train on subsets of a run's training images; returns all runs, the full one last.

    Args:
        asked: the run.
        minutes: time limit of all trainings; None for none.
        source: its workers read the images.
        say: called with each line of progress.

    Raises:
        EvaluationError: a training fails, or the run has no learning curve.
        DatasetError: there are too few images, or too little time.
    """
    started = time.monotonic()
    run = _run_of(asked)
    with source.workers() as workers:
        folder = CurveFolder.read(
            run.folder / CURVE_FOLDER, run.experiment, run.checkpoint, workers
        )
        recipe = recipe_of(run.experiment, len(folder.images), folder.validation_images)
        runs = folder.planned()
        if runs is not None:
            say(f"Continuing the trainings planned in {folder.path / PLAN_FILE}.")
        else:
            runs = _planned(run, folder, recipe, minutes, workers, say)
    trainings = [
        Training(each.folder / CONFIG_FILE, recipe.seconds(each.steps, run.speed))
        for each in runs
        if not is_finished(each.folder, each.steps)
    ]
    say(_told(run, runs, trainings))
    deadline = None if minutes is None else started + minutes * 60
    Trainings(trainings, deadline, say).run()
    return runs


def _planned(
    run: _Run,
    folder: CurveFolder,
    recipe: Recipe,
    minutes: float | None,
    workers: Workers,
    say: Callable[[str], None],
) -> list[SubsetRun]:
    groups = folder.groups(workers)
    say(groups.as_text())
    subsets = nested_subsets(folder.images, folder.labels, groups.numbers, run.experiment.seed)
    is_trained = is_finished(run.folder, recipe.steps)
    lengths = curve_lengths(
        [len(each) for each in subsets], recipe, run.speed, is_trained=is_trained,
        seconds=None if minutes is None else minutes * 60,
    )  # fmt: skip
    if lengths.is_shortened:
        say(f"{minutes:g} minutes are too short for the {recipe.steps} steps of {run.folder}: all "
            "trainings get fewer steps.")  # fmt: skip
    elif not is_trained:
        say(f"{run.folder} is not finished, so all images are trained on again; to finish it "
            f"first: boxwright train {run.folder}/experiment.yaml --resume")  # fmt: skip
    return folder.write(subsets, lengths, recipe, run.folder)


def _told(run: _Run, runs: Sequence[SubsetRun], trainings: Sequence[Training]) -> str:
    """Describe the trainings and how long they take."""
    sizes = [f"{each.images} images in {each.steps} steps" for each in runs]
    seconds = sum(each.seconds for each in trainings)
    last = f"; the last is {run.folder} itself" if runs[-1].is_asked else ""
    head = f"Learning curve of {', '.join(sizes)}{last}"
    if not trainings:
        return f"{head}: all trained."
    return (
        f"{head}: {counted(len(trainings), 'training')}, about {duration(seconds)} at "
        f"{run.speed.images_per_s:.1f} images/s ({run.speed.how}). If interrupted, the same "
        "command continues."
    )


def curve_of(
    runs: Sequence[SubsetRun],
    asked: DetectorOptions,
    evaluation: Evaluation,
    groups: Sequence[int],
    workers: Workers,
    samples: int,
) -> LearningCurve:
    """Measure the runs on the images of an evaluation.

    Args:
        runs: by increasing number of images.
        asked: the run on all images.
        evaluation: of that run.
        groups: group of each image.
        workers: read the images.
        samples: bootstrap samples for the intervals.
    """
    trained = []
    for run in runs:
        metrics = evaluation.metrics
        if not run.is_asked:
            with opened(replace(asked, path=run.folder), workers, with_data=False) as what:
                found = found_by(what.detector, evaluation.truth, workers)
                names = matched(what.detector, evaluation.truth)
                metrics = coco_metrics(evaluation.truth, [names.as_data(each) for each in found])
        trained.append(Trained(run.images, run.steps, str(run.folder), metrics))
    with workers.progress("drawing bootstrap samples", len(runs) * (samples + 1)) as advance:
        return learning_curve(trained, groups, samples, advance)


def is_finished(folder: Path, steps: int) -> bool:
    """Whether a training has done so many steps, or stopped early."""
    # TensorFlow takes seconds to import, here and below.
    from training.loop.checkpoints import EXPERIMENT_FILE, newest, read_progress

    checkpoint = newest(folder, lambda _message: None)
    if checkpoint is None:
        return False
    progress = read_progress(checkpoint)
    patience = read_experiment(checkpoint / EXPERIMENT_FILE).validation.early_stopping_patience
    is_out = patience is not None and progress.validations_without_better >= patience
    return progress.step >= steps or is_out


def _run_of(asked: DetectorOptions) -> _Run:
    from training.loop.checkpoints import EXPERIMENT_FILE, newest, read_progress
    from training.loop.errors import TrainingError
    from training.models.detector import ModelError
    from training.models.registry import model_entry

    folder = asked.path
    checkpoint = newest(folder, lambda message: click.echo(message, err=True)) if folder else None
    if folder is None or checkpoint is None:
        raise EvaluationError(
            f"--learning-curve needs a run's folder, and {folder or asked.url} is not one"
        )
    try:
        experiment = read_experiment(checkpoint / EXPERIMENT_FILE)
        kind = model_entry(experiment.model.name).kind
        progress = read_progress(checkpoint)
    except (ConfigurationError, ModelError, TrainingError) as error:
        raise EvaluationError(str(error)) from error
    if not KINDS[kind].of_boxes:
        raise EvaluationError(
            f"--learning-curve measures AP, but {experiment.model.name} finds {kind}"
        )
    if progress.examples and progress.seconds:
        rate = progress.examples / progress.seconds
        speed = Speed(rate, STARTUP_S, "as this run was trained")
    else:
        speed = table_speed(this_machine(), experiment.model.input_size_hw or (320, 320))
    return _Run(folder, experiment, checkpoint, speed)


def recipe_of(experiment: Experiment, images: int, validation_images: int) -> Recipe:
    """Length of the training on all images, from the training loop's own schedule.

    Args:
        experiment: of the run.
        images: number of training images.
        validation_images: number of validation images.
    """
    from training.loop.loop import Schedule

    schedule = Schedule.of(experiment, images)
    section = experiment.optimization
    return Recipe(
        steps=schedule.last_step,
        validations=math.ceil(schedule.last_step / schedule.validation_steps),
        batch_size=section.batch_size,
        by_epochs=section.epochs is not None and section.stop_after_steps is None,
        validation_images=validation_images,
    )
