"""TFRecord files of `tf.train.Example`s, written by TensorFlow."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from tests.support.image_files import as_file, colored


def feature(*values: object) -> tf.train.Feature:
    """Values of one kind: bytes, floats or integers."""
    if values and isinstance(values[0], bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))
    if values and isinstance(values[0], float):
        return tf.train.Feature(float_list=tf.train.FloatList(value=values))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=values))


def an_example(**changes: Any) -> bytes:
    """One cup; a change is a key without `image/`, `__` for `/`, and what it holds or None."""
    values: dict[str, Any] = {
        "encoded": as_file(colored(), "JPEG"), "filename": b"a.jpg", "width": 48, "height": 32,
        "object__bbox__xmin": 0.125, "object__bbox__xmax": 0.5, "object__bbox__ymin": 0.25,
        "object__bbox__ymax": 0.75, "object__class__text": b"cup", "object__class__label": 1,
    }  # fmt: skip
    values.update(changes)
    features = {
        f"image/{key.replace('__', '/')}": feature(*value if isinstance(value, list) else [value])
        for key, value in values.items()
        if value is not None
    }
    return example_of(features)


def example_of(features: dict[str, tf.train.Feature]) -> bytes:
    """A record of these features."""
    message = tf.train.Example(features=tf.train.Features(feature=features))
    return bytes(message.SerializeToString())


def written(path: Path, *examples: bytes, compression: str = "") -> Path:
    """A file of records; compression is `GZIP`, `ZLIB` or none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tf.io.TFRecordWriter(str(path), compression) as writer:
        for example in examples:
            writer.write(example)
    return path
