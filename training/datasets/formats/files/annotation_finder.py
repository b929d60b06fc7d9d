"""Finds annotation files by what is in them, at any depth that data sets have.

People pack one format in many layouts: `Annotations/`, `annots/`, `annotations/xmls/`, beside the
images, a folder a split or a year. What a file is called and where it lies is a hint on the split;
what it holds says whether it is one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.source_files import SourceFiles

# Folders above an annotation file: `archive/VOCdevkit/VOC2007/Annotations/` has four.
MAX_FOLDERS = 4
# In a folder of a file an image, so many are looked at before the rest is taken to be alike.
LOOKED_AT = 5
# In a folder with no more files of a suffix, every one is looked at: they may differ.
FEW = 50


@dataclass(frozen=True)
class AnnotationFolder:
    """Files of one kind that lie together.

    Args:
        folder: its path from the root; the root is the empty one.
        files: the annotation files' paths from the root, sorted.
        others: files of the same suffix in it that are something else.
    """

    folder: str
    files: tuple[str, ...]
    others: tuple[str, ...] = ()


def annotation_folders(
    files: SourceFiles,
    suffixes: Iterable[str],
    is_one: Callable[[bytes], bool],
    *,
    with_end: bool = False,
    max_folders: int = MAX_FOLDERS,
) -> list[AnnotationFolder]:
    """The folders with files that `is_one` recognizes, by path.

    Args:
        files: the data set; where its path is a file, that one alone is looked at.
        suffixes: of the files, in lower case, with the dot.
        is_one: told by a file's beginning (and end, if wanted); called with bytes of any kind.
        with_end: whether it is given the end of the file too, after the beginning.
        max_folders: how many folders may be above a file.

    Example: `annotation_folders(files, [".xml"], lambda head: b"<annotation" in head)`.
    """
    wanted = tuple(suffixes)
    by_folder: dict[str, list[str]] = {}
    if files.path.is_file():
        by_folder[""] = [files.inside(files.path)]
    else:
        for path in files.index.with_suffix(*wanted, max_depth=max_folders):
            by_folder.setdefault(parent(path), []).append(path)
    found = []
    for folder, paths in sorted(by_folder.items()):
        if len(paths) <= FEW:
            kept = [path for path in paths if is_one(files.head(path, with_end=with_end))]
        elif any(is_one(files.head(path, with_end=with_end)) for path in paths[:LOOKED_AT]):
            kept = paths
        else:
            continue
        if kept:
            is_kept = set(kept)
            others = tuple(path for path in paths if path not in is_kept)
            found.append(AnnotationFolder(folder, tuple(kept), others))
    return found
