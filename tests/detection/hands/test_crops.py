import numpy as np
import pytest
from PIL import Image

from detection.hands.crops import CROP_SCALE, HandWindow


def test_the_window_is_a_square_around_the_box_in_pixels() -> None:
    window = HandWindow.around([0.25, 0.5, 0.75, 0.6], width=400, height=200)
    assert window.side == round(CROP_SCALE * 100)
    assert (window.left + window.side / 2, window.top + window.side / 2) == (220, 100)


def test_beyond_the_image_it_is_black() -> None:
    image = Image.new("RGB", (40, 30), (200, 100, 50))
    window = HandWindow.around([0.0, 0.0, 1.0, 0.5], width=40, height=30)
    pixels = np.asarray(window.cut_out(image))
    assert pixels.shape == (window.side, window.side, 3)
    inside = pixels[-window.top : 30 - window.top, -window.left : 40 - window.left]
    assert (inside == (200, 100, 50)).all()
    assert pixels.sum() == inside.sum()


def test_points_come_back_from_the_window_where_they_were() -> None:
    window = HandWindow(left=-15, top=25, side=150)
    points = np.random.default_rng(1).uniform(0, 1, (2, 21, 2))
    there = window.to_window(points, width=400, height=200)
    np.testing.assert_allclose(window.to_image(there, width=400, height=200), points)


@pytest.mark.parametrize("box", [[0.5, 0.5, 0.5, 0.5], [0.999, 0.999, 1.0, 1.0]])
def test_a_box_of_nearly_nothing_has_a_window_too(box: list[float]) -> None:
    window = HandWindow.around(box, width=50, height=40)
    assert window.side >= 4
    assert window.cut_out(Image.new("RGB", (50, 40))).size == (window.side, window.side)
