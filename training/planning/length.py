"""How long a training takes, and how many steps fit into the time that it is given."""

import math
from dataclasses import dataclass

from training.configuration.machine import Machine
from training.planning.choices import Choice
from training.planning.facts import DataFacts

# Trainings of ssd_mobilenet_v2_fpnlite at 320x320, images a second: two cores that others used too
# took 4.8 to 5.2 (400 steps of 8 in 11 minutes, 350 in 9). That of a GPU is a low guess.
_IMAGES_PER_S_PER_CORE, _IMAGES_PER_S_ON_GPU = 2.5, 60.0
_TABLE_AREA = 320 * 320
# A start takes half a minute on a machine that does nothing else, and so much where it is busy;
# images a second are then fewer by as much.
STARTUP_S, _BUSY = 30.0, 3.0
# Of a training step, what finding objects in an image costs.
_DETECTION_SHARE = 0.5
# After so many passes over the images a light detector that began with pretrained weights has
# learned what they have.
MOST_EPOCHS = 120
FEWEST_STEPS = 20
# While the learning rate is high weights are worse than they will be: a few measurements will do.
VALIDATIONS = 6
PATIENCE = 5
# Of the time, at most, for validation; and to load, to keep checkpoints and to evaluate.
_VALIDATION_SHARE, _OVERHEAD_SHARE = 0.08, 0.08


@dataclass(frozen=True)
class Speed:
    """How fast a machine trains.

    Args:
        images_per_s: taken in by training steps.
        startup_s: from the start to the first step.
        how: how that is known, a clause.
    """

    images_per_s: float
    startup_s: float
    how: str


def table_speed(machine: Machine, input_size_hw: tuple[int, int], waited_s: float = 0) -> Speed:
    """What is expected where nothing was measured.

    Args:
        machine: that trains.
        input_size_hw: of the model, in pixels.
        waited_s: for the steps that were to be measured; long on a busy machine.
    """
    height, width = input_size_hw
    rate = (
        _IMAGES_PER_S_ON_GPU
        if machine.has_gpu
        else machine.cores * _IMAGES_PER_S_PER_CORE
    )  # fmt: skip
    rate *= _TABLE_AREA / (height * width)
    what = "a GPU" if machine.has_gpu else f"{machine.cores} cores"
    if waited_s > _BUSY * STARTUP_S:
        return Speed(rate / _BUSY, waited_s, f"expected of {what} that are busy, not measured")
    return Speed(rate, STARTUP_S, f"expected of {what}, not measured")


def length_choices(facts: DataFacts, batch_size: int, speed: Speed, seconds: float) -> list[Choice]:
    """Steps for the time that is left, and when they are measured.

    Args:
        facts: of the data.
        batch_size: images a step.
        speed: of the machine.
        seconds: left, from now to the end of the evaluation.
    """
    available = max(0.0, seconds * (1 - _OVERHEAD_SHARE) - speed.startup_s)
    validation_s = facts.validation_images * _DETECTION_SHARE / speed.images_per_s
    validations = VALIDATIONS
    if validation_s:
        fitting = int(available * _VALIDATION_SHARE / validation_s)
        validations = min(VALIDATIONS, max(2, fitting))
    step_s = batch_size / speed.images_per_s
    fitting = int((available - validations * validation_s) / step_s)
    enough = math.ceil(MOST_EPOCHS * facts.images / batch_size)
    steps = max(FEWEST_STEPS, min(fitting, enough))
    epochs = steps * batch_size / facts.images
    reason = (
        f"{_duration(steps * step_s + validations * validation_s)} at {speed.images_per_s:.1f} "
        f"images/s ({speed.how}), {epochs:.1f} times over the images"
    )
    if fitting < FEWEST_STEPS:
        reason += "; fewer would teach nothing, so that it takes longer than it was given"
    elif enough < fitting:
        reason += "; more passes would add little"
    every = max(1, math.ceil(steps / validations))
    return [
        Choice(("optimization", "steps"), steps, reason),
        *validation_choices(every, facts.validation_images, validation_s),
    ]


def training_seconds(
    steps: int, batch_size: int, validations: int, validation_images: int, speed: Speed
) -> float:
    """What a training takes, from its start to its last validation.

    Args:
        steps: of it.
        batch_size: images a step.
        validations: while it trains.
        validation_images: that each of them measures on.
        speed: of the machine.
    """
    validated = validations * validation_images * _DETECTION_SHARE
    return speed.startup_s + (steps * batch_size + validated) / speed.images_per_s


def validation_choices(every: int, images: int, validation_s: float | None = None) -> list[Choice]:
    """When is measured, and when it ends early."""
    cost = f", {_duration(validation_s)} each" if validation_s else ""
    return [
        Choice(("validation", "every_steps"), every, f"on {images} images{cost}"),
        Choice(("validation", "early_stopping_patience"), PATIENCE,
               "ends early after so many validations in a row without a better AP"),
    ]  # fmt: skip


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
