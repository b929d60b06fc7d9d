"""A detector that learns in seconds, built of the real parts, and sixteen images for it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
from PIL import Image

from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.formats.registry import write_dataset
from training.datasets.sources import FileImage
from training.models.registry import MODELS, ModelEntry
from training.models.ssd.anchors import pyramid_anchors
from training.models.ssd.detector import SsdDetector
from training.models.ssd.heads import plain_heads
from training.models.ssd.options import SsdOptions

NAME = "tiny"
HEIGHT, WIDTH = 64, 96
LEVELS = (3, 4)
ANCHORS_PER_PLACE = 6
CLASS_COLORS = {"red": (220, 40, 30), "blue": (30, 60, 220)}


def register_tiny_detector() -> None:
    """Give the registry a row for it."""
    MODELS[NAME] = ModelEntry(f"{__name__}:build", "for tests", (HEIGHT, WIDTH))


@contextmanager
def tiny_detector_registered() -> Iterator[None]:
    """The registry has a row for it, and is afterwards what it was."""
    before = dict(MODELS)
    register_tiny_detector()
    try:
        yield
    finally:
        MODELS.clear()
        MODELS.update(before)


def build(
    *, class_count: int, input_size_hw: tuple[int, int], options: Mapping[str, Any]
) -> SsdDetector:
    """Five convolutions, and dropout, whose draws a resumed training has to go on with."""
    chosen = SsdOptions.of(SsdOptions(anchor_scale=2.5), options)
    images = keras.Input((*input_size_hw, 3), name="images")
    x = taken = keras.Input((*input_size_hw, 3))
    for number, filters in enumerate((8, 16, 32)):
        x = _convolution(x, filters, f"backbone_{number}")
    backbone = keras.Model(taken, x, name="backbone")
    fine = backbone(keras.layers.Rescaling(1 / 127.5, -1, name="normalized")(images))
    fine = keras.layers.Dropout(0.02, name="dropout")(fine)
    coarse = _convolution(fine, 32, "neck")
    outputs = plain_heads([fine, coarse], [ANCHORS_PER_PLACE] * 2, class_count)
    anchors = pyramid_anchors(input_size_hw, LEVELS, chosen.anchor_scale)
    network = keras.Model(images, dict(outputs), name=NAME)
    return SsdDetector(network, backbone, anchors, class_count, chosen)


def _convolution(x: Any, filters: int, name: str) -> Any:
    x = keras.layers.Conv2D(filters, 3, 2, padding="same", use_bias=False, name=name)(x)
    x = keras.layers.BatchNormalization(name=f"{name}_BN")(x)
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def write_colored_boxes(folder: Path, count: int = 16) -> Path:
    """Images with none, one or two boxes of two colors, as a COCO data set; its folder."""
    rng = np.random.default_rng(7)
    originals = folder / "originals"
    originals.mkdir(parents=True)
    images = []
    for number in range(count):
        pixels = rng.integers(90, 150, (HEIGHT, WIDTH, 3)).astype(np.uint8)
        objects = []
        # One beside the other, so that neither hides it; none in the first image.
        for side, (label, color) in enumerate(CLASS_COLORS.items()):
            if number == 0 or rng.random() < 0.25:
                continue
            size_hw = rng.integers((20, 18), (36, 30))
            corner = rng.integers((2, 2), (HEIGHT - 2, WIDTH // 2 - 2) - size_hw)
            y_min, x_min = np.add(corner, (0, side * WIDTH // 2))
            y_max, x_max = np.add((y_min, x_min), size_hw)
            pixels[y_min:y_max, x_min:x_max] = color
            box = (y_min / HEIGHT, x_min / WIDTH, y_max / HEIGHT, x_max / WIDTH)
            objects.append(AnnotatedObject(label, box))
        name = f"{number:02d}.png"
        Image.fromarray(pixels).save(originals / name)
        source = FileImage(originals / name)
        images.append(AnnotatedImage(name, source, WIDTH, HEIGHT, tuple(objects)))
    dataset = Dataset(label_map_of(CLASS_COLORS), tuple(images))
    write_dataset(dataset, folder / "coco", "coco")
    return folder / "coco"
