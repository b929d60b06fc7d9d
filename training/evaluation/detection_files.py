"""Detections that were written down: COCO results, or a line of a gateway's JSON an image.

`boxwright predict --format coco` and `--format jsonl` write them. COCO results may be a list, an
object that holds one as `annotations`, or a record a line, packed by gzip or not.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from detection.detections import Detections
from detection.label_map import LabelMap, LabelMapError
from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.evaluation.class_names import ClassNames, label_map_from
from training.evaluation.coco_results import CocoResultFile, ImageId, categories_of
from training.evaluation.errors import EvaluationError
from training.evaluation.gateway_answers import AnsweredLabels, read_answer
from training.evaluation.image_detector import LOWEST_SCORE
from training.evaluation.image_names import ImageNames
from training.evaluation.results_text import (
    BROKEN,
    numbered_lines,
    parse_coco_results,
    read_results_text,
)

# A gateway's JSON about one image.
_Answer = dict[str, Any]


class DetectionFile:
    """Detections from a file; an `ImageDetector`.

    Args:
        path: COCO results, or an answer a line.
        label_map: what its class numbers mean, where the file does not say.
        file_names: the file of each `image_id`, for COCO results that do not name them.

    Raises:
        EvaluationError: the file cannot be read, or is neither.
    """

    def __init__(
        self,
        path: Path,
        label_map: LabelMap | None = None,
        file_names: Mapping[int, str] | Mapping[ImageId, str] | None = None,
    ) -> None:
        self._path = path
        self._own_label_map = label_map
        self._labels = AnsweredLabels()
        text = read_results_text(path)
        document = parse_coco_results(path, text)
        self._coco: CocoResultFile | None = None
        self._answers: dict[str, _Answer] = {}
        if document is None:
            self._answers = _answers(path, text)
        else:
            self._coco = CocoResultFile(path, document, file_names)
            if label_map is None and document.category_names:
                self._own_label_map = _named_in_file(path, document.category_names)
        self.lowest_score = LOWEST_SCORE

    @property
    def description(self) -> str:
        """The file."""
        return f"detections in {self._path}"

    def tell_of(self, data: Dataset) -> None:
        """Take the whole data set; `detect` may be called for a split of it alone."""
        if self._coco is not None:
            self._coco.tell_of(data)

    def numbers(self, data: Dataset) -> ClassNames | None:
        """COCO results that nothing names have the data's own numbers; None of others."""
        if self._coco is None or self.label_map is not None:
            return None
        return ClassNames.numbered({categories_of(data)[name]: number
                                    for name, number in data.class_ids.items()})  # fmt: skip

    def notes(self, class_names: ClassNames) -> tuple[str, ...]:
        """What was left out, a sentence each, known once `detect` has been read to its end."""
        return self._coco.notes(class_names.numbers) if self._coco is not None else ()

    @property
    def label_map(self) -> LabelMap | None:
        """What was given, else the names that stand in the file."""
        return self._own_label_map or self._labels.label_map

    def detect(self, images: Sequence[AnnotatedImage]) -> Iterator[Detections]:
        """What the file says of each image."""
        scores = []
        for found in self._found(images):
            scores += found.scores.tolist()
            yield found
        self.lowest_score = min(scores, default=LOWEST_SCORE)

    def _found(self, images: Sequence[AnnotatedImage]) -> Iterator[Detections]:
        if self._coco is not None:
            yield from self._coco.detect(images)
            return
        places = ImageNames(self._path, self._answers)
        for image in images:
            name = places.of(image)
            if name is None:
                raise EvaluationError(f"{self._path} says nothing of {image.name}")
            yield read_answer(self._answers[name], image, self._labels)


def _named_in_file(path: Path, names: Mapping[int, str]) -> LabelMap:
    try:
        return label_map_from(names)
    except LabelMapError as error:
        raise EvaluationError(f"{path}, categories: {error}") from error


def _answers(path: Path, text: str) -> dict[str, _Answer]:
    """The answer of each image, by the path that was sent."""
    found: dict[str, _Answer] = {}
    for number, line in numbered_lines(text):
        try:
            answer = json.loads(line)
            name = answer["picture"]
            if not isinstance(name, str) or "detections" not in answer:
                raise ValueError("`picture` and `detections` were expected")
        except BROKEN as error:
            raise EvaluationError(
                f"{path}, line {number}: a gateway's answer with its `picture` was expected, as "
                "`boxwright predict --format jsonl` writes it, or one list of COCO results "
                f"({type(error).__name__}: {error})"
            ) from error
        found[name] = answer
    return found
