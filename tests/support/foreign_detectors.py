"""Detectors as others export them, small and built with TensorFlow: what they take and answer.

| model | takes | answers |
|---|---|---|
| `pixel_size` | pixels of any size | pixels of the image; one, if it is under 100 high |
| `stray` | pixels of any size | normalized boxes, and a stray one that scores 0.01 |
| `padded` | pixels of any size | rows of -1 between real ones, as KerasCV's |
| `points` | pixels of any size | `detection_keypoints` and their scores, as CenterNet's |
| `stacking` | files, which it stacks without resizing | normalized boxes |
| `keyed` | files, a `key` each and a threshold that has a default | normalized boxes |
| `sized` | pixels, and `orig_target_sizes` as D-FINE's | pixels of those sizes |
| `shaped` | pixels of one image, and `true_image_shape`, which it checks | normalized boxes |
| `misnamed` | files, though its names say `tf.Example`s | normalized boxes |
| `examples` | `tf.Example`s, though no name says so | normalized boxes |
| `base64` | files as web-safe base64, though no name says so | normalized boxes |
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from serving_protocol.messages import SavedModel
from serving_protocol.tensors import encode_tensor

BOX = (0.2, 0.1, 0.6, 0.5)
NAMES = "item { id: 1 name: 'cat' keypoints { id: 0 label: 'nose' } } item { id: 2 name: 'dog' }"
THRESHOLD = 0.25


def write_foreign_detectors(folder: Path, *names: str) -> Path:
    """Write `folder/NAME/1` and `folder/NAME/label_map.pbtxt` of each."""
    for name in names:
        _WRITERS[name](folder / name / "1")
        (folder / name / "label_map.pbtxt").write_text(NAMES)
    return folder


def _answer(images: Any, boxes: Any, scores: Any, classes: Any) -> dict[str, Any]:
    """The same rows for each image; `images` makes them depend on what was sent."""
    import tensorflow as tf

    count = tf.shape(images)[0]
    rows = {
        "detection_boxes": tf.convert_to_tensor(boxes, tf.float32),
        "detection_scores": tf.constant(scores, tf.float32),
        "detection_classes": tf.constant(classes, tf.float32),
    }
    return {name: tf.tile(row[None], [count, *[1] * len(row.shape)]) for name, row in rows.items()}


def _two(images: Any) -> dict[str, Any]:
    return _answer(images, [BOX, (0.4, 0.3, 0.9, 0.7)], [0.9, 0.6], [1, 2])


def _pixel_size(images: Any) -> dict[str, Any]:
    import tensorflow as tf

    height, width = (tf.cast(tf.shape(images)[axis], tf.float32) for axis in (1, 2))
    large = tf.constant(BOX) * tf.stack([height, width, height, width])
    boxes = tf.where(height < 100, tf.constant([0.0, 0.0, 1.0, 1.0]), large)
    return _answer(images, boxes[None], [0.9], [1])


def _stray(images: Any) -> dict[str, Any]:
    return _answer(images, [BOX, (0.1, 0.1, 2.9, 3.4)], [0.95, 0.01], [1, 2])


def _padded(images: Any) -> dict[str, Any]:
    none = (-1.0,) * 4
    return _answer(images, [BOX, none, BOX, none], [0.9, -1, 0.8, -1], [1, -1, 2, -1])


def _points(images: Any) -> dict[str, Any]:
    import tensorflow as tf

    count = tf.shape(images)[0]
    places = tf.constant([[[0.3, 0.2], [0.5, 0.4]], [[0.0, 0.0], [1.0, 1.0]]])
    return {
        **_two(images),
        "detection_keypoints": tf.tile(places[None], [count, 1, 1, 1]),
        "detection_keypoint_scores": tf.tile(
            tf.constant([[[0.75, 0.5], [0.25, 0.0]]]), [count, 1, 1]
        ),
    }


def _decoded(files: Any) -> Any:
    import tensorflow as tf

    def decode(file: Any) -> Any:
        return tf.io.decode_image(file, 3, expand_animations=False)

    return tf.map_fn(decode, files, fn_output_signature=tf.TensorSpec((None, None, 3), tf.uint8))


def _base64(strings: Any) -> Any:
    import tensorflow as tf

    return _decoded(tf.io.decode_base64(strings))


def _examples(examples: Any) -> Any:
    import tensorflow as tf

    # As Model Garden's decoder has them, here without its defaults.
    texts = ("image/encoded", "image/source_id", "image/filename", "image/format")
    features = {name: tf.io.FixedLenFeature((), tf.string) for name in texts}
    features |= {
        name: tf.io.FixedLenFeature((), tf.int64) for name in ("image/height", "image/width")
    }
    return _decoded(tf.io.parse_example(examples, features)["image/encoded"])


def _save(version_dir: Path, detect: Callable[..., Any], **inputs: Any) -> None:
    import tensorflow as tf

    function = tf.function(detect).get_concrete_function(**inputs)
    tf.saved_model.save(tf.Module(), str(version_dir), {"serving_default": function})


def _of_pixels(answer: Callable[[Any], dict[str, Any]]) -> Callable[[Path], None]:
    def write(version_dir: Path) -> None:
        import tensorflow as tf

        pixels = tf.TensorSpec([None, None, None, 3], tf.uint8, "input_tensor")
        _save(version_dir, lambda input_tensor: answer(input_tensor), input_tensor=pixels)

    return write


def _of_strings(decode: Callable[[Any], Any], tensor_name: str) -> Callable[[Path], None]:
    def write(version_dir: Path) -> None:
        import tensorflow as tf

        strings = tf.TensorSpec([None], tf.string, tensor_name)
        _save(version_dir, lambda inputs: _two(decode(inputs)), inputs=strings)

    return write


def _keyed(version_dir: Path) -> None:
    import tensorflow as tf

    def detect(image_bytes: Any, key: Any, threshold: Any) -> dict[str, Any]:
        with tf.control_dependencies(
            [
                tf.debugging.assert_equal(tf.shape(key), tf.shape(image_bytes)),
                tf.debugging.assert_equal(threshold, THRESHOLD),
            ]
        ):
            return {**_two(_decoded(image_bytes)), "key": tf.identity(key)}

    strings = {name: tf.TensorSpec([None], tf.string, name) for name in ("image_bytes", "key")}
    _save(version_dir, detect, **strings, threshold=tf.TensorSpec([], tf.float32, "threshold"))
    file = version_dir / "saved_model.pb"
    saved_model = SavedModel.FromString(file.read_bytes())
    signature = saved_model.meta_graphs[0].signature_def["serving_default"]
    signature.defaults["threshold"].CopyFrom(encode_tensor(np.float32(THRESHOLD)))
    file.write_bytes(saved_model.SerializeToString())


def _sized(version_dir: Path) -> None:
    import tensorflow as tf

    def detect(images: Any, orig_target_sizes: Any) -> dict[str, Any]:
        width, height = tf.unstack(tf.cast(orig_target_sizes, tf.float32), axis=1)
        scale = tf.stack([height, width, height, width], axis=1)[:, None]  # (N, 1, 4)
        answer = _two(images)
        return answer | {"detection_boxes": answer["detection_boxes"] * scale}

    _save(
        version_dir, detect, images=tf.TensorSpec([None, 64, 96, 3], tf.float32, "images"),
        orig_target_sizes=tf.TensorSpec([None, 2], tf.int64, "orig_target_sizes"),
    )  # fmt: skip


def _shaped(version_dir: Path) -> None:
    import tensorflow as tf

    def detect(image: Any, true_image_shape: Any) -> dict[str, Any]:
        shape = tf.shape(image)[None, 1:]
        with tf.control_dependencies([tf.debugging.assert_equal(true_image_shape, shape)]):
            return _two(tf.identity(image))

    _save(
        version_dir, detect, image=tf.TensorSpec([None, None, None, 3], tf.uint8, "image"),
        true_image_shape=tf.TensorSpec([1, 3], tf.int32, "true_image_shape"),
    )  # fmt: skip


_WRITERS: Mapping[str, Callable[[Path], None]] = {
    "pixel_size": _of_pixels(_pixel_size),
    "stray": _of_pixels(_stray),
    "padded": _of_pixels(_padded),
    "points": _of_pixels(_points),
    "stacking": _of_strings(_decoded, "inputs"),
    "misnamed": _of_strings(_decoded, "tf_example"),
    "examples": _of_strings(_examples, "inputs"),
    "base64": _of_strings(_base64, "inputs"),
    "keyed": _keyed,
    "sized": _sized,
    "shaped": _shaped,
}
