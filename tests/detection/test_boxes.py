import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detection.boxes import iou, to_coco_xywh, to_pixels_xyxy

sides = st.integers(1, 10_000)
box_lists = st.lists(st.tuples(*[st.floats(-0.5, 1.5, width=32)] * 4), max_size=4)


def sorted_corners(boxes: list[tuple[float, ...]]) -> np.ndarray:
    array = np.array(boxes, np.float32).reshape(-1, 2, 2)
    return np.sort(array, axis=1).reshape(-1, 4)


def test_x_belongs_to_the_width_and_y_to_the_height() -> None:
    boxes = to_pixels_xyxy(np.array([[0.25, 0.5, 0.75, 1.0]]), width=640, height=480)
    assert boxes.tolist() == [[320.0, 120.0, 640.0, 360.0]]


def test_coco_has_the_corner_and_the_size() -> None:
    boxes = to_coco_xywh(np.array([[0.25, 0.5, 0.75, 1.0]]), width=640, height=480)
    assert boxes.tolist() == [[320.0, 120.0, 320.0, 240.0]]


def test_what_lies_outside_the_image_is_clipped() -> None:
    boxes = to_pixels_xyxy(np.array([[-0.1, -2.0, 1.1, 3.0]]), width=640, height=480)
    assert boxes.tolist() == [[0.0, 0.0, 640.0, 480.0]]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_there_are_as_many_boxes_after_as_before(count: int) -> None:
    boxes = np.zeros((count, 4), np.float32)
    assert to_pixels_xyxy(boxes, width=3, height=2).shape == (count, 4)
    assert to_coco_xywh(boxes, width=3, height=2).shape == (count, 4)
    assert iou(boxes, np.zeros((3, 4))).shape == (count, 3)


@given(box_lists, sides, sides)
def test_pixels_lie_in_the_image_and_divide_back(
    boxes: list[tuple[float, ...]], width: int, height: int
) -> None:
    boxes_yxyx = sorted_corners(boxes)
    pixels = to_pixels_xyxy(boxes_yxyx, width=width, height=height)
    assert (pixels >= 0).all()
    assert (pixels[:, [0, 2]] <= width).all()
    assert (pixels[:, [1, 3]] <= height).all()
    back = pixels[:, [1, 0, 3, 2]] / [height, width, height, width]
    assert np.allclose(back, np.clip(boxes_yxyx, 0, 1))


@given(box_lists, box_lists)
def test_overlap_lies_in_0_to_1_and_is_symmetric(
    boxes: list[tuple[float, ...]], others: list[tuple[float, ...]]
) -> None:
    overlap = iou(sorted_corners(boxes), sorted_corners(others))
    assert ((overlap >= 0) & (overlap <= 1 + 1e-9)).all()
    assert np.allclose(overlap, iou(sorted_corners(others), sorted_corners(boxes)).T)


@pytest.mark.parametrize(
    ("box", "other", "overlap"),
    [
        ([0, 0, 2, 4], [0, 0, 2, 4], 1.0),
        ([0, 0, 2, 4], [0, 2, 2, 6], 1 / 3),
        ([0, 0, 2, 4], [2, 4, 3, 5], 0.0),  # touching
        ([0, 0, 2, 4], [5, 5, 6, 6], 0.0),
        ([0, 0, 4, 4], [1, 1, 3, 3], 0.25),
        ([1, 1, 1, 1], [1, 1, 1, 1], 0.0),  # both empty
        ([2, 4, 0, 0], [0, 0, 2, 4], 0.0),  # corners swapped
    ],
)
def test_overlap_of_two_boxes(box: list[float], other: list[float], overlap: float) -> None:
    assert iou(np.array([box]), np.array([other]))[0, 0] == pytest.approx(overlap)
