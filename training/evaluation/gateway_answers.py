"""The gateway's JSON answer about one image, as `Detections`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.detections import Detections
from detection.keypoint_json import parse_keypoints
from detection.label_map import LabelMap
from detection.run_lengths import RunLengths
from training.datasets.annotated import AnnotatedImage
from training.evaluation.class_names import label_map_from
from training.evaluation.errors import EvaluationError
from training.evaluation.image_detector import MOST_DETECTIONS

_SIDES = ("y_min", "x_min", "y_max", "x_max")


class AnsweredLabels:
    """The names that a gateway gave to class numbers, as far as answers have shown them."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}
        self._unnamed = False

    def add(self, class_id: int, label: str | None) -> None:
        """Take what one detection says.

        Raises:
            ValueError: the number had another name before.
        """
        if label is None:
            self._unnamed = True
        elif self._names.setdefault(class_id, label) != label:
            raise ValueError(f"class {class_id} is {self._names[class_id]!r} and {label!r}")

    @property
    def label_map(self) -> LabelMap | None:
        """The names seen; None where there is none, or where a class came without."""
        if self._unnamed or not self._names:
            return None
        return label_map_from(self._names)


def _box_yxyx(found: Mapping[str, Any], size_wh: tuple[int, int]) -> list[float]:
    """In 0..1; told so it is finer than in hundredths of a pixel, which counts in small boxes."""
    if "box_normalized" in found:
        return [float(found["box_normalized"][side]) for side in _SIDES]
    width, height = size_wh
    sides = zip(_SIDES, (height, width, height, width), strict=True)
    return [found["box"][side] / size for side, size in sides]


def _keypoints(
    found: Sequence[Mapping[str, Any]], size_wh: tuple[int, int]
) -> npt.NDArray[np.float32] | None:
    """(N, K, 3), where the answer's detections have some."""
    if not found or not all("keypoints" in each for each in found):
        return None
    width, height = size_wh
    return np.stack(
        [parse_keypoints(each["keypoints"], width=width, height=height) for each in found]
    )


def _run_lengths(found: Sequence[Mapping[str, Any]]) -> tuple[RunLengths, ...] | None:
    """The whole image's, where the answer's detections have masks."""
    if not found or not all("mask" in each for each in found):
        return None
    return tuple(RunLengths.of_coco(each["mask"]) for each in found)


def read_answer(
    answer: Mapping[str, Any], image: AnnotatedImage, labels: AnsweredLabels
) -> Detections:
    """What was found in `image`.

    Args:
        answer: the gateway's JSON of one image.
        image: as the data set has it.
        labels: takes the names that the answer gives.

    Raises:
        EvaluationError: it is none, or is about an image of another size.
    """
    try:
        size = answer["image"]["width"], answer["image"]["height"]
        found = answer["detections"]
        boxes = np.array([_box_yxyx(each, size) for each in found], np.float64).reshape(-1, 4)
        scores = np.array([each["score"] for each in found], np.float64)
        class_ids = np.array([each["class_id"] for each in found], np.int64)
        for each in found:
            labels.add(int(each["class_id"]), each.get("label"))
        detections = Detections(
            np.clip(boxes, 0, 1).astype(np.float32),
            scores.astype(np.float32),
            class_ids,
            keypoints=_keypoints(found, size),
            run_lengths=_run_lengths(found),
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EvaluationError(
            f"{image.name}: no answer of a gateway ({type(error).__name__}: {error})"
        ) from error
    if size != (image.width, image.height):
        raise EvaluationError(
            f"{image.name}: the answer is about an image of {size[0]}x{size[1]} pixels, but the "
            f"data set's has {image.width}x{image.height}"
        )
    return detections.select(max_detections=MOST_DETECTIONS)
