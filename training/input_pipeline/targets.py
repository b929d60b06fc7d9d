"""What is known of an image as arrays, before and after it was moved."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.polygons import Points

# Of a mask's outline as many points are kept: what is between two of them juts out by less than
# 1 - cos(pi / 32), half a percent of the object's size.
_OUTLINE_DIRECTIONS = 32


@dataclass(frozen=True, eq=False)
class Targets:
    """N objects and regions of an image as it is shown to a model.

    Args:
        boxes_yxyx: (N, 4) float32 in 0..1.
        classes: (N,) int32, from 0.
        ignored: (N,) bool.
        masks: (N, H, W) uint8, 0 or 1; (N, 0, 0) where none are wanted.
        keypoints: (N, K, 3) float32; K is 0 where none are wanted.
    """

    boxes_yxyx: npt.NDArray[np.float32]
    classes: npt.NDArray[np.int32]
    ignored: npt.NDArray[np.bool_]
    masks: npt.NDArray[np.uint8]
    keypoints: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.classes)

    @classmethod
    def joined(cls, parts: "list[Targets]") -> "Targets":
        """The objects of several, one after another."""
        return cls(
            np.concatenate([part.boxes_yxyx for part in parts]),
            np.concatenate([part.classes for part in parts]),
            np.concatenate([part.ignored for part in parts]),
            np.concatenate([part.masks for part in parts]),
            np.concatenate([part.keypoints for part in parts]),
        )


@dataclass(frozen=True, eq=False)
class ImageTargets:
    """The objects of an image, then its unlabelled regions, in one array each.

    Args:
        image: whose they are.
        boxes_yxyx: (N, 4) float64 in 0..1.
        classes: (N,) int32, from 0; a region's is 0.
        ignored: (N,) bool.
        keypoints: (N, K, 3) float64.
    """

    image: AnnotatedImage
    boxes_yxyx: npt.NDArray[np.float64]
    classes: npt.NDArray[np.int32]
    ignored: npt.NDArray[np.bool_]
    keypoints: npt.NDArray[np.float64]

    @classmethod
    def of(
        cls, image: AnnotatedImage, class_numbers: Mapping[str, int], keypoint_count: int
    ) -> "ImageTargets":
        """The targets of an image.

        Args:
            image: annotated.
            class_numbers: from 0, by name; every object's is there.
            keypoint_count: K; an object without any has them all not labelled.
        """
        regions = image.ignored_yxyx
        boxes = [*(each.box_yxyx for each in image.objects), *regions]
        classes = [class_numbers[each.label] for each in image.objects] + [0] * len(regions)
        ignored = [each.crowd or each.difficult for each in image.objects] + [True] * len(regions)
        keypoints = np.zeros((len(boxes), keypoint_count, 3))
        for row, each in enumerate(image.objects):
            if keypoint_count and each.keypoints is not None:
                keypoints[row] = each.keypoints
        return cls(
            image,
            np.array(boxes, np.float64).reshape(-1, 4),
            np.array(classes, np.int32),
            np.array(ignored, np.bool_),
            keypoints,
        )

    @cached_property
    def outlines(self) -> tuple[Points | None, ...]:
        """Points (P, 2), [y, x], around each row's object, where more than its box is known."""
        found = [_outline(each, self.image) for each in self.image.objects]
        return (*found, *(None for _ in self.image.ignored_yxyx))


def _outline(each: AnnotatedObject, image: AnnotatedImage) -> Points | None:
    """Of a mask: its outermost pixels in evenly spread directions."""
    if each.polygons:
        return np.concatenate(each.polygons)
    if each.mask is None:
        return None
    covered = np.argwhere(each.mask.bitmap())
    if not len(covered):
        return None
    # Each pixel is a square: its middle stands for it, half a pixel is less than anybody labels.
    points = (covered + 0.5) / (image.height, image.width)
    angles = np.arange(_OUTLINE_DIRECTIONS) * (2 * np.pi / _OUTLINE_DIRECTIONS)
    directions = np.stack([np.sin(angles), np.cos(angles)])  # (2, directions)
    outline: Points = points[np.argmax(points @ directions, axis=0)]
    return outline
