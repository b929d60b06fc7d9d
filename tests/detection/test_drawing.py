import numpy as np
import pytest
from PIL import Image, ImageChops

from detection.detections import Detections
from detection.drawing import draw_detections
from detection.kinds.boxes.drawing import LONGEST_LABEL, caption
from detection.label_map import LabelMap, LabelMapItem
from detection.palette import PALETTE, class_color

HANDS = LabelMap((LabelMapItem(1, "open"), LabelMapItem(2, "closed", "fist")))
GREY = (120, 120, 120)


def found(*boxes_yxyx: list[float], class_id: int = 1) -> Detections:
    count = len(boxes_yxyx)
    return Detections(
        np.array(boxes_yxyx, np.float32).reshape(-1, 4),
        np.linspace(0.9, 0.5, count, dtype=np.float32),
        np.full(count, class_id),
    )


def changed_area(image: Image.Image, drawn: Image.Image) -> tuple[int, int, int, int]:
    area = ImageChops.difference(image, drawn).getbbox()
    assert area is not None
    return area


def test_nothing_found_gives_an_equal_image_that_is_another() -> None:
    image = Image.new("RGB", (64, 48), GREY)
    drawn = draw_detections(image, found(), HANDS)
    assert drawn is not image
    assert ImageChops.difference(image, drawn).getbbox() is None


def test_the_given_image_stays_as_it_was() -> None:
    image = Image.new("RGB", (64, 48), GREY)
    draw_detections(image, found([0.1, 0.1, 0.9, 0.9]), HANDS)
    assert image.getcolors() == [(64 * 48, GREY)]


@pytest.mark.parametrize("size_wh", [(1, 1), (1, 50), (50, 1), (3, 2), (640, 480), (480, 1640)])
def test_size_and_mode_stay(size_wh: tuple[int, int]) -> None:
    image = Image.new("RGB", size_wh, GREY)
    boxes = found([0, 0, 1, 1], [0.5, 0.5, 0.5, 0.5], [0.9, 0.9, 2, 2], [-1, -1, 0, 0])
    drawn = draw_detections(image, boxes, HANDS)
    assert (drawn.size, drawn.mode) == (size_wh, "RGB")


def test_a_box_is_drawn_where_it_is_on_an_image_that_is_not_square() -> None:
    image = Image.new("RGB", (400, 200), GREY)
    drawn = draw_detections(image, found([0.5, 0.5, 0.75, 0.75]), HANDS)
    left, _, right, bottom = changed_area(image, drawn)
    assert (left, bottom) == (200, 150)
    assert right >= 300
    color = tuple(int(class_color(1)[n : n + 2], 16) for n in (1, 3, 5))
    for corner in [(200, 149), (299, 149), (299, 101), (200, 125)]:
        assert drawn.getpixel(corner) == color
    assert drawn.getpixel((250, 125)) == GREY


@pytest.mark.parametrize("y", [0.0, 0.45, 0.93])
@pytest.mark.parametrize("x", [0.0, 0.45, 0.93])
def test_a_label_stays_in_the_image_whole(x: float, y: float) -> None:
    """It covers as much at every border as in the middle, but for the box's own few pixels."""
    image = Image.new("RGB", (400, 300), GREY)

    def covered(box: list[float]) -> int:
        drawn = draw_detections(image, found(box), HANDS)
        plate = np.asarray(ImageChops.difference(image, drawn)).any(-1)
        return int(plate.sum())

    in_the_middle = covered([0.5, 0.5, 0.5, 0.5])
    assert covered([y, x, y, x]) >= in_the_middle - 20
    assert in_the_middle > 400


def test_the_best_detection_lies_on_top() -> None:
    image = Image.new("RGB", (100, 80), GREY)
    both = Detections(
        np.array([[0.5, 0.5, 0.9, 0.9]] * 2, np.float32),
        np.array([0.6, 0.9], np.float32),
        np.array([1, 2]),
    )
    drawn = draw_detections(image, both, HANDS)
    color = tuple(int(class_color(2)[n : n + 2], 16) for n in (1, 3, 5))
    assert drawn.getpixel((50, 71)) == color


@pytest.mark.parametrize(
    ("class_id", "score", "label_map", "text"),
    [
        (1, 0.943, HANDS, "open 94%"),
        (2, 1.0, HANDS, "fist 100%"),
        (3, 0.5, HANDS, "3 50%"),
        (3, 0.004, None, "3 0%"),
        (1, 0.5, LabelMap((LabelMapItem(1, "two\nlines\0\u2028"),)), "two lines   50%"),
    ],
)
def test_a_caption_has_the_label_or_number_and_the_score(
    class_id: int, score: float, label_map: LabelMap | None, text: str
) -> None:
    assert caption(class_id, score, label_map) == text


def test_a_name_of_a_megabyte_is_cut_before_it_is_drawn() -> None:
    endless = LabelMap((LabelMapItem(1, "x" * 1_000_000),))
    assert len(caption(1, 0.5, endless)) <= LONGEST_LABEL + 5
    cut = LabelMap((LabelMapItem(1, "x" * (LONGEST_LABEL + 1)),))
    hundred = found(*[[0.1, 0.1, 0.5, 0.5]] * 100)
    drawn = draw_detections(Image.new("RGB", (640, 480)), hundred, endless)
    assert drawn.tobytes() == draw_detections(Image.new("RGB", (640, 480)), hundred, cut).tobytes()


def test_every_class_has_a_color_that_stays_the_same() -> None:
    assert [class_color(n) for n in range(1, 9)] == list(PALETTE)
    assert class_color(9) == class_color(1)
    assert class_color(0) in PALETTE
    assert class_color(-5) in PALETTE
