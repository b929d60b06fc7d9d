"""From what each annotation became to one data set: what every reader does at its end."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from detection.label_map import LabelMap, LabelMapError
from training.datasets.annotated import AnnotatedObject, AnnotatedPicture
from training.datasets.dataset import Dataset, found_classes, label_map_of
from training.datasets.defects import DatasetError, Defect, DefectKind
from training.datasets.drafts import Parsed
from training.datasets.formats.options import ReadOptions


def gather(
    parsed: Iterable[Parsed],
    source: Path,
    options: ReadOptions,
    *,
    classes: Iterable[str] | LabelMap | None = None,
    keypoint_names: tuple[str, ...] = (),
) -> Dataset:
    """The data set of all that could be kept, and all defects.

    Args:
        parsed: of each annotation, in an order that does not depend on the file system.
        source: what was read, for messages.
        options: whose label map, if any, is the only one.
        classes: the names in order, or the label map, as the format has it; None to take those
            that the objects have, by name.
        keypoint_names: of every object that has keypoints.

    Raises:
        DatasetError: there are no pictures, or no classes.
    """
    pictures: list[AnnotatedPicture] = []
    defects: list[Defect] = []
    for each in parsed:
        if each.picture is not None:
            pictures.append(each.picture)
        defects.extend(each.defects)
    if not pictures:
        first = f", the first {defects[0]}" if defects else ""
        raise DatasetError(f"{source}: no picture could be read; {len(defects)} defects{first}")
    label_map = _label_map(source, options, classes, pictures)
    known = {item.name for item in label_map}
    aliases = {item.display_name: item.name for item in label_map if item.display_name}
    named = [_named(picture, known, aliases, defects) for picture in pictures]
    unique = _unique(named, defects)
    return Dataset(label_map, tuple(unique), keypoint_names, tuple(defects))


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
    try:
        return label_map_of(names)
    except LabelMapError as error:
        raise DatasetError(
            f"{source}: no classes: neither the files nor their objects name one; give their names"
        ) from error
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


def _unique(pictures: list[AnnotatedPicture], defects: list[Defect]) -> list[AnnotatedPicture]:
    """The first of every name and split."""
    seen: dict[tuple[str | None, str], AnnotatedPicture] = {}
    for picture in pictures:
        first = seen.setdefault((picture.split, picture.name), picture)
        if first is not picture:
            message = f"{picture.name} is annotated before, in {first.origin}"
            defects.append(Defect(picture.origin, DefectKind.REPEATED_PICTURE, message, "dropped"))
    return list(seen.values())
