"""What is printed of a data set that was read: its defects, its account, and how to go on."""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from training.datasets.defects import Defect, DefectKind, counted_defects, summary
from training.datasets.notes import Note, NoteKind

# Of each kind of defect, before "and N more".
DEFECTS_SHOWN = 3
# Of each kind of note, where it is not what was asked for.
NOTES_SHOWN = 3
_TITLES = {
    NoteKind.READ: "Read",
    NoteKind.UNUSED: "Not read",
    NoteKind.GUESSED: "Taken as",
    NoteKind.ODD: "Note",
}
# What may help: a kind of defect, words in its message, and the option or the deed.
_HINTS = (
    (DefectKind.MISSING_PICTURE, "looked for", "--images FOLDER says where the images are"),
    (DefectKind.MISSING_PICTURE, "lies outside of", "name a folder that holds the annotations and "
     "the images, or that of the images with --images FOLDER"),
    (DefectKind.MISSING_PICTURE, "would be", "put the images back into their own folders, or name "
     "that of the others with --images"),
    (DefectKind.MISSING_PICTURE, "of that name", "--images FOLDER says where the images are"),
    (DefectKind.UNKNOWN_CLASS, "but there are", "--classes NAMES says what the classes are"),
    (DefectKind.UNKNOWN_CLASS, "not in the label map", "--label-map FILE or --classes NAMES says "
     "what the classes are"),
    (DefectKind.MISSING_SPLIT, "lies outside of", "name a folder that holds all of it, or the "
     "YAML file itself, which is then taken at its word"),
    (DefectKind.MISSING_SPLIT, "there", "correct the paths in data.yaml, or take the split out of "
     "it"),
    (DefectKind.NO_LABELS, "", "put the label files where they are expected, or name their format "
     "with --from"),
    (DefectKind.SIZE_DIFFERS, "EXIF", "annotate these again as they are seen upright"),
    (DefectKind.REPEATED_ID, "", "give each image an id of its own"),
    (DefectKind.BAD_ANNOTATION, "looks like shares", "multiply them by the image's width and "
     "height, or export in pixels"),
    (DefectKind.BAD_ANNOTATION, "looks like pixels", "divide them by the image's width and height, "
     "or export in YOLO's own form"),
)  # fmt: skip


def print_defects(
    defects: Sequence[Defect], *, shown: int | None, repaired: bool, err: bool = False
) -> None:
    """A line for each defect, of each kind the first few.

    Args:
        defects: all.
        shown: how many of each kind; None for all.
        repaired: whether what they say of a repair was done.
        err: to standard error.
    """
    by_kind: dict[DefectKind, list[Defect]] = {}
    for defect in defects:
        by_kind.setdefault(defect.kind, []).append(defect)
    for kind, found in by_kind.items():
        for defect in found[:shown]:
            click.echo(defect.repaired() if repaired else str(defect), err=err)
        more = len(found) - len(found[:shown])
        if more:
            how = "`boxwright dataset check --all` lists them" if err else "--all lists them"
            click.echo(f"... and {more} more of {len(found)} {kind} ({how})", err=err)


def print_notes(
    notes: Iterable[Note], source: Path, *, shown: int | None = None, err: bool = False
) -> None:
    """A line for each note, by kind, with places below the source without its path.

    Args:
        notes: all.
        source: what was read.
        shown: how many of each kind; None for all.
        err: to standard error.
    """
    by_kind: dict[NoteKind, list[Note]] = {kind: [] for kind in NoteKind}
    for note in notes:
        by_kind[note.kind].append(note)
    for kind, found in by_kind.items():
        for note in found[:shown]:
            text = str(note).removeprefix(f"{source}/").removeprefix(f"{source}: ")
            click.echo(f"{_TITLES[kind]}: {text}.", err=err)
        more = len(found) - len(found[:shown])
        if more:
            click.echo(f"... and {more} more (`boxwright dataset check` lists them)", err=err)


def print_hints(defects: Iterable[Defect]) -> None:
    """What may help, for the kinds of defects that there are."""
    seen = [(each.kind, each.message) for each in defects]
    for kind, words, hint in _HINTS:
        if any(kind == found and words in message for found, message in seen):
            click.echo(f"Hint ({kind}): {hint}.")


def split_command(source: Path) -> str:
    """The command that divides a data set anew, with the images of one scene in one split."""
    return f"{next_command(source, defects=(), has_splits=False)} --keep-together auto"


def next_command(
    source: Path, *, defects: Sequence[Defect], has_splits: bool, is_torn: bool = False
) -> str:
    """The command that a person goes on with.

    Args:
        source: the data set.
        defects: that it has.
        has_splits: whether it is divided.
        is_torn: whether images of one scene lie in several splits, or would.
    """
    name = source.stem if source.is_file() else source.resolve().name
    given = shlex.quote(str(source))
    if defects:
        return f"boxwright dataset check {given} --fix"
    if not has_splits:
        split = f"boxwright dataset split {given} {shlex.quote(f'{name}-split')}"
        return f"{split} --keep-together auto" if is_torn else split
    return f"boxwright dataset convert {given} {shlex.quote(f'{name}-records')} --to tfrecord"


def refused(defects: Sequence[Defect]) -> str:
    """The sentence with which a command leaves that writes nothing over defects."""
    return (
        f"{counted_defects(defects)}: {summary(defects)}. --fix goes on with what can be "
        "repaired; `boxwright dataset check --all` lists them"
    )
