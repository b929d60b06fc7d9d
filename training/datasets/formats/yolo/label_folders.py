"""YOLO's label files in folders of other names: `label/`, `YOLO_labels/`, `Annotations_yolo/`.

Only where no image of a folder has labels in the usual places: what lies elsewhere may be an older
version, or what a model has found.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath

from training.datasets.formats.files.annotation_finder import annotation_folders
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.image_names import folded
from training.datasets.formats.files.path_lookup import PathLookup, nearest
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.yolo.labels import looks_like_labels, with_suffix
from training.datasets.formats.yolo.places import YoloImage
from training.datasets.notes import NoteKind, counted, listed

# Where programs write what a model has found.
_FOUND = re.compile(r"(?:^|/)(?:runs?|predict\w*|detect\w*|inference|results?|output)(?:/|$)", re.I)


def labels_elsewhere(
    files: SourceFiles, images: Sequence[YoloImage], taken: Collection[Path]
) -> dict[Path, Path]:
    """The label file of each image of a folder without any, by the image's; a note on them.

    Args:
        files: the data set's.
        images: those without a label file.
        taken: label files that others have, and lists of classes.
    """
    folders = annotation_folders(files, (".txt",), looks_like_labels)
    paths = [path for each in folders if _FOUND.search(each.folder) is None
             for path in (*each.files, *_empty(files, each.others))
             if files.index.path(path) not in taken]  # fmt: skip
    lookup = PathLookup(paths, folded)
    found = {each.file: path for each in images
             if (path := _of_image(each, lookup)) is not None}  # fmt: skip
    sayers: dict[str, set[str]] = {}
    for file, path in found.items():
        sayers.setdefault(path, set()).add(str(file.with_suffix("")))
    own = {file: path for file, path in found.items() if len(sayers[path]) == 1}
    _note(files, own)
    return {file: files.index.path(path) for file, path in own.items()}


def _of_image(image: YoloImage, lookup: PathLookup) -> str | None:
    """The only label file of the image's path without its leading folders, or the nearest."""
    if image.inside is None:
        return None
    inside = image.inside
    parts = with_suffix(inside, ".txt").split("/")
    for start in range(len(parts)):
        there = lookup.ending("/".join(parts[start:]))
        path = nearest(there, parent(inside), image.split)
        if path is not None:
            return path
    return None


def _empty(files: SourceFiles, paths: Sequence[str]) -> list[str]:
    """Files of images without objects."""
    return [path for path in paths if not files.head(path).strip()]


def _note(files: SourceFiles, own: Mapping[Path, str]) -> None:
    places = sorted({str(PurePosixPath(path).parent) for path in own.values()})
    if own:
        message = f"the labels of {counted(len(own), 'image')} were taken from {listed(places)}"
        files.note(NoteKind.GUESSED, message)
