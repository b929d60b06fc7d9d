"""What the masks of a large image cost, as the gateway makes them and as one would plainly.

    python -m benchmarks.whole_image_masks --width 4000 --height 3000

Each row is the masks of so many boxes of a third of the image's sides: run-lengths, polygons and
JSON; the annotated image; and for comparison every pixel of the box looked at, as Detectron and
the Object Detection API do it. Processor time, and the most memory that NumPy and Python held on
top; Pillow's own images are not counted.
"""

import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import click
import numpy as np
import numpy.typing as npt
from PIL import Image
from rich.console import Console
from rich.table import Table

from client_api.responses.prediction_response import ImageResult, as_json, image_object
from detection.detections import Detections
from detection.drawing import draw_detections
from detection.kinds.masks.kind import MASKS

SIDE = 28
ROUNDS = 5
SHARE = 1 / 3


def discs(count: int) -> Detections:
    """So many round things, spread over the image."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    mask = np.clip(0.5 + (SIDE / 2.4 - np.hypot(y, x)) / 3, 0, 1).astype(np.float32)
    corners = rng.uniform(0, 1 - SHARE, (count, 2))
    return Detections(
        np.hstack([corners, corners + SHARE]).astype(np.float32),
        np.linspace(0.9, 0.5, count).astype(np.float32),
        np.ones(count, np.int64),
        {MASKS: np.stack([mask] * count)},
    )


def pixel_by_pixel(found: Detections, width: int, height: int) -> list[npt.NDArray[np.uint8]]:
    """An image of zeros and ones for each detection, its box's mask enlarged by Pillow."""
    images = []
    masks = MASKS.of(found)
    for mask, box in zip(masks if masks is not None else (), found.boxes_yxyx, strict=True):
        top, left, bottom, right = (box * (height, width, height, width)).round().astype(int)
        enlarged = Image.fromarray(mask).resize((right - left, bottom - top), 2)
        whole = np.zeros((height, width), np.uint8)
        whole[top:bottom, left:right] = np.asarray(enlarged) >= 0.5
        images.append(whole)
    return images


def json_of(result: ImageResult) -> bytes:
    """As the gateway answers."""
    return as_json(image_object(result, None, annotated=False))


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Median processor time in ms, and megabytes held at most."""
    times = []
    for _ in range(ROUNDS):
        start_s = time.process_time()
        work()
        times.append((time.process_time() - start_s) * 1000)
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return float(np.median(times)), most


@click.command()
@click.option("--width", type=click.IntRange(16, 20_000), default=4000, show_default=True)
@click.option("--height", type=click.IntRange(16, 20_000), default=3000, show_default=True)
def bench(width: int, height: int) -> None:
    """Measure what the masks of a large image cost."""
    table = Table("masks", "what", "ms", "MB at most")
    image = Image.new("RGB", (width, height))
    for count in (1, 10, 100):
        found = discs(count)
        result = ImageResult((width, height), found)
        rows: dict[str, Callable[[], object]] = {
            "run-lengths": partial(MASKS.over_image, found, width=width, height=height),
            "run-lengths, polygons, JSON": partial(json_of, result),
            "drawn": partial(draw_detections, image, found),
        }
        if count <= 10:
            rows["every pixel"] = partial(pixel_by_pixel, found, width, height)
        for what, work in rows.items():
            spent, most = measured(work)
            table.add_row(str(count), what, f"{spent:.1f}", f"{most:.1f}")
    Console(width=80).print(table)


if __name__ == "__main__":
    bench()
