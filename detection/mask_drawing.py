"""Masks drawn on their image: a translucent area with a line around it."""

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from detection.detections import Detections
from detection.masks import place_mask
from detection.outlines import mask_polygons
from detection.run_lengths import RunLengths

# Of 255: what lies under it is still seen.
OPACITY = 96


def draw_mask(
    image: Image.Image, detections: Detections, row: int, color: str, line_px: int
) -> None:
    """Draw the mask of one detection, if there is one, into `image`.

    What it takes of memory is a byte for each pixel of the box. Run-lengths may be of an image of
    another size; they take eight bytes for each pixel that is drawn on.

    Args:
        image: mode RGB; is changed.
        detections: of the image.
        row: which of them.
        color: `#RRGGBB`.
        line_px: how wide the line is.
    """
    if detections.run_lengths is not None:
        _draw_run_lengths(image, detections.run_lengths[row], color, line_px)
    if detections.masks is None:
        return
    mask, box = detections.masks[row], detections.boxes_yxyx[row]
    size = {"width": image.width, "height": image.height}
    placed = place_mask(mask, box, **size)
    if placed.height and placed.width:
        opacity = np.where(placed.bitmap(), np.uint8(OPACITY), np.uint8(0))
        image.paste(color, (placed.left, placed.top), Image.fromarray(opacity))
    canvas = ImageDraw.Draw(image)
    for polygon in mask_polygons(mask, box, **size):
        canvas.line([*polygon, *polygon[:2]], color, line_px, joint="curve")


def _draw_run_lengths(image: Image.Image, mask: RunLengths, color: str, line_px: int) -> None:
    covered = mask.sampled(height=image.height, width=image.width)
    area = Image.fromarray(np.where(covered, np.uint8(255), np.uint8(0)))
    image.paste(color, mask=area.point([0] * 255 + [OPACITY]))
    inner = area.filter(ImageFilter.MinFilter(2 * line_px + 1))
    image.paste(color, mask=ImageChops.subtract(area, inner))
