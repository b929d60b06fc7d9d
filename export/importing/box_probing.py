"""Telling what no answer shows by itself: by asking about the same image in another form.

An image at half its size moves boxes that are pixels of the image, and leaves those that are pixels
of the model's own input. An image in a mirror moves x and leaves y, whichever of the two comes
first. A model whose boxes do not move at all tells nothing.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from detection.boxes import iou
from detection.pictures import Picture, read_picture
from serving_protocol.answer_rows import AnswerRows
from serving_protocol.box_evidence import FARTHEST_NORMALIZED, counting, lie_beyond
from serving_protocol.model_facts import BoxOrder, BoxUnit

MOST_PROBED = 3
# How far a box has to move, as a share of how far it reaches, to tell anything.
LEAST_MOVE = 0.02
# How far apart the two readings of mirrored boxes have to be, and how good the better one, as IoU.
LEAST_LEAD = 0.25
LEAST_IOU = 0.5


def probes(pictures: Mapping[str, Picture]) -> list[tuple[Picture, Picture, Picture]]:
    """Some of the pictures, each with its half and its mirror image."""
    chosen = list(pictures.values())[:MOST_PROBED]
    return [
        (
            each,
            _as_picture(each.pixels.resize((max(1, each.width // 2), max(1, each.height // 2)))),
            _as_picture(ImageOps.mirror(each.pixels)),
        )
        for each in chosen
    ]


def unit_of_pixels(whole: Sequence[AnswerRows], half: Sequence[AnswerRows]) -> BoxUnit:
    """Of what boxes are pixels, by the answers to images and to their halves."""
    shrunk, stayed = 0, 0
    for one, other in zip(whole, half, strict=True):
        box, smaller = _best(one), _best(other)
        if box is None or smaller is None:
            continue
        ratio = float(np.abs(smaller).max() / max(np.abs(box).max(), 1e-9))
        shrunk += 0.3 < ratio < 0.7
        stayed += 0.85 < ratio < 1.18
    if lie_beyond([*whole, *half]) and not shrunk:
        return BoxUnit.INPUT_PIXELS
    return BoxUnit.INPUT_PIXELS if stayed > shrunk and _differ(whole) else BoxUnit.PIXELS


def told_order(
    whole: Sequence[AnswerRows],
    mirrored: Sequence[AnswerRows],
    input_width: int | None = None,
) -> BoxOrder | None:
    """Yxyx or xyxy, by the answers to images and to their mirror images; None for no telling.

    Args:
        whole: answers to images.
        mirrored: to their mirror images.
        input_width: of the model's own input, where boxes are pixels of that.
    """
    overlaps: list[tuple[float, float]] = []
    for one, other in zip(whole, mirrored, strict=True):
        box, image = _best(one), _best(other)
        size_wh = one.reference_wh
        if box is None or image is None or size_wh is None:
            continue
        if np.abs(box - image).max() < LEAST_MOVE * np.abs(box).max():
            continue
        width = 1.0
        if np.abs(box).max() > FARTHEST_NORMALIZED:
            width = float(input_width or size_wh[0])
        overlaps.append(
            (_overlap(box, image, width, x_first=False), _overlap(box, image, width, x_first=True))
        )
    if not overlaps:
        return None
    yxyx, xyxy = np.mean(overlaps, axis=0)
    if abs(yxyx - xyxy) < LEAST_LEAD or max(yxyx, xyxy) < LEAST_IOU:
        return None
    return BoxOrder.YXYX if yxyx > xyxy else BoxOrder.XYXY


def _overlap(
    box: npt.NDArray[np.float64], image: npt.NDArray[np.float64], width: float, *, x_first: bool
) -> float:
    """IoU of a box and its mirror image turned back, where x comes first, or second."""
    back = image.copy()
    low, high = (0, 2) if x_first else (1, 3)
    back[low], back[high] = width - image[high], width - image[low]
    return float(iou(box[None], back[None])[0, 0])


def _best(answer: AnswerRows) -> npt.NDArray[np.float64] | None:
    """(4,): the box with the highest score that counts; None where none does."""
    if not counting(answer).any():
        return None
    best: npt.NDArray[np.float64] = answer.boxes[int(answer.scores.argmax())]
    return best


def _differ(answers: Sequence[AnswerRows]) -> bool:
    """Whether a model answers of different images different things, so that it looks at them."""
    boxes = [box for box in map(_best, answers) if box is not None]
    return any(np.abs(box - boxes[0]).max() > LEAST_MOVE * np.abs(boxes[0]).max() for box in boxes)


def _as_picture(pixels: Image.Image) -> Picture:
    file = BytesIO()
    pixels.save(file, "PNG", compress_level=1)
    return read_picture(file.getvalue(), max_pixels=pixels.width * pixels.height)
