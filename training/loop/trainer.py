"""`train`: an experiment from its first step, or the one after its last checkpoint, to its end."""

import math
import platform
from contextlib import suppress
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from rich.console import Console

from training.configuration.experiment import Experiment
from training.configuration.machine import gpu_warning, this_machine
from training.datasets.workers import Workers
from training.evaluation.kinds import KINDS, Kind
from training.input_pipeline.batches import EvaluationBatches, TrainingBatches
from training.loop.averaging import WeightAverages
from training.loop.building import build_detector, prepare_for_training
from training.loop.checkpoints import Checkpoints, Progress, Trained, read_progress
from training.loop.distribution import Devices
from training.loop.errors import TrainingError
from training.loop.images import ExperimentImages, guesses, read_images, repairs
from training.loop.initial_weights import load_initial_weights
from training.loop.loop import Loop, Outcome, Schedule
from training.loop.optimizers import Updates
from training.loop.precision import cpu_flags, has_gpu, precision_name, slow_precision
from training.loop.progress import TrainingLog
from training.loop.run_folder import (
    LOG_FILE,
    History,
    check_is_new,
    checkpoint_to_resume,
    held,
    write_experiment,
)
from training.loop.stopping import StopRequest
from training.loop.tensorboard import TensorBoard
from training.loop.training_step import TrainingStep
from training.loop.validation import Validation
from training.models.detector import Detector
from training.models.registry import MODELS

# So many batches show folded batch norms their statistics.
CALIBRATION_BATCHES = 16
INITIALIZATION_FILE = "initialisation.json"


def train(
    experiment: Experiment,
    *,
    resume: bool = False,
    console: Console,
    time_left_every_s: float | None = None,
    data_told: bool = False,
) -> Outcome:
    """Train; in a process's main thread, which hears Ctrl-C and SIGTERM between steps.

    Args:
        experiment: what.
        resume: go on from the newest checkpoint of the run's folder; without, there is none.
        console: where a person looks.
        time_left_every_s: as `TrainingLog` takes it.
        data_told: whether the guesses about the data were printed before.

    Raises:
        TrainingError: it cannot begin or go on; `LossNotFinite` and `Interrupted` are some.
        DatasetError: the images cannot be read.
        ModelError: the model cannot be built.
        PretrainedWeightsError: `init_from` cannot be.
    """
    devices = Devices(experiment.devices.strategy)
    _seed(experiment)
    folder = experiment.folder
    if not devices.is_chief:
        quiet = Console(file=console.file, quiet=True)
        with TrainingLog(quiet, None) as log, StopRequest().heard() as stop:
            return _wired(experiment, devices, log, stop, resume=resume).run()
    with (
        held(folder),
        TrainingLog(console, folder / LOG_FILE, time_left_every_s=time_left_every_s) as log,
        StopRequest().heard() as stop,
    ):
        if not resume:
            check_is_new(folder)
        return _wired(experiment, devices, log, stop, resume=resume, data_told=data_told).run()


def _wired(
    experiment: Experiment, devices: Devices, log: TrainingLog, stop: StopRequest, *, resume: bool,
    data_told: bool = False,
) -> Loop:  # fmt: skip
    """All parts of a training, put together."""
    folder = experiment.folder
    with Workers() as workers:
        images = read_images(experiment, workers)
    _log_guesses(images, log, told=data_told)
    with devices.strategy.scope():
        detector = build_detector(experiment, images.label_map)
    batches = _training_batches(experiment, images, detector)
    schedule = Schedule.of(experiment, batches.images_per_epoch)
    chosen = checkpoint_to_resume(folder, experiment, images.label_map, log.say) if resume else None
    if chosen is None:
        calibration = (
            batch["images"].numpy() for batch in batches.dataset().take(CALIBRATION_BATCHES)
        )
        report = load_initial_weights(
            detector, experiment, calibration, log.say, log.note, class_names=images.class_names
        )
        if report is not None and devices.is_chief:
            report.save(folder / INITIALIZATION_FILE)
    with devices.strategy.scope():
        prepare_for_training(detector, experiment, schedule.steps)
        trained = _trained(experiment, detector, devices, schedule.steps)
    progress = Progress(versions=_versions())
    if chosen is not None:
        progress = read_progress(chosen)
        trained.load(chosen)
        log.say(f"resumed from {chosen}")
    elif resume:
        log.say(f"{folder} has no checkpoint to resume from: from the beginning")
    checkpoints = None
    if devices.is_chief:
        write_experiment(folder, experiment)
        checkpoints = Checkpoints(folder, experiment, images.label_map, log.say)
        checkpoints.check_room(trained)
    log.say(_summary(experiment, detector, images, devices, schedule))
    slow = None if has_gpu() else slow_precision(precision_name(experiment), cpu_flags())
    for warning in (gpu_warning(this_machine(), is_found=has_gpu()), slow):
        if warning:
            log.say(warning)
    shows = devices.is_chief and experiment.logging.tensorboard
    return Loop(
        experiment=experiment,
        schedule=schedule,
        devices=devices,
        batches=batches,
        step=TrainingStep(detector, trained.updates, trained.averages, devices.strategy),
        trained=trained,
        progress=progress,
        validation=_validation(experiment, images, detector) if devices.is_chief else None,
        checkpoints=checkpoints,
        log=log,
        tensorboard=TensorBoard(folder if shows else None, log.say),
        history=History(folder, progress.step) if devices.is_chief else None,
        stop=stop,
    )


def _log_guesses(images: ExperimentImages, log: TrainingLog, *, told: bool) -> None:
    """Guesses about the data, and repairs; with `told` guesses go to the log file alone."""
    for sentence in guesses(images):
        (log.note if told else log.say)(sentence)
    for sentence in repairs(images):
        log.say(sentence)


def _seed(experiment: Experiment) -> None:
    """Let chance be the same every time; before TensorFlow computes anything."""
    keras.utils.set_random_seed(experiment.seed)
    if not experiment.devices.deterministic or experiment.devices.strategy != "one":
        return
    tf.config.experimental.enable_op_determinism()
    if not tf.config.list_physical_devices("GPU"):
        # Where operations run side by side, they share the threads out differently each time, and
        # TensorFlow's sums on a CPU come out in another order. In a process that has computed
        # already it is too late; `boxwright train` has not.
        with suppress(RuntimeError):
            tf.config.threading.set_inter_op_parallelism_threads(1)


def _training_batches(
    experiment: Experiment, images: ExperimentImages, detector: Detector
) -> TrainingBatches:
    kind = _kind(experiment)
    if kind.with_keypoints and experiment.augmentation.mosaic:
        raise TrainingError(
            f"augmentation.mosaic: 0 was expected, but got {experiment.augmentation.mosaic:g}: "
            f"{experiment.model.name} learns one hand an image, and a mosaic shows four"
        )
    return TrainingBatches(
        images.train,
        images.class_names,
        detector.input_size_hw,
        experiment.optimization.batch_size,
        experiment.augmentation,
        experiment.seed,
        with_masks=kind.with_masks,
        with_keypoints=kind.with_keypoints,
        context=kind.context,
        cache_megabytes=experiment.data.cache_megabytes,
    )


def _trained(experiment: Experiment, detector: Detector, devices: Devices, steps: int) -> Trained:
    section = experiment.optimization
    scale_loss = precision_name(experiment) == "mixed_float16"
    updates = Updates(detector, section, steps, scale_loss=scale_loss)
    averages = None
    if section.ema_decay is not None:
        averages = WeightAverages(detector.network, section.ema_decay, devices.strategy)
    return Trained(detector.network, updates, averages)


def _validation(
    experiment: Experiment, images: ExperimentImages, detector: Detector
) -> Validation | None:
    truth = images.validation
    if truth is None:
        return None
    batches = EvaluationBatches(
        truth, images.class_names, detector.input_size_hw, experiment.optimization.batch_size
    )
    return Validation(
        detector, truth, batches.dataset(), _kind(experiment), shown=experiment.validation.images
    )


def _kind(experiment: Experiment) -> Kind:
    return KINDS[MODELS[experiment.model.name].kind]


def _summary(
    experiment: Experiment,
    detector: Detector,
    images: ExperimentImages,
    devices: Devices,
    schedule: Schedule,
) -> str:
    height, width = detector.input_size_hw
    weights = sum(math.prod(each.shape) for each in detector.network.weights)
    trained = sum(math.prod(each.shape) for each in detector.network.trainable_weights)
    learned = sum(len(source.dataset) for source in images.train)
    measured = len(images.validation) if images.validation else 0
    return (
        f"{experiment.name}: {experiment.model.name} {height}x{width}, {weights:,} weights, "
        f"{trained:,} trained, {precision_name(experiment)}; {len(images.label_map)} classes, "
        f"{learned} images to learn from, {measured} to measure on; {_steps(schedule)} steps of "
        f"{experiment.optimization.batch_size} on {devices.replicas} "
        f"{'device' if devices.replicas == 1 else 'devices'} ({devices.description}); "
        f"{Path(experiment.folder)}"
    )


def _steps(schedule: Schedule) -> str:
    if schedule.last_step == schedule.steps:
        return str(schedule.steps)
    return f"the first {schedule.last_step} of {schedule.steps}"


def _versions() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }
