"""Writing TFRecords: `<split>.record-00000-of-00004` and so on."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from detection.images import DecodedImage, ImageError, read_image
from detection.images.formats import LOSSY_FORMATS
from detection.kinds.masks.run_lengths import RunLengths
from tfrecord.records import write_records
from training.datasets.annotated import NOT_LABELLED, AnnotatedImage, AnnotatedObject
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError
from training.datasets.formats.label_map_file import write_label_map
from training.datasets.formats.options import WriteOptions
from training.datasets.formats.tfrecord import features as keys
from training.datasets.formats.tfrecord.example import Values, format_example
from training.datasets.sources import MAX_PIXELS
from training.datasets.workers import Workers

# Tens of megabytes of photos: few enough files, and enough to be read by all cores at once.
IMAGES_A_SHARD = 256
JPEG_QUALITY = 95


@dataclass(frozen=True)
class _Shard:
    """One file, and the images in it; the first is number `first` of its split."""

    path: Path
    first: int
    images: tuple[AnnotatedImage, ...]
    class_ids: dict[str, int]
    keypoint_names: tuple[str, ...]
    include_masks: bool


def write(dataset: Dataset, folder: Path, options: WriteOptions, workers: Workers) -> None:
    """Write the shards, images in their order, and the label map.

    Images go in as they are if any decoder shows them as they are meant; others, such as those
    that EXIF turns, as upright RGB.

    Raises:
        DatasetError: an image cannot be read or has another size; a file cannot be written.
    """
    write_label_map(dataset.label_map, folder)
    shards = [
        shard for split in dataset.splits for shard in _shards(dataset, split, folder, options)
    ]
    for _ in workers.map(_write_shard, shards, "shards", heavy=True):
        pass


def _shards(
    dataset: Dataset, split: str | None, folder: Path, options: WriteOptions
) -> Iterator[_Shard]:
    images = dataset.of_split(split).images
    count = options.shards or -(-len(images) // IMAGES_A_SHARD)
    bounds = [len(images) * number // count for number in range(count + 1)]
    for number in range(count):
        path = folder / f"{split or 'all'}.record-{number:05}-of-{count:05}"
        chosen = images[bounds[number] : bounds[number + 1]]
        yield _Shard(path, bounds[number] + 1, chosen, dataset.class_ids,
                     dataset.keypoint_names, options.include_masks)  # fmt: skip


def _write_shard(shard: _Shard) -> None:
    records = (
        format_example(_features(image, number, shard))
        for number, image in enumerate(shard.images, shard.first)
    )
    try:
        write_records(shard.path, records)
    except OSError as error:
        raise DatasetError(f"cannot write {shard.path}: {error}") from error


def _features(image: AnnotatedImage, number: int, shard: _Shard) -> dict[str, Values]:
    encoded, file_format = encoded_image(image)
    objects = image.objects
    features: dict[str, Values] = {
        keys.HEIGHT: [image.height],
        keys.WIDTH: [image.width],
        keys.FILENAME: [image.name.encode()],
        keys.SOURCE_ID: [str(number).encode()],
        keys.SHA256: [hashlib.sha256(encoded).hexdigest().encode()],
        keys.ENCODED: [encoded],
        keys.FORMAT: [file_format.lower().encode()],
        keys.LABEL: [shard.class_ids[each.label] for each in objects],
        keys.TEXT: [each.label.encode() for each in objects],
        keys.DIFFICULT: [int(each.difficult) for each in objects],
        keys.TRUNCATED: [int(each.truncated) for each in objects],
        keys.IS_CROWD: [int(each.crowd) for each in objects],
    }
    for place, key in enumerate((keys.Y_MIN, keys.X_MIN, keys.Y_MAX, keys.X_MAX)):
        features[key] = [each.box_yxyx[place] for each in objects]
    masks = [each.mask_in(width=image.width, height=image.height) for each in objects]
    features[keys.AREA] = [_area(each, mask, image)
                           for each, mask in zip(objects, masks, strict=True)]  # fmt: skip
    if shard.include_masks and any(mask is not None for mask in masks):
        # One for every object, or they could not be told apart; without a mask it is empty.
        features[keys.MASK] = [_png(mask, image) for mask in masks]
    if shard.keypoint_names:
        features |= _keypoints(objects, shard.keypoint_names)
    return features


def encoded_image(image: AnnotatedImage) -> tuple[bytes, str]:
    """The image as a JPEG or PNG that every decoder shows upright and in RGB, and which it is.

    Raises:
        DatasetError: it cannot be read, or is not as large as its annotation says.
    """
    try:
        read = read_image(image.source.read(), max_pixels=MAX_PIXELS)
    except OSError as error:
        raise DatasetError(f"{image.source}: {error.strerror or error}") from error
    except ImageError as error:
        raise DatasetError(f"{image.source}: {error}") from error
    if (read.width, read.height) != (image.width, image.height):
        raise DatasetError(
            f"{image.source}: {read.width}x{read.height} pixels, but {image.origin} says "
            f"{image.width}x{image.height}"
        )
    return (read.data, read.format) if read.plain_file else _as_plain_file(read)


def _as_plain_file(read: DecodedImage) -> tuple[bytes, str]:
    file = BytesIO()
    if read.format in (*LOSSY_FORMATS, "WEBP"):
        read.pixels.save(file, "JPEG", quality=JPEG_QUALITY)
        return file.getvalue(), "JPEG"
    read.pixels.save(file, "PNG")
    return file.getvalue(), "PNG"


def _area(each: AnnotatedObject, mask: RunLengths | None, image: AnnotatedImage) -> float:
    if mask is not None:
        return float(mask.area)
    y_min, x_min, y_max, x_max = each.box_yxyx
    return (y_max - y_min) * image.height * (x_max - x_min) * image.width


def _png(mask: RunLengths | None, image: AnnotatedImage) -> bytes:
    """0 and 1, as the API's own script writes them."""
    if mask is None:
        bitmap = np.zeros((image.height, image.width), np.uint8)
    else:
        bitmap = mask.bitmap().astype(np.uint8)
    file = BytesIO()
    Image.fromarray(bitmap).save(file, "PNG")
    return file.getvalue()


def _keypoints(objects: tuple[AnnotatedObject, ...], names: tuple[str, ...]) -> dict[str, Values]:
    """All objects' points; those of one that has none are not labelled."""
    none = np.zeros((len(names), 3))
    points = [each.keypoints if each.keypoints is not None else none for each in objects]
    together = np.concatenate(points) if points else none[:0]
    return {
        keys.KEYPOINT_Y: together[:, 0].tolist(),
        keys.KEYPOINT_X: together[:, 1].tolist(),
        keys.KEYPOINT_VISIBILITY: together[:, 2].astype(int).tolist(),
        keys.KEYPOINT_TEXT: [name.encode() for name in names] * len(objects),
        keys.KEYPOINT_NUM: [int((each[:, 2] != NOT_LABELLED).sum()) for each in points],
    }
