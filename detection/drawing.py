"""Detections drawn on their image: boxes with labels and scores, and their keypoints."""

from PIL import Image, ImageDraw, ImageFont

from detection.boxes import to_pixels_xyxy
from detection.detections import Detections
from detection.keypoint_drawing import draw_keypoints
from detection.label_map import LabelMap
from detection.mask_drawing import draw_mask

# Eight colors that people with color-blindness tell apart, on light and on dark images
# (Okabe and Ito 2008, "Color Universal Design", with a violet in the place of black).
PALETTE = (
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
    "#9467BD",
)
# Shares of the image's longer side, so that a label reads the same in a thumbnail and a poster.
LINE_SHARE = 1 / 250
TEXT_SHARE = 1 / 40
SMALLEST_TEXT_PX = 12
LARGEST_TEXT_PX = 96
# An image has no room for more; text takes time to lay out (a name of 1 MB: 11 s).
LONGEST_LABEL = 60
_DARK, _LIGHT = "#101010", "#FFFFFF"

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def class_color(class_id: int) -> str:
    """The color of a class, `#RRGGBB`: the same in every image."""
    return PALETTE[(class_id - 1) % len(PALETTE)]


def caption(class_id: int, score: float, label_map: LabelMap | None) -> str:
    """What is written beside a box.

    Example:
        >>> caption(1, 0.943, None)
        '1 94%'
    """
    label = (label_map.label(class_id) if label_map else None) or str(class_id)
    # One line, whatever the label map's strings hold.
    label = "".join(each if each.isprintable() else " " for each in label[: LONGEST_LABEL + 1])
    if len(label) > LONGEST_LABEL:
        label = f"{label[: LONGEST_LABEL - 1]}…"
    return f"{label} {score:.0%}"


def draw_detections(
    image: Image.Image, detections: Detections, label_map: LabelMap | None = None
) -> Image.Image:
    """A copy of `image` with every detection's mask, box, label, score and keypoints drawn on it.

    Args:
        image: mode RGB, the upright image that `detections` are about.
        detections: the best is drawn last, on top.
        label_map: the classes' names; their numbers are written where it has none.

    Returns:
        An image of the same size and mode.
    """
    drawn = image.copy()
    canvas = ImageDraw.Draw(drawn)
    longer_side = max(image.size)
    line_px = max(2, round(longer_side * LINE_SHARE))
    text_px = min(max(SMALLEST_TEXT_PX, round(longer_side * TEXT_SHARE)), LARGEST_TEXT_PX)
    font = ImageFont.load_default(text_px)
    corners = to_pixels_xyxy(detections.boxes_yxyx, width=image.width, height=image.height)
    # Areas first: none covers the line or the words of another.
    for row in reversed(range(len(detections))):
        color = class_color(int(detections.class_ids[row]))
        draw_mask(drawn, detections, row, color, max(1, line_px // 2))
    draw_keypoints(canvas, detections)
    for row in reversed(range(len(detections))):
        class_id, score = int(detections.class_ids[row]), float(detections.scores[row])
        color = class_color(class_id)
        x_min, y_min, x_max, y_max = (round(value) for value in corners[row].tolist())
        canvas.rectangle(
            (x_min, y_min, max(x_min, x_max - 1), max(y_min, y_max - 1)), None, color, line_px
        )
        _write(canvas, caption(class_id, score, label_map), (x_min, y_min), color, font)
    return drawn


def _write(
    canvas: ImageDraw.ImageDraw, text: str, corner_xy: tuple[int, int], color: str, font: _Font
) -> None:
    """`text` on a plate of `color` above `corner_xy`, or moved so far that it can be read."""
    left, top, right, bottom = canvas.textbbox((0, 0), text, font)
    margin = max(2, round((bottom - top) / 4))
    plate_w, plate_h = round(right - left) + 2 * margin, round(bottom - top) + 2 * margin
    image_w, image_h = canvas.im.size
    x = max(0, min(corner_xy[0], image_w - plate_w))
    y = corner_xy[1] - plate_h
    if y < 0:
        y = max(0, min(corner_xy[1], image_h - plate_h))
    canvas.rectangle((x, y, x + plate_w - 1, y + plate_h - 1), fill=color)
    canvas.text((x + margin - left, y + margin - top), text, _ink_on(color), font)


def _ink_on(color: str) -> str:
    """Dark or light, whichever reads better on `color` (relative luminance, ITU-R BT.709)."""
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return _DARK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 110 else _LIGHT
