"""Boxes in whatever unit and order a model has, as shares of their image in yxyx."""

import numpy as np
import numpy.typing as npt

from detection.kinds.boxes.kind import BOXES as BOX_KIND
from detection.kinds.boxes.outputs import BOXES
from detection.kinds.output_kind import NotADetection
from serving_protocol.answer_rows import AnswerRows
from serving_protocol.model_facts import BoxOrder, BoxUnit, ModelFacts


def normalized_yxyx(answer: AnswerRows, facts: ModelFacts) -> npt.NDArray[np.float64]:
    """(N, 4): the boxes of one image, [y_min, x_min, y_max, x_max] in 0..1 of it, not clipped.

    What is not known is taken as the Object Detection API has it: normalized, yxyx.

    Raises:
        NotADetection: boxes are of pixels, and nobody says of how large an image.
    """
    boxes = answer.boxes
    if facts.box_order not in (None, BoxOrder.YXYX):
        boxes = as_yxyx(boxes, facts.box_order)
    if not counts_pixels(facts) or not len(boxes):
        return boxes
    return BOX_KIND.normalized(boxes, size_yx(answer, facts))


def counts_pixels(facts: ModelFacts) -> bool:
    """Whether boxes and points are numbers of pixels, of whichever image."""
    return facts.box_unit in (BoxUnit.PIXELS, BoxUnit.INPUT_PIXELS)


def as_yxyx(boxes: npt.NDArray[np.float64], order: BoxOrder) -> npt.NDArray[np.float64]:
    """(N, 4): boxes of that order as corners, y first, in their own unit.

    Example:
        >>> as_yxyx(np.array([[10.0, 20, 30, 40]]), BoxOrder.XYWH)
        array([[20., 10., 60., 40.]])
    """
    if order is BoxOrder.YXYX:
        return boxes
    if order is BoxOrder.XYXY:
        return boxes[:, [1, 0, 3, 2]]
    x, y, width, height = boxes.T
    if order is BoxOrder.CXCYWH:
        x, y = x - width / 2, y - height / 2
    return np.stack([y, x, y + height, x + width], axis=-1)


def size_yx(answer: AnswerRows, facts: ModelFacts) -> npt.NDArray[np.float64]:
    """(2,): height and width of what pixels refer to.

    Raises:
        NotADetection: nobody says it.
    """
    if facts.box_unit is BoxUnit.INPUT_PIXELS and not answer.says_size:
        if facts.input_size_hw is None:
            raise NotADetection(
                f"{BOXES} holds pixels of the model's own input, and nobody says how large that "
                "is; boxwright models set NAME --input-size HEIGHT WIDTH does"
            )
        return np.array(facts.input_size_hw, np.float64)
    if answer.reference_wh is None:
        raise NotADetection(
            f"{BOXES} holds pixels, but the answer does not say of how large an image"
        )
    width, height = answer.reference_wh
    return np.array([height, width], np.float64)
