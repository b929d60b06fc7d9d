"""`Augmenter`: an image as it is stored becomes one as a model sees it, this time."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image

from training.input_pipeline.augmentation.color import Pixels, random_colors
from training.input_pipeline.augmentation.effects import random_effects
from training.input_pipeline.augmentation.geometry import (
    Matrix,
    enlarging,
    random_crop,
    random_matrix,
)
from training.input_pipeline.augmentation.mosaic import TILES, mosaic_placements
from training.input_pipeline.augmentation.options import AugmentationOptions
from training.input_pipeline.augmentation.placing import (
    Placement,
    moved_target_boxes,
    place_pixels,
    place_targets,
)
from training.input_pipeline.targets import ImageTargets, Targets


class TrainingImage(NamedTuple):
    """An image with what is known of it.

    Args:
        pixels: RGB, upright, of any size.
        targets: its objects.
    """

    pixels: Image.Image
    targets: ImageTargets


class Augmenter:
    """Changes images and their targets at random.

    Args:
        options: how much of what.
        size_hw: the model's input.
        with_masks: whether masks are wanted.
        context: images are so much larger, in each direction, than what is shown of them where
            nothing is changed: their middle.
    """

    def __init__(
        self,
        options: AugmentationOptions,
        size_hw: tuple[int, int],
        *,
        with_masks: bool = False,
        context: float = 1.0,
    ) -> None:
        self._options = options
        self._size_hw = size_hw
        self._with_masks = with_masks
        self._middle = enlarging(context)

    def augmented(
        self,
        image: TrainingImage,
        another: Callable[[np.random.Generator], TrainingImage],
        rng: np.random.Generator,
    ) -> tuple[Pixels, Targets]:
        """One image for the model, (H, W, 3), and what is in it.

        Args:
            image: what is to be seen.
            another: gives the other images of a mosaic.
            rng: every choice is drawn from it, and from nothing else.
        """
        images = [image]
        if rng.random() < self._options.mosaic:
            images.extend(another(rng) for _ in range(TILES - 1))
            # Anywhere, not always in the first tile.
            rng.shuffle(images)
        matrices = [self._matrix(each, rng) for each in images]
        if len(images) > 1:
            placements = mosaic_placements(matrices, self._size_hw, rng)
        else:
            placements = [Placement.whole(matrices[0])]
        pixels = self._pixels(images, placements)
        pixels = random_colors(pixels, self._options, rng)
        pixels = random_effects(pixels, self._options, rng)
        targets = [
            place_targets(
                each.targets,
                placement,
                self._size_hw,
                min_visible=self._options.min_visible,
                with_masks=self._with_masks,
                turned_boxes=self._options.turned_boxes,
            )
            for each, placement in zip(images, placements, strict=True)
        ]
        return pixels, Targets.joined(targets)

    def _matrix(self, image: TrainingImage, rng: np.random.Generator) -> Matrix:
        annotated = image.targets.image
        matrix = random_matrix(self._options, (annotated.width, annotated.height), rng)
        matrix = matrix @ self._middle
        if rng.random() < self._options.crop:
            boxes = moved_target_boxes(image.targets, matrix, self._options.turned_boxes)
            matrix = random_crop(self._options, boxes[~image.targets.ignored], rng) @ matrix
        return matrix

    def _pixels(self, images: list[TrainingImage], placements: list[Placement]) -> Pixels:
        parts = [
            place_pixels(each.pixels, placement, self._size_hw, _mean_rgb(each.pixels))
            for each, placement in zip(images, placements, strict=True)
        ]
        if len(parts) == 1:
            return np.asarray(parts[0][0])
        canvas = Image.new("RGB", (self._size_hw[1], self._size_hw[0]))
        for part, start_xy in parts:
            canvas.paste(part, start_xy)
        return np.asarray(canvas)


def _mean_rgb(image: Image.Image) -> tuple[int, int, int]:
    """What is seen beyond an image's edges: the color that stands out least."""
    sample = np.asarray(image.resize((8, 8), Image.Resampling.NEAREST))
    red, green, blue = sample.reshape(-1, 3).mean(0).astype(int).tolist()
    return red, green, blue
