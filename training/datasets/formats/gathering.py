"""From what each annotation became to one data set: what every reader does at its end."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path, PurePosixPath

from detection.label_map import LabelMap
from training.datasets.annotated import AnnotatedObject, AnnotatedPicture
from training.datasets.box_forms import form_defects
from training.datasets.dataset import Dataset, found_classes, label_map_of
from training.datasets.defects import DatasetError, Defect, DefectKind, NothingRead
from training.datasets.drafts import Parsed
from training.datasets.formats.hinted_splits import with_hinted_splits
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.upright import all_upright
from training.datasets.notes import Note, NoteKind, counted, listed
from training.datasets.sources import MissingImage, PictureSource
from training.datasets.split_hints import SplitHints


def gather(
    parsed: Iterable[Parsed],
    source: Path,
    options: ReadOptions,
    *,
    classes: Iterable[str] | LabelMap | None = None,
    keypoint_names: tuple[str, ...] = (),
    category_ids: Mapping[str, int] | None = None,
) -> Dataset:
    """The data set of all that could be kept, and all defects.

    Args:
        parsed: of each annotation, in an order that does not depend on the file system.
        source: what was read, for messages.
        options: whose label map, if any, is the only one.
        classes: the names in order, or the label map, as the format has it; None to take those
            that the objects have, by name.
        keypoint_names: of every object that has keypoints.
        category_ids: the classes' numbers in the files, as `Dataset.category_ids`; those of other
            classes than there are in the end are left out.

    Raises:
        NothingRead: there are no images.
        DatasetError: there are no classes.
    """
    pictures: list[AnnotatedPicture] = []
    hints: list[SplitHints] = []
    defects: list[Defect] = []
    notes: list[Note] = []
    found = list(parsed)
    counts = [each.counts for each in found]
    for one in counts if options.exif_frame is not None else ():
        one.stored_alone = one.upright_alone = 0
    for each in all_upright(found, options, notes):
        if each.picture is not None:
            pictures.append(each.picture)
            hints.append(each.hints)
        defects.extend(each.defects)
    defects += form_defects(counts, source)
    if not pictures:
        raise NothingRead(f"{source}: no image could be read", defects)
    try:
        label_map = _label_map(source, options, classes, pictures)
    except DatasetError as error:
        if not defects:
            raise
        # Where every object was dropped, why is what is to be told.
        raise NothingRead(str(error), defects) from error
    known = {item.name for item in label_map}
    aliases = {item.display_name: item.name for item in label_map if item.display_name}
    pictures = with_hinted_splits(pictures, hints, notes)
    named = [_named(picture, known, aliases, defects) for picture in pictures]
    unique = _unique(named, defects, notes)
    _note_alike(label_map, notes)
    _note_shared(unique, notes)
    _note_doubles(unique, notes)
    _note_missing(unique, notes)
    if not defects and not any(picture.objects for picture in unique):
        notes.append(Note(NoteKind.ODD, "no image has an object: nothing can be learned from it"))
    ids = {name: number for name, number in (category_ids or {}).items() if name in known}
    return Dataset(label_map, tuple(unique), keypoint_names, tuple(defects), tuple(notes), ids)


def _label_map(
    source: Path,
    options: ReadOptions,
    classes: Iterable[str] | LabelMap | None,
    pictures: list[AnnotatedPicture],
) -> LabelMap:
    if options.label_map is not None:
        return options.label_map
    if isinstance(classes, LabelMap):
        return classes
    names = list(classes) if classes is not None else found_classes(pictures)
    if not names:
        raise DatasetError(
            f"{source}: no classes: neither the files nor their objects name one; give their names"
        )
    try:
        return label_map_of(names)
    except ValueError as error:
        raise DatasetError(f"{source}: {error}") from error


def _named(
    picture: AnnotatedPicture,
    known: set[str],
    aliases: Mapping[str, str],
    defects: list[Defect],
) -> AnnotatedPicture:
    """The picture with the objects whose classes are known."""
    if all(each.label in known for each in picture.objects):
        return picture
    kept: list[AnnotatedObject] = []
    for number, each in enumerate(picture.objects, 1):
        if each.label in known:
            kept.append(each)
        elif each.label in aliases:
            kept.append(replace(each, label=aliases[each.label]))
        else:
            where = f"{picture.origin or picture.name}, object {number}"
            message = f"{each.label!r} is not in the label map"
            defects.append(Defect(where, DefectKind.UNKNOWN_CLASS, message, "dropped"))
    return replace(picture, objects=tuple(kept))


def _unique(
    pictures: list[AnnotatedPicture], defects: list[Defect], notes: list[Note]
) -> list[AnnotatedPicture]:
    """Each image once in its split, under a name of its own.

    The same image annotated again is a defect; another one of the same name is numbered, since
    folders that tell two apart, and records that are all called alike, come to one name.
    """
    first: dict[tuple[str | None, str], AnnotatedPicture] = {}
    kept: list[AnnotatedPicture] = []
    numbered = 0
    for picture in pictures:
        key = (picture.split, picture.name)
        before = first.setdefault(key, picture)
        if before is picture:
            kept.append(picture)
            continue
        if before.source == picture.source:
            message = f"{picture.name} is annotated before, in {before.origin}"
            defects.append(Defect(picture.origin, DefectKind.REPEATED_PICTURE, message, "dropped"))
            continue
        numbered += 1
        renamed = _numbered(picture, first)
        first[renamed.split, renamed.name] = renamed
        kept.append(renamed)
    if numbered:
        called = (
            "image is called like another" if numbered == 1 else "images are called like others"
        )
        notes.append(Note(NoteKind.ODD, f"{numbered} {called}, and numbered to tell them apart"))
    return kept


def _numbered(
    picture: AnnotatedPicture, taken: Mapping[tuple[str | None, str], AnnotatedPicture]
) -> AnnotatedPicture:
    path = PurePosixPath(picture.name)
    names = (str(path.with_name(f"{path.stem}-{number}{path.suffix}")) for number in count(2))
    return replace(picture, name=next(name for name in names if (picture.split, name) not in taken))


def _note_alike(label_map: LabelMap, notes: list[Note]) -> None:
    """A note on classes that a slip of the hand has made two."""
    alike: dict[str, list[str]] = {}
    for item in label_map:
        alike.setdefault(" ".join(item.name.casefold().split()), []).append(item.name)
    for names in alike.values():
        if len(names) > 1:
            message = f"the classes {', '.join(map(repr, names))} differ in case or spaces alone"
            notes.append(Note(NoteKind.ODD, message))


def _note_shared(pictures: list[AnnotatedPicture], notes: list[Note]) -> None:
    """A note on images that are in several splits: what is learned is not what is measured."""
    splits: dict[PictureSource, dict[str | None, str]] = {}
    for picture in pictures:
        splits.setdefault(picture.source, {})[picture.split] = picture.name
    shared = {source: found for source, found in splits.items() if len(found) > 1}
    if shared:
        names = [next(iter(found.values())) for found in shared.values()]
        of = sorted({split or "none" for found in shared.values() for split in found})
        is_in = "image is" if len(names) == 1 else "images are"
        message = f"{len(names)} {is_in} in several splits ({', '.join(of)}): {listed(names)}"
        notes.append(Note(NoteKind.ODD, message))


def _note_doubles(pictures: list[AnnotatedPicture], notes: list[Note]) -> None:
    """A note on objects that are annotated twice, with the same box and class."""
    doubled = {}
    for picture in pictures:
        different = {(each.label, each.box_yxyx) for each in picture.objects}
        if len(different) < len(picture.objects):
            doubled[picture.name] = len(picture.objects) - len(different)
    if doubled:
        total = counted(sum(doubled.values()), "object")
        is_there = "has" if sum(doubled.values()) == 1 else "have"
        message = f"{total} {is_there} the box and class of another: in {listed(list(doubled))}"
        notes.append(Note(NoteKind.ODD, message))


def _note_missing(pictures: list[AnnotatedPicture], notes: list[Note]) -> None:
    """A note on images that are not there and were not asked for."""
    names = [each.name for each in pictures if isinstance(each.source, MissingImage)]
    if names:
        message = (
            f"{counted(len(names), 'image')} not there, which were not needed: {listed(names)}"
        )
        notes.append(Note(NoteKind.ODD, message))
