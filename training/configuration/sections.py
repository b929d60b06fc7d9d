"""The sections of an experiment but its data: frozen, each value checked when it is built.

The text under `Args:` is what `boxwright train --help` shows. What a check says begins with the
field's name, so that the file's line can be named with it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


def _check(holds: bool, message: str) -> None:
    if not holds:
        raise ValueError(message)


@dataclass(frozen=True)
class ModelSection:
    """What is trained.

    Args:
        name: the model, a row of the registry.
        input_size: height and width of its images in pixels, or one number for both; null for
            the model's own.
        init_from: weights to start from: a name of `boxwright weights list`, a KerasHub preset, a
            `.keras`, weights, NumPy, `.tflite` or PyTorch file, a SavedModel's folder, such as
            `models/hands/1`, a frozen graph, TensorFlow.js's `model.json`, a checkpoint or run of
            ours, or an Object Detection API checkpoint; `random` for random weights; null for the
            model's default, and random weights where it has none. Outputs of classes are taken by
            name, from the `label_map.pbtxt` beside the source.
        freeze: `backbone` leaves the backbone as it is, its batch norms too.
        freeze_stages: the first so many stages of the backbone are left as they are, its batch
            norms too: those of strides up to 2 to that power; 0 to 5.
        freeze_batch_norms: the batch norms of the `backbone`, or of `all`, are left as they are,
            for batches that are too small for statistics of their own.
        options: the model's own options, by name.
    """

    name: str
    input_size: tuple[int, int] | int | None = None
    init_from: str | None = None
    freeze: Literal["none", "backbone"] = "none"
    freeze_stages: int = 0
    freeze_batch_norms: Literal["none", "backbone", "all"] = "none"
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(
            0 <= self.freeze_stages <= 5,
            f"freeze_stages must be in 0..5, but is {self.freeze_stages}",
        )
        if self.input_size is not None:
            sides = self.input_size_hw or ()
            _check(min(sides) >= 1, f"input_size must be 1 pixel or more, but is {self.input_size}")

    @property
    def input_size_hw(self) -> tuple[int, int] | None:
        """Height and width in pixels; None for the model's own."""
        if isinstance(self.input_size, int):
            return self.input_size, self.input_size
        return self.input_size


@dataclass(frozen=True)
class OptimizationSection:
    """How the weights are changed.

    Args:
        optimizer: `adamw`, or `sgd` with Nesterov's momentum of 0.9.
        learning_rate: the highest, after the warm-up.
        epochs: how often every image is seen; null where `steps` says how long.
        steps: how many batches in all; null where `epochs` says it.
        stop_after_steps: end after so many of them, the learning rate as it is then; null for after
            all.
        batch_size: images in a step, over all devices together.
        warmup_steps: steps in which the learning rate rises from 0; null for a twentieth of all,
            1000 at most.
        schedule: the learning rate after the warm-up: down along a cosine, or constant.
        final_share: the share of `learning_rate` that is left at the cosine's end, 0 to 1.
        weight_decay: how much of a kernel the learning rate takes away a step; biases and norms
            are left out.
        gradient_clip_norm: the gradients of a step are scaled down to this norm over all weights;
            null for as they are.
        ema_decay: weights are averaged over about 1 / (1 - decay) steps for validation, the best
            and export; null for the last weights as they are.
        mixed_precision: `true` for 16-bit arithmetic: float16 on a GPU, bfloat16 on a CPU; or
            which of the two. Slower on a processor without instructions for it.
        class_weights: how much the loss of a class counts, by class name; 1 for others.
        batch_norm_momentum: of every batch norm's moving statistics, 0 to 1; null for one that
            suits the number of steps.
        backbone_learning_rate_share: the backbone's learning rate as a share of the others', 0
            to 1.
    """

    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = 1e-3
    epochs: float | None = None
    steps: int | None = None
    stop_after_steps: int | None = None
    batch_size: int = 16
    warmup_steps: int | None = None
    schedule: Literal["cosine", "constant"] = "cosine"
    final_share: float = 0.01
    weight_decay: float = 0.01
    gradient_clip_norm: float | None = 10.0
    ema_decay: float | None = 0.999
    mixed_precision: bool | Literal["float16", "bfloat16"] = False
    class_weights: Mapping[str, float] = field(default_factory=dict)
    batch_norm_momentum: float | None = None
    backbone_learning_rate_share: float = 1.0

    def __post_init__(self) -> None:
        rate = self.learning_rate
        _check(0 < rate < math.inf, f"learning_rate must be above 0, but is {rate}")
        _check(
            (self.epochs is None) != (self.steps is None),
            f"epochs or steps says how long, one of the two: epochs is {self.epochs}, steps is "
            f"{self.steps}",
        )
        _check(self.epochs is None or 0 < self.epochs < math.inf,
               f"epochs must be above 0, but is {self.epochs}")  # fmt: skip
        _check(
            self.steps is None or self.steps >= 1, f"steps must be 1 or more, but is {self.steps}"
        )
        _at_least_one("stop_after_steps", self.stop_after_steps)
        _check(self.batch_size >= 1, f"batch_size must be 1 or more, but is {self.batch_size}")
        _check(self.warmup_steps is None or self.warmup_steps >= 0,
               f"warmup_steps must be 0 or more, but is {self.warmup_steps}")  # fmt: skip
        _check(
            0 <= self.final_share <= 1, f"final_share must be in 0..1, but is {self.final_share}"
        )
        _check(0 <= self.weight_decay < math.inf,
               f"weight_decay must be 0 or more, but is {self.weight_decay}")  # fmt: skip
        clip = self.gradient_clip_norm
        _check(
            clip is None or clip > 0, f"gradient_clip_norm must be above 0 or null, but is {clip}"
        )
        decay = self.ema_decay
        _check(decay is None or 0 < decay < 1,
               f"ema_decay must be between 0 and 1 or null, but is {decay}")  # fmt: skip
        momentum = self.batch_norm_momentum
        _check(momentum is None or 0 < momentum < 1,
               "batch_norm_momentum must be between 0 and 1 or null, but is "
               f"{momentum}")  # fmt: skip
        share = self.backbone_learning_rate_share
        _check(0 < share <= 1, "backbone_learning_rate_share must be above 0 and at most 1, but is "
               f"{share} (model.freeze leaves a backbone as it is)")  # fmt: skip
        for name, weight in self.class_weights.items():
            _check(0 < weight < math.inf,
                   f"class_weights of {name!r} must be above 0, but is {weight}")  # fmt: skip


@dataclass(frozen=True)
class ValidationSection:
    """How often the weights are measured, and when that ends the training.

    Args:
        every_steps: steps from one validation to the next; null for once an epoch.
        early_stopping_patience: validations without a better AP before training stops; null for
            never.
        images: validation images that TensorBoard shows, truth beside prediction.
    """

    every_steps: int | None = None
    early_stopping_patience: int | None = None
    images: int = 8

    def __post_init__(self) -> None:
        _at_least_one("every_steps", self.every_steps)
        _at_least_one("early_stopping_patience", self.early_stopping_patience)
        _check(self.images >= 0, f"images must be 0 or more, but is {self.images}")


@dataclass(frozen=True)
class CheckpointSection:
    """What is kept of a training.

    Args:
        every_steps: steps from one checkpoint to the next; null for with each validation.
        keep: how many of the newest stay, beside the best.
    """

    every_steps: int | None = None
    keep: int = 2

    def __post_init__(self) -> None:
        _at_least_one("every_steps", self.every_steps)
        _at_least_one("keep", self.keep)


@dataclass(frozen=True)
class LoggingSection:
    """Logs of a training.

    Args:
        every_steps: steps from one line of the log to the next.
        tensorboard: write TensorBoard's files into the run's folder.
    """

    every_steps: int = 50
    tensorboard: bool = True

    def __post_init__(self) -> None:
        _at_least_one("every_steps", self.every_steps)


@dataclass(frozen=True)
class DeviceSection:
    """What computes.

    Args:
        strategy: `one` device; `mirrored` over all of this machine; `multi_worker` over the
            machines that the variable TF_CONFIG names.
        deterministic: the same seed gives the same weights, bit for bit, on one device; slower.
    """

    strategy: Literal["one", "mirrored", "multi_worker"] = "one"
    deterministic: bool = False


def _at_least_one(name: str, value: int | None) -> None:
    _check(value is None or value >= 1, f"{name} is 1 or more, not {value}")
