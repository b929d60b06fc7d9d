"""What changes with the number of steps: the learning rate, and batch norms' momentum."""

import keras

from training.configuration.sections import OptimizationSection
from training.loop.errors import TrainingError
from training.loop.freezing import batch_norms

# A warm-up takes this share of the steps, and this many at most, by default.
WARMUP_SHARE = 1 / 20
LONGEST_WARMUP_STEPS = 1000
# Moving statistics follow the weights within this share of the training; Keras's 0.99, and the
# 0.999 of its MobileNetV3, take longer than a short training has.
BATCH_NORM_SHARE = 1 / 20
LOWEST_MOMENTUM, HIGHEST_MOMENTUM = 0.9, 0.99


def learning_rate_schedule(
    section: OptimizationSection, steps: int, share: float = 1.0
) -> keras.optimizers.schedules.LearningRateSchedule:
    """The learning rate by step: up from 0 along a line, then down along a cosine, or constant.

    Args:
        section: its highest, its form, and what is left in the end.
        steps: of the whole training.
        share: of that learning rate, for some of the weights.

    Raises:
        TrainingError: the warm-up takes all steps and more.

    Source: Loshchilov and Hutter 2017, "SGDR" (the cosine, without restarts).
    """
    warmup = warmup_steps(section, steps)
    if warmup >= steps and section.warmup_steps:
        raise TrainingError(
            f"optimization.warmup_steps is {warmup}, but the whole training has {steps} steps"
        )
    highest = section.learning_rate * share
    # A cosine that falls to all of what it starts from is constant.
    left = 1.0 if section.schedule == "constant" else section.final_share
    if warmup == 0:
        return keras.optimizers.schedules.CosineDecay(highest, steps, alpha=left)
    return keras.optimizers.schedules.CosineDecay(
        0.0, steps - warmup, alpha=left, warmup_target=highest, warmup_steps=warmup
    )


def warmup_steps(section: OptimizationSection, steps: int) -> int:
    """How many steps the learning rate rises for."""
    if section.warmup_steps is not None:
        return section.warmup_steps
    return min(int(steps * WARMUP_SHARE), LONGEST_WARMUP_STEPS)


def batch_norm_momentum(steps: int) -> float:
    """A momentum that averages over a twentieth of the training: 10 steps to 100.

    Example:
        >>> batch_norm_momentum(400), batch_norm_momentum(100), batch_norm_momentum(100_000)
        (0.95, 0.9, 0.99)
    """
    window_steps = max(1.0, steps * BATCH_NORM_SHARE)
    return min(max(1 - 1 / window_steps, LOWEST_MOMENTUM), HIGHEST_MOMENTUM)


def set_batch_norm_momentum(network: keras.Model, momentum: float) -> int:
    """Give it to every batch norm, however deep; before the first step is traced.

    Returns:
        How many there are.
    """
    norms = batch_norms(network)
    for norm in norms:
        norm.momentum = momentum
    return len(norms)
