"""KITTI: `label_2/*.txt` beside `image_2/`, a line an object, fields separated by spaces.

Source: the object development kit of the KITTI vision benchmark: type, truncated (0..1), occluded,
alpha, the box (left, top, right, bottom in pixels from 0), three dimensions, three coordinates,
rotation. `DontCare` marks regions that nobody has labelled. What is three-dimensional is not kept.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath

from detection.label_map import LabelMap, LabelMapItem
from training.datasets.annotated import AnnotatedImage
from training.datasets.box_checks import are_shares
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import ImageDraft, Parsed, dropped
from training.datasets.formats.files.file_index import parent, parents
from training.datasets.formats.files.image_files import (
    copy_images,
    flat_names,
    write_text,
)
from training.datasets.formats.files.image_finder import FoundImage, ImageName
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.gathering import gather
from training.datasets.formats.image_drafts import draft_of_image
from training.datasets.formats.kitti.line import Line, is_line, parse_line
from training.datasets.formats.label_map_file import label_map_beside, write_label_map
from training.datasets.formats.options import ReadOptions, WriteOptions
from training.datasets.formats.splits.folders import split_of_path
from training.datasets.formats.text.encoding import UnknownEncoding
from training.datasets.formats.text.files import read_alike
from training.datasets.formats.text.guessing import guess_text
from training.datasets.formats.written_classes import check_classes
from training.datasets.notes import NoteKind, counted, listed
from training.datasets.workers import Workers

DONT_CARE = "DontCare"
# KITTI says how much is out of the image; from here on VOC's labellers said `truncated`.
TRUNCATED_FROM = 0.15
# What the development kit writes where a dimension is not known: alpha, size, place, rotation.
UNKNOWN_ALPHA, UNKNOWN_3D = "-10", "-1 -1 -1 -1000 -1000 -1000 -10"
# Folders of label files, below which a path is the image's too.
_OWN_LABELS = frozenset({"label_2", "label_02"})
_LABELS = _OWN_LABELS | {"labels", "label"}
_IMAGES = ("image_2", "image_02", "image")
# A folder whose first files have no objects is looked through so far.
MOST_LOOKED_AT = 1000


@dataclass
class _Labels:
    """A file's objects by their line's number; where a line is none, what is wrong.

    Args:
        path: the file.
        lines: those that are not empty.
        encoding: what the file was taken as, where that was guessed; else empty.
        by_chance: as `GuessedText.by_chance`.
    """

    path: Path
    lines: list[tuple[int, Line | str]] = field(default_factory=list)
    encoding: str = ""
    by_chance: bool = False


def find(files: SourceFiles) -> list[str]:
    """The text files of each folder whose first line, of whichever file has one, is KITTI's."""
    if files.path.is_file():
        inside = files.path.name
        return [inside] if _first_line_is(files, [inside]) else []
    by_folder: dict[str, list[str]] = {}
    for path in files.index.with_suffix(".txt"):
        by_folder.setdefault(parent(path), []).append(path)
    return [path for _, paths in sorted(by_folder.items()) if _first_line_is(files, paths)
            for path in paths]  # fmt: skip


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read every label file; a folder such as `training` says the split.

    Raises:
        DatasetError: there are none.
    """
    found = find(files)
    if not found:
        raise DatasetError(f"{files.path}: no text files of KITTI's lines, as in label_2")
    files.use(*found)
    names = [_image_name(inside) for inside in found]
    images = files.images.find_all(names)
    paths = list(map(files.path_of, found))
    read_ones = read_alike(_read_lines, paths, files, workers, lambda path: path)
    in_shares = are_shares(line.box_xyxy for each in read_ones if isinstance(each, _Labels)
                           for _, line in each.lines
                           if isinstance(line, Line) and line.label != DONT_CARE)  # fmt: skip
    work = [(each, image, name.split)
            for each, image, name in zip(read_ones, images, names, strict=True)]  # fmt: skip
    one = partial(_read_image, in_shares=in_shares, options=options)
    parsed = list(workers.map(one, work, "images"))
    files.note(NoteKind.READ, f"KITTI, {counted(len(found), 'label file')}")
    label_map = None if options.classes else label_map_beside(files)
    if label_map is None or options.label_map is not None:
        return gather(parsed, files.path, options, classes=options.classes or None)
    with_spaces = _with_spaces(label_map)
    words = {_class_word(item.name): item.name for item in with_spaces}
    parsed = [_renamed(each, words) for each in parsed]
    return gather(parsed, files.path, options, classes=with_spaces)


def write(dataset: Dataset, folder: Path, _options: WriteOptions, workers: Workers) -> None:
    """Write `label_2` and `image_2`, in a folder a split where there are splits.

    Raises:
        DatasetError: the lines cannot hold a class's name.
    """
    check_classes(dataset.class_names, "KITTI", _fault)
    words = Counter(map(_class_word, dataset.class_names))
    same = [name for name in dataset.class_names if words[_class_word(name)] > 1]
    if same:
        raise DatasetError(
            f"the classes {listed(list(map(repr, same)))} cannot be written as KITTI, whose names "
            f"have no spaces: all would be {_class_word(same[0])!r}; rename all but one first"
        )
    names = flat_names(dataset.images, suffix_matters=False)
    copies = []
    for image in dataset.images:
        root = folder / (image.split or "")
        name = names[image.split, image.name]
        write_text(root / "label_2" / f"{Path(name).stem}.txt", format_labels(image))
        copies.append((image.source, root / "image_2" / name))
    write_label_map(_without_spaces(dataset.label_map), folder)
    copy_images(copies, workers)


def _fault(name: str) -> str:
    """What the lines would be taken for, with a class of that name."""
    word = _class_word(name)
    if word.isdigit():
        return "whose lines begin with a name where YOLO's begin with a number"
    if word == DONT_CARE:
        return "where it marks regions that nobody has labelled"
    if not word:
        return "whose names have no spaces"
    return "where it would begin with a byte-order mark" if word.startswith("\ufeff") else ""


def format_labels(image: AnnotatedImage) -> str:
    """The lines of one image."""
    lines = []
    for each in image.objects:
        box = " ".join(_number(value) for value in image.pixels_xyxy(each.box_yxyx))
        truncated = "1.00" if each.truncated else "0.00"
        lines.append(
            f"{_class_word(each.label)} {truncated} 0 {UNKNOWN_ALPHA} {box} {UNKNOWN_3D}\n"
        )
    for region in image.ignored_yxyx:
        box = " ".join(_number(value) for value in image.pixels_xyxy(region))
        lines.append(f"{DONT_CARE} -1 -1 {UNKNOWN_ALPHA} {box} {UNKNOWN_3D}\n")
    return "".join(lines)


def _first_line_is(files: SourceFiles, paths: list[str]) -> bool:
    heads = (files.head(path).decode("utf-8", "replace").strip() for path in paths[:MOST_LOOKED_AT])
    first = next(filter(None, heads), "")
    if not first:
        # Images in which nothing is, all of them, are told by their folder's name.
        return PurePosixPath(parent(paths[0])).name in _OWN_LABELS
    return is_line(first.splitlines()[0])


def _image_name(inside: str) -> ImageName:
    """The image of a label file: of the same path below a folder of images, or of the same name."""
    folder = parent(inside)
    stem = PurePosixPath(inside).stem
    root = next((each for each in parents(folder) if PurePosixPath(each).name in _LABELS), None)
    below = inside[len(root) + 1 :] if root else PurePosixPath(inside).name
    said = dict.fromkeys((f"{below.removesuffix('.txt')}.png", f"{stem}.png"))
    return ImageName(tuple(said), folder, _IMAGES, split_of_path(inside))


def _read_lines(path: Path, *, encoding: str | None = None) -> _Labels | Parsed:
    try:
        decoded = guess_text(path.read_bytes(), encoding)
    except OSError as error:
        return dropped(str(path), DefectKind.BAD_ANNOTATION, f"{path}: {error.strerror}")
    except UnknownEncoding as error:
        return dropped(str(path), DefectKind.BAD_ANNOTATION, f"{path}, {error}")
    found = _Labels(path, encoding=decoded.note, by_chance=decoded.by_chance)
    for number, line in enumerate(decoded.text.splitlines(), 1):
        if line.strip():
            try:
                found.lines.append((number, parse_line(line)))
            except ValueError as error:
                found.lines.append((number, str(error)))
    return found


def _read_image(
    work: tuple[_Labels | Parsed, FoundImage, str | None], *, in_shares: bool, options: ReadOptions
) -> Parsed:
    labels, image, split = work
    if isinstance(labels, Parsed):
        return labels
    draft = draft_of_image(
        image, str(labels.path), split=split, needed=options.images_needed,
        exif_frame=options.exif_frame,
    )  # fmt: skip
    if isinstance(draft, Parsed):
        return draft
    for number, line in labels.lines:
        draft.in_shares = in_shares and not (isinstance(line, Line) and line.label == DONT_CARE)
        _add(draft, f"line {number}", line)
    return draft.finish()


def _add(draft: ImageDraft, place: str, line: Line | str) -> None:
    if isinstance(line, str):
        draft.drop(place, DefectKind.BAD_ANNOTATION, line)
    elif line.label == DONT_CARE:
        draft.ignore(place, line.box_xyxy)
    else:
        truncated = line.truncated >= TRUNCATED_FROM
        draft.add(place, line.label, line.box_xyxy, truncated=truncated)


def _class_word(name: str) -> str:
    return "_".join(name.split())


def _without_spaces(label_map: LabelMap) -> LabelMap:
    """The label map with the class names as the lines have them, and the whole ones beside."""
    return LabelMap(
        tuple(
            item if _class_word(item.name) == item.name
            else LabelMapItem(item.id, _class_word(item.name), item.name)
            for item in label_map
        )
    )  # fmt: skip


def _with_spaces(label_map: LabelMap) -> LabelMap:
    """The classes as they were before `_without_spaces`; others as they are."""
    return LabelMap(
        tuple(
            LabelMapItem(item.id, item.label) if _class_word(item.label) == item.name else item
            for item in label_map
        )
    )


def _renamed(each: Parsed, words: Mapping[str, str]) -> Parsed:
    if each.image is None:
        return each
    objects = tuple(
        replace(found, label=words[found.label])
        if words.get(found.label, found.label) != found.label else found
        for found in each.image.objects
    )  # fmt: skip
    return replace(each, image=replace(each.image, objects=objects))


def _number(value: float) -> str:
    """Two decimals, as the development kit writes them, or as many as it takes."""
    return f"{value:.2f}" if round(value, 2) == value else f"{value:.6f}".rstrip("0")
