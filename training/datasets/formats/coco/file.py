"""One COCO file: its images, annotations and categories, with what is no record left out.

Source: the data format of cocodataset.org. Its own folder holds files of other tasks beside the
boxes' (captions, panoptic segments, the test images' names), and tools write one file a split.
"""

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from training.datasets.defects import DatasetError, Defect, DefectKind, Loss
from training.datasets.formats.coco.ids import CategoryIds, Id, KnownIds
from training.datasets.formats.text.encoding import UnknownEncoding, decode_text
from training.datasets.formats.text.json_values import LARGEST_NAME, as_id, shown
from training.datasets.notes import counted

KINDS = ("images", "annotations", "categories")
_OF_RECORD = {"images": Loss.IMAGE, "annotations": Loss.OBJECT, "categories": Loss.NOTHING}
_KEYS = {key: re.compile(rb'"%s"\s*:\s*[\[{]' % key.encode()) for key in KINDS}
# What a detector has found, in the place of what is there.
RESULTS = "a file of COCO results (detections with a score)"
RESULTS_ADVICE = (
    "name the annotations that have `images` and `categories`; `boxwright evaluate RESULTS --data "
    "ANNOTATIONS` measures results against them"
)
Record = dict[str, Any]


@dataclass
class CocoFile:
    """What a file holds.

    Args:
        path: the file.
        image_count: how many records of images it has.
        images: those that have an id of their own.
        marked: the annotations of each image, by its id.
        image_ids: the ids that images have.
        names: the class of each category that an id means alone, by the category's number.
        categories: the number of each category's id.
        parents: the names that other categories have above them.
        keypoint_names: of the first category that has them.
        defects: records that are none, ids that several have, annotations of no image.
    """

    path: Path
    image_count: int = 0
    images: list[Record] = field(default_factory=list)
    marked: dict[Id, list[Record]] = field(default_factory=dict)
    image_ids: KnownIds = field(default_factory=KnownIds)
    names: dict[int, str] = field(default_factory=dict)
    categories: CategoryIds = field(default_factory=CategoryIds)
    parents: frozenset[str] = frozenset()
    keypoint_names: tuple[str, ...] = ()
    defects: list[Defect] = field(default_factory=list)

    @property
    def annotation_count(self) -> int:
        """How many annotations are of an image that is there."""
        return sum(map(len, self.marked.values()))

    def written_ids(self, key: str) -> Counter[Any]:
        """How many annotations have each id, as the file has it, under a key."""
        # A list is none, and True would be 1.
        return Counter(
            value for found in self.marked.values() for each in found
            if isinstance(value := each.get(key), int | float | str) and value is not True
            and value is not False
        )  # fmt: skip

    @property
    def used_ids(self) -> set[int]:
        """The numbers of the categories that annotations have, known or not."""
        # Millions of annotations have some dozens of ids: each is looked at once.
        found = set()
        for value in self.written_ids("category_id"):
            number = self.categories.number(value)
            own = as_id(value)
            if number is None and isinstance(own, int) and not self.categories.unnumbered:
                number = own
            found.add(number)
        return found - {None}  # type: ignore[return-value]

    def report(
        self, where: str, kind: DefectKind, message: str, loses: Loss = Loss.NOTHING
    ) -> None:
        """Keep a defect; `where` is a record."""
        place = f"{self.path}, {where}"
        self.defects.append(Defect(place, kind, message, "dropped", loses=loses))


def looks_like_coco(ends: bytes) -> bool:
    """Whether COCO's keys are near a file's beginning or end: files have gigabytes.

    Args:
        ends: its first and last bytes.
    """
    return sum(key.search(ends) is not None for key in _KEYS.values()) > 1


def has_a_key(ends: bytes) -> bool:
    """Whether a file is an object in JSON with one of COCO's keys, whole or broken."""
    is_object = ends.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"{")
    return is_object and any(f'"{key}"'.encode() in ends for key in KINDS)


def load_json(path: Path) -> Any:
    """A file's content.

    Raises:
        DatasetError: it is no JSON; names the line.
    """
    try:
        text, _ = decode_text(path.read_bytes())
    except OSError as error:
        raise DatasetError(f"{path}: {error.strerror}") from error
    except UnknownEncoding as error:
        raise DatasetError(f"{path}, {error}") from error
    return parse_json(text, path)


def parse_json(text: str, path: Path) -> Any:
    """A file's content, where its text was read already.

    Raises:
        DatasetError: it is no JSON; names the line.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DatasetError(f"{path}, line {error.lineno}: {error.msg}") from error
    except RecursionError as error:
        raise DatasetError(f"{path}: nested too deeply") from error
    except ValueError as error:
        # A number of more digits than Python reads.
        raise DatasetError(f"{path}: {error}") from error


def missing_key(content: Any) -> str | None:
    """The first of COCO's lists that is not there; None where all are."""
    if not isinstance(content, dict):
        return "images"
    return next((key for key in KINDS if not isinstance(content.get(key), list)), None)


def read_coco_file(path: Path, content: Any) -> CocoFile:
    """The records of a file's content.

    Raises:
        DatasetError: it is not COCO's, or has no categories.
    """
    missing = missing_key(content)
    if missing is not None and _are_results(content):
        raise DatasetError(f"{path} is {RESULTS}, which is not read as data: {RESULTS_ADVICE}")
    if missing is not None and not isinstance(content, dict):
        raise DatasetError(f"{path}: an object with images, annotations and categories is expected")
    if missing is not None:
        raise DatasetError(f"{path}: `{missing}`, a list of objects, was expected")
    found = CocoFile(path, len(content["images"]))
    _read_categories(found, content["categories"])
    images = _records(found, "images", content["images"])
    found.image_ids = _image_ids(images)
    found.marked = _by_image(found, content["annotations"])
    _read_images(found, images)
    return found


def _are_results(content: Any) -> bool:
    """Whether there are detections, bare or as another program's `annotations`, and no images."""
    records = content.get("annotations") if isinstance(content, dict) else content
    first = records[0] if isinstance(records, list) and records else None
    return isinstance(first, dict) and {"image_id", "category_id", "score"} <= first.keys()


def _records(found: CocoFile, key: str, values: list[Any]) -> list[Record]:
    for number, each in enumerate(values, 1):
        if not isinstance(each, dict):
            message = f"{shown(each)}, an object was expected"
            where = f"`{key}` number {number}"
            found.report(where, DefectKind.BAD_ANNOTATION, message, _OF_RECORD[key])
    return [each for each in values if isinstance(each, dict)]


def _read_categories(found: CocoFile, values: list[Any]) -> None:
    named: dict[Id, list[str]] = defaultdict(list)
    records = _records(found, "categories", values)
    for each in records:
        own, name = as_id(each.get("id")), each.get("name")
        if own is None or not _is_name(name):
            message = f"id {shown(each.get('id'))}, name {shown(name)}: a number or text and a name"
            found.report("a category", DefectKind.BAD_ANNOTATION, f"{message} were expected")
        else:
            named[own].append(str(name))
    for own, names in named.items():
        if len(set(names)) > 1:
            message = (
                f"the id is that of {', '.join(map(repr, names))}; its annotations are of none"
            )
            found.report(f"category {own}", DefectKind.UNKNOWN_CLASS, message)
    single = {own: names[0] for own, names in named.items() if len(set(names)) == 1}
    found.categories = CategoryIds.of(single)
    found.names = dict(sorted((found.categories.numbers[own], name)
                              for own, name in single.items()))  # fmt: skip
    if not found.names:
        raise DatasetError(
            "; ".join(
                [
                    f"{found.path}: no categories",
                    *(f"{each.where}: {each.message}" for each in found.defects),
                ]
            )
        )
    found.parents = frozenset(
        str(each.get("supercategory")) for each in records
        if each.get("supercategory") != each.get("name")
    )  # fmt: skip
    lists = (each.get("keypoints") for each in records)
    found.keypoint_names = next(
        (tuple(map(str, names)) for names in lists if isinstance(names, list)), ()
    )


def _is_name(value: Any) -> bool:
    """A text, or a number that somebody forgot to quote."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return abs(value) < LARGEST_NAME
    return isinstance(value, str)


def _image_ids(records: list[Record]) -> KnownIds:
    """The ids of images; annotations may have the file's name, or that without its suffix."""
    ids = [(own, each.get("file_name")) for each in records
           if (own := as_id(each.get("id"))) is not None]  # fmt: skip
    names = [(name, own) for own, name in ids if isinstance(name, str)]
    names += [(PurePosixPath(name).stem, own) for name, own in names]
    return KnownIds.of((own for own, _ in ids), names)


def _by_image(found: CocoFile, values: list[Any]) -> dict[Id, list[Record]]:
    marked: dict[Id, list[Record]] = defaultdict(list)
    for each in _records(found, "annotations", values):
        own = as_id(each.get("image_id"))
        image_id = found.image_ids.match(own)
        if image_id is None:
            image_id = own
        if image_id is None:
            message = f"image_id is {shown(each.get('image_id'))}, an image's id was expected"
            where = f"annotation {shown(each.get('id'))}"
            found.report(where, DefectKind.MISSING_IMAGE, message, Loss.OBJECT)
        else:
            marked[image_id].append(each)
    return dict(marked)


def _read_images(found: CocoFile, records: list[Record]) -> None:
    ids = [as_id(each.get("id")) for each in records]
    counts = Counter(ids)
    for image_id, each in zip(ids, records, strict=True):
        if image_id is None:
            message = f"id is {shown(each.get('id'))}, a number or text was expected"
            where = f"image {shown(each.get('file_name'))}"
            found.report(where, DefectKind.BAD_ANNOTATION, message, Loss.IMAGE)
        elif counts[image_id] == 1:
            found.images.append(each)
    for image_id, count in counts.items():
        if image_id is not None and count > 1:
            same = [each for number, each in zip(ids, records, strict=True) if number == image_id]
            names = [shown(each.get("file_name")) for each in same]
            lost = len(found.marked.pop(image_id, ()))
            message = (
                f"{count} images have this id ({', '.join(names[:3])}), and nobody knows whose "
                f"its {lost} annotations are"
            )
            found.report(f"image {image_id}", DefectKind.REPEATED_ID, message)
    known = set(ids)
    for image_id in [each for each in found.marked if each not in known]:
        lost_ones = found.marked.pop(image_id)
        where = f"annotation {shown(lost_ones[0].get('id'))}"
        such = counted(len(lost_ones), "such annotation")
        message = f"image_id {shown(image_id)}, and no image has it ({such})"
        found.report(where, DefectKind.MISSING_IMAGE, message, Loss.OBJECT)
