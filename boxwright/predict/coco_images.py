"""Image ids of COCO results: from an annotation file, or new ones."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path, PurePosixPath

# Usually a number; a string stays one, since pycocotools tells "1" and 1 apart.
ImageId = int | str


def read_file_names(annotations: Path) -> dict[ImageId, str]:
    """The `file_name` of each image in a COCO annotation file, by the image's id.

    Raises:
        ValueError: the file is not COCO's JSON.
    """
    try:
        images = json.loads(annotations.read_text(encoding="utf-8-sig"))["images"]
        return {
            _image_id(image["id"]): str(PurePosixPath(image["file_name"].replace("\\", "/")))
            for image in images
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(
            f"{annotations} is not COCO JSON with an id and a file_name for each image"
        ) from error


def read_image_ids(annotations: Path) -> dict[str, ImageId]:
    """The id of each image in a COCO annotation file, by the image's `file_name`.

    Raises:
        ValueError: the file is not COCO's JSON.
    """
    return {name: image_id for image_id, name in read_file_names(annotations).items()}


def _image_id(value: object) -> ImageId:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"an image's id is a number or a string, not {value!r}")
    return value


def number_images(images: Sequence[Path], image_ids: Mapping[str, ImageId]) -> dict[Path, ImageId]:
    """Give each image a unique id.

    An image matches the annotation whose `file_name` its path ends with, else the only one with the
    same base name. Images without an annotation get ids above the highest.

    Args:
        images: without repetitions.
        image_ids: from `read_image_ids`.

    Raises:
        ValueError: an image matches two annotations, or an annotation two images.

    Example:
        >>> photos = [Path("photos/train/a.png"), Path("photos/new/a.png")]
        >>> list(number_images(photos, {"train/a.png": 17}).values())
        [17, 18]
    """
    by_last: dict[str, list[str]] = defaultdict(list)
    for annotated in image_ids:
        by_last[PurePosixPath(annotated).name].append(annotated)
    by_path = {image: _end_of_path(image, by_last[image.name]) for image in images}
    taken = set(by_path.values())
    image_of: dict[str, Path] = {}
    numbers: dict[Path, ImageId] = {}
    highest = max((each for each in image_ids.values() if isinstance(each, int)), default=0)
    own_numbers = count(highest + 1)
    for image, name in by_path.items():
        if name is None:
            left = [each for each in by_last[image.name] if each not in taken]
            if len(left) > 1:
                raise ValueError(f"{image} matches two annotated images, {left[0]} and {left[1]}")
            name = left[0] if left else None
        if name is None:
            numbers[image] = next(own_numbers)
            continue
        other = image_of.setdefault(name, image)
        if other != image:
            raise ValueError(f"the annotated image {name} matches two files, {other} and {image}")
        numbers[image] = image_ids[name]
    return numbers


def _end_of_path(image: Path, names: Sequence[str]) -> str | None:
    """The longest of `names` that the image's path ends with."""
    ends = [name for name in names if f"/{image.as_posix()}".endswith(f"/{name}")]
    return max(ends, key=len, default=None)
