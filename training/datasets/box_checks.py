"""Whether a box in an annotation can be one: its order, its edges, its size, its unit."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from training.datasets.annotated import Box
from training.datasets.defects import DefectKind, Loss

# Labelling tools round to pixels, and some count from 1: less than this outside is no defect.
TOLERANCE_PX = 1.0
# No object is thinner; what is would be lost to the rounding of the formats that it is written in.
SMALLEST_SIDE_PX = 0.01
# Read is what was written above it: TFRecord's float32 are off by 0.002 in 16,384 pixels.
_SMALLEST_READ_PX = 0.008


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong with a box: the kind, a sentence, what is done about it, and what is lost."""

    kind: DefectKind
    message: str
    repair: str = "dropped"
    loses: Loss = Loss.OBJECT


@dataclass(frozen=True, slots=True)
class CheckedBox:
    """A box as it can be kept.

    Args:
        box_yxyx: [y_min, x_min, y_max, x_max] in 0..1; None where none can be.
        complaints: what was wrong with it.
    """

    box_yxyx: Box | None
    complaints: tuple[Complaint, ...] = ()


def check_box(
    box_xyxy: Sequence[float], *, width: int, height: int, as_corners: Sequence[float] | None = None
) -> CheckedBox:
    """Swap, clip or drop a box.

    Args:
        box_xyxy: [x_min, y_min, x_max, y_max] in pixels, any numbers.
        width: of the image, in pixels.
        height: of the image, in pixels.
        as_corners: the same four numbers read as [x_min, y_min, x_max, y_max], where the format has
            a size in the place of the second corner; for a message.
    """
    if not all(map(math.isfinite, box_xyxy)):
        seen = _shown(box_xyxy)
        return CheckedBox(None, (Complaint(DefectKind.BAD_ANNOTATION, f"[{seen}] is no box"),))
    complaints = []
    x_min, y_min, x_max, y_max = box_xyxy
    if x_max < x_min or y_max < y_min:
        message = f"[{_shown(box_xyxy)}] has a maximum below its minimum"
        complaints.append(Complaint(DefectKind.BOX_INVERTED, message, "swapped", Loss.NOTHING))
        x_min, x_max = sorted((x_min, x_max))
        y_min, y_max = sorted((y_min, y_max))
    if x_min == x_max or y_min == y_max:
        message = f"[{_shown(box_xyxy)}] has no area"
        return CheckedBox(None, (*complaints, Complaint(DefectKind.BOX_EMPTY, message)))
    clipped: tuple[float, float, float, float] = (x_min, y_min, x_max, y_max)
    is_inside = x_min >= 0 and y_min >= 0 and x_max <= width and y_max <= height
    if not is_inside:
        clipped = (
            _clip(x_min, width), _clip(y_min, height), _clip(x_max, width), _clip(y_max, height)
        )  # fmt: skip
    empty = clipped[0] >= clipped[2] or clipped[1] >= clipped[3]
    overhang = max(-x_min, -y_min, x_max - width, y_max - height)
    if overhang > TOLERANCE_PX or empty:
        message = f"[{_shown(box_xyxy)}] in an image of {width}x{height}"
        if as_corners is not None and lies_inside(as_corners, width, height):
            message += "; read as [x_min, y_min, x_max, y_max] it would lie inside"
        outside = Complaint(DefectKind.BOX_OUTSIDE, message)
        complaints.append(
            outside if empty else replace(outside, repair="clipped", loses=Loss.NOTHING)
        )
    if empty:
        return CheckedBox(None, tuple(complaints))
    side = min(clipped[2] - clipped[0], clipped[3] - clipped[1])
    if side < _SMALLEST_READ_PX:
        message = (
            f"[{_shown(box_xyxy)}] is {side:.2g} pixels thin; at least {SMALLEST_SIDE_PX:g} is "
            "expected"
        )
        complaints.append(Complaint(DefectKind.BOX_EMPTY, message))
        return CheckedBox(None, tuple(complaints))
    box_yxyx = (clipped[1] / height, clipped[0] / width, clipped[3] / height, clipped[2] / width)
    return CheckedBox(box_yxyx, tuple(complaints))


def are_shares(boxes: Iterable[Sequence[float]]) -> bool:
    """Whether the boxes of a whole file are shares of their images where pixels are meant.

    Args:
        boxes: four numbers each, corners or corner and size, as the file has them.

    Returns:
        Whether all lie in 0..1 and one of them between: nobody labels the first pixel alone.
    """
    any_between = False
    for box in boxes:
        if not all(0 <= value <= 1 for value in box):
            return False
        any_between = any_between or any(0 < value < 1 for value in box)
    return any_between


def shares_complaint(box: Sequence[float], expected: str = "pixels") -> Complaint:
    """What is said of each box of such a file, and what was expected in their place."""
    message = f"[{_shown(box)}] looks like shares of the image, 0 to 1; {expected} were expected"
    return Complaint(DefectKind.BAD_ANNOTATION, message)


def _shown(box: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in box)


def lies_inside(corners: Sequence[float], width: int, height: int) -> bool:
    """Whether [x_min, y_min, x_max, y_max] are in order, and inside of an image, in pixels."""
    x_min, y_min, x_max, y_max = corners
    return (
        -TOLERANCE_PX <= x_min < x_max <= width + TOLERANCE_PX
        and -TOLERANCE_PX <= y_min < y_max <= height + TOLERANCE_PX
    )


def _clip(value: float, highest: int) -> float:
    return min(max(value, 0.0), float(highest))
