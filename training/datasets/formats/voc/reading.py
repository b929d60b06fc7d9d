"""Pascal VOC: a folder of XML files, one an image, wherever it lies; `ImageSets/Main/*.txt`.

Source: the development kit of the VOC2012 challenge, and the layouts in which labelling tools and
collections of data sets pack its files.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path, PurePosixPath

from training.datasets.box_checks import are_shares
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.formats.files.annotation_finder import annotation_folders
from training.datasets.formats.files.file_index import parent, parents
from training.datasets.formats.files.image_finder import FoundImage, ImageName
from training.datasets.formats.files.image_names import without_image_suffix
from training.datasets.formats.files.own_names import FileOfImage, settle_names
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.gathering import gather
from training.datasets.formats.image_drafts import draft_of_image
from training.datasets.formats.label_map_file import label_map_beside
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.splits.folders import split_of_path, split_of_word
from training.datasets.formats.text.files import read_alike, read_noted_text
from training.datasets.formats.voc.corners import first_pixel
from training.datasets.formats.voc.file import VocFile, read_voc_file
from training.datasets.notes import NoteKind, counted, listed
from training.datasets.workers import Workers

# CVAT's own XML has <annotations>.
_ROOT = re.compile(rb"<annotation[\s>]", re.IGNORECASE)
_FOLDER = "annotations"
_LISTS = "ImageSets/Main"


def find(files: SourceFiles) -> list[str]:
    """The XML files in every folder that has one of VOC's, or is called `Annotations`."""
    folders = annotation_folders(files, (".xml",), lambda head: _ROOT.search(head) is not None)
    # What is broken among them is a defect, not something else.
    found = [path for folder in folders for path in (*folder.files, *folder.others)]
    if not found and files.path.is_dir():
        found = [path for path in files.index.with_suffix(".xml")
                 if PurePosixPath(parent(path)).name.lower() == _FOLDER]  # fmt: skip
    return sorted(found)


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read every folder of VOC's files; folders and lists of `ImageSets` say the splits.

    Raises:
        DatasetError: there are none.
    """
    found = find(files)
    if not found:
        raise DatasetError(f"{files.path}: no XML files that begin with <annotation>")
    files.use(*found)
    paths = [files.path_of(each) for each in found]
    results = read_alike(read_voc_file, paths, files, workers, lambda path: path)
    read_ones = []
    for inside, each in zip(found, results, strict=True):
        if isinstance(each, VocFile):
            each.inside = inside
            read_ones.append(each)
    unread = [each for each in results if isinstance(each, Parsed)]
    splits, missing = _splits(files, found)
    images = files.images.find_all(_names(files, read_ones, splits))
    first = _first_pixel(files, read_ones, options)
    _note_forms(files, read_ones)
    work = [(each, image, splits.get(each.inside))
            for each, image in zip(read_ones, images, strict=True)]  # fmt: skip
    in_shares = are_shares(box.corners for each in read_ones for box in each.objects)
    one = partial(_read_image, first=first, in_shares=in_shares, options=options)
    parsed = list(workers.map(one, work, "images"))
    for folder, count in sorted(Counter(map(parent, found)).items()):
        split = split_of_path(f"{folder}/")
        named = f", split {split}" if split else ""
        files.note(NoteKind.READ, f"{counted(count, 'XML file')}{named}", files.index.path(folder)
                   if files.path.is_dir() else files.path)  # fmt: skip
    classes = options.classes or label_map_beside(files)
    return gather([*parsed, *unread, *missing], files.path, options, classes=classes)


def _names(files: SourceFiles, read_ones: list[VocFile], splits: dict[str, str]) -> list[ImageName]:
    """What each file calls its image; its own name first where several say the same."""
    said = Counter((parent(each.inside), each.names[0]) for each in read_ones)
    _note_repeats(files, read_ones)
    names = []
    for each in read_ones:
        folder = parent(each.inside)
        own = each.names[-1]
        repeats = said[folder, each.names[0]] > 1
        order = dict.fromkeys((own, *each.names) if repeats else each.names)
        split = splits.get(each.inside)
        name = ImageName(tuple(order), folder, (split,) if split else (), split)
        names.append(FileOfImage(each.path.name, own, name, each.size_wh))
    return settle_names(files, names)


def _note_repeats(files: SourceFiles, read_ones: list[VocFile]) -> None:
    """A note on images that several files name: a copied file, or one that a tool always writes."""
    sayers: dict[tuple[str, str], list[str]] = {}
    for each in read_ones:
        own = each.inside.rpartition("/")[2]
        sayers.setdefault((parent(each.inside), each.names[0]), []).append(own)
    # A name's outer spaces are lost where the file writes it: ` a.xml` says its own name too.
    repeated = {
        said: names for (_, said), names in sayers.items()
        if len(names) > 1 and {Path(each).stem.strip() for each in names} != {Path(said).stem}
    }  # fmt: skip
    if repeated:
        said = listed([f"{image!r} stands in {listed(names)}" for image, names in repeated.items()])
        message = f"several XML files name one image: {said}; each was read for the image of its "
        files.note(NoteKind.ODD, message + "own name where there is one")


def _note_forms(files: SourceFiles, read_ones: list[VocFile]) -> None:
    """A note on boxes that are not written as VOC's are."""
    for form, count in Counter(
        box.form for each in read_ones for box in each.objects if box.form
    ).items():
        files.note(NoteKind.GUESSED, f"{counted(count, 'box', 'boxes')} with {form}")


def _first_pixel(files: SourceFiles, read_ones: list[VocFile], options: ReadOptions) -> int:
    """Where corners count from; a note on what was taken, where it was."""
    if options.voc_first_pixel is not None:
        return options.voc_first_pixel
    silent = [each for each in read_ones if not each.from_one]
    boxes = [box.corners for each in silent for box in each.objects if not box.of_edges]
    found = first_pixel(boxes)
    if boxes:
        taken = "edges from 0" if found.number == 0 else "pixels counted from 1, as Pascal VOC's"
        files.note(
            NoteKind.GUESSED,
            f"corners were taken as {taken} ({found.reason}); "
            f"--voc-first-pixel {1 - found.number} takes them otherwise",
        )
    return found.number


def _read_image(
    work: tuple[VocFile, FoundImage, str | None],
    *,
    first: int,
    in_shares: bool,
    options: ReadOptions,
) -> Parsed:
    found, image, split = work
    draft = draft_of_image(
        image, str(found.path), said_size_wh=found.size_wh, split=split,
        needed=options.images_needed, exif_frame=options.exif_frame,
    )  # fmt: skip
    if isinstance(draft, Parsed):
        return draft
    for line, message in found.defects:
        draft.drop(f"line {line}", DefectKind.BAD_ANNOTATION, message)
    draft.in_shares = in_shares
    begin = 1 if found.from_one else first
    for each in found.objects:
        x_min, y_min, x_max, y_max = each.corners
        start = 0 if each.of_edges else begin
        draft.add(
            f"line {each.line}",
            each.label,
            (x_min - start, y_min - start, x_max, y_max),
            difficult=each.difficult,
            truncated=each.truncated,
        )
    return draft.finish()


def _splits(files: SourceFiles, found: Iterable[str]) -> tuple[dict[str, str], list[Parsed]]:
    """The split of each XML file, and a defect for each that is listed and missing."""
    splits = {path: split for path in found if (split := split_of_path(path))}
    missing: dict[str, Parsed] = {}
    roots = {
        folder: next((up for up in parents(folder) if _lists_in(files, up)), None)
        for folder in set(map(parent, found))
    }
    by_root: dict[str, dict[str, str]] = {}
    for path in found:
        root = roots[parent(path)]
        if root is not None:
            by_root.setdefault(root, {})[PurePosixPath(path).stem] = path
    for root, by_stem in by_root.items():
        for listing, split in _split_lists(_lists_in(files, root)):
            lines = read_noted_text(files.index.path(listing), files).splitlines()
            for line, text in enumerate(lines, 1):
                stem = _listed_stem(text, by_stem)
                if stem in by_stem:
                    splits.setdefault(by_stem[stem], split)
                elif stem:
                    where = f"{files.index.path(listing)}, line {line}"
                    message = f"there is no Annotations/{stem}.xml"
                    missing[stem] = dropped(where, DefectKind.BAD_ANNOTATION, message)
    return splits, list(missing.values())


def _split_lists(lists: Iterable[str]) -> list[tuple[str, str]]:
    """The lists that say a split, and which.

    Files such as `trainval` hold two splits. Such as `cat_train` name all images of a split, with
    a class's 1 or -1 behind: they serve where a tool has written no others.
    """
    stems = [(path, PurePosixPath(path).stem) for path in lists]
    plain = [(path, split) for path, stem in stems if (split := split_of_word(stem))]
    of_classes = [(path, split) for path, stem in stems
                  if "_" in stem and (split := split_of_word(stem.rpartition("_")[2]))]  # fmt: skip
    return plain or of_classes


def _listed_stem(text: str, known: Iterable[str]) -> str:
    """The name in a line of a list, which may have spaces; after it may stand a class's 1 or -1."""
    if text in known or not text.split():
        return text
    name = text.strip() if text.strip() in known else text.split()[0]
    # Some tools write the image's whole path.
    base = name.replace("\\", "/").rpartition("/")[2]
    tries = (name, without_image_suffix(name), base, without_image_suffix(base))
    return next((each for each in tries if each in known), name)


def _lists_in(files: SourceFiles, root: str) -> tuple[str, ...]:
    if not files.path.is_dir():
        return ()
    folder = f"{root}/{_LISTS}" if root else _LISTS
    return tuple(path for path in files.index.under(folder) if Path(path).suffix == ".txt")
