"""The gateway's JSON answer about one image, as `Detections`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from detection.detections import Detections
from detection.kinds.boxes.kind import BOXES
from detection.kinds.table import KINDS, OutputKinds
from detection.label_map import LabelMap
from training.datasets.annotated import AnnotatedImage
from training.evaluation.class_names import label_map_from
from training.evaluation.errors import EvaluationError
from training.evaluation.image_detector import MOST_DETECTIONS


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


def read_answer(
    answer: Mapping[str, Any],
    image: AnnotatedImage,
    labels: AnsweredLabels,
    kinds: OutputKinds = KINDS,
) -> Detections:
    """What was found in `image`.

    Args:
        answer: the gateway's JSON of one image.
        image: as the data set has it.
        labels: takes the names that the answer gives.
        kinds: of output, that are looked for.

    Raises:
        EvaluationError: it is none, or is about an image of another size.
    """
    try:
        size = answer["image"]["width"], answer["image"]["height"]
        found = answer["detections"]
        size_px = {"width": size[0], "height": size[1]}
        boxes = BOXES.parse_json(found, **size_px)
        scores = np.array([each["score"] for each in found], np.float64)
        class_ids = np.array([each["class_id"] for each in found], np.int64)
        for each in found:
            labels.add(int(each["class_id"]), each.get("label"))
        detections = Detections(
            np.clip(boxes, 0, 1).astype(np.float32),
            scores.astype(np.float32),
            class_ids,
            {
                kind: values
                for kind in kinds.beside
                if (values := kind.parse_json(found, **size_px)) is not None
            },
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
