"""The table of formats: a row each, whose module is imported when it is needed."""

import importlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from training.datasets.annotated import SPLITS
from training.datasets.archives.reading import check_announced, is_archive
from training.datasets.box_checks import SMALLEST_SIDE_PX
from training.datasets.class_renaming import rename_classes
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, NothingRead
from training.datasets.formats.files.plain_names import with_plain_names
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.files.unpacked import OpenedArchive
from training.datasets.formats.foreign import what_is_there
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.written_classes import check_classes, no_utf8
from training.datasets.notes import Note, NoteKind, listed
from training.datasets.workers import Workers

_HERE = "training.datasets.formats"
# Of a side that was a share of the image's.
_ROUNDING = 1e-6
# Its zip has 1.3 GB, and is read without being unpacked.
_EGO_HANDS = "egohands"


@dataclass(frozen=True)
class Format:
    """One form on disk.

    Args:
        name: as people write it.
        title: what it is.
        reader: the module with `find` and `read`, both of `SourceFiles`.
        writer: the module with `write`; None where it is read alone.
        masks: whether polygons or masks can be written.
        keypoints: whether keypoints can.
        ignored: whether regions can that nobody has labelled.
        flags: which of difficult, truncated and crowd can.
        any_split: whether a split of any name is read back; of the others' files and folders only
            the usual names are known for splits.
        groups: whether what should stay on one side of a split can.
        outlines: whether masks are written as one outline each, without holes.
        display_names: whether those of classes are read back, from the label map beside.
        suffixes: of its annotation files, in lower case: a folder without any is not looked at.
            Empty where names say nothing.
    """

    name: str
    title: str
    reader: str
    writer: str | None = None
    masks: bool = False
    keypoints: bool = False
    ignored: bool = False
    flags: tuple[str, ...] = ()
    any_split: bool = False
    groups: bool = False
    outlines: bool = False
    display_names: bool = True
    suffixes: tuple[str, ...] = ()

    def find(self, files: SourceFiles) -> list[str]:
        """The annotation files of this format, by their paths from the root; a glance at each."""
        if self.suffixes and not files.has_one_of(self.suffixes):
            return []
        module = importlib.import_module(f"{_HERE}.{self.reader}")
        return list(module.find(files))

    def read(self, files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
        """Read the data set, with the notes on what was not read beside it."""
        module = importlib.import_module(f"{_HERE}.{self.reader}")
        how = Note(NoteKind.READ, f"{self.title} (--from {self.name})")
        try:
            dataset: Dataset = module.read(files, options, workers)
        except NothingRead as error:
            rest = (*files.found_otherwise(), *files.unread())
            notes = (how, *files.notes, *rest)
            raise NothingRead(error.what, error.defects, notes) from error
        rest = (*files.found_otherwise(), *files.unread())
        return replace(dataset, notes=(how, *files.notes, *dataset.notes, *rest))


# In the order in which a folder is looked at: what is told by its own files comes first.
FORMATS = {
    row.name: row
    for row in (
        Format("tfrecord", "TFRecords of the Object Detection API", "tfrecord.reading",
               "tfrecord.writing", masks=True, keypoints=True,
               flags=("difficult", "truncated", "crowd")),
        Format("egohands", "EgoHands, zip or folder", "egohands", suffixes=(".mat",)),
        Format("labelme", "labelme JSON", "labelme.reading", suffixes=(".json",)),
        Format("via", "VGG Image Annotator", "via.reading", suffixes=(".json", ".csv")),
        Format("cvat", "CVAT XML", "cvat.xml", suffixes=(".xml",)),
        Format("label-studio", "Label Studio JSON", "label_studio.reading", suffixes=(".json",)),
        Format("open-images", "Open Images CSV", "csv_files.open_images", suffixes=(".csv",)),
        Format("voc", "Pascal VOC", "voc.reading", "voc.writing", flags=("difficult", "truncated"),
               suffixes=(".xml",)),
        Format("coco", "COCO JSON", "coco.reading", "coco.writing", masks=True, keypoints=True,
               flags=("difficult", "truncated", "crowd"), any_split=True, display_names=False,
               suffixes=(".json",)),
        Format("synthetic-hands", "Hands from Synthetic Data", "synthetic_hands",
               suffixes=(".json",)),
        Format("csv", "CSV with a header", "csv_files.object_detection",
               "csv_files.object_detection", suffixes=(".csv", ".tsv")),
        Format("csv-columns", "CSV with columns of its own", "csv_files.mapped", "csv_files.mapped",
               masks=True, any_split=True, groups=True, outlines=True, suffixes=(".csv", ".tsv")),
        Format("csv-retinanet", "CSV of keras-retinanet", "csv_files.retinanet",
               "csv_files.retinanet", suffixes=(".csv", ".txt")),
        Format("kitti", "KITTI", "kitti.reading", "kitti.reading", ignored=True,
               flags=("truncated",), suffixes=(".txt",)),
        Format("yolo", "YOLO", "yolo.reading", "yolo.writing", masks=True, keypoints=True,
               outlines=True, display_names=False,
               suffixes=(".txt", ".yaml", ".yml", ".names", ".labels")),
    )
}  # fmt: skip
WRITABLE = tuple(sorted(name for name, row in FORMATS.items() if row.writer is not None))


def read_dataset(
    path: Path,
    format_name: str | None = None,
    options: ReadOptions | None = None,
    workers: Workers | None = None,
) -> Dataset:
    """Read a data set.

    Args:
        path: its file or folder.
        format_name: one of `FORMATS`; None to look what it is.
        options: what the files do not say.
        workers: for large ones.

    Raises:
        DatasetError: it cannot be read, or is of no format that is known.
    """
    options = options or ReadOptions()
    if not os.path.exists(path):  # noqa: PTH110 (Path's raises for what is too long)
        raise DatasetError(f"{path} does not exist")
    archive = _opened(path, format_name, options)
    if archive is not None:
        with archive.named_in_errors():
            return archive.named(read_dataset(archive.folder, format_name, options, workers))
    files = SourceFiles(path, options)
    try:
        row = FORMATS[format_name] if format_name is not None else choose(files, options)
        dataset = row.read(files, options, workers or Workers(processes=1))
    except OSError as error:
        raise DatasetError(f"{error.filename or path}: {error.strerror}") from error
    except DatasetError as error:
        raise files.archives.named_error(error) from error
    return rename_classes(files.archives.named(dataset), options.rename, path)


def write_dataset(
    dataset: Dataset,
    folder: Path,
    format_name: str,
    options: WriteOptions | None = None,
    workers: Workers | None = None,
) -> None:
    """Write a data set, images and all, into a new or empty folder: whole, or not at all.

    Raises:
        DatasetError: there is something in the folder, the format is not written or would lose a
            split, or a file cannot be written.
    """
    row = FORMATS[format_name]
    if row.writer is None:
        raise DatasetError(
            f"{row.title} can be read but not written; can be written: {', '.join(WRITABLE)}"
        )
    _check_splits(dataset, row)
    check_classes(dataset.keypoint_names, row.title, no_utf8, what="keypoint")
    _check_sides(dataset, with_ignored=row.ignored)
    options = options or WriteOptions()
    chosen = dataset if options.include_masks else dataset.without_masks()
    write = _function(row.writer, "write")
    try:
        with _new_folder(folder) as unfinished:
            write(with_plain_names(chosen), unfinished, options, workers or Workers(processes=1))
    except OSError as error:
        raise DatasetError(f"cannot write {error.filename or folder}: {error.strerror}") from error


def detect(path: Path, options: ReadOptions | None = None) -> Format:
    """The format of a file or folder.

    Raises:
        DatasetError: it looks like none.
    """
    options = options or ReadOptions()
    archive = _opened(path, None, options)
    if archive is not None:
        with archive.named_in_errors():
            return detect(archive.folder, options)
    return choose(SourceFiles(path, options), options)


def _opened(path: Path, format_name: str | None, options: ReadOptions) -> OpenedArchive | None:
    """An archive's files; None where `path` is none, or its reader reads it as it is.

    Raises:
        DatasetError: it cannot be unpacked.
    """
    if not is_archive(path):
        return None
    check_announced(path)
    is_ego_hands = format_name in (None, _EGO_HANDS) and FORMATS[_EGO_HANDS].find(
        SourceFiles(path, options)
    )
    return None if is_ego_hands else OpenedArchive.of(path, encoding=options.encoding)


def choose(files: SourceFiles, options: ReadOptions) -> Format:
    """The format to read a data set in, and a note on each other one that lies there.

    Raises:
        DatasetError: it looks like none.
    """
    if options.columns:
        # VIA's class is one of its attributes, which are the annotator's own.
        is_via = set(options.columns) == {"class"} and FORMATS["via"].find(files)
        return FORMATS["via" if is_via else "csv-columns"]
    try:
        found = {row.name: there for row in FORMATS.values() if (there := row.find(files))}
    except OSError as error:
        raise DatasetError(f"{error.filename or files.path}: {error.strerror}") from error
    if not found:
        raise DatasetError(what_is_there(files, FORMATS))
    chosen, *others = found
    taken = set(found[chosen])
    for name in others:
        rest = [path for path in found[name] if path not in taken]
        if rest:
            files.use(*rest)
            files.note(
                NoteKind.OTHER_FORMAT,
                f"{FORMATS[name].title} lies there too ({listed(rest)}); {FORMATS[chosen].title} "
                f"was read, --from {name} reads the other",
            )
    return FORMATS[chosen]


def _check_splits(dataset: Dataset, row: Format) -> None:
    strange = [each for each in dataset.splits if each is not None and each not in SPLITS]
    if strange and not row.any_split:
        keeping = ", ".join(name for name in WRITABLE if FORMATS[name].any_split)
        raise DatasetError(
            f"{row.title} would lose the split {strange[0]!r}: it has {', '.join(SPLITS)} "
            f"(any is kept by {keeping})"
        )


def _check_sides(dataset: Dataset, *, with_ignored: bool) -> None:
    """What is written is read back without a defect: no side below the smallest."""
    for image in dataset.images:
        boxes = [(f"a box of {each.label!r}", each.box_yxyx) for each in image.objects]
        if with_ignored:
            boxes += [("a region to ignore", box) for box in image.ignored_yxyx]
        for what, (y_min, x_min, y_max, x_max) in boxes:
            side = min((x_max - x_min) * image.width, (y_max - y_min) * image.height)
            if side < SMALLEST_SIDE_PX * (1 - _ROUNDING):
                raise DatasetError(
                    f"{image.name}: {what} is {side:.2g} pixels thin; "
                    f"at least {SMALLEST_SIDE_PX:g} is expected"
                )


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` that takes its place in the end, and is gone after an error."""
    if folder.exists() and (not folder.is_dir() or next(folder.iterdir(), None) is not None):
        raise DatasetError(f"{folder} is not empty; a data set is written into a new folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    # A name that says what it is, should the machine stop in the middle.
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}.unfinished-", dir=folder.parent) as own:
        unfinished = Path(own) / folder.name
        unfinished.mkdir()
        yield unfinished
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)


def _function(module: str, name: str) -> Callable[..., Any]:
    function: Callable[..., Any] = getattr(importlib.import_module(f"{_HERE}.{module}"), name)
    return function
