"""Puts an image and its targets where a matrix says, into a window of the model's input."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from training.input_pipeline.augmentation.geometry import (
    Floats,
    Matrix,
    clipped_boxes,
    keeps_axes,
    moved_boxes,
    moved_points,
    scaling,
    translation,
    visible_shares,
)
from training.input_pipeline.augmentation.options import TurnedBoxes
from training.input_pipeline.resizing import resized_image
from training.input_pipeline.targets import ImageTargets, Targets

# From so many image pixels for one of the output on, bilinear sampling skips some: then the
# image is made smaller first, which takes all into account.
_SHRINK_FROM = 1.25
# An object with a shorter side is no more than a smear.
_SMALLEST_SIDE_PX = 2.0


@dataclass(frozen=True, eq=False)
class Placement:
    """Where an image goes.

    Args:
        matrix: from shares of the image to shares of the output (see `geometry`).
        window_yxyx: (4,), the part of the output in which it is seen, in 0..1, on whole pixels.
    """

    matrix: Matrix
    window_yxyx: Floats

    @classmethod
    def whole(cls, matrix: Matrix) -> "Placement":
        """Seen in all of the output."""
        return cls(matrix, np.array([0.0, 0.0, 1.0, 1.0]))

    @property
    def is_plain(self) -> bool:
        """Whether all of the image, and nothing else, is shown upright."""
        return np.array_equal(self.matrix, np.eye(3)) and np.array_equal(
            self.window_yxyx, [0, 0, 1, 1]
        )


def place_pixels(
    image: Image.Image,
    placement: Placement,
    size_hw: tuple[int, int],
    fill_rgb: tuple[int, int, int],
) -> tuple[Image.Image, tuple[int, int]]:
    """The image's pixels in its window.

    Args:
        image: RGB, of any size.
        placement: where it goes.
        size_hw: of the whole output.
        fill_rgb: what is seen beyond the image's edges.

    Returns:
        The window's image, and where its [x, y] begins in the output, in pixels.
    """
    if placement.is_plain:
        return resized_image(image, size_hw), (0, 0)
    left, top, window_wh = _window(placement, size_hw)
    backwards = _backwards(placement.matrix, image.size, size_hw, (left, top))
    # How far one moves in the image for a step of a pixel in the output.
    step_x, step_y = np.linalg.norm(backwards[:2, :2], axis=1)
    if max(step_x, step_y) > _SHRINK_FROM:
        size = (_shrunk(image.width, step_x), _shrunk(image.height, step_y))
        backwards = scaling(size[0] / image.width, size[1] / image.height) @ backwards
        image = image.resize(size, Image.Resampling.BILINEAR)
    moved = image.transform(
        window_wh,
        Image.Transform.AFFINE,
        backwards[:2].ravel().tolist(),
        Image.Resampling.BILINEAR,
        fillcolor=fill_rgb,
    )
    return moved, (left, top)


def place_targets(
    targets: ImageTargets,
    placement: Placement,
    size_hw: tuple[int, int],
    *,
    min_visible: float,
    with_masks: bool,
    turned_boxes: TurnedBoxes = "corners",
) -> Targets:
    """What is still to be seen of an image's objects, clipped to the window.

    Args:
        targets: of the image.
        placement: where it goes.
        size_hw: of the whole output, in pixels.
        min_visible: less than this share of a box inside the window makes the object ignored.
        with_masks: move the masks too; nearest pixel.
        turned_boxes: as `AugmentationOptions` has it.
    """
    moved = moved_target_boxes(targets, placement.matrix, turned_boxes)
    seen = clipped_boxes(moved, placement.window_yxyx)
    sides_px = (seen[:, 2:] - seen[:, :2]) * size_hw
    kept = (sides_px > 0).all(axis=1)
    too_little = visible_shares(moved, placement.window_yxyx) < min_visible
    # A plain resize changes nothing about what counts, however small it becomes.
    tiny = (sides_px < _SMALLEST_SIDE_PX).any(axis=1) & (not placement.is_plain)
    rows = np.flatnonzero(kept)
    ignored = targets.ignored | too_little | tiny
    return Targets(
        seen[rows].astype(np.float32),
        targets.classes[rows],
        ignored[rows],
        _place_masks(targets, rows, placement, size_hw)
        if with_masks
        else np.zeros((len(rows), 0, 0), np.uint8),
        _place_keypoints(targets.keypoints[rows], placement),
    )


def moved_target_boxes(targets: ImageTargets, matrix: Matrix, turned_boxes: TurnedBoxes) -> Floats:
    """The boxes (N, 4) after `matrix`, not clipped; by the outlines, where they are known."""
    moved = moved_boxes(targets.boxes_yxyx, matrix, turned_boxes)
    if not keeps_axes(matrix):
        for row, outline in enumerate(targets.outlines):
            if outline is not None:
                points = moved_points(outline, matrix)
                moved[row] = (*points.min(0), *points.max(0))
    return moved


def _place_masks(
    targets: ImageTargets,
    rows: npt.NDArray[np.intp],
    placement: Placement,
    size_hw: tuple[int, int],
) -> npt.NDArray[np.uint8]:
    """(rows, H, W); of an object without a mask, and of a region, nothing is covered."""
    masks = np.zeros((len(rows), *size_hw), np.uint8)
    image = targets.image
    left, top, (width, height) = _window(placement, size_hw)
    for place, row in enumerate(rows):
        if row >= len(image.objects):
            continue
        mask = image.objects[row].mask_in(width=image.width, height=image.height)
        if mask is None:
            continue
        bitmap = Image.fromarray(mask.bitmap().astype(np.uint8))
        backwards = _backwards(placement.matrix, bitmap.size, size_hw, (left, top))
        moved = bitmap.transform(
            (width, height), Image.Transform.AFFINE, backwards[:2].ravel().tolist(),
            Image.Resampling.NEAREST,
        )  # fmt: skip
        masks[place, top : top + height, left : left + width] = np.asarray(moved)
    return masks


def _place_keypoints(keypoints: Floats, placement: Placement) -> npt.NDArray[np.float32]:
    """(N, K, 3); what is not in the window any more is not labelled."""
    points = moved_points(keypoints[..., :2], placement.matrix)
    low, high = placement.window_yxyx[:2], placement.window_yxyx[2:]
    labelled = (keypoints[..., 2] > 0) & ((points >= low) & (points <= high)).all(-1)
    placed = np.concatenate([points, keypoints[..., 2:]], axis=-1) * labelled[..., None]
    return placed.astype(np.float32)


def _window(placement: Placement, size_hw: tuple[int, int]) -> tuple[int, int, tuple[int, int]]:
    """Left, top, and [width, height] of the window in pixels."""
    top, left, bottom, right = np.rint(placement.window_yxyx * np.tile(size_hw, 2)).astype(int)
    return int(left), int(top), (int(right - left), int(bottom - top))


def _backwards(
    matrix: Matrix, image_wh: tuple[int, int], size_hw: tuple[int, int], start_xy: tuple[int, int]
) -> Matrix:
    """From pixels of the window, which begins at `start_xy`, to pixels of the image."""
    to_shares = scaling(1 / size_hw[1], 1 / size_hw[0]) @ translation(*start_xy)
    backwards: Matrix = scaling(*image_wh) @ np.linalg.inv(matrix) @ to_shares
    return backwards


def _shrunk(side: int, step: float) -> int:
    return max(1, round(side / max(step, 1.0)))
