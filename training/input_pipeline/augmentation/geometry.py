"""The matrix that moves an image, and what it makes of boxes and points.

A matrix is (3, 3) float64 and is multiplied from the left to [x, y, 1], x first as in every
textbook and in Pillow. Both sides of it are shares: of the image on the right, of the model's
input on the left, so that the unit matrix is the plain resize.
"""

import math

import numpy as np
import numpy.typing as npt

from training.datasets.polygons import Points
from training.input_pipeline.augmentation.options import AugmentationOptions, Range, TurnedBoxes

Floats = npt.NDArray[np.float64]
Matrix = Floats

_FLIP_X: Matrix = np.array([[-1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
_FLIP_Y: Matrix = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 1.0], [0.0, 0.0, 1.0]])
# Clockwise: what was at the bottom is on the left.
_QUARTER_TURN: Matrix = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
# Further from square than this a crop deforms what is in it too much.
_CROP_ASPECT: Range = (0.75, 4 / 3)
_CROP_TRIALS = 12


def translation(x: float, y: float) -> Matrix:
    """Moves by `x` and `y`."""
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def scaling(x: float, y: float) -> Matrix:
    """Enlarges around 0, 0."""
    return np.array([[x, 0.0, 0.0], [0.0, y, 0.0], [0.0, 0.0, 1.0]])


def enlarging(factor: float) -> Matrix:
    """Enlarges around the middle."""
    start = 0.5 - 0.5 * factor
    return np.array([[factor, 0.0, start], [0.0, factor, start], [0.0, 0.0, 1.0]])


def random_matrix(
    options: AugmentationOptions, size_wh: tuple[int, int], rng: np.random.Generator
) -> Matrix:
    """Flips, turns, zoom and move; not the crop.

    Args:
        options: how much.
        size_wh: the image's, by which a turn keeps its right angles.
        rng: what is drawn from.
    """
    matrix: Matrix = np.eye(3)
    width, height = size_wh
    if rng.random() < options.horizontal_flip:
        matrix = _FLIP_X @ matrix
    if rng.random() < options.vertical_flip:
        matrix = _FLIP_Y @ matrix
    if rng.random() < options.quarter_turns:
        turns = int(rng.integers(1, 4))
        matrix = np.linalg.matrix_power(_QUARTER_TURN, turns) @ matrix
        if turns % 2:
            width, height = height, width
    zoom = log_uniform(options.scale, rng)
    stretch = math.sqrt(log_uniform(options.aspect, rng))
    turn = math.radians(rng.uniform(-1, 1) * options.rotate_degrees)
    slant = math.tan(math.radians(rng.uniform(-1, 1) * options.shear_degrees))
    move_x, move_y = rng.uniform(-1, 1, 2) * options.translate
    turned = np.array([
        [math.cos(turn), -math.sin(turn), 0.0],
        [math.sin(turn), math.cos(turn), 0.0],
        [0.0, 0.0, 1.0],
    ])  # fmt: skip
    slanted = np.array([[1.0, slant, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    in_pixels = turned @ slanted @ scaling(zoom * stretch, zoom / stretch)
    around_middle = scaling(1 / width, 1 / height) @ in_pixels @ scaling(width, height)
    moved: Matrix = translation(0.5 + move_x, 0.5 + move_y) @ around_middle
    return moved @ translation(-0.5, -0.5) @ matrix


def random_crop(
    options: AugmentationOptions, boxes_yxyx: Floats, rng: np.random.Generator
) -> Matrix:
    """Shows a random part alone, in which an object stays where there was one.

    Args:
        options: how small the part may be, and what still counts as an object.
        boxes_yxyx: (N, 4), the objects, moved already and not clipped.
        rng: what is drawn from.

    Returns:
        The matrix to apply after all others; the unit matrix where no part was found.
    """
    seen_before = visible_shares(boxes_yxyx)
    boxes_yxyx = boxes_yxyx[seen_before >= options.min_visible]
    for _ in range(_CROP_TRIALS):
        area = rng.uniform(options.crop_min_area, 1)
        aspect = math.sqrt(log_uniform(_CROP_ASPECT, rng))
        width = min(1.0, math.sqrt(area) * aspect)
        height = min(1.0, math.sqrt(area) / aspect)
        left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
        crop: Matrix = scaling(1 / width, 1 / height) @ translation(-left, -top)
        seen = visible_shares(moved_boxes(boxes_yxyx, crop))
        if not len(boxes_yxyx) or seen.max() >= options.min_visible:
            return crop
    return np.eye(3)


def keeps_axes(matrix: Matrix) -> bool:
    """Whether what was upright or level is so still: no turn but by quarters, no slant."""
    parts = np.abs(matrix[:2, :2])
    small = 1e-9 * parts.max()
    return bool(
        (parts[0, 1] <= small and parts[1, 0] <= small)
        or (parts[0, 0] <= small and parts[1, 1] <= small)
    )


def moved_points(points_yx: Points, matrix: Matrix) -> Points:
    """Points (..., 2), [y, x], after `matrix`."""
    moved = points_yx[..., ::-1] @ matrix[:2, :2].T + matrix[:2, 2]
    return moved[..., ::-1]


def moved_boxes(boxes_yxyx: Floats, matrix: Matrix, within: TurnedBoxes = "corners") -> Floats:
    """Boxes (N, 4) after `matrix`, not clipped.

    Args:
        boxes_yxyx: before.
        matrix: what moves them.
        within: what of a box is taken for the object, so that the new box is around it: its
            `corners`, or the `ellipse` in it. Without a turn the two are equal.

    Source: for the ellipse, Kalra et al., "Towards Rotation Invariance in Object Detection" (ICCV
    2021): where an object does not reach into its box's corners, a box around those is too large.
    """
    centers = moved_points((boxes_yxyx[:, :2] + boxes_yxyx[:, 2:]) / 2, matrix)
    halves_xy = (boxes_yxyx[:, 2:] - boxes_yxyx[:, :2])[:, ::-1] / 2
    parts = matrix[:2, :2].T
    if within == "ellipse":
        moved_xy = np.sqrt((halves_xy**2) @ (parts**2))
    else:
        moved_xy = halves_xy @ np.abs(parts)
    halves_yx = moved_xy[:, ::-1]
    return np.concatenate([centers - halves_yx, centers + halves_yx], axis=1)


def clipped_boxes(boxes_yxyx: Floats, window_yxyx: Floats) -> Floats:
    """What of boxes (N, 4) lies in the window, [y_min, x_min, y_max, x_max]."""
    low, high = np.tile(window_yxyx[:2], 2), np.tile(window_yxyx[2:], 2)
    return np.clip(boxes_yxyx, low, high)


def visible_shares(boxes_yxyx: Floats, window_yxyx: Floats | None = None) -> Floats:
    """How much of the area of each box (N, 4) lies in the window; in 0..1 without one."""
    window = np.array([0.0, 0.0, 1.0, 1.0]) if window_yxyx is None else window_yxyx
    whole = np.prod(boxes_yxyx[:, 2:] - boxes_yxyx[:, :2], axis=1)
    seen = clipped_boxes(boxes_yxyx, window)
    shares: Floats = np.prod(seen[:, 2:] - seen[:, :2], axis=1) / np.maximum(whole, 1e-12)
    return shares


def log_uniform(between: Range, rng: np.random.Generator) -> float:
    """A factor, half as likely as double."""
    return math.exp(rng.uniform(math.log(between[0]), math.log(between[1])))
