"""Boxes drawn on their image, each with its label and score on a plate of its class's color."""

from PIL import ImageDraw, ImageFont

from detection.boxes import to_pixels_xyxy
from detection.detections import Detections
from detection.kinds.canvas import Canvas
from detection.label_map import LabelMap
from detection.palette import class_color

# A share of the image's longer side, so that a label reads the same in a thumbnail and a poster.
TEXT_SHARE = 1 / 40
SMALLEST_TEXT_PX = 12
LARGEST_TEXT_PX = 96
# An image has no room for more; text takes time to lay out (a name of 1 MB: 11 s).
LONGEST_LABEL = 60
_DARK, _LIGHT = "#101010", "#FFFFFF"

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


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


def draw_boxes(canvas: Canvas, found: Detections) -> None:
    """Draw each box, its label and its score, the best on top."""
    image, line_px = canvas.image, canvas.line_px
    longer_side = max(image.size)
    text_px = min(max(SMALLEST_TEXT_PX, round(longer_side * TEXT_SHARE)), LARGEST_TEXT_PX)
    font = ImageFont.load_default(text_px)
    corners = to_pixels_xyxy(found.boxes_yxyx, width=image.width, height=image.height)
    for row in reversed(range(len(found))):
        class_id, score = int(found.class_ids[row]), float(found.scores[row])
        color = class_color(class_id)
        x_min, y_min, x_max, y_max = (round(value) for value in corners[row].tolist())
        canvas.draw.rectangle(
            (x_min, y_min, max(x_min, x_max - 1), max(y_min, y_max - 1)), None, color, line_px
        )
        text = caption(class_id, score, canvas.label_map)
        _write(canvas.draw, text, (x_min, y_min), color, font)


def _write(
    draw: ImageDraw.ImageDraw, text: str, corner_xy: tuple[int, int], color: str, font: _Font
) -> None:
    """`text` on a plate of `color` above `corner_xy`, or moved so far that it can be read."""
    left, top, right, bottom = draw.textbbox((0, 0), text, font)
    margin = max(2, round((bottom - top) / 4))
    plate_w, plate_h = round(right - left) + 2 * margin, round(bottom - top) + 2 * margin
    image_w, image_h = draw.im.size
    x = max(0, min(corner_xy[0], image_w - plate_w))
    y = corner_xy[1] - plate_h
    if y < 0:
        y = max(0, min(corner_xy[1], image_h - plate_h))
    draw.rectangle((x, y, x + plate_w - 1, y + plate_h - 1), fill=color)
    draw.text((x + margin - left, y + margin - top), text, _ink_on(color), font)


def _ink_on(color: str) -> str:
    """Dark or light, whichever reads better on `color` (relative luminance, ITU-R BT.709)."""
    red, green, blue = (int(color[start : start + 2], 16) for start in (1, 3, 5))
    return _DARK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 110 else _LIGHT
