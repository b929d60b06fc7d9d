"""Detections that were written down: COCO results, or a line of a gateway's JSON a picture.

`boxwright predict --format coco` and `--format jsonl` write them. COCO results are those of
cocodataset.org: a list of `image_id`, `category_id`, `bbox` [x, y, width, height] in pixels and
`score`, and of masks `segmentation`, compressed run-lengths; ours name the picture's file too, as
`file_name`.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from detection.detections import Detections
from detection.label_map import LabelMap
from detection.run_lengths import RunLengths
from training.datasets.annotated import AnnotatedPicture
from training.evaluation.errors import EvaluationError
from training.evaluation.gateway_answers import AnsweredLabels, read_answer
from training.evaluation.picture_detector import LOWEST_SCORE, MOST_DETECTIONS

# What a broken record raises when it is taken apart.
_BROKEN = (KeyError, TypeError, ValueError, OverflowError, RecursionError)
# What is written of a picture: a gateway's answer, or records of COCO results.
_Answer = dict[str, Any]
_Records = list[dict[str, Any]]


class WrittenDetections:
    """Detections from a file; a `PictureDetector`.

    Args:
        path: COCO results where its content is a list, else an answer a line.
        label_map: what its class numbers mean, where the file does not say.
        file_names: the file of each `image_id`, for COCO results that do not name them.

    Raises:
        EvaluationError: the file cannot be read, or is neither.
    """

    def __init__(
        self,
        path: Path,
        label_map: LabelMap | None = None,
        file_names: Mapping[int, str] | None = None,
    ) -> None:
        self._path = path
        self._own_label_map = label_map
        self._labels = AnsweredLabels()
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise EvaluationError(f"{path} cannot be read: {error}") from error
        self._written: dict[str, _Answer | _Records]
        # A picture in which nothing was found is in no record of COCO's, but has an answer.
        self._all_are_named = not text.lstrip().startswith("[")
        if self._all_are_named:
            self._written = _answers(path, text)
        else:
            self._written = _coco_records(path, text, file_names or {})
        self.lowest_score = LOWEST_SCORE

    @property
    def description(self) -> str:
        """The file."""
        return f"detections in {self._path}"

    @property
    def label_map(self) -> LabelMap | None:
        """What was given, else the names that stand in the answers."""
        return self._own_label_map or self._labels.label_map

    def detect(self, pictures: Sequence[AnnotatedPicture]) -> Iterator[Detections]:
        """What the file says of each picture."""
        place = _Places(self._path, self._written)
        scores = []
        for picture in pictures:
            name = place.of(picture)
            if name is None and self._all_are_named:
                raise EvaluationError(f"{self._path} says nothing of {picture.name}")
            written = self._written[name] if name is not None else []
            if isinstance(written, dict):
                found = read_answer(written, picture, self._labels)
            else:
                found = self._of_records(written, picture)
            scores += found.scores.tolist()
            yield found
        if self._written and not place.taken:
            raise EvaluationError(
                f"{self._path} is about other pictures: it has {next(iter(self._written))}, the "
                f"data set {pictures[0].name}"
            )
        self.lowest_score = min(scores, default=LOWEST_SCORE)

    def _of_records(self, records: _Records, picture: AnnotatedPicture) -> Detections:
        try:
            boxes = np.array([each["bbox"] for each in records], np.float64).reshape(-1, 4)
            corners = np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]])[:, [1, 0, 3, 2]]
            shares = corners / ([picture.height, picture.width] * 2)
            found = Detections(
                np.clip(shares, 0, 1).astype(np.float32),
                np.array([each["score"] for each in records], np.float32),
                np.array([each["category_id"] for each in records], np.int64),
                run_lengths=_run_lengths(records),
            )
        except _BROKEN as error:
            raise EvaluationError(
                f"{self._path}, {picture.name}: no COCO results ({type(error).__name__}: {error})"
            ) from error
        return found.select(max_detections=MOST_DETECTIONS)


def _run_lengths(records: _Records) -> tuple[RunLengths, ...] | None:
    """Of records that all have some, as COCO's results of masks do."""
    if not records or not all(isinstance(each.get("segmentation"), dict) for each in records):
        return None
    return tuple(RunLengths.of_coco(each["segmentation"]) for each in records)


class _Places:
    """Which of the names in a file is a picture's."""

    def __init__(self, path: Path, written: Mapping[str, object]) -> None:
        self._path = path
        self._by_last: dict[str, list[str]] = defaultdict(list)
        for name in written:
            self._by_last[PurePosixPath(name).name].append(name)
        self.taken: dict[str, str] = {}

    def of(self, picture: AnnotatedPicture) -> str | None:
        """Its name in the file; None where it has none.

        Raises:
            EvaluationError: it could be several, or another picture's.
        """
        names = self._by_last.get(PurePosixPath(picture.name).name, [])
        if len(names) > 1:
            names = [name for name in names if f"/{name}".endswith(f"/{picture.name}")] or names
        if len(names) > 1:
            file = Path(str(picture.source)).resolve()
            names = [name for name in names if Path(name).resolve() == file] or names
        if len(names) > 1:
            raise EvaluationError(
                f"{self._path}: {' and '.join(names[:2])} could both be {picture.name}"
            )
        if not names:
            return None
        other = self.taken.setdefault(names[0], picture.full_name)
        if other != picture.full_name:
            raise EvaluationError(
                f"{self._path}: {names[0]} could be {other} and {picture.full_name}; pictures are "
                "told apart by their files' names"
            )
        return names[0]


def _answers(path: Path, text: str) -> dict[str, _Answer | _Records]:
    """The answer of each picture, by the path that it was asked about with."""
    found: dict[str, _Answer | _Records] = {}
    # Not `splitlines`: JSON's strings may hold what Unicode calls the end of a line.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            answer = json.loads(line)
            name = answer["picture"]
            if not isinstance(name, str) or "detections" not in answer:
                raise ValueError("`picture` and `detections` were expected")
        except _BROKEN as error:
            raise EvaluationError(
                f"{path}, line {number}: a gateway's answer with its `picture` was expected, as "
                "`boxwright predict --format jsonl` writes it, or one list of COCO results "
                f"({type(error).__name__}: {error})"
            ) from error
        found[name] = answer
    return found


def _coco_records(
    path: Path, text: str, file_names: Mapping[int, str]
) -> dict[str, _Answer | _Records]:
    """The records of each picture, by its file."""
    found: dict[str, _Records] = defaultdict(list)
    try:
        records = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{path} is no JSON: {error}") from error
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict) or "image_id" not in record:
            raise EvaluationError(f"{path}, record {number}: COCO results have an image_id")
        image_id = record["image_id"]
        # Lists and objects are no keys.
        known = None if isinstance(image_id, list | dict) else file_names.get(image_id)
        name = record.get("file_name") if known is None else known
        if not isinstance(name, str):
            raise EvaluationError(
                f"{path}, record {number}: no file_name, and nothing says which file image_id "
                f"{image_id} is (COCO's annotations do: --coco-images)"
            )
        found[name].append(record)
    return dict(found)
