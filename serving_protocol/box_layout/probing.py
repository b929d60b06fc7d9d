"""Telling the order of a box's four numbers, which no answer shows by itself, by asking again.

The same image is asked about in two other forms of its own size: mirrored and squeezed to the
right, and squeezed to the bottom. What was found moves along, and only in the right order do its
boxes move so. Both forms shrink a box along one axis, wherever it lies: read with x and y exchanged
it overlaps with what is expected by `squeezed / (2 - squeezed)` at most, so that an object in the
middle, at an edge or as large as the image tells as much as any other. The mirror tells a corner
from a center. A model whose boxes do not move tells nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import SystemRandom
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from detection.boxes import iou
from detection.images import DecodedImage
from serving_protocol.answer_rows import AnswerRows, NotADetection
from serving_protocol.box_layout.evidence import counting
from serving_protocol.box_layout.geometry import normalized_yxyx
from serving_protocol.model_facts import BoxOrder, ModelFacts

# What is left of a side: small enough to tell, and so large that a detector finds things again.
SQUEEZED = 0.7
# Between these it is drawn where strangers' images are asked about: one that is made to change with
# a certain squeeze, as stripes of a pixel do, would tell whatever its maker wants.
LEAST_SQUEEZED, MOST_SQUEEZED = 0.6, 0.78
GREY = (127, 127, 127)
# A box tells from this score on; of so many, the best ones.
SURE = 0.3
MOST_BOXES = 8
# So many times a box has to be found again, and as this share of those that were looked for.
LEAST_READINGS = 2
LEAST_SHARE = 0.5
# How well a box is found where it is expected, and by how much better than in any other order, or
# where it was before; as IoU, and their mean.
LEAST_IOU = 0.5
LEAST_LEAD = 0.2
# A box of the right order lies within its image up to this, in images.
MOST_BEYOND = 0.1

Boxes = npt.NDArray[np.float64]
_DRAW = SystemRandom()


@dataclass(frozen=True)
class Probe:
    """Another form of an image.

    Attributes:
        change: makes it, as large as the image.
        moved: (N, 4) yxyx boxes in 0..1 of the image -> where they are in the other form.
        mirrors: whether a thing may be another there: a left hand a right one, text, an arrow.
    """

    change: Callable[[Image.Image], Image.Image]
    moved: Callable[[Boxes], Boxes]
    mirrors: bool = False

    def of(self, image: DecodedImage) -> DecodedImage:
        """The image in the other form, to be sent as a file of the same kind."""
        return DecodedImage(self.change(image.pixels), b"", image.format, plain_file=False)


class Reading(NamedTuple):
    """What a model answers of an image, and of another form of it."""

    whole: AnswerRows
    probe: Probe
    probed: AnswerRows


def _mirrored_to_the_right(pixels: Image.Image, left: float) -> Image.Image:
    width = max(1, round(left * pixels.width))
    squeezed = ImageOps.mirror(pixels.resize((width, pixels.height), Image.Resampling.BILINEAR))
    return _on_grey(squeezed, pixels.size)


def _to_the_bottom(pixels: Image.Image, left: float) -> Image.Image:
    height = max(1, round(left * pixels.height))
    return _on_grey(pixels.resize((pixels.width, height), Image.Resampling.BILINEAR), pixels.size)


def _on_grey(part: Image.Image, size_wh: tuple[int, int]) -> Image.Image:
    canvas = Image.new("RGB", size_wh, GREY)
    canvas.paste(part, (size_wh[0] - part.width, size_wh[1] - part.height))
    return canvas


def _moved_to_the_right(boxes: Boxes, left: float) -> Boxes:
    y_min, x_min, y_max, x_max = boxes.T
    return np.stack([y_min, 1 - left * x_max, y_max, 1 - left * x_min], axis=-1)


def _moved_to_the_bottom(boxes: Boxes, left: float) -> Boxes:
    y_min, x_min, y_max, x_max = boxes.T
    above = 1 - left
    return np.stack([above + left * y_min, x_min, above + left * y_max, x_max], axis=-1)


def probes_of(left: float = SQUEEZED) -> tuple[Probe, ...]:
    """The forms in which a model is asked again.

    Args:
        left: the share of a side that the image takes in them.
    """
    return (
        Probe(
            partial(_mirrored_to_the_right, left=left), partial(_moved_to_the_right, left=left),
            mirrors=True,
        ),
        Probe(partial(_to_the_bottom, left=left), partial(_moved_to_the_bottom, left=left)),
    )  # fmt: skip


def drawn_probes() -> tuple[Probe, ...]:
    """Forms that whoever sent the image could not know."""
    return probes_of(_DRAW.uniform(LEAST_SQUEEZED, MOST_SQUEEZED))


def may_tell(answer: AnswerRows, sure: float = SURE) -> bool:
    """Whether a model found something of which the order can be told, scored `sure` or better."""
    return bool(len(surest(answer, sure)))


class Fit(NamedTuple):
    """How well boxes of an order move as what they show does, as mean IoU of all looked for."""

    order: BoxOrder
    iou: float


def inferred_order(readings: Sequence[Reading], facts: ModelFacts) -> BoxOrder | None:
    """The order in which boxes move as what they show does; None where no order stands out.

    Args:
        readings: each image with each of its other forms.
        facts: what is known beside the order; the unit has to be.
    """
    told = inferred_fit(readings, facts)
    return None if told is None else told.order


def inferred_fit(readings: Sequence[Reading], facts: ModelFacts, sure: float = SURE) -> Fit | None:
    """As `inferred_order`, of boxes that score `sure` or better, and how well it fits."""
    rows = [each for reading in readings for each in _overlaps(reading, facts, sure)]
    found = [each for each in rows if each.moved.max() >= LEAST_IOU]
    if len(found) < max(LEAST_READINGS, LEAST_SHARE * len(rows)):
        return None
    moved = np.mean([each.moved for each in found], axis=0)
    unmoved = np.mean([each.unmoved for each in found], axis=0)
    best = int(moved.argmax())
    lead = float(moved[best] - max(np.delete(moved, best).max(), unmoved[best]))
    if moved[best] < LEAST_IOU or lead < LEAST_LEAD:
        return None
    # A size that is right along one axis finds half of the boxes, and those well.
    return Fit(list(BoxOrder)[best], float(np.mean([each.moved[best] for each in rows])))


class _Overlaps(NamedTuple):
    """How well a box is found again, as IoU by each order.

    Attributes:
        moved: (4,), where what it shows has moved to.
        unmoved: (4,), where it was before.
    """

    moved: Boxes
    unmoved: Boxes


def _overlaps(reading: Reading, facts: ModelFacts, sure: float) -> list[_Overlaps]:
    """Of each sure box."""
    whole = _only(reading.whole, surest(reading.whole, sure))
    probed = _only(reading.probed, np.flatnonzero(counting(reading.probed)))
    is_other = whole.class_ids[:, None] != probed.class_ids[None, :]  # (N, M)
    if reading.probe.mirrors:
        is_other = np.zeros_like(is_other)
    moved: list[Boxes] = []
    unmoved: list[Boxes] = []
    for order in BoxOrder:
        try:
            before, after = (
                normalized_yxyx(each, replace(facts, box_order=order)) for each in (whole, probed)
            )
        except NotADetection:
            return []
        is_none = is_other | _leaves(before)[:, None] | _leaves(after)[None, :]
        for places, expected in ((moved, reading.probe.moved(before)), (unmoved, before)):
            places.append(np.where(is_none, 0.0, iou(expected, after)).max(-1, initial=0))
    by_box = zip(np.stack(moved, axis=-1), np.stack(unmoved, axis=-1), strict=True)
    return [_Overlaps(*each) for each in by_box]


def surest(answer: AnswerRows, sure: float = SURE) -> npt.NDArray[np.intp]:
    """Indices of the boxes that tell, scored `sure` or better, best first."""
    best_first = np.argsort(-answer.scores, kind="stable")
    tells = counting(answer) & (answer.scores >= sure) & (np.ptp(answer.boxes, axis=-1) > 0)
    return np.asarray(best_first[tells[best_first]][:MOST_BOXES])


def _only(answer: AnswerRows, rows: npt.NDArray[np.intp]) -> AnswerRows:
    return replace(
        answer,
        boxes=answer.boxes[rows],
        scores=answer.scores[rows],
        class_ids=answer.class_ids[rows],
        extras={},
    )


def _leaves(boxes: Boxes) -> npt.NDArray[np.bool_]:
    """(N,): which boxes are none of their image: beyond it, or turned inside out."""
    lies_there = (boxes.min(-1, initial=0) >= -MOST_BEYOND) & (
        boxes.max(-1, initial=0) <= 1 + MOST_BEYOND
    )
    return np.asarray(~lies_there | (boxes[:, 2:] <= boxes[:, :2]).any(-1))
