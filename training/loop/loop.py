"""The loop over the steps: what is due after each of them, and when it ends."""

import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import tensorflow as tf

from training.configuration.experiment import Experiment
from training.input_pipeline.batches import TrainingBatches
from training.loop.checkpoints import Checkpoints, Progress, Trained
from training.loop.deferred_metrics import DeferredMetrics
from training.loop.distribution import Devices
from training.loop.errors import DiskFull, Interrupted, TrainingError
from training.loop.progress import TrainingLog, step_line
from training.loop.run_folder import History
from training.loop.stopping import StopRequest, check_losses, note_validation
from training.loop.tensorboard import TensorBoard
from training.loop.training_step import GRADIENT_NORM, STOP, TOTAL, TrainingStep
from training.loop.validation import Validation


@dataclass(frozen=True)
class Schedule:
    """Which step is the last, and after which ones something is due.

    Args:
        steps: of the whole training, by which the learning rate falls.
        last_step: after which it ends.
        steps_per_epoch: that see about as many images as there are.
        validation_steps: from one validation to the next.
        checkpoint_steps: from one checkpoint to the next.
        log_steps: from one line to the next.
    """

    steps: int
    last_step: int
    steps_per_epoch: float
    validation_steps: int
    checkpoint_steps: int
    log_steps: int

    @classmethod
    def of(cls, experiment: Experiment, images_per_epoch: int) -> Self:
        """What an experiment says, for so many images."""
        section = experiment.optimization
        per_epoch = images_per_epoch / section.batch_size
        steps = section.steps
        if steps is None:
            steps = max(1, math.ceil((section.epochs or 1) * per_epoch))
        validation = experiment.validation.every_steps or max(1, round(per_epoch))
        return cls(
            steps=steps,
            last_step=min(steps, section.stop_after_steps or steps),
            steps_per_epoch=per_epoch,
            validation_steps=validation,
            checkpoint_steps=experiment.checkpoints.every_steps or validation,
            log_steps=experiment.logging.every_steps,
        )

    def is_due(self, step: int, every: int) -> bool:
        """Whether something is due after a step: every so many, and in the end."""
        return step % every == 0 or step >= self.last_step


@dataclass(frozen=True)
class Outcome:
    """How a training ended.

    Args:
        step: the last one.
        best_ap: the highest AP, 0..1; -1 where nothing was measured.
        best_step: after which it was measured.
        folder: the run's.
    """

    step: int
    best_ap: float
    best_step: int
    folder: Path


@dataclass
class Loop:
    """A training that has all of its parts and has not begun.

    Args:
        experiment: what is trained.
        schedule: when what is due.
        devices: that compute.
        batches: of training images.
        step: the graph of one step.
        trained: what a step changes.
        progress: how far it is.
        validation: None where there are no validation images.
        checkpoints: None in a process that writes none.
        log: for people.
        tensorboard: writes its event files.
        history: of the validations; None in a process that writes none.
        stop: whether a signal asked for the end.
    """

    experiment: Experiment
    schedule: Schedule
    devices: Devices
    batches: TrainingBatches
    step: TrainingStep
    trained: Trained
    progress: Progress
    validation: Validation | None
    checkpoints: Checkpoints | None
    log: TrainingLog
    tensorboard: TensorBoard
    history: History | None
    stop: StopRequest

    def run(self) -> Outcome:
        """Take the steps that are left.

        Raises:
            TrainingError: an image cannot be read.
            Interrupted: a signal asked for the end; the last step is kept.
            LossNotFinite: names the batch's images.
            CheckpointError: the last checkpoint cannot be written.
        """
        progress, schedule = self.progress, self.schedule
        # A stop between a step and its validation.
        if progress.step:
            self._validate_if_due()
        self.log.start(schedule.last_step, progress.step)
        iterator = self.devices.iterator(self.batches, progress.step)
        self.step.trace(iterator.element_spec)
        reader = DeferredMetrics(progress, self.experiment.optimization.batch_size, self._check)
        is_ending = self._is_patience_over()
        while progress.step < schedule.last_step and not is_ending:
            reader.start()
            batch = self._next(iterator)
            wants_end = self.stop.signal_number is not None
            scalars = self.step(batch, progress.step, stop=wants_end)
            progress.step += 1
            reader.add(progress.step, scalars, batch["image_ids"])
            if not (reader.is_due or self._is_something_due()):
                continue
            metrics = reader.read()
            self.log.step(progress.step, metrics[TOTAL], reader.examples_per_s)
            if schedule.is_due(progress.step, schedule.log_steps):
                self._log_step(metrics, reader.examples_per_s_since_last())
            if self._asked_to_stop(metrics):
                self._save(must=True)
                raise Interrupted(self.stop.signal_number or 15, progress.step, self._folder)
            self._validate_if_due()
            if schedule.is_due(progress.step, schedule.checkpoint_steps):
                self._save(must=progress.step >= schedule.last_step)
            is_ending = self._is_patience_over()
        if is_ending and progress.step < schedule.last_step:
            self._save(must=True)
            patience = self.experiment.validation.early_stopping_patience
            self.log.say(f"no better {self._score_name} in {patience} validations: stopped early")
        self.tensorboard.close()
        self.log.say(self._summary())
        return Outcome(progress.step, progress.best_ap, progress.best_step, self._folder)

    @property
    def _folder(self) -> Path:
        return self.experiment.folder

    @property
    def _score_name(self) -> str:
        return self.validation.score_name if self.validation else "AP"

    @property
    def _epoch(self) -> float:
        return self.progress.step / self.schedule.steps_per_epoch

    def _next(self, iterator: Any) -> Any:
        try:
            return next(iterator)
        except tf.errors.OpError as error:
            if self.batches.unreadable is None:
                raise
            raise TrainingError(str(self.batches.unreadable)) from error

    def _check(self, metrics: dict[str, float], step: int, image_ids: Any) -> None:
        images = self.batches.names(self.devices.local_ids(image_ids))
        norm = None if self.trained.updates.is_scaled else metrics[GRADIENT_NORM]
        check_losses(_losses(metrics), norm, step, images)

    def _is_something_due(self) -> bool:
        """Whether the last step's metrics are needed before the next one."""
        schedule, step = self.schedule, self.progress.step
        every = (schedule.log_steps, schedule.validation_steps, schedule.checkpoint_steps)
        # Several processes learn of each other's end by their steps' metrics.
        is_asked = self.devices.replicas > 1 or self.stop.signal_number is not None
        return is_asked or any(schedule.is_due(step, each) for each in every)

    def _asked_to_stop(self, scalars: dict[str, float]) -> bool:
        # Several processes end after the same step: the one in which all have heard of it.
        if self.devices.replicas > 1:
            return scalars[STOP] > 0
        return self.stop.signal_number is not None

    def _log_step(self, metrics: dict[str, float], examples_per_s: float) -> None:
        rate, losses = self.trained.updates.learning_rate, _losses(metrics)
        line = step_line(
            epoch=self._epoch,
            step=self.progress.step,
            steps=self.schedule.steps,
            examples_per_s=examples_per_s,
            learning_rate=rate,
            losses={TOTAL: losses[TOTAL], **losses},
        )
        self.log.say(line)
        numbers = {**losses, GRADIENT_NORM: metrics[GRADIENT_NORM], "learning_rate": rate}
        self.tensorboard.scalars("train", numbers, self.progress.step)

    def _validate_if_due(self) -> None:
        progress = self.progress
        if self.validation is None or progress.validated_step == progress.step:
            return
        if not self.schedule.is_due(progress.step, self.schedule.validation_steps):
            return
        started = time.monotonic()
        with self.trained.averages_in_place():
            metrics, found = self.validation.measure()
        progress.validated_step = progress.step
        is_best = note_validation(progress, metrics.score)
        values = {name: value for name, value in metrics.values.items() if value >= 0}
        self.log.say(
            f"validation step {progress.step} {metrics.summary()} "
            f"best {metrics.score_name} {progress.best_ap:.4f} of step {progress.best_step} "
            f"({time.monotonic() - started:.1f} s)"
        )
        self.tensorboard.scalars("validation", values, progress.step)
        self.tensorboard.images(
            self.validation.truth, found, progress.step, count=self.experiment.validation.images
        )
        self.tensorboard.belief_maps(
            self.validation.truth, self.validation.belief_maps, progress.step
        )
        if self.history is not None:
            parts = metrics.of_parts()
            entry = {"step": progress.step, "epoch": self._epoch, **metrics.values}
            try:
                self.history.add({**entry, "classes": parts})
            except OSError as error:
                self.log.say(f"{error.filename} lacks step {progress.step}: {error.strerror}")
        if is_best:
            self._save(must=False, is_best=True)

    def _save(self, *, must: bool, is_best: bool = False) -> None:
        if self.checkpoints is None:
            return
        try:
            self.checkpoints.save(self.trained, self.progress, is_best=is_best)
        except DiskFull as error:
            if must:
                raise
            self.log.say(f"no checkpoint after step {self.progress.step}: {error}")

    def _is_patience_over(self) -> bool:
        patience = self.experiment.validation.early_stopping_patience
        over = patience is not None and self.progress.validations_without_better >= patience
        if over and self.devices.replicas > 1:
            # The other processes hear of it in the next step.
            self.stop.ask()
            return False
        return over

    def _summary(self) -> str:
        progress = self.progress
        best = (
            f"best {self._score_name} {progress.best_ap:.4f} after step {progress.best_step}"
            if progress.best_step
            else "nothing was measured"
        )
        return f"done after step {progress.step} of {self.schedule.steps}: {best}; {self._folder}"


def _losses(metrics: dict[str, float]) -> dict[str, float]:
    """The parts of the loss and their sum, among a step's metrics."""
    return {name: value for name, value in metrics.items() if name not in (STOP, GRADIENT_NORM)}
