"""What is wrong with a data set: `Defect` where it can be passed over, else `DatasetError`."""

from collections import Counter
from collections.abc import Iterable, Sized
from dataclasses import dataclass
from enum import StrEnum

from training.datasets.notes import Note, counted


class DatasetError(ValueError):
    """The data set cannot be read or written; the message names file and line or record."""


class NothingRead(DatasetError):
    """No image could be read; what was found on the way.

    Args:
        what: what was looked at, and that nothing of it could be read.
        defects: why each was dropped; the message has the first.
        notes: what was read and passed over.
    """

    def __init__(
        self, what: str, defects: "Iterable[Defect]" = (), notes: Iterable[Note] = ()
    ) -> None:
        self.what = what
        self.defects = tuple(defects)
        self.notes = tuple(notes)
        first = f": {self.defects[0]}" if self.defects else ""
        super().__init__(f"{what}; {counted_defects(self.defects)}{first}")


class DefectKind(StrEnum):
    """What can be wrong with one annotation, as `boxwright dataset check` calls it."""

    BOX_OUTSIDE = "box outside"
    BOX_INVERTED = "box inverted"
    BOX_EMPTY = "box empty"
    BAD_ANNOTATION = "bad annotation"
    BAD_MASK = "bad mask"
    BAD_KEYPOINTS = "bad keypoints"
    UNKNOWN_CLASS = "unknown class"
    MISSING_IMAGE = "missing image"
    UNREADABLE_IMAGE = "unreadable image"
    SIZE_DIFFERS = "size differs"
    REPEATED_IMAGE = "repeated image"
    REPEATED_ID = "repeated id"
    MISSING_SPLIT = "missing split"
    NO_LABELS = "no labels"
    CLASS_NUMBERS = "class numbers"
    BOX_FORM = "box form"
    EXIF_FRAME = "EXIF frame"


class Loss(StrEnum):
    """What of the data a defect costs: the repaired data set is without it."""

    NOTHING = "nothing"
    OBJECT = "object"
    IMAGE = "image"


# What a repair cannot know: it would keep objects of the wrong classes or with wrong boxes, and
# drop right ones.
_AMBIGUOUS = frozenset({DefectKind.CLASS_NUMBERS, DefectKind.BOX_FORM, DefectKind.EXIF_FRAME})


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that is wrong, and what a repair does about it.

    Args:
        where: file, and line, object or record in it.
        kind: what is wrong.
        message: what was expected and what is there.
        repair: what the repaired data set has instead: `clipped`, `swapped`, `dropped`, ...
        option: of the command line, with which the data set is read without it; empty for none.
        loses: what the repaired data set is without.
    """

    where: str
    kind: DefectKind
    message: str
    repair: str
    option: str = ""
    loses: Loss = Loss.NOTHING

    def __str__(self) -> str:
        return f"{self.where}: {self.kind}: {self.message}"

    def repaired(self) -> str:
        """The defect, and what was done about it."""
        return f"{self} ({self.repair} by a repair)"


def counted_defects(defects: Sized) -> str:
    """How many there are.

    Example:
        >>> counted_defects([Defect("a.xml", DefectKind.BOX_EMPTY, "0 pixels", "dropped")])
        '1 defect'
    """
    return counted(len(defects), "defect")


def summary(defects: Iterable[Defect]) -> str:
    """How many of each kind.

    Example:
        >>> summary([Defect("a.xml, object 1", DefectKind.BOX_EMPTY, "0 pixels", "dropped")])
        '1 box empty'
    """
    counts = Counter(defect.kind for defect in defects)
    return ", ".join(f"{count} {kind}" for kind, count in counts.most_common())


def first_ambiguous(defects: Iterable[Defect]) -> Defect | None:
    """The first defect that a person has to decide, as data may be read in two ways; else None."""
    return next((each for each in defects if each.kind in _AMBIGUOUS), None)


def refuse_ambiguous(defects: Iterable[Defect]) -> None:
    """Leave where somebody has to say first how the data set is to be read.

    Raises:
        DatasetError: one of the defects is no repair's to decide.
    """
    defect = first_ambiguous(defects)
    if defect is not None:
        raise DatasetError(f"{defect}; no repair can know that")
