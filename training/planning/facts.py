"""`DataFacts`: what a plan is made from, counted once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from training.datasets.annotated import AnnotatedImage

# Of images whose shape is the usual one within a tenth.
_ALIKE = 1.1
# From this IoU on two boxes are of what lies in the same place.
_SAME_PLACE = 0.5


@dataclass(frozen=True)
class DataFacts:
    """What there is in the images that are learned from.

    Args:
        images: to learn from.
        validation_images: to measure on while training.
        objects: of each class, by its name; classes without one are there with 0.
        most_objects: in one image.
        box_sides: the 5 %, 50 % and 95 % quantiles of the square root of a box's area, as a share
            of the image's; 0..1.
        size_wh: the usual width and height, in pixels.
        share_of_usual_shape: of the images, how many are of that shape within a tenth; 0..1.
        with_masks: objects.
        with_keypoints: objects.
        overlapping_classes: two whose boxes overlap by an IoU above 0.5 somewhere; None where no
            two of different classes do.
    """

    images: int
    validation_images: int
    objects: dict[str, int]
    most_objects: int = 1
    box_sides: tuple[float, float, float] = (0.1, 0.3, 0.6)
    size_wh: tuple[int, int] = (640, 480)
    share_of_usual_shape: float = 1.0
    with_masks: int = 0
    with_keypoints: int = 0
    overlapping_classes: tuple[str, str] | None = None

    @classmethod
    def of(
        cls,
        train: Sequence[AnnotatedImage],
        validation: Sequence[AnnotatedImage],
        class_names: Sequence[str],
    ) -> Self:
        """Count them; one image or more to learn from."""
        boxes = np.concatenate([each.boxes_yxyx for each in train])  # (N, 4)
        sides = np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1))
        quantiles = np.quantile(sides, (0.05, 0.5, 0.95)).tolist() if len(sides) else (0.1, 0.3, 1)
        labels = Counter(each.label for image in train for each in image.objects)
        shapes = np.array([image.width / image.height for image in train])
        usual = float(np.median(shapes))
        nearest = train[int(np.argmin(np.abs(shapes - usual)))]
        alike = np.maximum(shapes / usual, usual / shapes) <= _ALIKE
        objects = [each for image in train for each in image.objects]
        return cls(
            images=len(train),
            validation_images=len(validation),
            objects={name: labels[name] for name in class_names},
            most_objects=max(len(image.objects) for image in train),
            box_sides=(quantiles[0], quantiles[1], quantiles[2]),
            size_wh=(nearest.width, nearest.height),
            share_of_usual_shape=float(alike.mean()),
            with_masks=sum(each.has_mask for each in objects),
            with_keypoints=sum(each.keypoints is not None for each in objects),
            overlapping_classes=next(filter(None, map(_overlapping_classes, train)), None),
        )


def _overlapping_classes(image: AnnotatedImage) -> tuple[str, str] | None:
    objects = [each for each in image.objects if not each.crowd]
    if len({each.label for each in objects}) < 2:
        return None
    boxes = np.array([each.box_yxyx for each in objects])
    sides = np.minimum(boxes[:, None, 2:], boxes[:, 2:]) - np.maximum(
        boxes[:, None, :2], boxes[:, :2]
    )
    both = np.prod(np.maximum(sides, 0), axis=-1)  # (N, N)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    overlaps = both > _SAME_PLACE * (areas[:, None] + areas - both)
    for one, other in np.argwhere(overlaps).tolist():
        if objects[one].label != objects[other].label:
            return objects[one].label, objects[other].label
    return None
