import math

import numpy as np
import pytest

from tests.training.input_pipeline.drawn_images import (
    CLASS_NUMBERS,
    HEIGHT,
    RECTANGLES,
    WIDTH,
    box_of_pixels,
    colored_pixels,
    drawn_image,
)
from training.input_pipeline.augmentation.augmenter import Augmenter, TrainingImage
from training.input_pipeline.augmentation.color import Pixels
from training.input_pipeline.augmentation.geometry import moved_boxes, scaling, translation
from training.input_pipeline.augmentation.options import AugmentationOptions
from training.input_pipeline.resizing import resized_image
from training.input_pipeline.targets import Targets

# Another shape than the images'.
SIZE_HW = (120, 144)
SEEDS = range(12)
# A pixel is covered by half; sampling may move an edge by one more.
TOLERANCE_PX = 1.6

MOVES = {
    "nothing": AugmentationOptions(),
    "horizontal flip": AugmentationOptions(horizontal_flip=1),
    "vertical flip": AugmentationOptions(vertical_flip=1),
    "quarter turns": AugmentationOptions(quarter_turns=1),
    "scale": AugmentationOptions(scale=(0.5, 2)),
    "much smaller": AugmentationOptions(scale=(0.3, 0.3)),
    "aspect": AugmentationOptions(aspect=(0.6, 1.6)),
    "translate": AugmentationOptions(translate=0.3),
    "rotate": AugmentationOptions(rotate_degrees=180),
    "shear": AugmentationOptions(shear_degrees=25),
    "crop": AugmentationOptions(crop=1),
    "mosaic": AugmentationOptions(mosaic=1),
    "all": AugmentationOptions(
        horizontal_flip=0.5, vertical_flip=0.5, quarter_turns=0.5, scale=(0.6, 1.5),
        aspect=(0.8, 1.25), translate=0.15, rotate_degrees=20, shear_degrees=8, crop=0.3,
        mosaic=0.3,
    ),
}  # fmt: skip
KEEPS_AXES = {name for name in MOVES if name not in ("rotate", "shear", "all")}


def augmented(
    options: AugmentationOptions,
    seed: int,
    image: TrainingImage | None = None,
    *,
    with_masks: bool = False,
) -> tuple[Pixels, Targets]:
    shown = image or drawn_image(with_masks=with_masks)
    # In a mosaic the others are empty, so that each color is there once at most.
    empty = drawn_image(labels=())
    augmenter = Augmenter(options, SIZE_HW, with_masks=with_masks)
    return augmenter.augmented(shown, lambda rng: empty, np.random.default_rng(seed))


@pytest.mark.parametrize("name", sorted(KEEPS_AXES))
def test_a_box_lies_around_its_object_s_pixels(name: str) -> None:
    for seed in SEEDS:
        pixels, targets = augmented(MOVES[name], seed)
        for box, number in zip(targets.boxes_yxyx, targets.classes, strict=True):
            covered = colored_pixels(pixels, list(CLASS_NUMBERS)[number])
            box_px = box * np.tile(SIZE_HW, 2)
            if (box_px[2:] - box_px[:2]).min() < 2 * TOLERANCE_PX:
                continue
            assert np.abs(box_px - box_of_pixels(covered)).max() <= TOLERANCE_PX, (seed, number)


@pytest.mark.parametrize("name", sorted(MOVES))
def test_what_is_not_among_the_targets_is_not_in_the_image(name: str) -> None:
    for seed in SEEDS:
        pixels, targets = augmented(MOVES[name], seed)
        for label, number in CLASS_NUMBERS.items():
            if number not in targets.classes:
                assert colored_pixels(pixels, label).sum() <= SIZE_HW[1] * TOLERANCE_PX


@pytest.mark.parametrize("name", sorted(MOVES))
def test_a_box_of_a_masked_object_is_exact_however_it_is_turned(name: str) -> None:
    for seed in SEEDS:
        pixels, targets = augmented(MOVES[name], seed, with_masks=True)
        for box, number, ignored in zip(
            targets.boxes_yxyx, targets.classes, targets.ignored, strict=True
        ):
            covered = colored_pixels(pixels, list(CLASS_NUMBERS)[number])
            box_px = box * np.tile(SIZE_HW, 2)
            inside = (box[:2] > 0).all() and (box[2:] < 1).all() and name not in ("mosaic", "all")
            # The corners that are cut off may have been the outermost.
            if inside and not ignored:
                assert np.abs(box_px - box_of_pixels(covered)).max() <= TOLERANCE_PX, seed


@pytest.mark.parametrize("name", sorted(MOVES))
def test_a_mask_covers_its_object_s_pixels(name: str) -> None:
    for seed in SEEDS:
        pixels, targets = augmented(MOVES[name], seed, with_masks=True)
        assert targets.masks.shape == (len(targets), *SIZE_HW)
        for mask, number in zip(targets.masks, targets.classes, strict=True):
            covered = colored_pixels(pixels, list(CLASS_NUMBERS)[number])
            if covered.sum() < 100:
                continue
            overlap = (covered & (mask == 1)).sum() / (covered | (mask == 1)).sum()
            assert overlap > 0.8, (seed, number)


@pytest.mark.parametrize("name", sorted(MOVES))
def test_a_keypoint_stays_on_its_object(name: str) -> None:
    for seed in SEEDS:
        pixels, targets = augmented(MOVES[name], seed)
        for points, number in zip(targets.keypoints, targets.classes, strict=True):
            covered = colored_pixels(pixels, list(CLASS_NUMBERS)[number])
            for y, x, visibility in points:
                assert visibility in (0, 2)
                if visibility == 0:
                    assert (y, x) == (0, 0)
                    continue
                row, column = (np.array([y, x]) * SIZE_HW).astype(int)
                near = covered[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3]
                assert near.any(), (seed, number, y, x)


def test_a_flip_leaves_the_keypoints_in_their_order() -> None:
    _, plain = augmented(MOVES["nothing"], 0)
    _, flipped = augmented(MOVES["horizontal flip"], 0)
    assert np.allclose(flipped.keypoints[..., 1], 1 - plain.keypoints[..., 1])
    assert np.allclose(flipped.keypoints[..., 0], plain.keypoints[..., 0])


def test_a_point_that_leaves_the_image_is_not_labelled() -> None:
    _, targets = augmented(AugmentationOptions(scale=(3.0, 3.0)), 0)
    assert len(targets) == 2
    assert (targets.keypoints[..., 2] == 0).any()
    assert not targets.keypoints[targets.keypoints[..., 2] == 0].any()


def test_without_options_an_image_is_resized_and_nothing_else() -> None:
    image = drawn_image()
    pixels, targets = augmented(AugmentationOptions(), 5, image)
    assert np.array_equal(pixels, np.asarray(resized_image(image.pixels, SIZE_HW)))
    assert np.allclose(targets.boxes_yxyx, image.targets.boxes_yxyx)


def test_the_same_numbers_give_the_same_bits() -> None:
    options = AugmentationOptions(
        horizontal_flip=0.5, rotate_degrees=20, mosaic=0.5, brightness=0.3, contrast=0.3,
        saturation=0.3, hue_degrees=20, grey=0.2, blur=0.5, noise=0.5, cut_out=0.5, crop=0.5,
    )  # fmt: skip
    for seed in SEEDS:
        one, two = augmented(options, seed), augmented(options, seed)
        assert np.array_equal(one[0], two[0])
        assert np.array_equal(one[1].boxes_yxyx, two[1].boxes_yxyx)
    assert not np.array_equal(augmented(options, 1)[0], augmented(options, 2)[0])


def test_what_is_cut_below_the_smallest_share_is_ignored() -> None:
    always, never = (
        AugmentationOptions(scale=(2.5, 2.5), translate=0.4, min_visible=share)
        for share in (1.0, 0.0)
    )
    seen = [augmented(never, seed)[1] for seed in SEEDS]
    assert not any(targets.ignored.any() for targets in seen)
    for seed, without in zip(SEEDS, seen, strict=True):
        targets = augmented(always, seed)[1]
        cut = ((without.boxes_yxyx == 0) | (without.boxes_yxyx == 1)).any(1)
        assert np.array_equal(targets.ignored, cut)


def test_a_crop_keeps_an_object() -> None:
    options = AugmentationOptions(crop=1, crop_min_area=0.1)
    for seed in SEEDS:
        _, targets = augmented(options, seed)
        assert (~targets.ignored).any()


def test_an_image_without_objects_is_augmented_too() -> None:
    for name, options in MOVES.items():
        pixels, targets = augmented(options, 3, drawn_image(labels=()))
        assert pixels.shape == (*SIZE_HW, 3), name
        assert targets.boxes_yxyx.shape == (0, 4)
        assert targets.keypoints.shape == (0, 5, 3)


def box_of_turned_rectangle(box_px: tuple[float, ...], degrees: float) -> list[float]:
    """Around a rectangle that is turned about the middle of the drawn image, by trigonometry."""
    y_min, x_min, y_max, x_max = box_px
    turn = math.radians(degrees)
    rows, columns = [], []
    for y, x in ((y_min, x_min), (y_min, x_max), (y_max, x_max), (y_max, x_min)):
        down, right = y - HEIGHT / 2, x - WIDTH / 2
        rows.append(HEIGHT / 2 + down * math.cos(turn) + right * math.sin(turn))
        columns.append(WIDTH / 2 + right * math.cos(turn) - down * math.sin(turn))
    return [min(rows), min(columns), max(rows), max(columns)]


@pytest.mark.parametrize("degrees", [-70.0, 10.0, 45.0])
def test_a_turned_box_is_that_of_its_turned_corners(degrees: float) -> None:
    boxes_px = np.array([RECTANGLES["red"], RECTANGLES["green"]], np.float64)
    size = np.tile([HEIGHT, WIDTH], 2)
    turned = np.deg2rad(degrees)
    # Turned in pixels, between shares on both sides.
    matrix = (
        scaling(1 / WIDTH, 1 / HEIGHT) @ translation(WIDTH / 2, HEIGHT / 2)
        @ [[np.cos(turned), -np.sin(turned), 0], [np.sin(turned), np.cos(turned), 0], [0, 0, 1]]
        @ translation(-WIDTH / 2, -HEIGHT / 2) @ scaling(WIDTH, HEIGHT)
    )  # fmt: skip
    moved = moved_boxes(boxes_px / size, matrix) * size
    wanted = [box_of_turned_rectangle(tuple(box), degrees) for box in boxes_px]
    assert np.abs(moved - wanted).max() < 1e-6


@pytest.mark.parametrize("name", ["rotate", "shear"])
def test_a_box_lies_around_a_rectangle_that_was_turned(name: str) -> None:
    seen = 0
    for seed in SEEDS:
        pixels, targets = augmented(MOVES[name], seed)
        for box, number in zip(targets.boxes_yxyx, targets.classes, strict=True):
            # A corner that is cut off may have been the outermost.
            if (box[:2] > 0).all() and (box[2:] < 1).all():
                covered = colored_pixels(pixels, list(CLASS_NUMBERS)[number])
                box_px = box * np.tile(SIZE_HW, 2)
                assert np.abs(box_px - box_of_pixels(covered)).max() <= TOLERANCE_PX, seed
                seen += 1
    assert seen > len(SEEDS)


def test_the_ellipse_in_a_turned_box_does_not_grow_as_its_corners_would() -> None:
    # At an eighth of a turn the corners' box has twice the area of a square.
    before = drawn_image().targets.boxes_yxyx
    areas = (before[:, 2:] - before[:, :2]).prod(1)
    for seed in SEEDS:
        _, targets = augmented(AugmentationOptions(rotate_degrees=45, turned_boxes="ellipse"), seed)
        sides = targets.boxes_yxyx[:, 2:] - targets.boxes_yxyx[:, :2]
        assert (sides.prod(1) <= 1.2 * areas[targets.classes]).all()
