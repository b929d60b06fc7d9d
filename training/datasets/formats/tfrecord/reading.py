"""Reading TFRecords, ours or anybody's with the Object Detection API's keys."""

from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from training.datasets.annotated import VISIBLE
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, PictureDraft, dropped
from training.datasets.formats.csv_rows import split_of_file
from training.datasets.formats.gathering import gather
from training.datasets.formats.label_map_file import label_map_in
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.picture_files import draft_of_file
from training.datasets.formats.tfrecord import features as keys
from training.datasets.formats.tfrecord.example import Values, parse_example
from training.datasets.formats.tfrecord.record_file import read_records
from training.datasets.run_lengths import RunLengths
from training.datasets.sources import EmbeddedPicture
from training.datasets.workers import Workers

PATTERNS = ("*.record", "*.record-*", "*.tfrecord", "*.tfrecord-*", "*.tfrecords", "*.tfrecords-*")


@dataclass(frozen=True)
class _Record:
    """One record, its place for messages, and its classes' names where it has numbers alone."""

    origin: str
    features: dict[str, Values]
    class_names: dict[int, str]
    keypoint_count: int

    def list(self, key: str) -> list[Any]:
        return list(self.features.get(key, ()))

    def text(self, key: str) -> str:
        values = self.list(key)
        is_text = bool(values) and isinstance(values[0], bytes)
        return values[0].decode("utf-8", "replace") if is_text else ""


def looks_like(path: Path) -> bool:
    """Whether `path` is called like a TFRecord file, or holds such files."""
    if path.is_file():
        return any(path.match(pattern) for pattern in PATTERNS)
    return bool(_files(path))


def read(path: Path, options: ReadOptions, workers: Workers) -> Dataset:
    """Read a file, or all in a folder; a name such as `train.record-00000-of-00002` says the split.

    Raises:
        DatasetError: there are none, a file is damaged, or nothing names the classes.
    """
    files = [path] if path.is_file() else _files(path)
    if not files:
        raise DatasetError(f"{path}: no TFRecord files ({', '.join(PATTERNS[:3])})")
    label_map = options.label_map or label_map_in(path if path.is_dir() else path.parent)
    class_names = {item.id: item.name for item in label_map} if label_map else {}
    if not class_names:
        class_names = dict(enumerate(options.classes, 1))
    read_one = partial(_read_file, class_names=class_names)
    results = list(workers.map(read_one, files, "record files", heavy=True))
    keypoint_names = max((names for _, names in results), key=len, default=())
    parsed = [each for found, _ in results for each in found]
    classes = label_map if label_map is not None else (options.classes or None)
    return gather(parsed, path, options, classes=classes, keypoint_names=keypoint_names)


def _files(folder: Path) -> list[Path]:
    return sorted({file for pattern in PATTERNS for file in folder.glob(pattern) if file.is_file()})


def _read_file(path: Path, class_names: dict[int, str]) -> tuple[list[Parsed], tuple[str, ...]]:
    parsed: list[Parsed] = []
    keypoint_names: tuple[str, ...] = ()
    for number, (offset, data) in enumerate(read_records(path), 1):
        origin = f"{path}, record {number}"
        try:
            features = parse_example(data)
        except ValueError as error:
            parsed.append(dropped(origin, DefectKind.BAD_ANNOTATION, str(error)))
            continue
        keypoint_names = keypoint_names or _keypoint_names(features)
        record = _Record(origin, features, class_names, len(keypoint_names))
        parsed.append(_read_record(record, path, offset, data))
    return parsed, keypoint_names


def _keypoint_names(features: dict[str, Values]) -> tuple[str, ...]:
    """Of one object: the list repeats for each, and is left out by some writers."""
    objects, points = len(features.get(keys.X_MIN, ())), len(features.get(keys.KEYPOINT_X, ()))
    if not objects or points % objects or not points:
        return ()
    texts = [text.decode("utf-8", "replace") for text in features.get(keys.KEYPOINT_TEXT, ())
             if isinstance(text, bytes)]  # fmt: skip
    count = points // objects
    if len(texts) in (points, count):
        return tuple(texts[:count])
    return tuple(f"keypoint_{number}" for number in range(1, count + 1))


def _read_record(record: _Record, path: Path, offset: int, data: bytes) -> Parsed:
    encoded = record.list(keys.ENCODED)
    if not encoded or not isinstance(encoded[0], bytes) or not encoded[0]:
        return dropped(record.origin, DefectKind.MISSING_PICTURE, f"no {keys.ENCODED}")
    # Protocol buffers hold bytes as they are.
    source = EmbeddedPicture(path, offset + data.index(encoded[0]), len(encoded[0]))
    default_name = f"{path.name}-{record.origin.rsplit(' ', 1)[-1]}.jpg"
    name = record.text(keys.FILENAME) or default_name
    sizes = [*record.list(keys.WIDTH)[:1], *record.list(keys.HEIGHT)[:1]]
    draft: PictureDraft | Parsed
    if len(sizes) == 2 and min(sizes) > 0:
        draft = PictureDraft(name, source, int(sizes[0]), int(sizes[1]), record.origin)
    else:
        draft = draft_of_file(name, source, record.origin)
    if isinstance(draft, Parsed):
        return draft
    draft.split = split_of_file(path)
    try:
        _add_objects(draft, record)
    except ValueError as error:
        return dropped(record.origin, DefectKind.BAD_ANNOTATION, str(error))
    return draft.finish()


def _add_objects(draft: PictureDraft, record: _Record) -> None:
    columns = [record.list(key) for key in (keys.X_MIN, keys.Y_MIN, keys.X_MAX, keys.Y_MAX)]
    count = len(columns[0])
    if any(len(column) != count for column in columns):
        raise ValueError(f"as many of each corner were expected, not {list(map(len, columns))}")
    labels = _labels(record, count)
    masks = record.list(keys.MASK)
    numerical = masks and not isinstance(masks[0], bytes)
    if masks and len(masks) != (count * draft.width * draft.height if numerical else count):
        raise ValueError(f"{count} masks were expected, there are {len(masks)}")
    keypoints = _keypoints(record, count, draft)
    flags = {key: record.list(key) for key in (keys.DIFFICULT, keys.TRUNCATED, keys.IS_CROWD)}
    for number in range(count):
        x_min, y_min, x_max, y_max = (column[number] for column in columns)
        place = f"object {number + 1}"
        difficult, truncated, crowd = (
            bool(values[number]) if len(values) == count else False for values in flags.values()
        )
        draft.add(
            place,
            labels[number],
            (
                _pixels(x_min, draft.width),
                _pixels(y_min, draft.height),
                _pixels(x_max, draft.width),
                _pixels(y_max, draft.height),
            ),
            mask=_mask(masks, number, draft, place) if masks else None,
            keypoints_xyv=None if keypoints is None else keypoints[number],
            difficult=difficult,
            truncated=truncated,
            crowd=crowd,
        )


def _pixels(share: float, side: int) -> float:
    """Without the dust of 32 bits, which hold no more than this: whole pixels stay whole."""
    return round(share * side, 4)


def _labels(record: _Record, count: int) -> list[str]:
    texts, numbers = record.list(keys.TEXT), record.list(keys.LABEL)
    if len(texts) == count and all(isinstance(text, bytes) for text in texts):
        return [text.decode("utf-8", "replace") for text in texts]
    if len(numbers) != count:
        raise ValueError(f"{count} classes were expected, there are {len(numbers)}")
    if numbers and not record.class_names:
        raise ValueError("the classes have numbers alone: give a label map")
    return [record.class_names.get(number, str(number)) for number in numbers]


def _keypoints(record: _Record, count: int, draft: PictureDraft) -> Any:
    """(N, K, 3), x and y in pixels and visibility; None where the record has none."""
    y, x = record.list(keys.KEYPOINT_Y), record.list(keys.KEYPOINT_X)
    if not count or not x:
        return None
    if len(x) != len(y) or len(x) != count * record.keypoint_count:
        raise ValueError(
            f"{count} x {record.keypoint_count} keypoints were expected, there are {len(x)}"
        )
    visibility = record.list(keys.KEYPOINT_VISIBILITY)
    if len(visibility) != len(x):
        visibility = [VISIBLE] * len(x)
    points = np.stack([np.array(x) * draft.width, np.array(y) * draft.height, visibility], 1)
    return points.reshape(count, record.keypoint_count, 3)


def _mask(masks: list[Any], number: int, draft: PictureDraft, place: str) -> RunLengths | None:
    """The object's pixels; None where it has none, or they cannot be read."""
    size = draft.width * draft.height
    if not isinstance(masks[0], bytes):
        values = np.array(masks[number * size : (number + 1) * size])
        bitmap = values.reshape(draft.height, draft.width)
    else:
        try:
            with Image.open(BytesIO(masks[number]), formats=("PNG",)) as image:
                bitmap = np.asarray(image.convert("L") if image.mode != "1" else image)
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
            draft.report(place, DefectKind.BAD_MASK, f"no PNG: {error}", "mask dropped")
            return None
    return RunLengths.of(bitmap) if bitmap.any() else None
