"""What a reader says of a data set beside its defects: what was read, passed over, or guessed.

A note changes neither the data set nor an exit code. It is what a person needs in order to see that
the wrong half was read, before a model is trained on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class NoteKind(StrEnum):
    """What a note is about, as `boxwright dataset check` calls it, in the order it lists them."""

    READ = "read"
    UNUSED = "not read"
    OTHER_FORMAT = "other format"
    GUESSED = "taken as"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that a person should know.

    Args:
        kind: what it is about. `READ`: a file or folder that was read, and as what. `UNUSED`: what
            lay there and was not read. `OTHER_FORMAT`: annotations among that. `GUESSED`: what the
            files do not say and was taken, and the option that says otherwise. `ODD`: what may be
            meant and may be a mistake.
        message: a sentence without its full stop: what is there, what was done.
        where: the file, folder or record; empty for the data set.
    """

    kind: NoteKind
    message: str
    where: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


def listed(names: Sequence[str], shown: int = 3) -> str:
    """The first few names, and how many more there are.

    Example:
        >>> listed(["a.jpg", "b.jpg", "c.jpg", "d.jpg"], 2)
        'a.jpg, b.jpg and 2 more'
    """
    more = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {more} more" if more > 0 else "")


def counted(count: int, singular: str, plural: str = "") -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "box", "boxes"), counted(2, "image")
        ('1 box', '2 images')
    """
    return f"{count} {singular if count == 1 else plural or singular + 's'}"
