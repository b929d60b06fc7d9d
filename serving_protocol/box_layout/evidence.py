"""Telling the unit of a model's boxes from its answers, by a majority of the boxes that count.

A box counts by its score, so that a stray one with a score of 0.01 has no say. Boxes from which
nothing can be told, such as empty ones, or any box of an image of a few pixels, do not vote.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from serving_protocol.answer_rows import AnswerRows
from serving_protocol.model_facts import BoxUnit

# A row counts from this score on, and from this share of the image's best score.
LOWEST_SCORE = 0.05
SHARE_OF_BEST = 0.5
# Normalized boxes reach a little over the border, up to here.
NORMALIZED_RANGE = (-0.5, 1.5)
# A box that reaches no farther is no box of pixels, except in an image of a few pixels: of which
# no side is shorter than `SMALLEST_SIDE_PX` there.
FARTHEST_NORMALIZED = 2.0
SMALLEST_SIDE_PX = 16.0
# How far a box of pixels reaches at least, in pixels and as a share of the image's longer side;
# a normalized one that strays to 3 or 5 images beside the image is none.
LEAST_REACH_PX = 4.0
LEAST_REACH = 0.02
# How far a box of pixels of the image itself reaches at most, in images.
MOST_REACH = 1.25
# A box is inside of its image up to here, in images.
INSIDE = 1.02
WITHIN_A_PIXEL = 0.98
# Of boxes as shares of their image: how far one reaches at most that a detector may mean, and which
# part of them may be strays.
FAR_LOW, FAR_HIGH = -1.0, 2.0
MOST_STRAYS = 1 / 3
# A model of which no box reaches beyond this part of its images, along either side, has most likely
# other numbers than pixels of them.
CROWDED_PART = 0.5


def inferred_unit(answers: Iterable[AnswerRows]) -> BoxUnit | None:
    """The unit that most boxes of these images speak for; None where as many speak against it.

    Example:
        >>> rows = AnswerRows(np.array([[48.0, 128, 240, 384]]), np.array([0.9]), np.array([1]),
        ...                   None, None, (640.0, 480.0))
        >>> inferred_unit([rows])
        <BoxUnit.PIXELS: 'pixels'>
    """
    normalized, pixels = 0, 0
    for answer in answers:
        boxes = answer.boxes[counting(answer)]
        normalized += int(_speaks_for_normalized(boxes, answer.reference_wh).sum())
        pixels += int(_speaks_for_pixels(boxes, answer.reference_wh).sum())
    if normalized == pixels:
        return None
    return BoxUnit.NORMALIZED if normalized > pixels else BoxUnit.PIXELS


def lie_beyond(answers: Iterable[AnswerRows]) -> bool:
    """Whether most boxes of pixels that count lie outside of their own image.

    Then they are pixels of the image as the graph resized it.
    """
    beyond, inside = 0, 0
    for answer in answers:
        if answer.reference_wh is None:
            continue
        boxes = answer.boxes[counting(answer)]
        boxes = boxes[_speaks_for_pixels(boxes, answer.reference_wh)]
        outside = np.abs(boxes).max(-1, initial=0) > MOST_REACH * max(answer.reference_wh)
        beyond, inside = beyond + int(outside.sum()), inside + int((~outside).sum())
    return beyond > inside


def lie_inside_if_x_is_first(answers: Iterable[AnswerRows]) -> bool:
    """Whether most boxes of pixels that count, read as yxyx, leave an image that xyxy keeps to."""
    yxyx, xyxy = 0, 0
    for answer in answers:
        if answer.reference_wh is None:
            continue
        boxes = answer.boxes[counting(answer)]
        boxes = boxes[_speaks_for_pixels(boxes, answer.reference_wh)]
        width, height = (INSIDE * side for side in answer.reference_wh)
        first, second = boxes[:, ::2].max(-1, initial=0), boxes[:, 1::2].max(-1, initial=0)
        as_yxyx = (first <= height) & (second <= width)
        as_xyxy = (first <= width) & (second <= height)
        yxyx, xyxy = yxyx + int(as_yxyx.sum()), xyxy + int((as_xyxy & ~as_yxyx).sum())
    return xyxy > yxyx


def leave_image(answer: AnswerRows, boxes_yxyx: npt.NDArray[np.float64]) -> bool:
    """Whether more boxes that count lie far outside of their image than strays would.

    Args:
        answer: that they were made of.
        boxes_yxyx: (N, 4), in 0..1 of the image, not clipped.
    """
    counted = boxes_yxyx[counting(answer)]
    far = (counted.max(-1, initial=0) > FAR_HIGH) | (counted.min(-1, initial=0) < FAR_LOW)
    return bool(far.any() and (far.all() or far.sum() > max(1.0, MOST_STRAYS * len(counted))))


def crowd_together(answers: Iterable[AnswerRows]) -> bool | None:
    """Whether all boxes of pixels that count lie in a corner of their images; None for no boxes."""
    found = False
    for answer in answers:
        if answer.reference_wh is None or min(answer.reference_wh) < SMALLEST_SIDE_PX:
            continue
        boxes = answer.boxes[counting(answer)]
        if not len(boxes):
            continue
        found = True
        if boxes.max() > CROWDED_PART * min(answer.reference_wh):
            return False
    return True if found else None


def cannot_be(answers: Iterable[AnswerRows], unit: BoxUnit) -> bool:
    """Whether no box that counts can be in `unit`.

    No box of pixels is smaller than a pixel and lies in the first one; normalized boxes are told
    from boxes of pixels as ever.
    """
    against, others = 0, 0
    for answer in answers:
        boxes = answer.boxes[counting(answer)]
        if unit is BoxUnit.NORMALIZED:
            impossible = _speaks_for_pixels(boxes, answer.reference_wh)
        else:
            sides = np.abs(boxes[:, 2:] - boxes[:, :2]).max(-1, initial=0)
            impossible = _speaks_for_normalized(boxes, answer.reference_wh) & (
                sides < WITHIN_A_PIXEL
            )
        against, others = against + int(impossible.sum()), others + int((~impossible).sum())
    return against > 0 and others == 0


def counting(answer: AnswerRows) -> npt.NDArray[np.bool_]:
    """(N,): which rows count."""
    best = answer.scores.max(initial=0.0)
    return np.asarray(answer.scores >= max(LOWEST_SCORE, SHARE_OF_BEST * best))


def _speaks_for_normalized(
    boxes: npt.NDArray[np.float64], reference_wh: tuple[float, float] | None
) -> npt.NDArray[np.bool_]:
    if reference_wh is not None and min(reference_wh) < SMALLEST_SIDE_PX:
        return np.zeros(len(boxes), bool)
    lowest, highest = NORMALIZED_RANGE
    lies_there = (boxes.min(-1, initial=0) >= lowest) & (boxes.max(-1, initial=0) <= highest)
    return np.asarray(lies_there & _has_area(boxes))


def _speaks_for_pixels(
    boxes: npt.NDArray[np.float64], reference_wh: tuple[float, float] | None
) -> npt.NDArray[np.bool_]:
    reach = boxes.max(-1, initial=0)
    least = LEAST_REACH_PX
    if reference_wh is not None:
        least = max(least, LEAST_REACH * max(reference_wh))
    return np.asarray((reach > FARTHEST_NORMALIZED) & (reach >= least))


def _has_area(boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Whichever order the four numbers come in."""
    return np.asarray((boxes[:, 0] != boxes[:, 2]) & (boxes[:, 1] != boxes[:, 3]))
