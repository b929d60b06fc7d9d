"""Find the images in files and folders given on the command line."""

from collections.abc import Iterable
from pathlib import Path

from detection.images.formats import SUFFIXES


def find_images(paths: Iterable[Path]) -> list[Path]:
    """List the files among `paths`, and the images in the folders among them, at any depth.

    Each once, those in a folder sorted by name. Folders are searched by suffix; a file that is
    given itself is taken whatever its suffix.

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
