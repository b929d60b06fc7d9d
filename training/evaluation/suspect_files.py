"""Suspect labels as a table, and as a sheet with both boxes drawn."""

import csv
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from detection.images import ImageError, read_image
from detection.palette import class_color
from training.datasets.dataset import Dataset
from training.datasets.notes import counted
from training.datasets.sources import MAX_PIXELS
from training.evaluation.side_by_side import THREADS, worst_sheet
from training.evaluation.suspect_labels import KINDS, MOST_WRITTEN, SuspectLabel

MOST_SHOWN, COLUMNS, SIDE_PX = 30, 5, 256
# Around both boxes, of the longer side of what holds them.
MARGIN = 0.5
# At least so much of the image is shown.
LEAST_SHOWN = 0.3
LABEL_COLOR = "#FFFFFF"


def suspects_as_text(suspects: Sequence[SuspectLabel]) -> str:
    """How many of each kind, in a sentence; empty where there are none."""
    kinds = Counter(each.kind for each in suspects)
    kinds_text = ", ".join(f"{kinds[kind]} {kind}" for kind in KINDS if kinds[kind])
    return f"{counted(len(suspects), 'label')} may be wrong ({kinds_text})" if suspects else ""


def suspects_csv(suspects: Sequence[SuspectLabel], truth: Dataset) -> bytes:
    """A table, the most suspect first; boxes in pixels of the image."""
    rows = [each.as_json(truth.images[each.index]) for each in suspects[:MOST_WRITTEN]]
    file = StringIO()
    writer = csv.DictWriter(file, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def suspects_sheet(suspects: Sequence[SuspectLabel], truth: Dataset) -> Image.Image | None:
    """The most suspect: the label's box in white, the detection's in its class's color."""
    shown = suspects[:MOST_SHOWN]
    if not shown:
        return None
    with ThreadPoolExecutor(THREADS) as pool:
        tiles = list(pool.map(lambda each: _tile(each, truth), shown))
    return worst_sheet(tiles, shown, columns=COLUMNS)


def _tile(suspect: SuspectLabel, truth: Dataset) -> Image.Image:
    tile = Image.new("RGB", (SIDE_PX, SIDE_PX), "black")
    try:
        image = read_image(truth.images[suspect.index].source.read(), max_pixels=MAX_PIXELS)
    except (OSError, ImageError):
        return tile
    pixels = image.pixels
    size = np.array([pixels.height, pixels.width], np.float64)
    boxes = {name: np.array(box).reshape(2, 2) * size
             for name, box in (("label", suspect.label_yxyx), ("found", suspect.found_yxyx))
             if box is not None}  # fmt: skip
    top_left, side = _window(np.concatenate(list(boxes.values())), size)
    window = (top_left[1], top_left[0], top_left[1] + side, top_left[0] + side)
    scale = SIDE_PX / side
    tile = pixels.transform(
        (SIDE_PX, SIDE_PX), Image.Transform.EXTENT, window, Image.Resampling.BILINEAR
    )
    canvas, font = ImageDraw.Draw(tile), ImageFont.load_default(12)
    for name, box in boxes.items():
        (y_min, x_min), (y_max, x_max) = (box - top_left) * scale
        text = suspect.label if name == "label" else f"{suspect.found} {suspect.score:.0%}"
        color = LABEL_COLOR if name == "label" else class_color(_number(suspect, truth))
        canvas.rectangle((x_min, y_min, max(x_min, x_max), max(y_min, y_max)), None, color, 2)
        place = (x_min + 3, y_min + 2) if name == "label" else (x_min + 3, y_max - 16)
        canvas.rectangle(canvas.textbbox(place, str(text), font), "#101010")
        canvas.text(place, str(text), color, font)
    return tile


def _window(
    corners: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    size: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], float]:
    """The upper left corner (y, x) and the side in pixels of the square that is shown."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    side = max(float((high - low).max()) * (1 + MARGIN), LEAST_SHOWN * float(size.max()))
    return (low + high) / 2 - side / 2, side


def _number(suspect: SuspectLabel, truth: Dataset) -> int:
    return truth.class_ids.get(str(suspect.found), 0)
