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
from training.datasets.notes import Note, NoteKind, counted

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
        beyond: boxes that lie outside as they were read, whatever they are as corners.
        stored_alone: boxes outside of the upright image and inside of the stored one.
        upright_alone: boxes inside of the upright image and outside of the stored one.
    """

    sized: int = 0
    as_corners: int = 0
    corners_alone: int = 0
    beyond: int = 0
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
        is_beyond = not lies_inside(box_xyxy, *size_wh)
        self.beyond += is_beyond
        if lies_inside(as_corners, *size_wh):
            self.as_corners += 1
            self.corners_alone += is_beyond

    @property
    def look_like_corners(self) -> bool:
        """Whether as good as all fit as two corners, and some of them in no other way."""
        return self.corners_alone > 0 and self.as_corners >= _NEARLY_ALL * self.sized

    @property
    def some_look_like_corners(self) -> bool:
        """Whether most of those that lie outside would not as two corners, and not all are some."""
        return not self.look_like_corners and 2 * self.corners_alone > self.beyond

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
        self.beyond += other.beyond
        self.stored_alone += other.stored_alone
        self.upright_alone += other.upright_alone


def total_of(counts: Iterable[BoxCounts]) -> BoxCounts:
    """The counts of all images together."""
    total = BoxCounts()
    for each in counts:
        total.add(each)
    return total


def form_notes(total: BoxCounts) -> list[Note]:
    """A note where some boxes look written as two corners, and others do not.

    Args:
        total: of a data set; of no boxes where a person has said their form.
    """
    if not total.some_look_like_corners:
        return []
    boxes = counted(total.sized, "box", "boxes")
    message = (
        f"with a width and a height {total.corners_alone} of {boxes} would go beyond the image, "
        "and as [x_min, y_min, x_max, y_max] not: if they are corners, the other boxes are wrong "
        "too, and --boxes xyxy reads them so"
    )
    return [Note(NoteKind.ODD, message)]


def form_defects(total: BoxCounts, source: Path, *, is_frame_said: bool) -> list[Defect]:
    """What the boxes of a data set say against the form that they were read in.

    Args:
        total: of a data set; of no boxes where a person has said their form.
        source: the data set, for messages.
        is_frame_said: whether a person has said which frame of turned images they are of.
    """
    found = []
    if total.look_like_corners:
        message = (
            f"{total.as_corners} of {total.sized} boxes lie inside of their images as [x_min, "
            f"y_min, x_max, y_max], and {total.corners_alone} of these do not as read, with a "
            "width and a height: --boxes xyxy reads corners, --boxes xywh reads them as now"
        )
        found.append(_doubt(source, DefectKind.BOX_FORM, message, "--boxes xyxy"))
    if not is_frame_said and total.stored_alone and not total.upright_alone:
        message = (
            f"{counted(total.stored_alone, 'box', 'boxes')} on images that EXIF turns outside of "
            "the upright form and inside of the stored one, and none the other way: --exif stored "
            "reads them as drawn on the stored form, --exif upright as now"
        )
        found.append(_doubt(source, DefectKind.EXIF_FRAME, message, "--exif stored"))
    return found


def _doubt(source: Path, kind: DefectKind, message: str, option: str) -> Defect:
    return Defect(str(source), kind, message, "not repaired", option)
