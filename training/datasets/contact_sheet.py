"""Many annotated images on one sheet, with the boxes, masks and points drawn."""

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from detection.hands.skeleton import BONES, KEYPOINT_NAMES
from detection.images import ImageError, read_image
from detection.palette import class_color
from training.datasets.annotated import NOT_LABELLED, AnnotatedImage, AnnotatedObject, Keypoints
from training.datasets.dataset import Dataset
from training.datasets.outlines import outlines_of
from training.datasets.sources import MAX_PIXELS
from training.datasets.workers import Workers

BACKGROUND = "#202020"
INK = "#F0F0F0"
GAP_PX = 6
CAPTION_PX = 16
MASK_OPACITY = 90
LONGEST_CAPTION = 40


def contact_sheet(
    dataset: Dataset,
    images: Sequence[AnnotatedImage],
    workers: Workers,
    *,
    columns: int,
    tile_px: int,
) -> Image.Image:
    """A sheet of tiles, row by row.

    Args:
        dataset: whose classes give the colors.
        images: what is on the sheet; one that cannot be read is a tile that says why.
        workers: reads and draws.
        columns: tiles in a row.
        tile_px: width and height of a tile without its caption.
    """
    has_hands = dataset.keypoint_names == KEYPOINT_NAMES
    draw = partial(_tile, class_ids=dataset.class_ids, tile_px=tile_px, bones=has_hands)
    tiles = list(workers.map(draw, images, "drawing", heavy=True))
    return arrange(tiles, columns) if tiles else Image.new("RGB", (tile_px, tile_px), BACKGROUND)


def arrange(tiles: Sequence[Image.Image], columns: int) -> Image.Image:
    """One image of one or more tiles of the same size, row by row."""
    columns = min(columns, len(tiles))
    rows = math.ceil(len(tiles) / columns)
    step_x, step_y = tiles[0].width + GAP_PX, tiles[0].height + GAP_PX
    sheet = Image.new("RGB", (columns * step_x + GAP_PX, rows * step_y + GAP_PX), BACKGROUND)
    for number, tile in enumerate(tiles):
        row, column = divmod(number, columns)
        sheet.paste(tile, (GAP_PX + column * step_x, GAP_PX + row * step_y))
    return sheet


def draw_annotations(
    pixels: Image.Image, image: AnnotatedImage, class_ids: dict[str, int], *, bones: bool
) -> Image.Image:
    """A copy of `pixels`, of any size, with the objects drawn on it.

    Args:
        pixels: mode RGB, the upright image, scaled or not.
        image: its annotation.
        class_ids: give the colors.
        bones: the keypoints are a hand's: draw its bones too.
    """
    drawn = pixels.copy()
    size = np.array([pixels.height, pixels.width], np.float64)
    for each in image.objects:
        _draw_mask(drawn, each, size, class_color(class_ids[each.label]))
    canvas = ImageDraw.Draw(drawn)
    for region in image.ignored_yxyx:
        canvas.rectangle(_corners(region, size), None, "#808080", 1)
    font = ImageFont.load_default(11)
    for each in image.objects:
        color = class_color(class_ids[each.label])
        corners = _corners(each.box_yxyx, size)
        canvas.rectangle(corners, None, color, 2)
        if each.keypoints is not None:
            _draw_keypoints(canvas, each.keypoints, size, bones=bones)
        marks = "".join(
            mark
            for mark, is_so in (("?", each.difficult), ("…", each.truncated), ("*", each.crowd))
            if is_so
        )
        label = _printable(each.label + marks)
        place = (corners[0] + 1, max(0, corners[1] - 12))
        canvas.rectangle(canvas.textbbox(place, label, font), fill=color)
        canvas.text(place, label, "#101010", font)
    return drawn


def _tile(
    image: AnnotatedImage, class_ids: dict[str, int], tile_px: int, bones: bool
) -> Image.Image:
    tile = Image.new("RGB", (tile_px, tile_px + CAPTION_PX), BACKGROUND)
    canvas = ImageDraw.Draw(tile)
    font = ImageFont.load_default(11)
    name = image.full_name
    if len(name) > LONGEST_CAPTION:
        name = f"…{name[1 - LONGEST_CAPTION :]}"
    canvas.text((2, tile_px + 1), _printable(name), INK, font)
    try:
        pixels = read_image(image.source.read(), max_pixels=MAX_PIXELS).pixels
    except (OSError, ImageError) as error:
        canvas.multiline_text((2, 2), _printable(str(error))[:200], INK, font)
        return tile
    scale = tile_px / max(pixels.size)
    size = (max(1, round(pixels.width * scale)), max(1, round(pixels.height * scale)))
    pixels = pixels.resize(size, Image.Resampling.BILINEAR)
    drawn = draw_annotations(pixels, image, class_ids, bones=bones)
    tile.paste(drawn, ((tile_px - size[0]) // 2, (tile_px - size[1]) // 2))
    return tile


def _draw_mask(
    pixels: Image.Image, each: AnnotatedObject, size: np.ndarray[tuple[int], np.dtype[np.float64]],
    color: str,
) -> None:  # fmt: skip
    if not each.has_mask:
        return
    cover = Image.new("L", pixels.size)
    canvas = ImageDraw.Draw(cover)
    for outline in outlines_of(each):
        points = [(float(x), float(y)) for y, x in outline * size]
        canvas.polygon(points, fill=MASK_OPACITY)
    pixels.paste(color, (0, 0), cover)


def _draw_keypoints(
    canvas: ImageDraw.ImageDraw,
    keypoints: Keypoints,
    size: np.ndarray[tuple[int], np.dtype[np.float64]],
    *,
    bones: bool,
) -> None:
    points = [(float(x), float(y)) for y, x in keypoints[:, :2] * size]
    seen = keypoints[:, 2] != NOT_LABELLED
    for start, end in BONES if bones else ():
        if seen[start] and seen[end]:
            canvas.line((points[start], points[end]), "#FFFFFF", 1)
    for (x, y), visibility in zip(points, keypoints[:, 2], strict=True):
        if visibility != NOT_LABELLED:
            color = "#00E0FF" if visibility == 2 else "#FF4060"
            canvas.ellipse((x - 2, y - 2, x + 2, y + 2), fill=color)


def _corners(
    box: tuple[float, float, float, float], size: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> tuple[int, int, int, int]:
    y_min, x_min, y_max, x_max = box
    height, width = size.tolist()
    left, top = round(x_min * width), round(y_min * height)
    return left, top, max(left, round(x_max * width) - 1), max(top, round(y_max * height) - 1)


def _printable(text: str) -> str:
    """One line that the built-in font can show."""
    return "".join(each if each.isprintable() else " " for each in text)
