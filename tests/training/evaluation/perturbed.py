"""Images that nobody reads, what is in them, and detections that are right, or nearly."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from detection.detections import Detections
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset, label_map_of
from training.datasets.sources import FileImage

# [y_min, x_min, y_max, x_max] of a tall one: half as wide as it is high.
RED_BOX = (0.25, 0.1, 0.75, 0.3)
NAMES = ("cell", "platelet", "never there")


def detections(boxes_yxyx: Any, scores: Any, class_ids: Any) -> Detections:
    """From lists."""
    return Detections(
        np.asarray(boxes_yxyx, np.float32),
        np.asarray(scores, np.float32),
        np.asarray(class_ids, np.int64),
    )


NOTHING = detections([], [], [])


def no_source() -> FileImage:
    return FileImage(Path("nowhere.jpg"))


def scene(count: int, *, crowds: bool = False, seed: int = 1) -> Dataset:
    """`count` images of 320 x 200 with 0 to 6 objects of two classes."""
    draw = np.random.default_rng(seed)
    images = []
    for number in range(count):
        objects = []
        for _ in range(number % 7):
            height, width = draw.uniform(0.05, 0.6), draw.uniform(0.04, 0.2)
            y_min, x_min = draw.uniform(0, 1 - height), draw.uniform(0, 1 - width)
            box = (y_min, x_min, y_min + height, x_min + width)
            crowd = crowds and draw.random() < 0.15
            objects.append(AnnotatedObject(NAMES[draw.integers(2)], box, crowd=crowd))
        images.append(AnnotatedImage(f"{number}.jpg", no_source(), 320, 200, tuple(objects)))
    return Dataset(label_map_of(NAMES), tuple(images))


def perfect(truth: Dataset, score: float = 0.9) -> list[Detections]:
    """Every object, where it is."""
    return [
        detections(
            image.boxes_yxyx,
            np.full(len(image.objects), score),
            [truth.class_ids[each.label] for each in image.objects],
        )
        for image in truth.images
    ]


def noisy(truth: Dataset, seed: int = 2) -> list[Detections]:
    """Some objects missed, all moved a little, some of the wrong class, some that are not there."""
    draw = np.random.default_rng(seed)
    found = []
    for right in perfect(truth):
        kept = draw.random(len(right)) < 0.85
        boxes = right.boxes_yxyx[kept] + draw.normal(0, 0.012, (kept.sum(), 4))
        classes = np.where(draw.random(kept.sum()) < 0.15, 3 - right.class_ids[kept],
                           right.class_ids[kept])  # fmt: skip
        extra = int(draw.integers(4))
        corner = draw.uniform(0, 0.8, (extra, 2))
        boxes = np.vstack(
            [boxes, np.hstack([corner, corner + draw.uniform(0.05, 0.2, (extra, 2))])]
        )
        # Rounded, so that some scores are equal.
        scores = np.concatenate([draw.uniform(0.3, 1, kept.sum()), draw.uniform(0, 0.7, extra)])
        classes = np.concatenate([classes, draw.integers(1, 4, extra)])
        found.append(detections(np.clip(boxes, 0, 1), scores.round(2), classes))
    return found


def red_rectangles(folder: Path) -> Dataset:
    """Images of 60 x 40, each with one red rectangle on blue, or none; classes `red`, `other`."""
    images = []
    for number, box in enumerate((RED_BOX, (0.0, 0.5, 0.25, 1.0), None)):
        pixels = np.zeros((40, 60, 3), np.uint8)
        pixels[..., 2] = 200
        objects: tuple[AnnotatedObject, ...] = ()
        if box is not None:
            y_min, x_min, y_max, x_max = np.array(box) * (40, 60, 40, 60)
            pixels[round(y_min) : round(y_max), round(x_min) : round(x_max)] = (250, 0, 0)
            objects = (AnnotatedObject("red", box),)
        path = folder / f"{number}.png"
        Image.fromarray(pixels).save(path)
        images.append(AnnotatedImage(path.name, FileImage(path), 60, 40, objects))
    return Dataset(label_map_of(["other", "red"]), tuple(images))
