import numpy as np
from PIL import Image, ImageChops, ImageColor

from detection.detections import Detections
from detection.drawing import draw_detections
from detection.hands.skeleton import FINGER_COLORS
from detection.kinds.keypoints.belief_drawing import belief_image, lay_beliefs_on
from detection.kinds.keypoints.kind import KEYPOINTS

GREY = (120, 120, 120)
SIZE = (320, 200)


def hand(*, count: int = 21, score: float = 0.9, width: float = 0.5) -> Detections:
    """A detection of which point number n lies at x = 0.2 + width * n / (count - 1), y = 0.6."""
    places = np.linspace(0.2, 0.2 + width, count)
    points = np.stack([np.full(count, 0.6), places, np.full(count, score)], axis=1)
    box = np.array([[0.3, 0.1, 0.9, 0.9]], np.float32)
    return Detections(box, np.array([0.9], np.float32), np.array([1]), {KEYPOINTS: points[None]})


def colors(image: Image.Image) -> set[tuple[int, ...]]:
    counted = image.getcolors(1 << 20)
    assert counted is not None
    return {color for _, color in counted if isinstance(color, tuple)}


def test_each_finger_has_its_color() -> None:
    drawn = draw_detections(Image.new("RGB", SIZE, GREY), hand())
    assert {ImageColor.getrgb(each) for each in FINGER_COLORS} <= colors(drawn)


def test_points_lie_where_they_were_found() -> None:
    image = Image.new("RGB", SIZE, GREY)
    boxes_only = draw_detections(image, hand(score=0.0))
    area = ImageChops.difference(boxes_only, draw_detections(image, hand())).getbbox()
    assert area is not None
    left, top, right, bottom = area
    assert abs(left - 0.2 * 320) < 8
    assert abs(right - 0.7 * 320) < 8
    assert abs((top + bottom) / 2 - 0.6 * 200) < 3


def test_what_is_hardly_believed_is_not_drawn() -> None:
    image = Image.new("RGB", SIZE, GREY)
    finger = ImageColor.getrgb(FINGER_COLORS[0])
    assert finger not in colors(draw_detections(image, hand(score=0.05)))


def test_points_of_something_else_are_dots_without_bones() -> None:
    drawn = draw_detections(Image.new("RGB", SIZE, GREY), hand(count=17))
    assert not {ImageColor.getrgb(each) for each in FINGER_COLORS} & colors(drawn)


def test_points_beyond_the_edges_are_no_error() -> None:
    drawn = draw_detections(Image.new("RGB", SIZE, GREY), hand(width=3.0))
    assert drawn.size == SIZE


def test_beliefs_are_brightest_where_a_point_is() -> None:
    beliefs = np.zeros((10, 16, 21), np.float32)
    beliefs[2, 12, 5] = 1.0
    grey = np.asarray(belief_image(beliefs, SIZE))
    row, column = np.unravel_index(grey.argmax(), grey.shape)
    assert abs(int(row) - 50) < 12
    assert abs(int(column) - 250) < 12
    glowing = lay_beliefs_on(Image.new("RGB", SIZE, GREY), Image.fromarray(grey))
    pixels = np.asarray(glowing)
    assert pixels[row, column].sum() > 700
    assert pixels[-1, 0].tolist() == [60, 60, 60]
