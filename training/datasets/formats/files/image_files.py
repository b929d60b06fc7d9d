"""Images beside their annotations: found when a data set is read, copied when one is written."""

import os
import unicodedata
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from detection.images import UnreadableImage
from detection.images.formats import SUFFIXES as IMAGE_SUFFIXES
from detection.images.formats import SUFFIXES_OF_FORMAT
from training.datasets.annotated import AnnotatedImage
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import ImageDraft, Parsed, dropped
from training.datasets.exif_frames import AnnotatedFrame, ExifFrame
from training.datasets.formats.splits.folders import split_of_word as split_of_word
from training.datasets.formats.text.encoding import UnknownEncoding
from training.datasets.formats.text.guessing import guess_text
from training.datasets.sources import ImageHeader, ImageSource, read_header
from training.datasets.workers import Workers

SUFFIXES = IMAGE_SUFFIXES
# A file's name has 255 bytes at most: with a number and a suffix it is no longer. The end of a path
# is what tells images apart.
_LONGEST_STEM = 240


def images_under(folder: Path) -> list[Path]:
    """Every image in `folder`, at any depth, by path."""
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [
            Path(root, name)
            for name in names
            if os.path.splitext(name)[1].lower() in SUFFIXES and not name.startswith(".")  # noqa: PTH122 (a Path for each of a million names takes seconds)
        ]
    return sorted(found)


def draft_of_file(
    name: str,
    source: ImageSource,
    origin: str,
    *,
    exif_frame: ExifFrame | None = None,
    header: ImageHeader | None = None,
) -> ImageDraft | Parsed:
    """A draft with the size that the image's header says, or the defect that prevents it.

    A name without an image's suffix gets that of the content: several formats find images by it.

    Args:
        name: as `AnnotatedImage.name`.
        source: the file.
        origin: of the annotation, for messages.
        exif_frame: as `ReadOptions` has it.
        header: the file's, where it was read before.
    """
    try:
        header = header or read_header(source)
    except FileNotFoundError:
        return dropped(origin, DefectKind.MISSING_IMAGE, f"there is no {source}")
    except OSError as error:
        return dropped(origin, DefectKind.UNREADABLE_IMAGE, f"{source}: {error.strerror}")
    except UnreadableImage as error:
        return dropped(origin, DefectKind.UNREADABLE_IMAGE, f"{source}: {error}")
    if not name.lower().endswith(SUFFIXES):
        name += SUFFIXES_OF_FORMAT[header.format][0]
    draft = ImageDraft(name, source, header.width, header.height, origin, header=header)
    if header.orientation != 1:
        draft.frame = AnnotatedFrame(header.orientation, exif_frame or "upright")
        draft.width, draft.height = draft.frame.size_of((header.width, header.height))
    return draft


def flat_names(
    images: Iterable[AnnotatedImage], *, suffix_matters: bool
) -> dict[tuple[str | None, str], str]:
    """A file name without folders for each image, by its split and name.

    Args:
        images: of one data set.
        suffix_matters: whether `a.jpg` and `a.png` may stand side by side; they may not where
            annotations are called after the name without its suffix.

    A name has its folders where it would be another's without them, and so have the others of its
    folder, but for those that all images share. Names that differ in case or in the form of Unicode
    alone are one: on some systems' disks they are one file.

    Example: `set/video_1/frame_3.jpg` becomes `frame_3.jpg`; where `set/video_2` has one as well,
    `video_1_frame_3.jpg`; where that is taken, `video_1_frame_3-2.jpg`.
    """
    names: dict[tuple[str | None, str], str] = {}
    taken: set[str] = set()
    images = list(images)
    shortened = _shortened([image.name for image in images], suffix_matters=suffix_matters)
    for image in images:
        path = PurePosixPath(shortened[image.name].replace("/", "_"))
        stem = path.stem.encode()[-_LONGEST_STEM:].decode("utf-8", "ignore")
        name, number = f"{stem}{path.suffix}", 1
        while _as_one(name, suffix_matters=suffix_matters) in taken:
            number += 1
            name = f"{stem}-{number}{path.suffix}"
        taken.add(_as_one(name, suffix_matters=suffix_matters))
        names[image.split, image.name] = name
    return names


def _shortened(names: list[str], *, suffix_matters: bool) -> dict[str, str]:
    """Each path without the folders that nobody needs to tell images apart."""
    by_base: dict[str, set[str]] = {}
    for name in names:
        folder, _, base = name.rpartition("/")
        by_base.setdefault(_as_one(base, suffix_matters=suffix_matters), set()).add(folder)
    needed = set().union(*(folders for folders in by_base.values() if len(folders) > 1), set())
    common = os.path.commonpath([f"/{folder}" for folder in needed]) if needed else ""
    return {
        name: f"/{name}".removeprefix(common).lstrip("/")
        if (parts := name.rpartition("/"))[0] in needed
        else parts[2]
        for name in names
    }


def _as_one(name: str, *, suffix_matters: bool) -> str:
    """What two names that are one have in common."""
    told = name if suffix_matters else PurePosixPath(name).stem
    return unicodedata.normalize("NFC", told).casefold()


def copy_images(
    copies: list[tuple[ImageSource, Path]], workers: Workers, *, title: str = "images"
) -> None:
    """Write each source's bytes to its file, making folders as needed.

    Raises:
        DatasetError: an image is missing, or its copy cannot be written.
    """
    for folder in {target.parent for _, target in copies}:
        folder.mkdir(parents=True, exist_ok=True)
    for _ in workers.map(_copy, copies, title):
        pass


def _copy(copy: tuple[ImageSource, Path]) -> None:
    source, target = copy
    try:
        target.write_bytes(source.read())
    except (OSError, ValueError) as error:
        raise DatasetError(f"cannot copy {source} to {target}: {error}") from error


def write_text(path: Path, text: str) -> None:
    """Write an annotation file, making its folder.

    Raises:
        DatasetError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DatasetError(f"cannot write {path}: {error.strerror}") from error
    except UnicodeEncodeError as error:
        raise DatasetError(
            f"cannot write {path}: UTF-8 has no {error.object[error.start]!a}"
        ) from error


def read_text(path: Path, encoding: str | None = None) -> str:
    """Read a file of which nothing is noted: of numbers, or one that a person named.

    Args:
        path: the file.
        encoding: what a person says that its text is in; None to find out.

    Raises:
        DatasetError: it cannot be read, or is no such text; names the line.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror}") from error
    try:
        return guess_text(data, encoding).text
    except UnknownEncoding as error:
        raise DatasetError(f"{path}, {error}") from error
