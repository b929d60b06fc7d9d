"""Looking for everything that is wrong with a data set, images included, and repairing it."""

from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from detection.images import ImageError, read_image
from detection.images.formats import SUFFIXES_OF_FORMAT
from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.datasets.defects import Defect, DefectKind, Loss
from training.datasets.grouping.image_hash import ImageHash, hash_pixels
from training.datasets.image_ends import ends_well
from training.datasets.sources import MAX_PIXELS, read_header
from training.datasets.workers import Workers

# Sides that were rounded when an image was scaled differ by less than this share.
SAME_SHAPE = 0.02


@dataclass(frozen=True)
class CheckResult:
    """What was found.

    Args:
        dataset: the repaired one: all that can be trained on.
        defects: all, those of the annotations first.
        misnamed: images whose suffix says another format than they are; harmless here, where the
            content decides, and not everywhere.
        hashes: of the repaired data set's images, in their order, to find near-duplicates.
    """

    dataset: Dataset
    defects: tuple[Defect, ...]
    misnamed: tuple[str, ...]
    hashes: tuple[ImageHash | None, ...] = ()


@dataclass(frozen=True)
class _Looked:
    """One image: repaired, or None where it has to be dropped."""

    image: AnnotatedImage | None
    defect: Defect | None
    misnamed: bool
    hash: ImageHash | None = None


def check_dataset(dataset: Dataset, workers: Workers) -> CheckResult:
    """Decode every image, and put what is wrong beside what the reader found."""
    looked = list(workers.map(_look_at, dataset.images, "images"))
    images = tuple(each.image for each in looked if each.image is not None)
    defects = (*dataset.defects, *(each.defect for each in looked if each.defect is not None))
    misnamed = tuple(str(each.image.source) for each in looked if each.misnamed and each.image)
    repaired = replace(dataset, images=images, defects=defects)
    hashes = tuple(each.hash for each in looked if each.image is not None)
    return CheckResult(repaired, defects, misnamed, hashes)


def check_ends(dataset: Dataset, workers: Workers) -> Dataset:
    """Put images that are cut short beside what the reader found, as `check_dataset` says it.

    It looks at the ends of the files, and decodes those alone that do not end as their format does.
    """
    looked = list(workers.map(_look_at_end, dataset.images, "image files"))
    images = tuple(each.image for each in looked if each.image is not None)
    found = tuple(each.defect for each in looked if each.defect is not None)
    return replace(dataset, images=images, defects=(*dataset.defects, *found))


def _look_at_end(image: AnnotatedImage) -> _Looked:
    if ends_well(image.source):
        return _Looked(image, None, misnamed=False)
    return _look_at(image)


def _look_at(image: AnnotatedImage) -> _Looked:
    where = image.origin or image.name
    try:
        read = read_image(image.source.read(), max_pixels=MAX_PIXELS)
    except FileNotFoundError:
        message = f"there is no {image.source}"
        return _dropped(where, DefectKind.MISSING_IMAGE, message)
    except (OSError, ImageError) as error:
        message = f"{image.source}: {error}"
        return _dropped(where, DefectKind.UNREADABLE_IMAGE, message)
    suffix = PurePosixPath(image.name).suffix.lower()
    misnamed = suffix not in SUFFIXES_OF_FORMAT[read.format]
    if (read.width, read.height) == (image.width, image.height):
        return _Looked(image, None, misnamed, hash_pixels(read.pixels))
    message = (
        f"{image.source} has {read.width}x{read.height} pixels, "
        f"the annotation says {image.width}x{image.height}"
    )
    if read_header(image.source).turned:
        message += "; EXIF turns the image"
    shape = (read.width * image.height) / (read.height * image.width)
    if abs(shape - 1) > SAME_SHAPE:
        return _dropped(where, DefectKind.SIZE_DIFFERS, message)
    # Scaled after it was annotated: what is kept as shares of the image still holds.
    objects = tuple(
        replace(each, mask=None, area_px=None, written_xywh=None) for each in image.objects
    )
    scaled = replace(image, width=read.width, height=read.height, objects=objects)
    defect = Defect(where, DefectKind.SIZE_DIFFERS, message, "boxes scaled")
    return _Looked(scaled, defect, misnamed, hash_pixels(read.pixels))


def _dropped(where: str, kind: DefectKind, message: str) -> _Looked:
    return _Looked(
        None, Defect(where, kind, message, "image dropped", loses=Loss.IMAGE), misnamed=False
    )
