"""Masks drawn on their image: a translucent area with a line around it."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from detection.kinds.masks.outlines import mask_polygons
from detection.kinds.masks.placing import place_mask
from detection.kinds.masks.run_lengths import RunLengths

# Of 255: what lies under it is still seen.
OPACITY = 96


def draw_box_mask(
    image: Image.Image,
    mask: npt.NDArray[Any],
    box_yxyx: npt.NDArray[Any],
    color: str,
    line_px: int,
) -> None:
    """Draw the mask of a box. What it takes of memory is a byte for each pixel of the box.

    Args:
        image: mode RGB; is changed.
        mask: (h, w) in 0..1, of the box's parts.
        box_yxyx: (4,), [y_min, x_min, y_max, x_max] in 0..1; what is beyond is cut off.
        color: `#RRGGBB`.
        line_px: how wide the line is.
    """
    size = {"width": image.width, "height": image.height}
    placed = place_mask(mask, box_yxyx, **size)
    if placed.height and placed.width:
        opacity = np.where(placed.bitmap(), np.uint8(OPACITY), np.uint8(0))
        image.paste(color, (placed.left, placed.top), Image.fromarray(opacity))
    canvas = ImageDraw.Draw(image)
    for polygon in mask_polygons(mask, box_yxyx, **size):
        canvas.line([*polygon, *polygon[:2]], color, line_px, joint="curve")


def draw_run_lengths(image: Image.Image, mask: RunLengths, color: str, line_px: int) -> None:
    """Draw a mask of the whole image, which may be of an image of another size.

    It takes eight bytes for each pixel that is drawn on.

    Args:
        image: mode RGB; is changed.
        mask: of the image.
        color: `#RRGGBB`.
        line_px: how wide the line is.
    """
    covered = mask.sampled(height=image.height, width=image.width)
    area = Image.fromarray(np.where(covered, np.uint8(255), np.uint8(0)))
    image.paste(color, mask=area.point([0] * 255 + [OPACITY]))
    inner = area.filter(ImageFilter.MinFilter(2 * line_px + 1))
    image.paste(color, mask=ImageChops.subtract(area, inner))
