"""Looking for everything that is wrong with a data set, pictures included, and repairing it."""

from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from detection.images.formats import SUFFIXES_OF_FORMAT
from detection.pictures import PictureError, read_picture
from training.datasets.annotated import AnnotatedPicture
from training.datasets.dataset import Dataset
from training.datasets.defects import Defect, DefectKind
from training.datasets.image_ends import ends_well
from training.datasets.image_hash import ImageHash, hash_pixels
from training.datasets.sources import MAX_PIXELS, read_header
from training.datasets.workers import Workers

# Sides that were rounded when a picture was scaled differ by less than this share.
SAME_SHAPE = 0.02


@dataclass(frozen=True)
class CheckResult:
    """What was found.

    Args:
        dataset: the repaired one: all that can be trained on.
        defects: all, those of the annotations first.
        misnamed: pictures whose suffix says another format than they are; harmless here, where the
            content decides, and not everywhere.
        hashes: of the repaired data set's pictures, in their order, to find near-duplicates.
    """

    dataset: Dataset
    defects: tuple[Defect, ...]
    misnamed: tuple[str, ...]
    hashes: tuple[ImageHash | None, ...] = ()


@dataclass(frozen=True)
class _Looked:
    """One picture: repaired, or None where it has to be dropped."""

    picture: AnnotatedPicture | None
    defect: Defect | None
    misnamed: bool
    hash: ImageHash | None = None


def check_dataset(dataset: Dataset, workers: Workers) -> CheckResult:
    """Decode every picture, and put what is wrong beside what the reader found."""
    looked = list(workers.map(_look_at, dataset.pictures, "pictures"))
    pictures = tuple(each.picture for each in looked if each.picture is not None)
    defects = (*dataset.defects, *(each.defect for each in looked if each.defect is not None))
    misnamed = tuple(str(each.picture.source) for each in looked if each.misnamed and each.picture)
    repaired = replace(dataset, pictures=pictures, defects=defects)
    hashes = tuple(each.hash for each in looked if each.picture is not None)
    return CheckResult(repaired, defects, misnamed, hashes)


def check_ends(dataset: Dataset, workers: Workers) -> Dataset:
    """Put images that are cut short beside what the reader found, as `check_dataset` says it.

    It looks at the ends of the files, and decodes those alone that do not end as their format does.
    """
    looked = list(workers.map(_look_at_end, dataset.pictures, "image files"))
    pictures = tuple(each.picture for each in looked if each.picture is not None)
    found = tuple(each.defect for each in looked if each.defect is not None)
    return replace(dataset, pictures=pictures, defects=(*dataset.defects, *found))


def _look_at_end(picture: AnnotatedPicture) -> _Looked:
    if ends_well(picture.source):
        return _Looked(picture, None, misnamed=False)
    return _look_at(picture)


def _look_at(picture: AnnotatedPicture) -> _Looked:
    where = picture.origin or picture.name
    try:
        read = read_picture(picture.source.read(), max_pixels=MAX_PIXELS)
    except FileNotFoundError:
        message = f"there is no {picture.source}"
        return _dropped(where, DefectKind.MISSING_PICTURE, message)
    except (OSError, PictureError) as error:
        message = f"{picture.source}: {error}"
        return _dropped(where, DefectKind.UNREADABLE_PICTURE, message)
    suffix = PurePosixPath(picture.name).suffix.lower()
    misnamed = suffix not in SUFFIXES_OF_FORMAT[read.format]
    if (read.width, read.height) == (picture.width, picture.height):
        return _Looked(picture, None, misnamed, hash_pixels(read.pixels))
    message = (
        f"{picture.source} has {read.width}x{read.height} pixels, "
        f"the annotation says {picture.width}x{picture.height}"
    )
    if read_header(picture.source).turned:
        message += "; EXIF turns the picture"
    shape = (read.width * picture.height) / (read.height * picture.width)
    if abs(shape - 1) > SAME_SHAPE:
        return _dropped(where, DefectKind.SIZE_DIFFERS, message)
    # Scaled after it was annotated: what is kept as shares of the picture still holds.
    objects = tuple(
        replace(each, mask=None, area_px=None, written_xywh=None) for each in picture.objects
    )
    scaled = replace(picture, width=read.width, height=read.height, objects=objects)
    defect = Defect(where, DefectKind.SIZE_DIFFERS, message, "boxes scaled")
    return _Looked(scaled, defect, misnamed, hash_pixels(read.pixels))


def _dropped(where: str, kind: DefectKind, message: str) -> _Looked:
    return _Looked(None, Defect(where, kind, message, "picture dropped"), misnamed=False)
