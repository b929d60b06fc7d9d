"""One record as an image with its objects."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from detection.kinds.masks.run_lengths import RunLengths
from tfrecord.records import Record as FileRecord
from training.datasets.annotated import VISIBLE
from training.datasets.defects import DefectKind
from training.datasets.drafts import ImageDraft, Parsed, dropped
from training.datasets.exif_frames import ExifFrame
from training.datasets.formats.files.image_finder import FoundImage
from training.datasets.formats.image_drafts import draft_of_image
from training.datasets.formats.tfrecord import features as keys
from training.datasets.formats.tfrecord.classes import numbered
from training.datasets.formats.tfrecord.record_values import Record
from training.datasets.sources import EmbeddedImage

# Shares may lie a little outside of 0..1, by rounding or augmentation, and never this far.
MOST_OF_A_SHARE = 2.0
# What Pillow's PNG plugin raises on broken files.
_PNG_ERRORS = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError,
               Image.DecompressionBombWarning)  # fmt: skip


def read_record(
    record: Record,
    path: Path,
    raw: FileRecord,
    split: str | None,
    exif_frame: ExifFrame | None = None,
) -> Parsed:
    """The image in a record.

    Args:
        record: its features.
        path: the file, not compressed.
        raw: where the record is in it, and its data.
        split: as `AnnotatedImage.split`.
        exif_frame: as `ReadOptions` has it.
    """
    encoded = record.values(keys.ENCODED)
    if not encoded or not isinstance(encoded[0], bytes) or not encoded[0]:
        seen = ", ".join(sorted(record.features)) or "none at all"
        message = f"no {keys.ENCODED}; the keys are {seen[:300]}"
        return dropped(record.origin, DefectKind.MISSING_IMAGE, message)
    # Protocol buffers hold bytes as they are.
    source = EmbeddedImage(path, raw.offset + raw.data.index(encoded[0]), len(encoded[0]))
    default_name = f"{path.name}-{record.origin.rsplit(' ', 1)[-1]}.jpg"
    name = record.text(keys.FILENAME).strip("/\\")
    name = name if name.strip() else default_name
    fault = ""
    try:
        width, height = record.side(keys.WIDTH), record.side(keys.HEIGHT)
    except (ValueError, OverflowError) as error:
        width, height, fault = 0, 0, str(error)
    size = (width, height) if min(width, height) > 0 else None
    found = FoundImage(name, source, name)
    draft = draft_of_image(
        found, record.origin, said_size_wh=size, split=split, exif_frame=exif_frame
    )
    if isinstance(draft, Parsed):
        return draft
    if fault:
        draft.report("", DefectKind.BAD_ANNOTATION, fault, "taken from the image")
    try:
        _add_objects(draft, record)
    except (ValueError, OverflowError) as error:
        return dropped(record.origin, DefectKind.BAD_ANNOTATION, str(error))
    return draft.finish()


def texts_that_disagree(record: Record) -> list[str]:
    """Each object's text and number where they name two classes, in words."""
    texts, numbers = record.values(keys.TEXT), record.values(keys.LABEL)
    if len(texts) != len(numbers):
        return []
    return [
        f"{text.decode('utf-8', 'replace')!r} with the number of {name!r}"
        for text, number in zip(texts, numbers, strict=True)
        if isinstance(text, bytes) and text
        and (name := record.class_names.get(number)) is not None
        and text.decode("utf-8", "replace") != name
    ]  # fmt: skip


def _add_objects(draft: ImageDraft, record: Record) -> None:
    columns = record.corners()
    count = len(columns[0])
    labels = _labels(record, count)
    masks = record.values(keys.MASK)
    numerical = masks and not isinstance(masks[0], bytes)
    if masks and len(masks) != (count * draft.width * draft.height if numerical else count):
        raise ValueError(f"{count} masks were expected, there are {len(masks)}")
    keypoints = _keypoints(record, count, draft)
    difficult, truncated, crowd = (
        record.flags(key, count) for key in (keys.DIFFICULT, keys.TRUNCATED, keys.IS_CROWD)
    )
    scale = _scale(draft, columns)
    for number in range(count):
        x_min, y_min, x_max, y_max = (column[number] for column in columns)
        place = f"object {number + 1}"
        draft.add(
            place,
            labels[number],
            (
                _pixels(x_min, scale[0]),
                _pixels(y_min, scale[1]),
                _pixels(x_max, scale[0]),
                _pixels(y_max, scale[1]),
            ),
            mask=_mask(masks, number, draft, place) if masks else None,
            keypoints_xyv=None if keypoints is None else keypoints[number],
            difficult=difficult[number],
            truncated=truncated[number],
            crowd=crowd[number],
        )


def _scale(draft: ImageDraft, columns: tuple[list[Any], ...]) -> tuple[int, int]:
    """What corners are to be multiplied by: the image's size, or 1 where they are pixels."""
    x_min, y_min, x_max, y_max = (max(column, default=0) for column in columns)
    farthest = max(x_min, y_min, x_max, y_max)
    fits = max(x_min, x_max) <= draft.width and max(y_min, y_max) <= draft.height
    if not (farthest > MOST_OF_A_SHARE and fits):
        return draft.width, draft.height
    message = f"corners up to {farthest:g}, shares of 0..1 were expected; these look like pixels"
    draft.report("", DefectKind.BAD_ANNOTATION, message, "taken as pixels")
    return 1, 1


def _pixels(share: float, side: int) -> float:
    """Without the dust of 32 bits, which hold no more than this: whole pixels stay whole."""
    return round(share * side, 4)


def _labels(record: Record, count: int) -> list[str]:
    texts, numbers = record.values(keys.TEXT), record.values(keys.LABEL)
    if len(texts) == count and all(isinstance(text, bytes) for text in texts):
        return [text.decode("utf-8", "replace") for text in texts]
    if len(numbers) != count:
        raise ValueError(f"{count} classes were expected, there are {len(numbers)}")
    numbers = record.numbers(keys.LABEL)
    if not all(float(number).is_integer() for number in numbers):
        raise ValueError(f"{keys.LABEL} holds whole numbers, not {numbers[0]:g}")
    return [numbered(int(number)) for number in numbers]


def _keypoints(record: Record, count: int, draft: ImageDraft) -> Any:
    """(N, K, 3), x and y in pixels and visibility; None where the record has none."""
    y, x = record.numbers(keys.KEYPOINT_Y), record.numbers(keys.KEYPOINT_X)
    if not count or not x:
        return None
    if len(x) != len(y) or len(x) != count * record.keypoint_count:
        raise ValueError(
            f"{count} x {record.keypoint_count} keypoints were expected, there are {len(x)}"
        )
    visibility = record.numbers(keys.KEYPOINT_VISIBILITY)
    if len(visibility) != len(x):
        visibility = [VISIBLE] * len(x)
    points = np.stack([np.array(x) * draft.width, np.array(y) * draft.height, visibility], 1)
    return points.reshape(count, record.keypoint_count, 3)


def _mask(masks: list[Any], number: int, draft: ImageDraft, place: str) -> RunLengths | None:
    """The object's pixels; None where it has none, or they cannot be read."""
    size = draft.width * draft.height
    if not isinstance(masks[0], bytes):
        values = np.array(masks[number * size : (number + 1) * size])
        bitmap = values.reshape(draft.height, draft.width)
    else:
        try:
            with Image.open(BytesIO(masks[number]), formats=("PNG",)) as image:
                if image.size != (draft.width, draft.height):
                    raise ValueError(
                        f"{image.width}x{image.height} pixels, the image has "
                        f"{draft.width}x{draft.height}"
                    )
                bitmap = np.asarray(image.convert("L") if image.mode != "1" else image)
        except _PNG_ERRORS as error:
            draft.report(place, DefectKind.BAD_MASK, f"no PNG: {error}", "mask dropped")
            return None
    return RunLengths.of(bitmap) if bitmap.any() else None
