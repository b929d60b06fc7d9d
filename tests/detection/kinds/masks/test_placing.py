import tracemalloc
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from detection.detections import Detections
from detection.kinds.masks.kind import MASKS
from detection.kinds.masks.placing import place_mask
from detection.kinds.masks.run_lengths import RunLengths

Floats = npt.NDArray[np.float64]


def boxes_of(*scores: float, **more: Any) -> Detections:
    """A box over the whole image for each score, classes from 1."""
    count = len(scores)
    return Detections(
        np.array([[0, 0, 1, 1]] * count, np.float32).reshape(-1, 4),
        np.array(scores, np.float32),
        np.arange(1, count + 1),
        **more,
    )


def bitmap(mask: RunLengths) -> npt.NDArray[np.bool_]:
    lengths = mask.lengths()
    flat = np.repeat(np.arange(len(lengths)) % 2 == 1, lengths)
    return flat.reshape(mask.width, mask.height).T


def pixel_by_pixel(mask: Floats, box: Floats, width: int, height: int) -> npt.NDArray[np.bool_]:
    """The plain way: the mask interpolated in the middle of every pixel of the image."""
    (y_min, x_min, y_max, x_max) = box * (height, width, height, width)
    rows, columns = np.arange(height) + 0.5, np.arange(width) + 0.5
    inside = ((rows >= y_min) & (rows < y_max))[:, None] & ((columns >= x_min) & (columns < x_max))
    h, w = mask.shape
    y = np.clip((rows - y_min) / (y_max - y_min) * h - 0.5, 0, h - 1)
    x = np.clip((columns - x_min) / (x_max - x_min) * w - 0.5, 0, w - 1)
    across = np.stack([np.interp(x, np.arange(w), row) for row in mask])
    values = np.stack([np.interp(y, np.arange(h), column) for column in across.T], axis=1)
    found: npt.NDArray[np.bool_] = (values >= 0.5) & inside
    return found


@pytest.mark.parametrize("seed", range(40))
def test_a_mask_covers_the_pixels_whose_middles_it_covers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    width, height = rng.integers(20, 90, 2).tolist()
    mask = rng.random(rng.integers(1, 30, 2))
    if seed % 3 == 0:
        mask = np.rint(mask)
    box = np.concatenate([rng.uniform(-0.2, 0.4, 2), rng.uniform(0.6, 1.2, 2)])
    placed = place_mask(mask, box, width=width, height=height)
    whole = bitmap(placed.run_lengths(height=height, width=width))
    np.testing.assert_array_equal(whole, pixel_by_pixel(mask, box, width, height))
    cut = whole[placed.top : placed.top + placed.height, placed.left : placed.left + placed.width]
    np.testing.assert_array_equal(placed.bitmap(), cut)


def test_a_box_of_one_pixel_covers_it_and_a_smaller_one_the_pixel_it_lies_in() -> None:
    full = np.ones((28, 28))
    for box in ([0.2, 0.1, 0.3, 0.15], [0.22, 0.11, 0.24, 0.12], [0.2, 0.1, 0.2, 0.1]):
        mask = place_mask(full, np.array(box), width=20, height=10)
        assert np.argwhere(bitmap(mask.run_lengths(height=10, width=20))).tolist() == [[2, 2]]


@pytest.mark.parametrize("box", [[-0.5, 0.0, -0.1, 1.0], [0.0, 1.2, 1.0, 1.4]])
def test_a_box_beyond_the_image_covers_nothing(box: list[float]) -> None:
    mask = place_mask(np.ones((5, 5)), np.array(box), width=20, height=10)
    assert mask.run_lengths(height=10, width=20).area == 0


def test_a_box_that_the_border_cuts_keeps_its_half_of_the_mask() -> None:
    mask = np.zeros((4, 4))
    mask[:, 2:] = 1
    # Its left half is beyond the image: what is left is the covered one.
    placed = place_mask(mask, np.array([0.0, -0.5, 1.0, 0.5]), width=40, height=10)
    whole = bitmap(placed.run_lengths(height=10, width=40))
    assert whole[:, :20].all()
    assert not whole[:, 20:].any()


def test_a_mask_that_is_sure_of_nothing_covers_nothing() -> None:
    placed = place_mask(np.full((28, 28), 0.4), np.array([0, 0, 1, 1]), width=30, height=20)
    assert placed.run_lengths(height=20, width=30).area == 0


def test_twelve_megapixels_take_no_more_memory_than_their_columns() -> None:
    y, x = np.mgrid[:28, :28]
    mask = np.clip(1.2 - np.hypot(y - 13.5, x - 13.5) / 12, 0, 1)
    tracemalloc.start()
    found = place_mask(mask, np.array([0, 0, 1, 1]), width=4000, height=3000).run_lengths(
        height=3000, width=4000
    )
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The radius at which the value is a half is 8.4 of 28 parts.
    assert found.area == pytest.approx(np.pi * (8.4 / 28) ** 2 * 12e6, rel=0.01)
    assert most < 12e6


def test_detections_without_masks_have_none_and_no_detections_no_masks() -> None:
    assert MASKS.over_image(boxes_of(0.5), width=4, height=3) is None
    nothing = boxes_of(extras={MASKS: np.zeros((0, 28, 28), np.float32)})
    assert MASKS.over_image(nothing, width=4, height=3) == []


def test_masks_that_came_as_run_lengths_stay_as_they_are() -> None:
    masks = tuple(RunLengths.of_toggles(np.array([n, 9]), height=3, width=4) for n in (1, 2, 3))
    found = boxes_of(0.1, 0.9, 0.5, extras={MASKS: masks})
    assert MASKS.over_image(found, width=4, height=3) == [masks[1], masks[2], masks[0]]
    chosen = found.select(class_ids={3, 1})
    assert MASKS.over_image(chosen, width=4, height=3) == [masks[2], masks[0]]
    with pytest.raises(ValueError, match="run-lengths of 3 detections, but got 2"):
        boxes_of(0.1, 0.9, 0.5, extras={MASKS: masks[:2]})
