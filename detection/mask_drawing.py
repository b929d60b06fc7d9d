"""Masks drawn on their picture: a translucent area with a line around it."""

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from detection.detections import Detections
from detection.masks import place_mask
from detection.outlines import mask_polygons
from detection.run_lengths import RunLengths

# Of 255: what lies under it is still seen.
OPACITY = 96


def draw_mask(
    picture: Image.Image, detections: Detections, row: int, colour: str, line_px: int
) -> None:
    """Draw the mask of one detection, if there is one, into `picture`.

    What it takes of memory is a byte for each pixel of the box. Run-lengths may be of a picture of
    another size; they take eight bytes for each pixel that is drawn on.

    Args:
        picture: mode RGB; is changed.
        detections: of the picture.
        row: which of them.
        colour: `#RRGGBB`.
        line_px: how wide the line is.
    """
    if detections.run_lengths is not None:
        _draw_run_lengths(picture, detections.run_lengths[row], colour, line_px)
    if detections.masks is None:
        return
    mask, box = detections.masks[row], detections.boxes_yxyx[row]
    size = {"width": picture.width, "height": picture.height}
    placed = place_mask(mask, box, **size)
    if placed.height and placed.width:
        opacity = np.where(placed.bitmap(), np.uint8(OPACITY), np.uint8(0))
        picture.paste(colour, (placed.left, placed.top), Image.fromarray(opacity))
    canvas = ImageDraw.Draw(picture)
    for polygon in mask_polygons(mask, box, **size):
        canvas.line([*polygon, *polygon[:2]], colour, line_px, joint="curve")


def _draw_run_lengths(picture: Image.Image, mask: RunLengths, colour: str, line_px: int) -> None:
    covered = mask.sampled(height=picture.height, width=picture.width)
    area = Image.fromarray(np.where(covered, np.uint8(255), np.uint8(0)))
    picture.paste(colour, mask=area.point([0] * 255 + [OPACITY]))
    inner = area.filter(ImageFilter.MinFilter(2 * line_px + 1))
    picture.paste(colour, mask=ImageChops.subtract(area, inner))
