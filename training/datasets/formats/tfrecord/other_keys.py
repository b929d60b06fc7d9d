"""Features of other makers under the Object Detection API's keys.

Known are TensorFlow Datasets' (`image`, `objects/bbox`, `objects/label`: a box is ymin, xmin, ymax,
xmax in 0..1, classes count from 0; its bb_utils.py and class_label_feature.py) and what people
write by hand: a corner under any key that ends in its name.
"""

from collections.abc import Mapping

from training.datasets.formats.tfrecord import features as keys
from training.datasets.formats.tfrecord.example import Values

# What each key may be called instead, the first that there is.
_OTHERS = {
    keys.ENCODED: ("image", "image_raw", "image/raw", "encoded", "encoded_image", "image/image",
                   "image/data", "image_bytes", "jpeg", "img"),
    keys.FILENAME: ("filename", "image/file_name", "file_name", "image/id", "image_id",
                    "image_name", "image/name", "id"),
    keys.WIDTH: ("width", "image_width", "img_width"),
    keys.HEIGHT: ("height", "image_height", "img_height"),
    keys.LABEL: ("objects/label", "objects/labels", "image/object/label", "label", "labels",
                 "class", "class_id", "class_label"),
    keys.TEXT: ("objects/class/text", "image/object/text", "class_text", "text", "texts"),
    keys.DIFFICULT: ("objects/is_difficult",),
    keys.TRUNCATED: ("objects/is_truncated",),
    keys.IS_CROWD: ("objects/is_crowd",),
}  # fmt: skip
_CORNERS = {
    keys.Y_MIN: ("ymin", "y_min", "ymins", "y1"),
    keys.X_MIN: ("xmin", "x_min", "xmins", "x1"),
    keys.Y_MAX: ("ymax", "y_max", "ymaxs", "y2"),
    keys.X_MAX: ("xmax", "x_max", "xmaxs", "x2"),
}
_BOXES = ("objects/bbox", "objects/bboxes", "objects/boxes")


def counts_from_zero(features: Mapping[str, Values]) -> bool:
    """Whether the numbers of classes are TensorFlow Datasets', whose first is 0."""
    return keys.LABEL not in features and "objects/label" in features


def standard_features(features: Mapping[str, Values]) -> dict[str, Values]:
    """The same features, those of other makers under the Object Detection API's keys.

    Example:
        >>> standard_features({"objects/bbox": [0.1, 0.2, 0.5, 0.6]})["image/object/bbox/xmin"]
        [0.2]
    """
    found = dict(features)
    for key, others in _OTHERS.items():
        if not found.get(key):
            values = next((features[name] for name in others if features.get(name)), None)
            if values is not None:
                found[key] = values
    if not any(found.get(key) for key in _CORNERS):
        found.update(_corners(features))
    labels = found.get(keys.LABEL, ())
    if labels and isinstance(labels[0], bytes) and not found.get(keys.TEXT):
        found[keys.TEXT] = found.pop(keys.LABEL)
    return found


def _corners(features: Mapping[str, Values]) -> dict[str, Values]:
    boxes = next((features[name] for name in _BOXES if features.get(name)), None)
    if boxes is not None and len(boxes) % 4 == 0:
        return {key: boxes[at::4] for at, key in enumerate(_CORNERS)}
    found: dict[str, Values] = {}
    for key, words in _CORNERS.items():
        for name, values in features.items():
            if name.rsplit("/", 1)[-1].lower() in words:
                found[key] = values
    return found
