"""Whether boxes look written in another form, or drawn on another frame, than they were read in.

One box that reaches out of its image says little, all boxes of a data set say more: as two corners
each of them lies inside, or on the image as it is stored and not as EXIF turns it. Clipping would
then make wrong boxes of right ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from training.datasets.box_checks import lies_inside
from training.datasets.defects import Defect, DefectKind

BoxForm = Literal["xywh", "xyxy"]
# Of boxes that are corners nearly all are in order: some data sets have a wrong one.
_NEARLY_ALL = 0.95


@dataclass(slots=True)
class BoxCounts:
    """How many boxes of an image fit which reading.

    Args:
        sized: boxes that the format writes with a width and a height.
        as_corners: of them, those that lie inside where they are read as two corners.
        corners_alone: of those, the ones that lie outside as they were read.
        stored_alone: boxes outside of the upright image and inside of the stored one.
        upright_alone: boxes inside of the upright image and outside of the stored one.
    """

    sized: int = 0
    as_corners: int = 0
    corners_alone: int = 0
    stored_alone: int = 0
    upright_alone: int = 0

    def see(
        self,
        box_xyxy: Sequence[float],
        as_corners: Sequence[float] | None,
        size_wh: tuple[int, int],
    ) -> None:
        """Count a box, in pixels, that may be written as two corners."""
        if as_corners is None:
            return
        self.sized += 1
        if lies_inside(as_corners, *size_wh):
            self.as_corners += 1
            self.corners_alone += not lies_inside(box_xyxy, *size_wh)

    def see_turned(self, box_xyxy: Sequence[float], upright_wh: tuple[int, int]) -> None:
        """Count a box, in pixels, on an image that EXIF turns by a quarter."""
        upright = lies_inside(box_xyxy, *upright_wh)
        stored = lies_inside(box_xyxy, *upright_wh[::-1])
        self.stored_alone += stored and not upright
        self.upright_alone += upright and not stored

    def add(self, other: "BoxCounts") -> None:
        """Count another image's boxes too."""
        self.sized += other.sized
        self.as_corners += other.as_corners
        self.corners_alone += other.corners_alone
        self.stored_alone += other.stored_alone
        self.upright_alone += other.upright_alone


def form_defects(counts: Iterable[BoxCounts], source: Path) -> list[Defect]:
    """What the boxes of a data set say against the form that they were read in.

    Args:
        counts: of each image; of none where a person has said the form or the frame.
        source: the data set, for messages.
    """
    total = BoxCounts()
    for each in counts:
        total.add(each)
    found = []
    if total.corners_alone and total.as_corners >= _NEARLY_ALL * total.sized:
        message = (
            f"{total.as_corners} of {total.sized} boxes lie inside of their images as [x_min, "
            f"y_min, x_max, y_max], and {total.corners_alone} of these do not as read, with a "
            "width and a height: --boxes xyxy reads corners, --boxes xywh reads them as now"
        )
        found.append(_doubt(source, DefectKind.BOX_FORM, message, "--boxes xyxy"))
    if total.stored_alone and not total.upright_alone:
        message = (
            f"{total.stored_alone} boxes on images that EXIF turns lie outside of the upright form "
            "and inside of the stored one, and none the other way: --exif stored reads them as "
            "drawn on the stored form, --exif upright as now"
        )
        found.append(_doubt(source, DefectKind.EXIF_FRAME, message, "--exif stored"))
    return found


def _doubt(source: Path, kind: DefectKind, message: str, option: str) -> Defect:
    return Defect(str(source), kind, message, "not repaired", option)
