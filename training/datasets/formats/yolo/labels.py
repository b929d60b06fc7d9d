"""YOLO's label files: where an image's is, and what a line of it says.

Source: Ultralytics' data set formats. A line is the class's number from 0, then the box as center
and size in 0..1; or the points of one polygon, x and y in turn; or, where `data.yaml` has
`kpt_shape`, the box and the keypoints.
"""

import math
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt

from training.datasets.annotated import NOT_LABELLED, VISIBLE
from training.datasets.defects import DefectKind
from training.datasets.drafts import ImageDraft
from training.datasets.formats.class_numbers import MOST_CLASSES
from training.datasets.formats.files.source_files import HEAD_BYTES
from training.datasets.formats.yolo.description import NO_CLASS, Description

BOX_FIELDS = 5
# A share goes beyond the edge by a little, and a pixel by a lot.
_LARGEST_SHARE = 2.0
# In the order in which they are tried; Darknet puts Pascal VOC's images there.
_IMAGE_FOLDERS = ("images", "jpegimages")


def looks_like_labels(head: bytes) -> bool:
    """Whether a file begins with lines of a class's number and shares.

    Args:
        head: its first bytes; the last line may be cut.
    """
    lines = [line.split() for line in head.removeprefix(b"\xef\xbb\xbf").splitlines()[:5]]
    words = [line for line in lines if line]
    return bool(words) and all(
        len(line) >= BOX_FIELDS and line[0].isdigit() and all(map(_is_number, line))
        for line in words[:-1] or words
    )


def whole_lines(head: bytes) -> list[list[float]]:
    """The numbers of each line that begins like a label; none of the last, which may be cut.

    Args:
        head: a file's first bytes.
    """
    lines = [line.split() for line in head.removeprefix(b"\xef\xbb\xbf").splitlines()]
    whole = lines if head.endswith(b"\n") or len(head) < HEAD_BYTES else lines[:-1]
    return [list(map(float, line)) for line in whole
            if len(line) >= BOX_FIELDS and all(map(_is_number, line))]  # fmt: skip


def _is_number(word: bytes) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def labels_path(image: str) -> str:
    """Where an image's labels should be: beside it, or in `labels` where it is in `images`.

    Args:
        image: its path from the data set's root; a folder `images` above that is none of it.

    Example:
        >>> labels_path("images/train/1.jpg"), labels_path("cam1/1.jpg")
        ('labels/train/1.txt', 'cam1/1.txt')
    """
    *folders, name = image.split("/")
    numbers = [number for number, part in enumerate(folders) if part.lower() in _IMAGE_FOLDERS]
    if numbers:
        folders[numbers[-1]] = "labels"
    return with_suffix("/".join((*folders, name)), ".txt")


def with_suffix(path: str, suffix: str) -> str:
    """A path with its file's suffix changed."""
    return path[: len(path) - len(PurePosixPath(path).suffix)] + suffix


def add_line(draft: ImageDraft, place: str, line: str, description: Description) -> int | None:
    """Add a line's object to its image's draft, or a defect.

    Args:
        draft: the image.
        place: the line, for defects.
        line: its text.
        description: of the data set.

    Returns:
        The number of its class, named or not; None where it has none.
    """
    try:
        numbers = [float(word) for word in line.split()]
    except ValueError:
        numbers = [math.nan]
    if not all(map(math.isfinite, numbers)):
        message = (
            f"numbers with spaces between were expected, but the line is {line.strip()[:60]!r}"
        )
        draft.drop(place, DefectKind.BAD_ANNOTATION, message)
        return None
    class_number, first, count = numbers[0], description.first_class, len(description.classes)
    is_number = class_number == int(class_number) and 0 <= class_number <= MOST_CLASSES
    if not is_number or not first <= class_number < first + count:
        message = f"class {class_number:g}, but there are {count}, from {first}"
        draft.drop(place, DefectKind.UNKNOWN_CLASS, message)
        return int(class_number) if is_number else None
    label = description.classes[int(class_number) - first]
    if label == NO_CLASS:
        message = f"class {class_number:g}, which has no name"
        draft.drop(place, DefectKind.UNKNOWN_CLASS, message)
    else:
        values = np.array(numbers[1:])
        _add_shape(draft, place, line, values, label, description.keypoint_shape)
    return int(class_number)


def _add_shape(
    draft: ImageDraft,
    place: str,
    line: str,
    values: npt.NDArray[np.float64],
    label: str,
    shape: tuple[int, int] | None,
) -> None:
    """Add the object of a line whose class has a name, by the finite numbers behind that.

    Args:
        draft: the image.
        place: the line, for defects.
        line: its text, for messages.
        values: (N,), what follows the class's number.
        label: the class.
        shape: of keypoints, as `Description.keypoint_shape`.
    """
    count = 1 + len(values)
    coordinates = values[:4] if shape is not None else values
    if len(coordinates) >= 4 and coordinates.max() > _LARGEST_SHARE:
        message = f"{line.strip()[:60]!r} looks like pixels; shares of 0 to 1 were expected"
        draft.drop(place, DefectKind.BAD_ANNOTATION, message)
    elif count == BOX_FIELDS:
        sides = (draft.width, draft.height, draft.width, draft.height)
        as_corners = (values * sides).tolist()
        draft.add(place, label, _corners(values, draft), as_corners=as_corners)
    elif shape is not None and len(values) == 4 + shape[0] * shape[1]:
        keypoints = _keypoints(values[4:].reshape(shape), draft)
        sides = (draft.width, draft.height, draft.width, draft.height)
        draft.add(place, label, _corners(values[:4], draft), keypoints_xyv=keypoints,
                  as_corners=(values[:4] * sides).tolist())  # fmt: skip
    elif shape is None and len(values) >= 6 and len(values) % 2 == 0:
        polygon = values.reshape(-1, 2) * (draft.width, draft.height)
        draft.add(place, label, None, polygons_xy=[polygon])
    else:
        other = "a polygon" if shape is None else f"a pose of kpt_shape [{shape[0]}, {shape[1]}]"
        message = f"{count} numbers are neither a box ({BOX_FIELDS}) nor {other}"
        if count == BOX_FIELDS + 1:
            message += "; predictions have a score at the end, labels have none"
        draft.drop(place, DefectKind.BAD_ANNOTATION, message)


def _corners(values: Any, draft: ImageDraft) -> list[float]:
    sides = (draft.width, draft.height, draft.width, draft.height)
    x, y, width, height = (float(value) * side for value, side in zip(values, sides, strict=True))
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]


def _keypoints(values: Any, draft: ImageDraft) -> Any:
    """(K, 3) x, y in pixels and visibility; without one, what lies at 0, 0 is not labelled."""
    points = values[:, :2] * (draft.width, draft.height)
    if values.shape[1] == 3:
        visibility = values[:, 2]
    else:
        visibility = np.where(values.any(1), VISIBLE, NOT_LABELLED)
    return np.column_stack([points, visibility])
