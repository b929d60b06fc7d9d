"""One label map of several COCO files, which may number the same classes in different ways."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from detection.label_map import LabelMap, LabelMapError, LabelMapItem
from training.datasets.defects import DatasetError
from training.datasets.formats.class_numbers import ClassNumbers, counted_otherwise, shifted
from training.datasets.formats.coco.file import CocoFile
from training.datasets.formats.coco.ids import CategoryIds, Id
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.notes import NoteKind, listed


@dataclass(frozen=True)
class Categories:
    """The classes of a data set.

    Args:
        label_map: the categories' own ids where they are the same in all files and begin at 1 or
            above, gaps and all; else numbers from 1, in the order of the ids.
        category_ids: each class's id in the files; of none where two files have another.
    """

    label_map: LabelMap
    category_ids: dict[str, int] = field(default_factory=dict)


def merge_categories(files_read: Sequence[CocoFile], files: SourceFiles) -> Categories:
    """The classes of all files by name, with notes on what was left out or numbered otherwise.

    Exports have a first category that no annotation uses and that is the others' super-category,
    or has the name of the one below it; it is no class, unless another file uses it.

    Raises:
        DatasetError: there are no classes, or one name has two ids that are both used.
    """
    used_ids = [each.used_ids for each in files_read]
    used_names = {each.names[number] for each, used in zip(files_read, used_ids, strict=True)
                  for number in used if number in each.names}  # fmt: skip
    ids: dict[str, list[int]] = {}
    for each, used in zip(files_read, used_ids, strict=True):
        for name, number in _own(each, used, files).items():
            if name in used_names or name not in each.parents:
                ids.setdefault(name, [])
                if number not in ids[name]:
                    ids[name].append(number)
    if not ids:
        raise DatasetError(f"{files.path}: no categories")
    left_out = sorted({name for each in files_read for name in each.names.values()} - set(ids))
    if left_out:
        message = f"the category {listed(left_out)} is no class: it is above others, and unused"
        files.note(NoteKind.GUESSED, message)
    numbers = [number for found in ids.values() for number in found]
    agree = len(numbers) == len(ids) == len(set(numbers))
    if not agree:
        message = "the files number the classes differently; they were brought together by name"
        files.note(NoteKind.GUESSED, message)
        return Categories(_label_map(files, list(enumerate(ids, 1))))
    named = sorted((found[0], name) for name, found in ids.items())
    own = {number for each in files_read for number in each.categories.own_numbers}
    category_ids = {name: number for number, name in named if number in own}
    if named[0][0] < 1:
        named = [(number, name) for number, (_, name) in enumerate(named, 1)]
    return Categories(_label_map(files, named), category_ids)


def _own(each: CocoFile, used_ids: set[int], files: SourceFiles) -> dict[str, int]:
    """The id of each name in one file; an id that no annotation has goes before one that some do.

    Raises:
        DatasetError: a name has two ids that are both used.
    """
    found: dict[str, list[int]] = {}
    for number, name in each.names.items():
        found.setdefault(name, []).append(number)
    own = {}
    for name, numbers in found.items():
        used = [number for number in numbers if number in used_ids]
        if len(used) > 1:
            raise DatasetError(
                f"{each.path}: the category {name!r} comes twice, and annotations use both of its "
                f"ids, {used[0]} and {used[1]}; rename one of the two in the file, or give all "
                "their annotations one id"
            )
        if len(numbers) > 1:
            kept = used[0] if used else numbers[-1]
            others = [number for number in numbers if number != kept]
            message = f"the category {name!r} comes twice: {kept} was taken, {others[0]} is unused"
            files.note(NoteKind.GUESSED, message, each.path)
        own[name] = used[0] if used else numbers[-1]
    return own


def _label_map(files: SourceFiles, numbered: Sequence[tuple[int, str]]) -> LabelMap:
    try:
        return LabelMap(tuple(LabelMapItem(number, name) for number, name in numbered))
    except LabelMapError as error:
        raise DatasetError(f"{files.path}: {error}") from error


def renumber(found: CocoFile, first_class: int | None) -> None:
    """Give the names of a file the numbers that its annotations have for them.

    Args:
        found: a file; where its annotations look counted otherwise than its categories, and nobody
            says how they count, it gets a defect.
        first_class: the annotations' number for the category with the lowest id, as a person says
            it; None to take the categories' own.
    """
    if not found.names or found.categories.unnumbered:
        return
    lowest = min(found.names)
    if first_class is not None:
        shift = first_class - lowest
        named: dict[Id, str] = {number + shift: name for number, name in found.names.items()}
        found.names = {number + shift: name for number, name in found.names.items()}
        found.categories = CategoryIds.of(named)
        return
    otherwise = counted_otherwise(found.used_ids, found.names)
    doubt = "" if otherwise is None else shifted(otherwise, lowest, "annotations", "categories")
    numbers = ClassNumbers(lowest, doubt=doubt, otherwise=otherwise)
    found.defects += numbers.defects(str(found.path))
