"""Which files `boxwright predict` means when it is given files and folders."""

from collections.abc import Iterable
from pathlib import Path

from detection.images.formats import SUFFIXES


def find_images(paths: Iterable[Path]) -> list[Path]:
    """The files among `paths`, and the images in the folders among them, at any depth.

    Each once, folders in the order of their names. In a folder, a suffix tells an image; a file
    that is named itself is sent whatever it is called.

    Raises:
        FileNotFoundError: a path does not exist.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.suffix.lower() in SUFFIXES)
            found.update(dict.fromkeys(each for each in inside if each.is_file()))
        elif path.exists():
            found[path] = None
        else:
            raise FileNotFoundError(f"{path} does not exist")
    return list(found)
