"""COCO results that were written down: whose image each record is, and which are left out.

COCO results are those of cocodataset.org: a list of `image_id`, `category_id`, `bbox` [x, y, width,
height] in pixels and `score`, and of masks `segmentation`, of keypoints `keypoints`; ours name the
image's file too, as `file_name`.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from training.datasets.annotated import AnnotatedImage
from training.datasets.dataset import Dataset
from training.evaluation.coco_record import CocoResults, as_detections, checked_record
from training.evaluation.errors import EvaluationError
from training.evaluation.image_detector import MOST_DETECTIONS
from training.evaluation.image_names import ImageNames
from training.evaluation.results_text import CocoDocument

ImageId = int | str
# A record, and what it is called in messages.
_Placed = tuple[str, dict[str, Any]]
# So many ids are named before "...".
_NAMED = 3


class CocoResultFile:
    """The records of a file by image.

    Args:
        path: the file, for messages.
        document: what is in it.
        file_names: the file of each `image_id`, where other annotations number the images.

    Raises:
        EvaluationError: a record is none, or has no image or category.
    """

    def __init__(
        self,
        path: Path,
        document: CocoDocument,
        file_names: Mapping[int, str] | Mapping[ImageId, str] | None,
    ) -> None:
        self._path = path
        self._numbers_images = bool(file_names or document.file_names)
        self._file_names: dict[ImageId, str] = dict((file_names or document.file_names).items())
        self._by_id: dict[ImageId, list[_Placed]] = defaultdict(list)
        for number, record in zip(document.numbers, document.records, strict=True):
            place = f"{path}, {document.place} {number}"
            self._by_id[_image_id(place, record)].append((place, record))
        self._known_elsewhere: frozenset[ImageId] = frozenset()
        # What came of each category, by its number, or by its text where it is none.
        self._counts: Counter[int | str] = Counter()
        self._strange_images: dict[ImageId, int] = {}

    def tell_of(self, data: Dataset) -> None:
        """Take the images of all splits: results of one that is not measured are no mistake."""
        ids = {each.image_id for each in data.images if each.image_id is not None}
        self._known_elsewhere = frozenset(ids)

    def notes(self, categories: Collection[int]) -> tuple[str, ...]:
        """What was left out, a sentence each, known once `detect` has been read to its end.

        Args:
            categories: the numbers that are measured.
        """
        notes = []
        if not self._by_id:
            notes.append("The file holds no result at all.")
        strange = {each: count for each, count in self._counts.items() if each not in categories}
        if strange:
            notes.append(
                f"{_results_of(strange)} of a category_id that is not measured here, left out: "
                f"{_named(strange)}"
            )
        if self._strange_images:
            notes.append(
                f"{_results_of(self._strange_images)} of images that are not measured here, left "
                f"out: {_named(self._strange_images)}"
            )
        return tuple(notes)

    def detect(self, images: Sequence[AnnotatedImage]) -> Iterator[CocoResults]:
        """What the file says of each image, with the file's numbers of categories.

        Raises:
            EvaluationError: a result is of no image, or of none that anybody knows.
        """
        owners = self._owners(images)
        self._check_strangers(owners, images)
        placed: dict[int, list[_Placed]] = defaultdict(list)
        for image_id, records in self._by_id.items():
            if image_id in owners:
                placed[owners[image_id]] += records
        for number, image in enumerate(images):
            yield self._of_image(placed.get(number, []), image)

    def _of_image(self, placed: list[_Placed], image: AnnotatedImage) -> CocoResults:
        size = {"width": image.width, "height": image.height}
        records = []
        for place, record in placed:
            where = f"{place}, {image.name}: no COCO results"
            if "category_id" not in record:
                raise EvaluationError(f"{where}: a category_id was expected")
            category = _whole_number(record["category_id"])
            self._counts[repr(record["category_id"])[:40] if category is None else category] += 1
            if category is None:
                continue
            try:
                checked = checked_record(record, **size)
            except (ValueError, TypeError, OverflowError) as error:
                raise EvaluationError(f"{where}: {error}") from error
            records.append(checked | {"category_id": category})
        return as_detections(records, most=MOST_DETECTIONS, **size)

    def _owners(self, images: Sequence[AnnotatedImage]) -> dict[ImageId, int]:
        """The place in `images` of each image_id of the file.

        By the numbers of the annotations that are named for it, else by the file that a record
        names, else by the data's own numbers.
        """
        own_ids = _own_ids(images)
        names: dict[ImageId, str] = {}
        owners: dict[ImageId, int] = {}
        for image_id, records in self._by_id.items():
            name = self._file_names.get(image_id)
            if name is None and not self._numbers_images:
                name = next((each["file_name"] for _, each in records
                             if isinstance(each.get("file_name"), str)), None)  # fmt: skip
            number = own_ids.get(image_id)
            if number is not None and (name is None or _same_file(images[number], name)):
                owners[image_id] = number
            elif name is not None:
                names[image_id] = name
        places = ImageNames(self._path, dict.fromkeys(names.values()))
        of_name = {}
        for number, image in enumerate(images):
            if number not in owners.values():
                of_name[places.of(image)] = number
        return owners | {each: of_name[name] for each, name in names.items() if name in of_name}

    def _check_strangers(
        self, owners: Mapping[ImageId, int], images: Sequence[AnnotatedImage]
    ) -> None:
        strangers = {each: len(records) for each, records in self._by_id.items()
                     if each not in owners}  # fmt: skip
        if not strangers:
            return
        named = {
            each: count for each, count in strangers.items()
            if each in self._file_names or each in self._known_elsewhere
            or isinstance(self._by_id[each][0][1].get("file_name"), str)
        }  # fmt: skip
        unknown = {each: count for each, count in strangers.items() if each not in named}
        if unknown:
            raise EvaluationError(self._unknown_images(unknown, images))
        if len(strangers) == len(self._by_id):
            first = next(iter(strangers))
            name = self._file_names.get(first) or self._by_id[first][0][1].get("file_name")
            name = name or f"image_id {first}"
            raise EvaluationError(
                f"{self._path} is about other images: it has {name}, the data set {images[0].name}"
            )
        self._strange_images = strangers

    def _unknown_images(
        self, unknown: Mapping[ImageId, int], images: Sequence[AnnotatedImage]
    ) -> str:
        place = self._by_id[next(iter(unknown))][0][0]
        if not self._numbers_images and all(each.image_id is None for each in images):
            return (
                f"{place}: no file_name, and nothing says which file image_id {_named(unknown)} is "
                "(COCO's annotations do: --coco-images)"
            )
        ids = [each.image_id for each in images]
        twice = next((each for each in unknown if ids.count(each) > 1), None)
        if twice is not None:
            one, two = [each.full_name for each in images if each.image_id == twice][:2]
            return f"{place}: image_id {twice!r} is {one} and {two}; choose one with --split"
        known = set(ids) | set(self._file_names)
        other_kind = [each for each in unknown if _as_other_kind(each) in known]
        told = (
            f"{place}: {_results_of(unknown)} of an image_id that the annotations do not have: "
            f"{_named(unknown)}"
        )
        if other_kind:
            told += (
                "; they have it as a number, the results as a text"
                if isinstance(other_kind[0], str)
                else "; they have it as a text, the results as a number"
            ) + ", and pycocotools takes these for two: write both alike"
        return told


def categories_of(data: Dataset) -> dict[str, int]:
    """The number by which COCO results mean each class: that in COCO's files, else the label map's.

    Numbers of other formats, such as YOLO's from 0, are not those of COCO results: what writes
    these counts from 1 there.
    """
    is_coco = any(image.image_id is not None for image in data.images)
    own: Mapping[str, int] = data.category_ids if is_coco else {}
    return {name: own.get(name, number) for name, number in data.class_ids.items()}


def _own_ids(images: Sequence[AnnotatedImage]) -> dict[ImageId, int]:
    """The place of each image by its number; empty where two have the same."""
    found = {each.image_id: place for place, each in enumerate(images)
             if each.image_id is not None}  # fmt: skip
    with_id = sum(each.image_id is not None for each in images)
    return found if len(found) == with_id else {}


def _same_file(image: AnnotatedImage, name: str) -> bool:
    """Whether `name` can be the image's: numbers of two files may mean other images."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return last in (PurePosixPath(image.name).name, PurePosixPath(str(image.source)).name)


def _image_id(place: str, record: Any) -> ImageId:
    if not isinstance(record, dict) or "image_id" not in record:
        raise EvaluationError(f"{place}: COCO results have an image_id")
    value = record["image_id"]
    if isinstance(value, str):
        return value
    number = _whole_number(value)
    if number is None:
        raise EvaluationError(
            f"{place}: an image_id is a number or a text, as the annotations have it "
            f"(--coco-images), not {str(value)[:80]}"
        )
    return number


def _whole_number(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    is_int = isinstance(value, int) and not isinstance(value, bool)
    return value if is_int and abs(value) < 2**63 else None


def _as_other_kind(image_id: ImageId) -> ImageId | None:
    """A number as a text, a text as the number that it is."""
    if isinstance(image_id, int):
        return str(image_id)
    return int(image_id) if image_id.isdecimal() else None


def _results_of(counts: Mapping[Any, int]) -> str:
    count = sum(counts.values())
    return f"{count} results are" if count != 1 else "1 result is"


def _named(counts: Mapping[Any, int]) -> str:
    ids = ", ".join(repr(each)[:60] for each in list(counts)[:_NAMED])
    return f"{ids}, ..." if len(counts) > _NAMED else ids
