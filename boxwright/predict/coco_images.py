"""The numbers of pictures in COCO results: those of an annotation file, or their own."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path, PurePosixPath


def read_image_ids(annotations: Path) -> dict[str, int]:
    """The number of each picture in a COCO annotation file, by the picture's `file_name`.

    Raises:
        ValueError: the file is not COCO's JSON.
    """
    try:
        images = json.loads(annotations.read_text(encoding="utf-8"))["images"]
        return {str(PurePosixPath(image["file_name"])): int(image["id"]) for image in images}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(
            f"{annotations}: expected COCO's JSON with images of id and file_name"
        ) from error


def number_pictures(pictures: Sequence[Path], image_ids: Mapping[str, int]) -> dict[Path, int]:
    """A number for each picture, no two alike.

    A picture is the annotated one whose `file_name` is the end of its path, else the only one
    whose last part is its name. One that is not annotated gets a number above the highest.

    Args:
        pictures: each once.
        image_ids: as `read_image_ids` gives them.

    Raises:
        ValueError: an annotated picture could be two of these, or one of these two of those.

    Example:
        >>> photos = [Path("photos/train/a.png"), Path("photos/new/a.png")]
        >>> list(number_pictures(photos, {"train/a.png": 17}).values())
        [17, 18]
    """
    by_last: dict[str, list[str]] = defaultdict(list)
    for annotated in image_ids:
        by_last[PurePosixPath(annotated).name].append(annotated)
    by_path = {picture: _end_of_path(picture, by_last[picture.name]) for picture in pictures}
    taken = set(by_path.values())
    picture_of: dict[str, Path] = {}
    numbers = {}
    own_numbers = count(max(image_ids.values(), default=0) + 1)
    for picture, name in by_path.items():
        if name is None:
            left = [each for each in by_last[picture.name] if each not in taken]
            if len(left) > 1:
                raise ValueError(f"{picture} could be {left[0]} and {left[1]} of the annotations")
            name = left[0] if left else None
        if name is None:
            numbers[picture] = next(own_numbers)
            continue
        other = picture_of.setdefault(name, picture)
        if other != picture:
            raise ValueError(f"{name} of the annotations could be {other} and {picture}")
        numbers[picture] = image_ids[name]
    return numbers


def _end_of_path(picture: Path, names: Sequence[str]) -> str | None:
    """The longest of `names` with which the picture's path ends."""
    ends = [name for name in names if f"/{picture.as_posix()}".endswith(f"/{name}")]
    return max(ends, key=len, default=None)
