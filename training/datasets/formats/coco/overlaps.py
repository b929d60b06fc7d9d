"""COCO files on the same images: a part of another file, all splits in one, and two versions.

`instances_minitrain2017.json` beside `instances_train2017.json` is a part of it, `trainval.json`
beside `train.json` holds what that has. Read side by side each image would count twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from training.datasets.defects import DatasetError
from training.datasets.formats.coco.file import Record
from training.datasets.formats.coco.objects import CocoClasses
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.notes import NoteKind, counted
from training.datasets.sources import ImageSource


@dataclass(frozen=True)
class ImageOfFile:
    """One image's record in one of several files.

    Args:
        file: the file's path from the root.
        split: the file's.
        source: the image's own file; None where it was not found.
        annotations: its annotations.
        classes: of the file; None for none.
    """

    file: str
    split: str | None
    source: ImageSource | None
    annotations: Sequence[Record]
    classes: CocoClasses | None = None


def repeated_images(files: SourceFiles, images: Sequence[ImageOfFile]) -> set[int]:
    """Which of the images are read in another file, by their numbers; a note for each file of them.

    An image that two files of different splits have is no repeat: it is in both, and that is told.

    Raises:
        DatasetError: two files are on the very same images, of one split, with other annotations.
    """
    by_file: dict[str, dict[ImageSource, int]] = {}
    for number, each in enumerate(images):
        if each.source is not None:
            by_file.setdefault(each.file, {})[each.source] = number
    left_out: set[int] = set()
    order = sorted(by_file, key=lambda file: (len(by_file[file]), file))
    for at, file in enumerate(order):
        own = by_file[file]
        for other in order[at + 1 :]:
            shared = own.keys() & by_file[other].keys()
            if not shared:
                continue
            splits = images[min(own.values())].split, images[min(by_file[other].values())].split
            if splits[0] == splits[1] or splits[0] is None:
                # The smaller file counts only where it is all in the larger one.
                if len(shared) < len(own):
                    continue
                if len(own) == len(by_file[other]):
                    _check_alike(files, file, other, images, by_file)
                kept, copied = other, file
            elif splits[1] is None:
                kept, copied = file, other
            else:
                continue
            left_out.update(by_file[copied][source] for source in shared)
            name = PurePosixPath(kept).name
            files.note(
                NoteKind.UNUSED,
                f"{counted(len(shared), 'image')} of it read in {name} alone, which has the same; "
                f"name {PurePosixPath(copied).name} itself to read that",
                files.index.path(copied),
            )
    return left_out


def _check_alike(
    files: SourceFiles,
    file: str,
    other: str,
    images: Sequence[ImageOfFile],
    by_file: dict[str, dict[ImageSource, int]],
) -> None:
    for source, number in by_file[file].items():
        if _signature(images[number]) != _signature(images[by_file[other][source]]):
            raise DatasetError(
                f"{files.path}: {file} and {other} are on the same images with different "
                f"annotations; name the one to read, such as {files.index.path(file)}"
            )


def _signature(image: ImageOfFile) -> list[Any]:
    known = image.classes
    return sorted(
        repr((known.names.get(number, ""), each.get("bbox")))
        for each in image.annotations
        if known is not None and (number := known.ids.number(each.get("category_id"))) is not None
    )
