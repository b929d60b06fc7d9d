"""YOLO's lists of classes where a folder has several that differ: which counts for which labels.

Exports put side by side have a list each, and LabelImg writes one beside the labels of each folder:
a number means what it means where its folder is read by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from training.datasets.defects import DatasetError
from training.datasets.formats.files.file_index import parent, parents
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.yolo.description import Description
from training.datasets.formats.yolo.images import Labelled
from training.datasets.notes import NoteKind, listed


def with_own_classes(
    files: SourceFiles, labelled: Sequence[Labelled], description: Description
) -> tuple[Description, list[Labelled]]:
    """The images with the classes of the list that is theirs; a note on which lists these are.

    Args:
        files: the data set.
        labelled: its images and their label files.
        description: of it; unless it has several lists that differ, nothing changes.

    Returns:
        The description with the classes of all lists that count, and the images.

    Raises:
        DatasetError: labels have no list beside or above them, and so may be of any.
    """
    if not description.lists:
        return description, list(labelled)
    by_folder = {parent(path): path for path in description.lists}
    of_files = {each.labels: _list_of(files, each, by_folder, description.lists)
                for each in labelled if each.labels is not None}  # fmt: skip
    used = [path for path in description.lists if path in set(of_files.values())]
    if not used:
        return description, list(labelled)
    classes: list[str] = []
    for path in used:
        classes += [name for name in description.lists[path] if name not in set(classes)]
    if len({description.lists[path] for path in used}) > 1:
        message = (
            "the lists of classes differ, and each was taken for the labels beside and below it: "
            f"{listed(used)}; --classes gives one for all"
        )
        files.note(NoteKind.GUESSED, message)
    for path in [each for each in description.lists if each not in used]:
        message = f"it has other classes than {listed(used)}, and no labels of its own"
        files.note(NoteKind.UNUSED, message, path)
    own = [each if each.labels is None
           else replace(each, classes=description.lists[of_files[each.labels]])
           for each in labelled]  # fmt: skip
    return replace(description, classes=tuple(classes), lists={}), own


def _list_of(
    files: SourceFiles, each: Labelled, by_folder: Mapping[str, str], lists: Mapping[str, object]
) -> str:
    """The list of the innermost folder that has one, of those around the labels and the image."""
    labels = files.index.inside(each.labels) if each.labels is not None else None
    around = [_nearest(path, by_folder) for path in (labels, each.image.inside) if path is not None]
    found = [path for path in around if path is not None]
    if found:
        return max(found, key=lambda path: path.count("/"))
    raise DatasetError(
        f"{each.labels}: {listed(list(lists))} have different classes, and none of them lies "
        "beside or above these labels: read each folder by itself, or give the classes' names, "
        "in the order of their numbers (--classes)"
    )


def _nearest(path: str, by_folder: Mapping[str, str]) -> str | None:
    return next((by_folder[each] for each in parents(parent(path)) if each in by_folder), None)
