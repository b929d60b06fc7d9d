"""The last step of reading where EXIF turns images: what was drawn on stored ones is turned too.

An annotation's size says which frame it is of where width and height differ and EXIF turns the
image by a quarter. An image that no size says it of is taken as upright where its sides change
places, as its boxes were measured by them; else as the others of the set are.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from training.datasets.drafts import Parsed
from training.datasets.exif_frames import ExifFrame, turned_upright
from training.datasets.formats.options import ReadOptions
from training.datasets.notes import Note, NoteKind


def all_upright(parsed: Iterable[Parsed], options: ReadOptions, notes: list[Note]) -> list[Parsed]:
    """All images with what is drawn on them as people see them; notes on what was taken.

    Args:
        parsed: of each annotation.
        options: whose `exif_frame`, if any, the drafts were begun with.
        notes: those of the data set, to which some are added.
    """
    found = list(parsed)
    drawn = [each for each in found if each.frame is not None and _has_something(each)]
    if not drawn:
        return found
    sized = [each for each in drawn if each.frame is not None and each.frame.by_size]
    frames: set[ExifFrame] = {each.frame.frame for each in sized if each.frame is not None}
    rest: ExifFrame = "stored" if frames == {"stored"} else "upright"
    _note(drawn, sized, rest, options, notes)
    return [_upright(each, options.exif_frame or rest) for each in found]


def _upright(each: Parsed, rest: ExifFrame) -> Parsed:
    if each.frame is None or each.image is None or _frame_of(each, rest) == "upright":
        return each
    return replace(each, image=turned_upright(each.image, each.frame.orientation))


def _frame_of(each: Parsed, rest: ExifFrame) -> ExifFrame:
    """The frame that an annotation is read as drawn on; `rest`: where nothing decides it."""
    frame, image = each.frame, each.image
    if frame is None or image is None:
        return "upright"
    # One on its side was begun with the size of the frame that it was taken to be of.
    is_begun = frame.by_size or (frame.is_on_its_side and image.width != image.height)
    return frame.frame if is_begun else rest


def _has_something(each: Parsed) -> bool:
    return each.image is not None and bool(each.image.objects or each.image.ignored_yxyx)


def _note(
    drawn: Sequence[Parsed],
    sized: Sequence[Parsed],
    rest: ExifFrame,
    options: ReadOptions,
    notes: list[Note],
) -> None:
    if options.exif_frame is not None:
        message = f"{_turned(len(drawn))}: boxes were read as drawn on the {options.exif_frame} one"
        notes.append(Note(NoteKind.READ, message))
        return
    stored = sum(each.frame is not None and each.frame.frame == "stored" for each in sized)
    if stored:
        message = (
            f"{_turned(stored)}, and annotated with the size of the stored one: boxes were turned "
            "with it; --exif upright takes them as drawn on the upright one"
        )
        notes.append(Note(NoteKind.GUESSED, message))
    if len(sized) > stored:
        message = f"{_turned(len(sized) - stored)}, and annotated with the size of the upright one"
        notes.append(Note(NoteKind.READ, message))
    unsaid = Counter(_frame_of(each, rest) for each in drawn if each.frame is not None
                     and not each.frame.by_size)  # fmt: skip
    for taken, count in sorted(unsaid.items()):
        other = "upright" if taken == "stored" else "stored"
        since = ", as the others were" if taken == "stored" else ""
        message = (
            f"{_turned(count)}, and no size says on which form boxes were drawn: they are read as "
            f"drawn on the {taken} one{since}; --exif {other} takes the {other} one"
        )
        notes.append(Note(NoteKind.GUESSED, message))


def _turned(count: int) -> str:
    return "1 image is turned by EXIF" if count == 1 else f"{count} images are turned by EXIF"
