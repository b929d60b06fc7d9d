import numpy as np
import numpy.typing as npt
import pytest
from pycocotools import mask as coco_mask

from detection.kinds.masks.outlines import mask_polygons
from detection.kinds.masks.placing import place_mask

WHOLE = np.array([0.0, 0.0, 1.0, 1.0])


def disc(radius: float) -> npt.NDArray[np.float64]:
    y, x = np.mgrid[:28, :28]
    values: npt.NDArray[np.float64] = np.clip(
        0.5 + (radius - np.hypot(y - 13.5, x - 13.5)) / 4, 0, 1
    )
    return values


def test_the_polygon_covers_what_the_run_lengths_cover() -> None:
    box = np.array([0.1, 0.2, 0.9, 0.7])
    polygons = mask_polygons(disc(9.0), box, width=640, height=400)
    mask = place_mask(disc(9.0), box, width=640, height=400).run_lengths(height=400, width=640)
    assert len(polygons) == 1
    overlap = coco_mask.iou(coco_mask.frPyObjects(polygons, 400, 640), [mask.as_coco()], [0])
    assert overlap[0, 0] > 0.99


def test_a_full_mask_is_its_box() -> None:
    box = np.array([0.25, 0.5, 0.75, 1.0])
    assert mask_polygons(np.ones((28, 28)), box, width=8, height=4) == [
        [4.0, 1.0, 4.0, 3.0, 8.0, 3.0, 8.0, 1.0]
    ]


def test_two_parts_are_two_polygons_the_larger_first() -> None:
    mask = np.zeros((28, 28))
    mask[2:8, 2:8] = mask[12:26, 12:26] = 1
    polygons = mask_polygons(mask, WHOLE, width=280, height=280)
    assert [min(polygon) for polygon in polygons] == pytest.approx([120, 20], abs=1)


def test_a_hole_is_no_polygon() -> None:
    mask = disc(12.0)
    mask[12:16, 12:16] = 0
    assert len(mask_polygons(mask, WHOLE, width=280, height=280)) == 1


@pytest.mark.parametrize("mask", [[[0.9, 0.0], [0.0, 0.9]], [[0.0, 0.9], [0.9, 0.0]]])
def test_corners_that_touch_are_apart_or_joined_and_always_closed(mask: list[list[float]]) -> None:
    for middle, count in ((0.0, 2), (0.9, 1)):
        values = np.array(mask)
        values[values == 0] = middle / 2
        polygons = mask_polygons(values, WHOLE, width=40, height=20)
        assert len(polygons) == count


def test_an_empty_mask_and_a_box_without_an_area_have_no_outline() -> None:
    assert mask_polygons(np.zeros((28, 28)), WHOLE, width=40, height=20) == []
    flat = np.array([0.5, 0.5, 0.5, 0.5])
    assert mask_polygons(np.ones((28, 28)), flat, width=40, height=20) == []


def test_a_mask_of_one_part_is_an_outline() -> None:
    assert mask_polygons(np.ones((1, 1)), WHOLE, width=4, height=2) == [
        [0.0, 0.0, 0.0, 2.0, 4.0, 2.0, 4.0, 0.0]
    ]


def test_what_is_beyond_the_image_is_cut_off() -> None:
    box = np.array([-0.5, -0.5, 0.5, 0.5])
    (polygon,) = mask_polygons(np.ones((28, 28)), box, width=40, height=20)
    assert min(polygon) == 0
    assert (max(polygon[::2]), max(polygon[1::2])) == (20, 10)
