"""From what each annotation became to one data set: what every reader does at its end."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path, PurePosixPath

from detection.label_map import LabelMap
from training.datasets.annotated import AnnotatedImage, AnnotatedObject
from training.datasets.box_forms import form_defects, form_notes, total_of
from training.datasets.dataset import Dataset, found_classes, label_map_of
from training.datasets.defects import DatasetError, Defect, DefectKind, Loss, NothingRead
from training.datasets.drafts import Parsed
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.splits.hinted import with_hinted_splits
from training.datasets.formats.splits.hints import SplitHints
from training.datasets.formats.upright import all_upright
from training.datasets.notes import Note, NoteKind, counted, listed
from training.datasets.sources import ImageSource, MissingImage


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
    images: list[AnnotatedImage] = []
    hints: list[SplitHints] = []
    defects: list[Defect] = []
    notes: list[Note] = []
    found = list(parsed)
    for each in all_upright(found, options, notes):
        if each.image is not None:
            images.append(each.image)
            hints.append(each.hints)
        defects.extend(each.defects)
    counts = total_of(each.counts for each in found)
    defects += form_defects(counts, source, is_frame_said=options.exif_frame is not None)
    notes += form_notes(counts)
    if not images:
        raise NothingRead(f"{source}: no image could be read", defects)
    try:
        label_map = _label_map(source, options, classes, images)
    except DatasetError as error:
        if not defects:
            raise
        # Where every object was dropped, why is what is to be told.
        raise NothingRead(str(error), defects) from error
    known = {item.name for item in label_map}
    aliases = {item.display_name: item.name for item in label_map if item.display_name}
    images = with_hinted_splits(images, hints, notes)
    named = [_named(image, known, aliases, defects) for image in images]
    unique = _unique(named, defects, notes)
    _note_alike(label_map, notes)
    _note_shared(unique, notes)
    _note_doubles(unique, notes)
    _note_missing(unique, notes)
    if not defects and not any(image.objects for image in unique):
        notes.append(Note(NoteKind.ODD, "no image has an object: nothing can be learned from it"))
    ids = {name: number for name, number in (category_ids or {}).items() if name in known}
    return Dataset(label_map, tuple(unique), keypoint_names, tuple(defects), tuple(notes), ids)


def _label_map(
    source: Path,
    options: ReadOptions,
    classes: Iterable[str] | LabelMap | None,
    images: list[AnnotatedImage],
) -> LabelMap:
    if options.label_map is not None:
        return options.label_map
    if isinstance(classes, LabelMap):
        return classes
    names = list(classes) if classes is not None else found_classes(images)
    if not names:
        raise DatasetError(
            f"{source}: no classes: neither the files nor their objects name one; give their names"
        )
    try:
        return label_map_of(names)
    except ValueError as error:
        raise DatasetError(f"{source}: {error}") from error


def _named(
    image: AnnotatedImage,
    known: set[str],
    aliases: Mapping[str, str],
    defects: list[Defect],
) -> AnnotatedImage:
    """The image with the objects whose classes are known."""
    if all(each.label in known for each in image.objects):
        return image
    kept: list[AnnotatedObject] = []
    for number, each in enumerate(image.objects, 1):
        if each.label in known:
            kept.append(each)
        elif each.label in aliases:
            kept.append(replace(each, label=aliases[each.label]))
        else:
            where = f"{image.origin or image.name}, object {number}"
            message = f"{each.label!r} is not in the label map"
            kind = DefectKind.UNKNOWN_CLASS
            defects.append(Defect(where, kind, message, "dropped", loses=Loss.OBJECT))
    return replace(image, objects=tuple(kept))


def _unique(
    images: list[AnnotatedImage], defects: list[Defect], notes: list[Note]
) -> list[AnnotatedImage]:
    """Each image once in its split, under a name of its own.

    The same image annotated again is a defect; another one of the same name is numbered, since
    folders that tell two apart, and records that are all called alike, come to one name.
    """
    first: dict[tuple[str | None, str], AnnotatedImage] = {}
    kept: list[AnnotatedImage] = []
    numbered = 0
    for image in images:
        key = (image.split, image.name)
        before = first.setdefault(key, image)
        if before is image:
            kept.append(image)
            continue
        if before.source == image.source:
            message = f"{image.name} is annotated before, in {before.origin}"
            kind = DefectKind.REPEATED_IMAGE
            defects.append(Defect(image.origin, kind, message, "dropped", loses=Loss.IMAGE))
            continue
        numbered += 1
        renamed = _numbered(image, first)
        first[renamed.split, renamed.name] = renamed
        kept.append(renamed)
    if numbered:
        called = (
            "image is called like another" if numbered == 1 else "images are called like others"
        )
        notes.append(Note(NoteKind.ODD, f"{numbered} {called}, and numbered to tell them apart"))
    return kept


def _numbered(
    image: AnnotatedImage, taken: Mapping[tuple[str | None, str], AnnotatedImage]
) -> AnnotatedImage:
    path = PurePosixPath(image.name)
    names = (str(path.with_name(f"{path.stem}-{number}{path.suffix}")) for number in count(2))
    return replace(image, name=next(name for name in names if (image.split, name) not in taken))


def _note_alike(label_map: LabelMap, notes: list[Note]) -> None:
    """A note on classes that a slip of the hand has made two."""
    alike: dict[str, list[str]] = {}
    for item in label_map:
        alike.setdefault(" ".join(item.name.casefold().split()), []).append(item.name)
    for names in alike.values():
        if len(names) > 1:
            message = f"the classes {', '.join(map(repr, names))} differ in case or spaces alone"
            notes.append(Note(NoteKind.ODD, message))


def _note_shared(images: list[AnnotatedImage], notes: list[Note]) -> None:
    """A note on images that are in several splits: what is learned is not what is measured."""
    splits: dict[ImageSource, dict[str | None, str]] = {}
    for image in images:
        splits.setdefault(image.source, {})[image.split] = image.name
    shared = {source: found for source, found in splits.items() if len(found) > 1}
    if shared:
        names = [next(iter(found.values())) for found in shared.values()]
        of = sorted({split or "none" for found in shared.values() for split in found})
        is_in = "image is" if len(names) == 1 else "images are"
        message = f"{len(names)} {is_in} in several splits ({', '.join(of)}): {listed(names)}"
        notes.append(Note(NoteKind.ODD, message))


def _note_doubles(images: list[AnnotatedImage], notes: list[Note]) -> None:
    """A note on objects that are annotated twice, with the same box and class."""
    doubled = {}
    for image in images:
        different = {(each.label, each.box_yxyx) for each in image.objects}
        if len(different) < len(image.objects):
            doubled[image.name] = len(image.objects) - len(different)
    if doubled:
        total = counted(sum(doubled.values()), "object")
        is_there = "has" if sum(doubled.values()) == 1 else "have"
        message = f"{total} {is_there} the box and class of another: in {listed(list(doubled))}"
        notes.append(Note(NoteKind.ODD, message))


def _note_missing(images: list[AnnotatedImage], notes: list[Note]) -> None:
    """A note on images that are not there and were not asked for."""
    names = [each.name for each in images if isinstance(each.source, MissingImage)]
    if names:
        message = (
            f"{counted(len(names), 'image')} not there, which were not needed: {listed(names)}"
        )
        notes.append(Note(NoteKind.ODD, message))
