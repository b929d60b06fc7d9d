"""`ReadingReport`: what is told of a data set, the same for every command that reads one.

In short: what was taken as what, the first notes of each kind, the first defect of each kind and
how many there are, what may help, and the command that lists all.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.datasets.defects import (
    Defect,
    DefectKind,
    counted_defects,
    first_ambiguous,
    summary,
)
from training.datasets.notes import Note, NoteKind

# Of each kind of note, where it is not what was asked for.
NOTES_SHOWN = 3
_TITLES = {
    NoteKind.READ: "Read",
    NoteKind.UNUSED: "Not read",
    NoteKind.OTHER_FORMAT: "Not read",
    NoteKind.GUESSED: "Taken as",
    NoteKind.ODD: "Note",
}
# In the place of words: a name in letters beyond ASCII, which an encoding may have spoilt.
_NOT_ASCII = re.compile(r"there is no '[^']*[^\x00-\x7f]")
# What may help: a kind of defect, words in its message, and the option or the deed.
_HINTS: tuple[tuple[DefectKind, str | re.Pattern[str], str], ...] = (
    (DefectKind.MISSING_IMAGE, _NOT_ASCII, "names that are not ASCII may be in another encoding: "
     "--encoding NAME says which, such as gb18030, shift_jis, big5, euc-kr, cp1251, cp1252"),
    (DefectKind.MISSING_IMAGE, "looked for", "--images FOLDER says where the images are"),
    (DefectKind.MISSING_IMAGE, "lies outside of", "name a folder that holds the annotations and "
     "the images, or that of the images with --images FOLDER"),
    (DefectKind.MISSING_IMAGE, "would be", "put the images back into their own folders, or name "
     "that of the others with --images"),
    (DefectKind.MISSING_IMAGE, "of that name", "--images FOLDER says where the images are"),
    (DefectKind.UNKNOWN_CLASS, "but there are", "--classes NAMES says what the classes are"),
    (DefectKind.UNKNOWN_CLASS, "not in the label map", "--label-map FILE or --classes NAMES says "
     "what the classes are"),
    (DefectKind.MISSING_SPLIT, "lies outside of", "name a folder that holds all of it, or the "
     "YAML file itself, which is then taken at its word"),
    (DefectKind.MISSING_SPLIT, "there", "correct the paths in data.yaml, or take the split out of "
     "it"),
    (DefectKind.NO_LABELS, "", "put the label files where they are expected, or name their format "
     "with --from"),
    (DefectKind.SIZE_DIFFERS, "EXIF turns the", "annotate these again as they are seen upright"),
    (DefectKind.REPEATED_ID, "", "give each image an id of its own"),
    (DefectKind.BAD_ANNOTATION, "looks like shares", "multiply them by the image's width and "
     "height, or export in pixels"),
    (DefectKind.BAD_ANNOTATION, "looks like pixels", "divide them by the image's width and height, "
     "or export in YOLO's own form"),
    (DefectKind.BAD_ANNOTATION, "predictions have a score", "where people have checked these "
     "boxes, take the last number of each line out"),
)  # fmt: skip


@dataclass(frozen=True)
class ReadingReport:
    """What was read of a data set, passed over, guessed, and found wrong.

    Args:
        path: what was read.
        notes: all.
        defects: all.
        check: the command that lists everything.
    """

    path: Path
    notes: Sequence[Note]
    defects: Sequence[Defect]
    check: str

    def in_short(self, *, repaired: bool = False) -> list[str]:
        """The lines of a command whose purpose is another; `repaired`: whether a repair was done.

        What was guessed is told whole: nothing else will tell it.
        """
        lines = [*self.note_lines(shown=NOTES_SHOWN),
                 *self.defect_lines(shown=1, repaired=repaired)]  # fmt: skip
        if self.defects:
            done = "Repaired " if repaired else ""
            lines.append(f"{done}{counted_defects(self.defects)}: {summary(self.defects)}.")
            lines += self.hints()
        return lines

    def note_lines(self, *, shown: int | None = None) -> list[str]:
        """A line for each note, by kind, with places below the source without its path.

        Args:
            shown: how many of each kind but what was guessed; None for all.
        """
        lines = []
        for kind in NoteKind:
            found = [note for note in self.notes if note.kind is kind]
            most = None if kind is NoteKind.GUESSED else shown
            for note in found[:most]:
                text = str(note).removeprefix(f"{self.path}/").removeprefix(f"{self.path}: ")
                lines.append(f"{_TITLES[kind]}: {text}.")
            more = len(found) - len(found[:most])
            if more:
                lines.append(f"... and {more} more (`{self.check}` lists them)")
        return lines

    def defect_lines(self, *, shown: int | None, repaired: bool) -> list[str]:
        """A line for each defect, of each kind the first few.

        Args:
            shown: how many of each kind; None for all.
            repaired: whether what they say of a repair was done.
        """
        by_kind: dict[DefectKind, list[Defect]] = {}
        for defect in self.defects:
            by_kind.setdefault(defect.kind, []).append(defect)
        lines = []
        for kind, found in by_kind.items():
            lines += [each.repaired() if repaired else str(each) for each in found[:shown]]
            more = len(found) - len(found[:shown])
            if more:
                lines.append(
                    f"... and {more} more of {len(found)} {kind} (`{self.check} --all` lists them)"
                )
        return lines

    def hints(self) -> list[str]:
        """What may help, for the kinds of defects that there are."""
        # What a doubt says goes before: by other numbers the classes may be those that there are.
        doubt = first_ambiguous(self.defects)
        seen = [(each.kind, each.message) for each in self.defects
                if doubt is None or each.kind != DefectKind.UNKNOWN_CLASS]  # fmt: skip
        return [
            f"Hint ({kind}): {hint}." for kind, words, hint in _HINTS
            if any(kind == of and _has(message, words) for of, message in seen)
        ]  # fmt: skip


def _has(message: str, words: str | re.Pattern[str]) -> bool:
    return words in message if isinstance(words, str) else words.search(message) is not None
