"""The folders in which the images of an annotation file usually lie."""

from collections.abc import Iterator, Sequence

from training.datasets.formats.files.file_index import FileIndex, parents

# Folders that only say that there are images in them, in the order in which they are tried.
IMAGE_FOLDERS = ("images", "JPEGImages", "image_2", "imgs", "img", "data")


def likely_folders(named: Sequence[str]) -> list[str]:
    """Folders of images, below the one that holds a data set: those of a name, then the usual."""
    own = [each for word in named for each in (f"{word}/images", word, f"images/{word}")]
    return [*own, *IMAGE_FOLDERS]


def bases_of(beside: str, named: Sequence[str], index: FileIndex) -> Iterator[str]:
    """The folders of an index in which a name may be a path, the likeliest first.

    Args:
        beside: the annotation file's folder, from the index's root.
        named: names that the images' folder may have, such as the split's.
        index: the files.
    """
    for folder in parents(beside):
        above = f"{folder}/" if folder else ""
        tries = [above + each for each in likely_folders(named)]
        yield from (each for each in tries if each in index.folder_set)
        yield folder
