"""A data set of drawn hands."""

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from detection.hands.skeleton import KEYPOINT_NAMES
from detection.kinds.masks.run_lengths import RunLengths
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.defects import DatasetError
from training.datasets.sources import FileImage
from training.datasets.workers import Workers
from training.synthetic_hands.gestures import COUNTS
from training.synthetic_hands.scene import DrawnHand, Wishes, draw_scene

LOWEST_QUALITY, HIGHEST_QUALITY = 60, 96


@dataclass(frozen=True)
class _Job:
    """Number `number` of the images, and the split that it goes to."""

    number: int
    split: str | None


def synthesize_hands(
    folder: Path,
    count: int,
    wishes: Wishes,
    *,
    seed: int,
    workers: Workers,
    splits: Mapping[str, float] | None = None,
) -> Dataset:
    """Draw images into `folder`, and say what is on them.

    Args:
        folder: for the JPEGs; is made where it is missing.
        count: how many.
        wishes: what they should be like.
        seed: the same seed and wishes give the same images, whatever the number of processes.
        workers: draw them.
        splits: the share of each split, in the order of the images; None for no splits.

    Raises:
        DatasetError: an image cannot be written, or a gesture is unknown.
    """
    unknown = sorted(set(wishes.gestures) - set(COUNTS))
    if unknown or not wishes.gestures:
        raise DatasetError(f"gestures are {', '.join(COUNTS)}, not {', '.join(unknown) or 'none'}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatasetError(f"cannot write {folder}: {error.strerror}") from error
    jobs = [_Job(number, _split(number, count, splits)) for number in range(count)]
    draw = partial(_draw, folder=folder, wishes=wishes, seed=seed)
    images = tuple(workers.map(draw, jobs, "drawing", heavy=True))
    # By the number of fingers, so that the order of --gestures does not renumber the classes.
    names = sorted(set(wishes.gestures), key=list(COUNTS).index)
    return Dataset(label_map_of(names), images, KEYPOINT_NAMES)


def _split(number: int, count: int, splits: Mapping[str, float] | None) -> str | None:
    if not splits:
        return None
    share, place = 0.0, (number + 0.5) / count
    for name, fraction in splits.items():
        share += fraction
        if place < share:
            return name
    return list(splits)[-1]


def _draw(job: _Job, folder: Path, wishes: Wishes, seed: int) -> AnnotatedImage:
    generator = np.random.default_rng([seed, job.number])
    scene = draw_scene(wishes, generator)
    name = f"hand_{job.number + 1:06}.jpg"
    path = folder / name
    quality = int(generator.integers(LOWEST_QUALITY, HIGHEST_QUALITY))
    try:
        scene.pixels.save(path, quality=quality)
    except OSError as error:
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise DatasetError(f"cannot write {path}: {reason}") from error
    width, height = wishes.size_wh
    objects = tuple(map(_annotated, scene.hands))
    return AnnotatedImage(
        name, FileImage(path), width, height, objects, split=job.split, origin=name
    )


def _annotated(hand: DrawnHand) -> AnnotatedObject:
    mask = RunLengths.of(hand.mask)
    return AnnotatedObject(
        hand.gesture,
        mask.box_yxyx(),
        mask=mask,
        keypoints=hand.keypoints,
        truncated=hand.truncated,
    )
