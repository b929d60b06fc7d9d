"""COCO's JSON: `images`, `annotations`, `categories`, with polygons, run-lengths and keypoints.

Source: the data format of cocodataset.org, and the layouts in which tools export it: a file a
split, in `annotations/`, in a folder a split, beside the images or above them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from training.datasets.box_checks import are_shares
from training.datasets.box_forms import BoxForm
from training.datasets.dataset import Dataset
from training.datasets.defects import DatasetError, DefectKind
from training.datasets.drafts import Parsed, dropped
from training.datasets.exif_frames import ExifFrame
from training.datasets.formats.coco.categories import merge_categories, renumber
from training.datasets.formats.coco.file import (
    CocoFile,
    Record,
    has_a_key,
    looks_like_coco,
    missing_key,
    parse_json,
    read_coco_file,
)
from training.datasets.formats.coco.notes import (
    boxes_of,
    note_crowds,
    note_ids,
    note_percents,
    note_repeated_ids,
)
from training.datasets.formats.coco.objects import CocoClasses, add_annotation
from training.datasets.formats.coco.overlaps import ImageOfFile, repeated_images
from training.datasets.formats.files.annotation_finder import annotation_folders
from training.datasets.formats.files.file_index import parent
from training.datasets.formats.files.image_finder import FoundImage, ImageName
from training.datasets.formats.files.source_files import SourceFiles
from training.datasets.formats.foreign_formats import is_foreign
from training.datasets.formats.gathering import gather
from training.datasets.formats.image_drafts import draft_of_image
from training.datasets.formats.options import ReadOptions
from training.datasets.formats.splits.folders import parts_of, split_of_path, split_of_word
from training.datasets.formats.text.files import read_noted_text
from training.datasets.formats.text.json_values import as_id, as_size, shown
from training.datasets.notes import NoteKind, counted, listed
from training.datasets.sources import ImageSource
from training.datasets.workers import Workers

# What COCO's own files begin with; of several on the same images, the first of these is read.
TASKS = ("instances", "person_keypoints", "panoptic", "stuff", "captions", "image_info")


@dataclass(frozen=True)
class _Work:
    """One image's record, what was found of it, and its annotations."""

    origin: str
    image: Record
    annotations: list[Record]
    found: FoundImage
    split: str | None
    classes: CocoClasses
    in_shares: bool
    needed: bool
    exif_frame: ExifFrame | None
    box_form: BoxForm | None
    path: str


def find(files: SourceFiles) -> list[str]:
    """The JSON files with COCO's keys; one of them is enough in a file that was named itself."""
    if files.path.is_file():
        path = files.inside(files.path)
        head = files.head(path, with_end=True)
        is_one = files.path.suffix.lower() == ".json" and has_a_key(head)
        return [path] if is_one and not is_foreign(head) else []
    folders = annotation_folders(
        files, (".json",), lambda head: looks_like_coco(head) and not is_foreign(head),
        with_end=True,
    )  # fmt: skip
    return [path for folder in folders for path in folder.files]


def read(files: SourceFiles, options: ReadOptions, workers: Workers) -> Dataset:
    """Read a JSON file, or all below a folder, each of which is a split if its name says so.

    Raises:
        DatasetError: a file is not COCO's, or two classes cannot be told apart.
    """
    paths = [files.inside(files.path)] if files.path.is_file() else _chosen(files, find(files))
    if not paths:
        raise DatasetError(f"{files.path}: no JSON file with images, annotations and categories")
    read_ones = []
    for path in paths:
        full = files.path_of(path)
        content = parse_json(read_noted_text(full, files), full)
        if len(paths) > 1 and _is_other_task(files, path, content):
            continue
        read_ones.append(read_coco_file(files.path_of(path), content))
        renumber(read_ones[-1], options.first_class)
    merged = merge_categories(read_ones, files)
    keypoint_names = next(filter(None, (each.keypoint_names for each in read_ones)), ())
    note_crowds(files, read_ones, options)
    work = _merged(files, _once(files, _work(files, read_ones, len(keypoint_names), options)))
    parsed = list(workers.map(_read_image, work, "images"))
    record_defects = tuple(defect for each in read_ones for defect in each.defects)
    return gather(
        [*parsed, Parsed(None, record_defects)], files.path, options,
        classes=options.classes or merged.label_map, keypoint_names=keypoint_names,
        category_ids=merged.category_ids,
    )  # fmt: skip


def _chosen(files: SourceFiles, paths: Iterable[str]) -> list[str]:
    """Of COCO's own files on the same images, one; a note on the others."""
    groups: dict[tuple[str, str], dict[str, str]] = {}
    chosen = []
    for path in paths:
        task, rest = _task(path)
        if task is None:
            chosen.append(path)
        else:
            groups.setdefault((parent(path), rest), {})[task] = path
    for found in groups.values():
        first = next(found[task] for task in TASKS if task in found)
        chosen.append(first)
        for path in sorted(set(found.values()) - {first}):
            files.use(path)
            message = f"passed over for {PurePosixPath(first).name}, which is on the same images"
            files.note(NoteKind.UNUSED, message, path)
    return sorted(chosen)


def _task(path: str) -> tuple[str | None, str]:
    """What a file of COCO's begins with, and the rest of its name."""
    stem = PurePosixPath(path).stem
    task = next((task for task in TASKS if stem.startswith(f"{task}_") or stem == task), None)
    return task, stem[len(task) :].lstrip("_") if task is not None else stem


def _is_other_task(files: SourceFiles, path: str, content: Any) -> bool:
    """Whether a file beside others has no boxes: captions, names of images, segments alone."""
    missing = missing_key(content)
    annotations = content.get("annotations") if isinstance(content, dict) else None
    first = annotations[0] if isinstance(annotations, list) and annotations else None
    what = None
    if isinstance(first, dict) and "caption" in first:
        what = "captions, not boxes"
    elif isinstance(first, dict) and "segments_info" in first:
        what = "panoptic segments, not boxes"
    elif missing == "annotations" and isinstance(content, dict):
        what = "no annotations"
    if what is None:
        return False
    files.note(NoteKind.UNUSED, f"it holds {what}: passed over", path)
    return True


def _work(
    files: SourceFiles, read_ones: list[CocoFile], keypoint_count: int, options: ReadOptions
) -> list[_Work]:
    """A piece of work for each image; a note for each file."""
    names: list[ImageName] = []
    begun: list[tuple[str, Record, list[Record], str | None, CocoClasses, bool, str]] = []
    for each in read_ones:
        path = files.inside(each.path)
        split, folders = _split(files, path)
        in_shares = are_shares(boxes_of(each))
        note_ids(files, each)
        note_percents(files, each)
        note_repeated_ids(files, each)
        classes = CocoClasses(each.names, each.categories, keypoint_count, options.crowd_as_single)
        for image in each.images:
            image_id = as_id(image.get("id"))
            marked = each.marked.get(image_id, []) if image_id is not None else []
            name = _name(image)
            said = (name,) if name is not None else ()
            names.append(ImageName(said, parent(path), folders, split))
            origin = f"{each.path}, image {image.get('id')}"
            begun.append((origin, image, marked, split, classes, in_shares, path))
        as_split = f", split {split}" if split else ""
        count = counted(each.annotation_count, "annotation")
        message = f"{counted(each.image_count, 'image')}, {count}{as_split}"
        files.note(NoteKind.READ, message, each.path)
    found = files.images.find_all(names)
    return [
        _Work(origin, image, marked, image_file, split, classes, in_shares,
              options.images_needed, options.exif_frame, options.box_form, path)
        for (origin, image, marked, split, classes, in_shares, path), image_file
        in zip(begun, found, strict=True)
    ]  # fmt: skip


def _once(files: SourceFiles, work: list[_Work]) -> list[_Work]:
    """The work without images that another file has as well."""
    if len({each.path for each in work}) < 2:
        return work
    repeated = repeated_images(files, [
        ImageOfFile(each.path, each.split, each.found.source, each.annotations, each.classes)
        for each in work
    ])  # fmt: skip
    return [each for number, each in enumerate(work) if number not in repeated]


def _merged(files: SourceFiles, work: list[_Work]) -> list[_Work]:
    """The work with the annotations of a file's entries of one image together; a note on them.

    Entries whose sizes contradict each other stay apart: nobody knows of which their boxes are.
    """
    first: dict[tuple[str, ImageSource, Any], int] = {}
    kept: list[_Work] = []
    merged: dict[str, list[str]] = {}
    for each in work:
        if each.found.source is None:
            kept.append(each)
            continue
        size = (each.image.get("width"), each.image.get("height"))
        at = first.setdefault((each.path, each.found.source, repr(size)), len(kept))
        if at == len(kept):
            kept.append(each)
            continue
        known = {_content(one) for one in kept[at].annotations}
        more = [one for one in each.annotations if _content(one) not in known]
        kept[at] = replace(kept[at], annotations=[*kept[at].annotations, *more])
        merged.setdefault(each.path, []).append(each.found.name)
    for path, names in merged.items():
        unlike = list(dict.fromkeys(names))
        is_there = "image is" if len(unlike) == 1 else "images are"
        message = (
            f"{len(unlike)} {is_there} entered more than once: all entries' annotations were taken "
            f"together, the same ones once: {listed(unlike)}"
        )
        files.note(NoteKind.GUESSED, message, path)
    return kept


def _content(annotation: Record) -> str:
    """What an annotation says of its object."""
    return repr({key: value for key, value in annotation.items() if key not in ("id", "image_id")})


def _name(image: Record) -> str | None:
    """What a file calls its image; LVIS has an address alone, which ends in folder and name."""
    name = image.get("file_name", image.get("coco_url"))
    return name if isinstance(name, str) else None


def _split(files: SourceFiles, path: str) -> tuple[str | None, tuple[str, ...]]:
    """A file's split, and the names that its images' folder may have."""
    _, rest = _task(path)
    words = parts_of(PurePosixPath(path).stem)
    of_words = [word for word in words if split_of_word(word)]
    folders = tuple(dict.fromkeys(filter(None, (rest, *of_words))))
    above = parent(parent(path))
    named = f"{above}/{rest}" if above else rest
    if PurePosixPath(path).stem.startswith("instances_") and named in files.index.folder_set:
        return split_of_word(rest) or rest, folders
    split = next(filter(None, map(split_of_word, words)), None)
    return split or split_of_path(path), folders


def _read_image(work: _Work) -> Parsed:
    name = _name(work.image)
    if name is None or not name.strip("/."):
        said = work.image.get("file_name")
        message = f"file_name is {shown(said)}, a file's name was expected"
        return dropped(work.origin, DefectKind.BAD_ANNOTATION, message)
    size_error = ""
    try:
        size = as_size(work.image.get("width"), work.image.get("height"))
    except ValueError as error:
        size, size_error = None, str(error)
    draft = draft_of_image(
        work.found,
        work.origin,
        said_size_wh=size,
        split=work.split,
        needed=work.needed,
        exif_frame=work.exif_frame,
    )
    if isinstance(draft, Parsed):
        return draft
    if size_error:
        draft.report("", DefectKind.BAD_ANNOTATION, size_error, "the image's own size taken")
    draft.image_id = as_id(work.image.get("id"))
    draft.in_shares, draft.box_form = work.in_shares, work.box_form
    for annotation in work.annotations:
        place = f"annotation {shown(annotation.get('id'))}"
        try:
            add_annotation(draft, place, annotation, work.classes)
        except (TypeError, ValueError, OverflowError) as error:
            draft.drop(place, DefectKind.BAD_ANNOTATION, str(error))
    return draft.finish()
