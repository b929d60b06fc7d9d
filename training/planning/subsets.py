"""Trainings of one recipe on fewer and fewer of its images, for a learning curve."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.notes import counted
from training.datasets.splitting import split_dataset
from training.planning.length import FEWEST_STEPS, MOST_EPOCHS, Speed, training_seconds

# Each subset holds the ones before it: so much is added to it.
ADDED_SHARES = (0.25, 0.25, 0.5)
FEWEST_IMAGES = 12


@dataclass(frozen=True)
class Recipe:
    """How long a training of all images is.

    Args:
        steps: of it.
        validations: while it trains.
        batch_size: images a step.
        by_epochs: its config says how often each image is seen, not how many steps are taken.
        validation_images: that each validation measures on.
    """

    steps: int
    validations: int
    batch_size: int
    by_epochs: bool
    validation_images: int

    def steps_of(self, images: int, whole: int) -> int:
        """The steps of a training on some of the images, by the rule that the whole's follow.

        As many as of the whole, but no more passes over the images than the plan of a training has
        at most, or the whole itself, where that is more.

        Example:
            >>> Recipe(330, 6, 8, False, 41).steps_of(21, 164)
            315
        """
        if self.by_epochs:
            return max(1, round(self.steps * images / whole))
        epochs = max(MOST_EPOCHS, self.steps * self.batch_size / whole)
        return min(self.steps, math.ceil(epochs * images / self.batch_size))

    def seconds(self, steps: int, speed: Speed) -> float:
        """What a training of so many steps takes, from its start to its end."""
        return training_seconds(
            steps, self.batch_size, self.validations, self.validation_images, speed
        )


@dataclass(frozen=True)
class Lengths:
    """How long each training of a curve is.

    Args:
        steps: of each, in the order of the subsets.
        uses_run: the last has been trained: it is the run itself.
        is_shortened: the steps are fewer than by the rule, to fit the time.
        seconds: that all take together, what is trained already left out, and measuring them.
    """

    steps: tuple[int, ...]
    uses_run: bool
    is_shortened: bool
    seconds: float


def nested_subsets(
    images: Sequence[AnnotatedImage], labels: Dataset, groups: Sequence[int], seed: int
) -> list[tuple[int, ...]]:
    """The places of the images of each subset, each in the next one; the last has all.

    Classes are divided alike, and no group is parted.

    Args:
        images: of all sources.
        labels: a data set with the classes and keypoints of all of them.
        groups: of each image.
        seed: of the draw.

    Raises:
        DatasetError: there are too few images or groups.
    """
    if len(images) < FEWEST_IMAGES:
        raise DatasetError(
            f"a learning curve needs {FEWEST_IMAGES} images or more to learn from, and there are "
            f"{len(images)}"
        )
    if len(set(groups)) < len(ADDED_SHARES):
        raise DatasetError(
            f"the {len(images)} images to learn from are "
            f"{counted(len(set(groups)), 'group')} of images that belong together, and a learning "
            f"curve needs {len(ADDED_SHARES)} or more"
        )
    # By their places: those of several sources may have the same name.
    numbered = tuple(
        replace(each, name=str(place), split=None) for place, each in enumerate(images)
    )
    divided = split_dataset(
        replace(labels, images=numbered),
        {str(part): share for part, share in enumerate(ADDED_SHARES)},
        seed=seed,
        group_of=lambda image: str(groups[int(image.name)]),
    )
    parts = [int(str(each.split)) for each in divided.images]
    return [
        tuple(place for place, part in enumerate(parts) if part <= last)
        for last in range(len(ADDED_SHARES))
    ]


def curve_lengths(
    sizes: Sequence[int], recipe: Recipe, speed: Speed, *, is_trained: bool, seconds: float | None
) -> Lengths:
    """The steps of each training: by the rule, or fewer where the time allows no more.

    Args:
        sizes: of the subsets, the last of all images.
        recipe: of the training of all.
        speed: of the machine.
        is_trained: the run of all images has come to its end.
        seconds: that all may take; None for as long as it takes.

    Raises:
        DatasetError: the time is too short for any steps.
    """
    whole = sizes[-1]
    steps = tuple(recipe.steps_of(each, whole) for each in sizes)
    measuring_s = len(sizes) * recipe.validation_images / (2 * speed.images_per_s)

    def taking(chosen: Sequence[int]) -> float:
        return measuring_s + sum(recipe.seconds(each, speed) for each in chosen)

    needed = taking(steps[:-1] if is_trained else steps)
    if seconds is None or needed <= seconds:
        return Lengths(steps, is_trained, is_shortened=False, seconds=needed)
    # A run of more steps is not of the same recipe any more: all are trained anew.
    fixed_s = taking([0] * len(steps))
    share = (seconds - fixed_s) / (taking(steps) - fixed_s)
    fewer = tuple(math.floor(share * each) for each in steps)
    if share <= 0 or min(fewer) < min(FEWEST_STEPS, *steps):
        least = fixed_s + (taking(steps) - fixed_s) * min(1, FEWEST_STEPS / min(steps))
        raise DatasetError(
            f"the trainings of a learning curve take {math.ceil(needed / 60)} minutes at "
            f"{speed.images_per_s:.1f} images/s, and with the fewest steps that say anything "
            f"{math.ceil(min(least, needed) / 60)}: --minutes {seconds / 60:g} is too short"
        )
    return Lengths(fewer, uses_run=False, is_shortened=True, seconds=taking(fewer))
