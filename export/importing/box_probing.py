"""Infer the unit of boxes from a model's answers to changed copies of an image.

An image at half its size moves boxes that are pixels of the image, and leaves those that are pixels
of the model's own input. `serving_protocol.box_layout.probing` tells the order of a box's numbers.
A model whose boxes do not move at all tells nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detection.images import DecodedImage
from serving_protocol.answer_rows import AnswerRows
from serving_protocol.box_layout.evidence import counting, lie_beyond
from serving_protocol.box_layout.probing import Reading, probes_of
from serving_protocol.model_facts import BoxUnit

MOST_PROBED = 3
# How far a box has to move, as a share of how far it reaches, to tell anything.
LEAST_MOVE = 0.02


@dataclass(frozen=True)
class Probed:
    """A model's answers to copies of some images; empty if it refuses them.

    Attributes:
        whole: of the images themselves.
        half: of the images at half their size.
        readings: of each image with each of its other forms.
    """

    whole: Sequence[AnswerRows] = ()
    half: Sequence[AnswerRows] = ()
    readings: Sequence[Reading] = ()

    @property
    def every(self) -> list[AnswerRows]:
        """All answers."""
        return [*self.whole, *self.half, *(each.probed for each in self.readings)]


Ask = Callable[[Sequence[DecodedImage]], Sequence[AnswerRows]]


def probed(images: Mapping[str, DecodedImage], ask: Ask) -> Probed:
    """Send some of the images in each form.

    Args:
        images: by name.
        ask: the model's answers to the given images.
    """
    chosen = list(images.values())[:MOST_PROBED]
    whole = ask(chosen)
    half = ask([_half(each) for each in chosen])
    readings = [
        Reading(before, probe, after)
        for probe in probes_of()
        for before, after in zip(whole, ask([probe.of(each) for each in chosen]), strict=True)
    ]
    return Probed(whole, half, readings)


def unit_of_pixels(whole: Sequence[AnswerRows], half: Sequence[AnswerRows]) -> BoxUnit:
    """Unit of pixel boxes, from the answers to images and to their halves."""
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


def _best(answer: AnswerRows) -> npt.NDArray[np.float64] | None:
    """(4,): the box with the highest score; None if no box counts."""
    if not counting(answer).any():
        return None
    best: npt.NDArray[np.float64] = answer.boxes[int(answer.scores.argmax())]
    return best


def _differ(answers: Sequence[AnswerRows]) -> bool:
    """Whether the answers to different images differ, so that they tell anything."""
    boxes = [box for box in map(_best, answers) if box is not None]
    return any(np.abs(box - boxes[0]).max() > LEAST_MOVE * np.abs(boxes[0]).max() for box in boxes)


def _half(image: DecodedImage) -> DecodedImage:
    size_wh = (max(1, image.width // 2), max(1, image.height // 2))
    return DecodedImage(image.pixels.resize(size_wh), b"", image.format, plain_file=False)
