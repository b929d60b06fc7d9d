"""Labels that look wrong to the detector: missing ones, other classes, other boxes, nothing there.

Where a detector scores high for something else than the label, it is wrong, or the label is. The
list is for people to look at, the most suspect first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from detection.boxes import iou
from detection.detections import Detections
from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset

Kind = Literal["missing", "class", "box", "nothing there"]
KINDS: tuple[Kind, ...] = ("missing", "class", "box", "nothing there")
# Overlap, as IoU: a detection below the first is of no label; between the first two its box is
# another; from the last on it is surely the same object.
APART, DISAGREES, SAME_PLACE = 0.3, 0.6, 0.7
FOUND = 0.5
# Of the other objects of a class so many have to be found, for one that is not to be suspect.
MOSTLY_FOUND = 0.8
MOST_WRITTEN = 500

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SuspectLabel:
    """A label, or its absence, that looks wrong.

    Args:
        kind: what looks wrong about it.
        suspicion: 0..1, by which they are sorted.
        index: of the image in the data set.
        image: its name there, with the split.
        object_number: of the label in the image's list, from 1; None where it is missing.
        label: its class.
        found: the class that was found in its place; None where nothing was.
        score: of that, 0..1.
        overlap: IoU of label and detection; 0 where there is one alone.
        label_yxyx: the label's box in shares of the image.
        found_yxyx: the detection's.
    """

    kind: Kind
    suspicion: float
    index: int
    image: str
    object_number: int | None = None
    label: str | None = None
    found: str | None = None
    score: float | None = None
    overlap: float = 0.0
    label_yxyx: tuple[float, ...] | None = None
    found_yxyx: tuple[float, ...] | None = None

    @property
    def name(self) -> str:
        """The image's."""
        return self.image

    @property
    def reasons(self) -> str:
        """What looks wrong, in a line."""
        score = "" if self.score is None else f"{self.score:.0%}"
        if self.kind == "missing":
            return f"no label where {self.found} {score} was found"
        if self.kind == "class":
            return f"label {self.object_number} is {self.label}, found was {self.found} {score}"
        if self.kind == "box":
            return f"box of label {self.object_number}, {self.label}: IoU {self.overlap:.2f} with "\
                f"{score}"  # fmt: skip
        return f"label {self.object_number}, {self.label}: nothing found there at any score"

    def as_json(self, image: AnnotatedImage) -> dict[str, Any]:
        """For `json.dumps` and a line of a table; boxes in pixels of the image."""
        size = np.array([image.height, image.width] * 2)
        row: dict[str, Any] = {
            "suspicion": round(self.suspicion, 4),
            "kind": self.kind,
            "image": self.image,
            "object": self.object_number,
            "label": self.label,
            "found": self.found,
            "score": None if self.score is None else round(self.score, 4),
            "iou": round(self.overlap, 4),
        }
        for name, box in (("label", self.label_yxyx), ("found", self.found_yxyx)):
            pixels = [None] * 4 if box is None else (np.array(box) * size).round(1).tolist()
            for side, place in (("x_min", 1), ("y_min", 0), ("x_max", 3), ("y_max", 2)):
                row[f"{name}_{side}"] = pixels[place]
        return row


def suspect_labels(
    truth: Dataset, found: Sequence[Detections], score_threshold: float
) -> tuple[SuspectLabel, ...]:
    """All that look wrong, the most suspect first.

    Crowds, difficult objects, and what is found in regions in which nobody has looked are not
    suspect.

    Args:
        truth: the images.
        found: what was found in each, with the numbers of `truth.label_map`, down to low scores.
        score_threshold: what scores less is no reason to doubt a label.
    """
    names = {number: name for name, number in truth.class_ids.items()}
    suspects: list[SuspectLabel] = []
    seen: dict[str, list[bool]] = {}
    unseen: list[SuspectLabel] = []
    for index, (image, detections) in enumerate(zip(truth.images, found, strict=True)):
        looked = _Looked(index, image, detections, names, score_threshold)
        suspects += [*looked.missing(), *looked.disagreeing()]
        for row, each in enumerate(image.objects):
            if each.crowd or each.difficult:
                continue
            is_seen = bool((looked.overlaps[:, row] >= FOUND).any())
            seen.setdefault(each.label, []).append(is_seen)
            if not is_seen and not (looked.sure & (looked.overlaps[:, row] >= APART)).any():
                unseen.append(looked.suspect("nothing there", 0.0, row))
    for one in unseen:
        of_class = seen[str(one.label)]
        others = (sum(of_class) / (len(of_class) - 1)) if len(of_class) > 1 else 0.0
        if others >= MOSTLY_FOUND:
            # Less than a sure detection: small and hidden objects are not found either.
            suspects.append(_with_suspicion(one, others / 2))
    return tuple(sorted(suspects, key=lambda each: -each.suspicion))


class _Looked:
    """One image, its labels and what was found in it."""

    def __init__(
        self,
        index: int,
        image: AnnotatedImage,
        found: Detections,
        names: dict[int, str],
        score_threshold: float,
    ) -> None:
        self._index, self._image, self._names = index, image, names
        self._boxes = np.asarray(found.boxes_yxyx, np.float64).reshape(-1, 4)
        self._labels = [names.get(int(each), "") for each in found.class_ids]
        self._scores = np.asarray(found.scores, np.float64)
        objects = np.array([each.box_yxyx for each in image.objects], np.float64).reshape(-1, 4)
        self.overlaps: Matrix = iou(self._boxes, objects)  # (N, M)
        self.sure = (self._scores >= score_threshold) & np.array(
            [bool(each) for each in self._labels], bool
        )

    def missing(self) -> list[SuspectLabel]:
        """Sure detections where no label is; of several in one place the surest."""
        regions = [*self._image.ignored_yxyx]
        regions += [each.box_yxyx for each in self._image.objects if each.crowd]
        free = self.sure & (self.overlaps.max(axis=1, initial=0) < APART)
        kept: list[int] = []
        for row in np.flatnonzero(free).tolist():
            box = self._boxes[row : row + 1]
            if any(_lies_in(box[0], region) for region in regions):
                continue
            if not kept or iou(box, self._boxes[kept]).max() < APART:
                kept.append(row)
        return [self.suspect("missing", float(self._scores[row]), None, row) for row in kept]

    def disagreeing(self) -> list[SuspectLabel]:
        """Labels whose class or box a sure detection contradicts, and none confirms."""
        suspects = []
        for column, each in enumerate(self._image.objects):
            if each.crowd or each.difficult:
                continue
            overlap = self.overlaps[:, column]
            same = np.array([label == each.label for label in self._labels], bool)
            own = float(self._scores[same & (overlap >= FOUND)].max(initial=0))
            others = np.flatnonzero(self.sure & ~same & (overlap >= SAME_PLACE))
            if len(others) and self._scores[others[0]] > own:
                row = int(others[0])
                suspects.append(self.suspect("class", float(self._scores[row]) - own, column, row))
                continue
            near = np.flatnonzero(
                self.sure & same & (overlap >= APART) & (overlap < DISAGREES)
                & (self.overlaps.argmax(axis=1) == column)
            )  # fmt: skip
            if len(near) and not (self.sure & (overlap >= DISAGREES)).any():
                row = int(near[0])
                suspicion = float(self._scores[row] * (1 - overlap[row]))
                suspects.append(self.suspect("box", suspicion, column, row))
        return suspects

    def suspect(
        self, kind: Kind, suspicion: float, column: int | None, row: int | None = None
    ) -> SuspectLabel:
        """One, by the places of its label and its detection."""
        each = None if column is None else self._image.objects[column]
        both = column is not None and row is not None
        return SuspectLabel(
            kind,
            suspicion,
            self._index,
            self._image.full_name,
            None if column is None else column + 1,
            None if each is None else each.label,
            None if row is None else self._labels[row],
            None if row is None else float(self._scores[row]),
            float(self.overlaps[row, column]) if both else 0.0,
            None if each is None else each.box_yxyx,
            None if row is None else tuple(self._boxes[row].tolist()),
        )


def _with_suspicion(one: SuspectLabel, suspicion: float) -> SuspectLabel:
    return SuspectLabel(**{**vars(one), "suspicion": suspicion})


def _lies_in(box: npt.NDArray[np.float64], region: Sequence[float]) -> bool:
    """Whether half of a box is in a region."""
    sides = np.minimum(box[2:], region[2:]) - np.maximum(box[:2], region[:2])
    area = float((box[2:] - box[:2]).prod())
    return bool((sides > 0).all() and sides.prod() >= area / 2)
