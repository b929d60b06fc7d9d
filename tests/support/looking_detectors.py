"""Detectors that look: they find a red and a blue rectangle, and answer as a stranger's may.

Their graphs are TensorFlow's, so that what they answer moves with what they are shown, in whichever
unit and order, from whichever class on, with whichever padding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

RED, BLUE = (230, 20, 20), (20, 20, 230)
NAMES = ("red", "blue")


@dataclass(frozen=True)
class Kind:
    """How a detector answers.

    Args:
        pixels: whether boxes are pixels of what was sent; if not, they are normalized.
        order: `yxyx`, `xyxy`, `xywh` or `cxcywh`.
        first_class: the number of the red ones' class; that of the blue ones' is the next.
        padding: box, score and class of the rows that are filled up.
        input_hw: the size that it takes; None for any.
        takes: `pixels`, `files` or `base64`.
    """

    pixels: bool = False
    order: str = "yxyx"
    first_class: int = 1
    padding: tuple[float, float, float] = (0.0, 0.0, 0.0)
    input_hw: tuple[int, int] | None = None
    takes: str = "pixels"


def write_looking_detector(version_dir: Path, kind: Kind) -> Path:
    """Write the SavedModel of such a detector, and return its folder."""
    import tensorflow as tf

    def of_pixels(images: Any) -> dict[str, Any]:
        return _answer(images, kind)

    def of_strings(strings: Any) -> dict[str, Any]:
        files = tf.io.decode_base64(strings) if kind.takes == "base64" else strings
        spec = tf.TensorSpec((None, None, 3), tf.uint8)
        images = tf.map_fn(_decoded, files, fn_output_signature=spec)
        return _answer(images, kind)

    if kind.takes == "pixels":
        height, width = kind.input_hw or (None, None)
        spec = tf.TensorSpec([None, height, width, 3], tf.uint8, "images")
    else:
        spec = tf.TensorSpec([None], tf.string, "inputs")
    function = tf.function(of_pixels if kind.takes == "pixels" else of_strings)
    tf.saved_model.save(
        tf.Module(), str(version_dir), {"serving_default": function.get_concrete_function(spec)}
    )
    return version_dir


def write_label_map(model_dir: Path, first_class: int = 1) -> None:
    """Name the classes of a model that counts from `first_class`."""
    items = (f"item {{ id: {first_class + n} name: '{name}' }}" for n, name in enumerate(NAMES))
    (model_dir / "label_map.pbtxt").write_text(" ".join(items))


def scene(
    size_wh: tuple[int, int],
    red_xyxy: Sequence[float] | None = None,
    blue_xyxy: Sequence[float] | None = None,
) -> bytes:
    """A PNG with a rectangle of each color, corners in 0..1 of it; none where there is no box."""
    image = Image.new("RGB", size_wh, (240, 240, 240))
    for color, box in ((RED, red_xyxy), (BLUE, blue_xyxy)):
        if box is not None:
            left, top, right, bottom = (
                round(share * side) for share, side in zip(box, size_wh * 2, strict=True)
            )
            ImageDraw.Draw(image).rectangle((left, top, right - 1, bottom - 1), color)
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _decoded(file: Any) -> Any:
    import tensorflow as tf

    return tf.io.decode_image(file, 3, expand_animations=False)


def _answer(images: Any, kind: Kind) -> dict[str, Any]:
    import tensorflow as tf

    shade = tf.cast(images, tf.int32)
    red = (shade[..., 0] > 160) & (shade[..., 2] < 90)
    blue = (shade[..., 2] > 160) & (shade[..., 0] < 90)
    size = tf.cast(tf.shape(images)[1:3], tf.float32)
    boxes, found = zip(*(_extent(each) for each in (red, blue)), strict=True)
    y_min, x_min, y_max, x_max = tf.unstack(tf.stack(boxes, 1), axis=-1)  # (N, 2) in pixels
    if not kind.pixels:
        y_min, y_max = y_min / size[0], y_max / size[0]
        x_min, x_max = x_min / size[1], x_max / size[1]
    numbers = {
        "yxyx": (y_min, x_min, y_max, x_max),
        "xyxy": (x_min, y_min, x_max, y_max),
        "xywh": (x_min, y_min, x_max - x_min, y_max - y_min),
        "cxcywh": ((x_min + x_max) / 2, (y_min + y_max) / 2, x_max - x_min, y_max - y_min),
    }[kind.order]
    is_there = tf.stack(found, 1)  # (N, 2)
    score = tf.where(is_there, tf.constant([0.9, 0.8]), kind.padding[1])
    numbers_of_classes = tf.constant([kind.first_class, kind.first_class + 1], tf.float32)
    return {
        "detection_boxes": tf.where(is_there[..., None], tf.stack(numbers, -1), kind.padding[0]),
        "detection_scores": score,
        "detection_classes": tf.where(is_there, numbers_of_classes, kind.padding[2]),
    }


def _extent(mask: Any) -> tuple[Any, Any]:
    """(N, 4) yxyx in pixels of where (N, H, W) is true, and (N,) whether it is anywhere."""
    import tensorflow as tf

    corners = []
    for axis in (2, 1):
        line = tf.reduce_any(mask, axis)  # (N, H) or (N, W)
        places = tf.range(tf.shape(line)[1])
        low = tf.reduce_min(tf.where(line, places, tf.shape(line)[1]), 1)
        high = tf.reduce_max(tf.where(line, places + 1, 0), 1)
        corners.append((tf.cast(low, tf.float32), tf.cast(high, tf.float32)))
    (y_min, y_max), (x_min, x_max) = corners
    is_there = tf.reduce_sum(tf.cast(mask, tf.int32), (1, 2)) > 4
    return tf.stack([y_min, x_min, y_max, x_max], -1), is_there
