"""A detector's answer, image by image, before anybody says what its numbers mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detection.kinds.boxes.kind import BOXES as BOX_KIND
from detection.kinds.boxes.outputs import BOXES, CLASSES, COUNT, IMAGE_INFO, SCORES
from detection.kinds.keypoints.kind import NO_POINTS
from detection.kinds.output_kind import NotADetection, OutputKind
from detection.kinds.padding import PADDING, SLACK, is_nothing, is_padding
from detection.kinds.table import KINDS
from detection.label_map import MAX_ID
from serving_protocol.tensors import Array

__all__ = ["BOX_OF_PADDING", "NO_POINTS", "ODDITIES", "AnswerRows", "NotADetection", "rows_of"]

# A class that is farther from a whole number is none; in quantized models a step of the class's
# scale may be some tenths.
MOST_OFF = 0.45
# What a model's answers may hold that no detection has, though nothing else is wrong with them.
BOX_OF_PADDING = "box_of_padding"
ODDITIES = (BOX_OF_PADDING, NO_POINTS)


@dataclass(frozen=True, eq=False)
class AnswerRows:
    """What a model answers of one image, without rows that are padding.

    Attributes:
        boxes: (N, 4) float64, finite, in the model's own unit and order.
        scores: (N,) float64 in 0..1.
        class_ids: (N,) int64, as the model counts.
        extras: what is answered beside boxes, by its kind, as the kind decodes it: places in the
            model's own unit.
        reference_wh: width and height, in pixels, of what pixel boxes refer to: of what was sent,
            or as the answer says; None where neither is known.
        says_size: whether the answer says it.
        oddities: what of the answer is passed over or is no detection's, by `ODDITIES`.
    """

    boxes: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]
    class_ids: npt.NDArray[np.int64]
    extras: Mapping[OutputKind, Any]
    reference_wh: tuple[float, float] | None
    says_size: bool = False
    oddities: frozenset[str] = frozenset()


def rows_of(
    outputs: Mapping[str, Array],
    row: int,
    sent_size_wh: tuple[int, int] | None,
    kinds: Sequence[OutputKind] = KINDS.beside,
) -> AnswerRows:
    """The rows of one image.

    Args:
        outputs: of the answer, their shapes checked, by name.
        row: which image of the batch.
        sent_size_wh: at which it was sent.
        kinds: that are decoded beside boxes, where they are answered.

    Raises:
        NotADetection: a number that counts is not finite, or is none of its kind.
    """
    kept = _kept_rows(outputs, row)
    boxes = BOX_KIND.decode(outputs, row, kept)  # (N, 4)
    scores = outputs[SCORES][row, kept].astype(np.float64)  # (N,)
    classes = outputs[CLASSES][row, kept].astype(np.float64)  # (N,)
    for name, values in ((SCORES, scores), (CLASSES, classes)):
        if not np.isfinite(values).all():
            raise NotADetection(f"{name} holds numbers that are not finite")
    if len(scores) and (scores.min() < -SLACK or scores.max() > 1 + SLACK):
        raise NotADetection(
            f"{SCORES} holds {scores.min():g} to {scores.max():g}; scores lie in 0..1"
        )
    _check_classes(classes)
    extras = {kind: kind.decode(outputs, row, kept) for kind in kinds}
    # Rows of padding are passed over already.
    oddities = frozenset({BOX_OF_PADDING} if (boxes == PADDING).all(-1).any() else ())
    return AnswerRows(
        boxes,
        np.clip(scores, 0.0, 1.0),
        np.rint(classes).astype(np.int64),
        {kind: values for kind, values in extras.items() if values is not None},
        _reference_wh(outputs, row, sent_size_wh),
        IMAGE_INFO in outputs,
        oddities.union(*(kind.oddities(outputs) for kind in kinds)),
    )


def _kept_rows(outputs: Mapping[str, Array], row: int) -> npt.NDArray[np.intp]:
    """Indices of the rows that are no padding, among those that the answer counts."""
    is_padding = _padding(outputs, row)
    count = _count(outputs, row)
    kept = np.flatnonzero(~is_padding)
    # Who blanks rows in place counts those that are left, wherever they lie.
    if is_padding[:count].any() and len(kept) == count:
        return kept
    return kept[kept < count]


def _padding(outputs: Mapping[str, Array], row: int) -> npt.NDArray[np.bool_]:
    """(M,): which rows hold -1 or NaN in the place of a detection.

    By a score of -1; or, where the row has no score, by the class, or by the box, each of whose
    numbers is -1 or NaN.
    """
    boxes, scores, classes = outputs[BOXES][row], outputs[SCORES][row], outputs[CLASSES][row]
    of_class = is_padding(classes) | is_nothing(classes)
    of_score = is_padding(scores)
    # NaN, where a masked row was divided by something, compares as no score.
    has_no_score = ~(scores.astype(np.float64) > SLACK)
    of_box = is_nothing(boxes).all(-1)
    padding: npt.NDArray[np.bool_] = of_score | ((of_class | of_box) & has_no_score)
    return padding


def _count(outputs: Mapping[str, Array], row: int) -> int:
    available: int = outputs[SCORES].shape[1]
    if COUNT not in outputs:
        return available
    count = float(outputs[COUNT].reshape(-1)[row])
    if not np.isfinite(count):
        raise NotADetection(f"{COUNT} is {count}")
    return min(max(round(count), 0), available)


def _check_classes(classes: npt.NDArray[np.float64]) -> None:
    if not len(classes):
        return
    if np.abs(classes).max() > MAX_ID:
        raise NotADetection(f"{CLASSES} holds {np.abs(classes).max():g}, which is no class")
    between = classes[np.abs(classes - np.rint(classes)) > MOST_OFF]
    if len(between):
        raise NotADetection(f"{CLASSES} holds {between[0]:g}, which is no whole number")
    if np.rint(classes).min() < 0:
        raise NotADetection(
            f"{CLASSES} holds {classes.min():g} in a row that has a score; classes are numbers "
            "from 0, and -1 stands in rows of padding, whose score is -1 or 0"
        )


def _reference_wh(
    outputs: Mapping[str, Array], row: int, sent_size_wh: tuple[int, int] | None
) -> tuple[float, float] | None:
    """What pixel boxes refer to.

    Model Garden's are pixels of the image as its graph scaled it. `image_info` (N, 4, 2) holds,
    each as [y, x]: the image's size, the size of the canvas, the scale, the offset.
    """
    if IMAGE_INFO not in outputs:
        return None if sent_size_wh is None else (float(sent_size_wh[0]), float(sent_size_wh[1]))
    info = outputs[IMAGE_INFO]
    if info.ndim != 3 or info.shape[0] <= row or info.shape[1:] != (4, 2):
        raise NotADetection(f"{IMAGE_INFO} has the shape {info.shape}, not (N, 4, 2)")
    size_yx = info[row, 0].astype(np.float64) * info[row, 2]
    if not (np.isfinite(size_yx).all() and (size_yx > 0).all()):
        raise NotADetection(f"{IMAGE_INFO} says that the image has {size_yx.tolist()} pixels")
    return float(size_yx[1]), float(size_yx[0])
